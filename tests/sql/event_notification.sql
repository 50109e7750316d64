-- The source's half of the five steps, then events that wait for their way.
CREATE DATABASE EN_Source;
GO
USE EN_Source;
GO
CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Src-Db-Key#1';
CREATE LOGIN EnSourceLogin WITH PASSWORD = 'Src-Login#1', DEFAULT_DATABASE = EN_Source;
CREATE USER EnSourceUser FOR LOGIN EnSourceLogin;
CREATE CERTIFICATE EnSourceDlgCert AUTHORIZATION EnSourceUser
   WITH SUBJECT = 'EN_Source dialog', START_DATE = '20260101', EXPIRY_DATE = '20361231';
BACKUP CERTIFICATE EnSourceDlgCert TO FILE = '/exchange/EnSourceDlgCert.cer';
CREATE USER EnTargetUser WITHOUT LOGIN;
GO
CREATE DATABASE Elsewhere;
GO
USE Elsewhere;
CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Tgt-Db-Key#1';
CREATE CERTIFICATE EnTargetDlgCert
   WITH SUBJECT = 'EN_Target dialog', START_DATE = '20260101', EXPIRY_DATE = '20361231';
BACKUP CERTIFICATE EnTargetDlgCert TO FILE = '/exchange/EnTargetDlgCert.cer';
GO
USE EN_Source;
GO
CREATE CERTIFICATE EnTargetDlgCert AUTHORIZATION EnTargetUser FROM FILE = '/exchange/EnTargetDlgCert.cer';
GRANT CREATE DATABASE DDL EVENT NOTIFICATION TO EnSourceUser;
CREATE REMOTE SERVICE BINDING AuditSinkBinding
   TO SERVICE '//tgt.example/AuditSink'
   WITH USER = EnTargetUser;
SELECT COUNT(service_broker_guid) AS brokers FROM sys.databases WHERE name = 'EN_Source';
GO
CREATE ROUTE AuditSinkRoute
   WITH SERVICE_NAME = '//tgt.example/AuditSink',
   BROKER_INSTANCE = '0F8FAD5B-D9CB-469F-A165-70867728950E',
   ADDRESS = 'TCP://target.example:4022';
GO
USE master;
GO
IF NOT EXISTS (SELECT * FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##')
   CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Src-Master#1';
IF NOT EXISTS (SELECT * FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##')
   PRINT 'the master key is missing';
CREATE CERTIFICATE SrcEndpointCert
   WITH SUBJECT = 'source endpoint', START_DATE = '20260101', EXPIRY_DATE = '20361231';
BACKUP CERTIFICATE SrcEndpointCert TO FILE = '/exchange/SrcEndpointCert.cer';
CREATE ENDPOINT SsbEndpoint
   STATE = STARTED
   AS TCP (LISTENER_PORT = 4022)
   FOR SERVICE_BROKER (AUTHENTICATION = CERTIFICATE SrcEndpointCert);
CREATE LOGIN TgtAuthLogin WITH PASSWORD = 'Tgt-Auth#1';
GRANT CONNECT ON ENDPOINT::SsbEndpoint TO TgtAuthLogin;
CREATE USER TgtAuthUser FOR LOGIN TgtAuthLogin;
CREATE CERTIFICATE TgtEndpointCert AUTHORIZATION TgtAuthUser FROM FILE = '/exchange/EnTargetDlgCert.cer';
SELECT name, state_desc, connection_auth_desc, encryption_algorithm_desc FROM sys.service_broker_endpoints;
GO
--! login EnSourceLogin
SELECT DB_NAME() AS [database], USER_NAME() AS [user];
CREATE EVENT NOTIFICATION NotifyTableDdl
   ON DATABASE
   FOR DDL_TABLE_EVENTS
   TO SERVICE '//tgt.example/AuditSink', '0F8FAD5B-D9CB-469F-A165-70867728950E';
GO
CREATE EVENT NOTIFICATION NotNow ON SERVER FOR DDL_TABLE_EVENTS TO SERVICE 'x', 'current database';
CREATE EVENT NOTIFICATION NotThis ON DATABASE FOR NO_SUCH_EVENT TO SERVICE 'x', 'current database';
CREATE EVENT NOTIFICATION NotifyTableDdl ON DATABASE FOR CREATE_TABLE TO SERVICE 'x', 'current database';
GO
--! login sa
USE EN_Source;
GO
CREATE TABLE dbo.t1 (i int NOT NULL);
GO
ALTER TABLE dbo.t1 ADD note nvarchar(100) NULL;
GO
BEGIN TRANSACTION;
DROP TABLE dbo.t1;
ROLLBACK;
GO
SELECT name, service_name FROM sys.event_notifications;
SELECT COUNT(*) AS events FROM sys.events WHERE object_id > 0;
SELECT to_service_name, message_type_name, message_sequence_number, transmission_status FROM sys.transmission_queue ORDER BY message_sequence_number;
SELECT CAST(message_body AS nvarchar(max)) AS body FROM sys.transmission_queue ORDER BY message_sequence_number;
SELECT state_desc, is_system FROM sys.conversation_endpoints;
GO
