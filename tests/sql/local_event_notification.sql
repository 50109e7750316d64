-- Events of every kind that the statements here raise, heard in the same database.
CREATE DATABASE d;
GO
USE d;
CREATE QUEUE Events;
CREATE SERVICE EventService ON QUEUE Events ([http://schemas.microsoft.com/SQL/Notifications/PostEventNotification]);
CREATE EVENT NOTIFICATION n ON DATABASE FOR DDL_DATABASE_LEVEL_EVENTS TO SERVICE 'EventService', 'current database';
GO
CREATE QUEUE q;
CREATE ROLE r AUTHORIZATION dbo;
GRANT RECEIVE ON q TO r;
CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Master-Key#1';
CREATE USER u WITHOUT LOGIN;
DROP QUEUE q;
GO
DECLARE @got TABLE (n bigint, type sysname, body xml);
RECEIVE message_sequence_number, message_type_name, message_body FROM Events INTO @got;
SELECT body.value('(/EVENT_INSTANCE/EventType)[1]', 'sysname') AS event,
       body.value('(/EVENT_INSTANCE/ObjectName)[1]', 'sysname') AS object,
       body.value('(/EVENT_INSTANCE/ObjectType)[1]', 'sysname') AS type,
       body.value('(/EVENT_INSTANCE/LoginName)[1]', 'sysname') AS login,
       body.value('(/EVENT_INSTANCE/TSQLCommand/CommandText)[1]', 'nvarchar(max)') AS command
FROM @got ORDER BY n;
GO
DROP EVENT NOTIFICATION n ON DATABASE;
CREATE QUEUE q3;
SELECT COUNT(*) AS none FROM sys.event_notifications;
GO
