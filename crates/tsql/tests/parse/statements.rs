//! Definitions: tables, modules, broker objects, keys, principals.

use expect_test::{Expect, expect};

use crate::compact::outline;

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&outline(text));
}

#[test]
fn tables() {
    check(
        "CREATE TABLE dbo.t (ID INT PRIMARY KEY IDENTITY(1, 1) NOT NULL, b nvarchar(max) COLLATE x NULL DEFAULT ('q'), \
         c AS (a + 1) PERSISTED, d int CONSTRAINT fk REFERENCES u (x) ON DELETE CASCADE, e rowversion, timestamp,) ON [PRIMARY]",
        expect![],
    );
    check(
        "CREATE TABLE t (a int NOT NULL\nPRIMARY KEY CLUSTERED (a DESC, b ASC) WITH (IGNORE_DUP_KEY = OFF) ON [PRIMARY])",
        expect![],
    );
    check(
        "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 1), UNIQUE (a), FOREIGN KEY (a) REFERENCES u, INDEX i (a))",
        expect![],
    );
    check("ALTER TABLE t WITH NOCHECK ADD a int NULL, CONSTRAINT d DEFAULT 1 FOR a WITH VALUES", expect![]);
    check(
        "ALTER TABLE t ALTER COLUMN a bigint NOT NULL ALTER TABLE t DROP COLUMN a, b, CONSTRAINT c",
        expect![],
    );
    check(
        "ALTER TABLE t NOCHECK CONSTRAINT ALL ALTER TABLE t DISABLE TRIGGER x DROP TABLE IF EXISTS a, dbo.b",
        expect![],
    );
    check(
        "CREATE UNIQUE CLUSTERED INDEX i ON t (a, b DESC) INCLUDE (c) WHERE d IS NOT NULL DROP INDEX i ON t, t.j",
        expect![],
    );
}

#[test]
fn other_objects() {
    check("CREATE SCHEMA s AUTHORIZATION u CREATE TABLE t (a int) GRANT SELECT ON t TO v", expect![]);
    check(
        "CREATE TYPE dbo.l FROM nvarchar(5) NOT NULL CREATE TYPE tt AS TABLE (a int) CREATE SYNONYM y FOR a.b.c",
        expect![],
    );
    check("CREATE SEQUENCE s AS bigint START WITH -5 INCREMENT BY 2 NO MAXVALUE CYCLE CACHE 10", expect![]);
    check(
        "CREATE XML SCHEMA COLLECTION c AS N'<x/>' DROP XML SCHEMA COLLECTION c ALTER SCHEMA s TRANSFER dbo.t",
        expect![],
    );
    check(
        "CREATE DATABASE d ON PRIMARY (NAME = a, FILENAME = 'x') LOG ON (NAME = b) COLLATE c WITH TRUSTWORTHY ON",
        expect![],
    );
    check(
        "ALTER DATABASE CURRENT SET SINGLE_USER, RECOVERY SIMPLE, PAGE_VERIFY CHECKSUM WITH ROLLBACK IMMEDIATE",
        expect![],
    );
    check(
        "ALTER DATABASE d SET ENABLE_BROKER WITH ROLLBACK AFTER 5 SECONDS ALTER DATABASE d SET HONOR_BROKER_PRIORITY ON",
        expect![],
    );
    check(
        "ALTER DATABASE d MODIFY NAME = e DROP DATABASE d, e CREATE FULLTEXT CATALOG c AS DEFAULT PRINT 1",
        expect![],
    );
    check(
        "CREATE SYMMETRIC KEY k WITH ALGORITHM = AES_256 ENCRYPTION BY PASSWORD = 'x' BACKUP DATABASE d TO DISK = 'x'",
        expect![],
    );
}

#[test]
fn modules() {
    check(
        "CREATE PROC dbo.p (@a int, @b AS nvarchar(max) = NULL OUTPUT) WITH EXECUTE AS OWNER AS SET NOCOUNT ON SELECT @a",
        expect![],
    );
    check("ALTER PROCEDURE p @t dbo.tt READONLY AS BEGIN RETURN 1 END", expect![]);
    check(
        "CREATE OR ALTER FUNCTION f (@a int) RETURNS int WITH SCHEMABINDING AS BEGIN RETURN @a + 1 END",
        expect![],
    );
    check("CREATE FUNCTION f () RETURNS TABLE AS RETURN (SELECT 1 AS a)", expect![]);
    check(
        "CREATE FUNCTION f () RETURNS @t TABLE (a int) AS BEGIN INSERT @t VALUES (1) RETURN END",
        expect![],
    );
    check(
        "CREATE TRIGGER tr ON dbo.t WITH EXECUTE AS SELF AFTER INSERT, UPDATE AS IF UPDATE(a) PRINT 1",
        expect![],
    );
    check("CREATE TRIGGER tr ON DATABASE FOR DDL_TABLE_EVENTS AS SELECT EVENTDATA()", expect![]);
    check("CREATE VIEW v (a) WITH SCHEMABINDING AS SELECT 1 AS x FROM dbo.t WITH CHECK OPTION", expect![]);
    check(
        "DROP PROCEDURE IF EXISTS p, q DROP TRIGGER tr ON ALL SERVER DISABLE TRIGGER ALL ON DATABASE",
        expect![],
    );
}

#[test]
fn broker_objects() {
    check(
        "CREATE MESSAGE TYPE [//a/b] AUTHORIZATION dbo VALIDATION = WELL_FORMED_XML\nCREATE MESSAGE TYPE m",
        expect![],
    );
    check(
        "ALTER MESSAGE TYPE m VALIDATION = VALID_XML WITH SCHEMA COLLECTION dbo.c DROP MESSAGE TYPE m",
        expect![],
    );
    check("CREATE CONTRACT c ([DEFAULT] SENT BY ANY, m SENT BY INITIATOR)", expect![]);
    check(
        "CREATE QUEUE dbo.q WITH STATUS = ON, RETENTION = OFF, ACTIVATION (PROCEDURE_NAME = dbo.p, \
         MAX_QUEUE_READERS = 5 EXECUTE AS SELF), POISON_MESSAGE_HANDLING (STATUS = OFF) ON [DEFAULT]",
        expect![],
    );
    check(
        "ALTER QUEUE q WITH ACTIVATION (DROP) ALTER QUEUE q REBUILD WITH (MAXDOP = 2) ALTER QUEUE q MOVE TO [x]",
        expect![],
    );
    check(
        "CREATE SERVICE s ON QUEUE dbo.q (c, [DEFAULT]) ALTER SERVICE s (ADD CONTRACT d, DROP CONTRACT c)",
        expect![],
    );
    check(
        "CREATE ROUTE r WITH ADDRESS = 'TCP://a:1', SERVICE_NAME = 's', LIFETIME = 5 ALTER ROUTE r WITH ADDRESS = 'LOCAL'",
        expect![],
    );
    check("CREATE REMOTE SERVICE BINDING b TO SERVICE 's' WITH ANONYMOUS = ON, USER = u", expect![]);
    check(
        "CREATE BROKER PRIORITY p FOR CONVERSATION SET (CONTRACT_NAME = ANY, PRIORITY_LEVEL = 3)",
        expect![],
    );
    check(
        "CREATE EVENT NOTIFICATION n ON QUEUE dbo.q WITH FAN_IN FOR queue_activation TO SERVICE 's', 'current database'",
        expect![],
    );
    check(
        "DROP EVENT NOTIFICATION n ON SERVER DROP SERVICE s DROP QUEUE dbo.q DROP BROKER PRIORITY p",
        expect![],
    );
}

#[test]
fn conversations() {
    check(
        "BEGIN DIALOG CONVERSATION @h FROM SERVICE @f TO SERVICE 't', 'CURRENT DATABASE' ON CONTRACT [c] \
         WITH RELATED_CONVERSATION_GROUP = @g, LIFETIME = 60 ENCRYPTION = OFF\nSEND ON CONVERSATION @h MESSAGE TYPE m (N'x' + @y)",
        expect![],
    );
    check("SEND ON CONVERSATION (@a, @b) (0x); ;SEND ON CONVERSATION 'guid' MESSAGE TYPE @m", expect![]);
    check(
        "WAITFOR (RECEIVE TOP (1) @h = conversation_handle, @b = CAST(message_body AS XML) FROM dbo.q), TIMEOUT 1000\nIF (@@ROWCOUNT = 0) PRINT 1",
        expect![],
    );
    check("RECEIVE *, CASE WHEN 1=1 THEN 2 END x FROM q INTO @t WHERE conversation_handle = @h", expect![]);
    check(
        "WAITFOR (GET CONVERSATION GROUP @g FROM q) GET CONVERSATION GROUP @g FROM q MOVE CONVERSATION @h TO @g",
        expect![],
    );
    check(
        "END CONVERSATION @h WITH CLEANUP END CONVERSATION @h WITH ERROR = 5 DESCRIPTION = N'x' END CONVERSATION @h",
        expect![],
    );
    check("BEGIN CONVERSATION TIMER ('g') TIMEOUT = 120; SEND ON CONVERSATION @h", expect![]);
    check("USE [db] WAITFOR (RECEIVE TOP(1) @h=Conversation_Handle FROM s.[q]), TIMEOUT 5;", expect![]);
}

#[test]
fn keys() {
    check(
        "CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'x' OPEN MASTER KEY DECRYPTION BY PASSWORD = 'x' CLOSE MASTER KEY",
        expect![],
    );
    check(
        "ALTER MASTER KEY FORCE REGENERATE WITH ENCRYPTION BY PASSWORD = 'x' ALTER MASTER KEY ADD ENCRYPTION BY SERVICE MASTER KEY",
        expect![],
    );
    check(
        "BACKUP MASTER KEY TO FILE = 'f' ENCRYPTION BY PASSWORD = 'p' RESTORE MASTER KEY FROM FILE = 'f' DECRYPTION BY PASSWORD = 'p' ENCRYPTION BY PASSWORD = 'q' FORCE",
        expect![],
    );
    check(
        "ALTER SERVICE MASTER KEY REGENERATE BACKUP SERVICE MASTER KEY TO FILE = 'f' ENCRYPTION BY PASSWORD = 'p' DROP MASTER KEY",
        expect![],
    );
    check(
        "CREATE CERTIFICATE c AUTHORIZATION u ENCRYPTION BY PASSWORD = 'p' WITH SUBJECT = 's', EXPIRY_DATE = 'e' ACTIVE FOR BEGIN_DIALOG = OFF",
        expect![],
    );
    check(
        "CREATE CERTIFICATE c FROM FILE = 'f' WITH PRIVATE KEY (DECRYPTION BY PASSWORD = 'p', FILE = 'g')",
        expect![],
    );
    check(
        "ALTER CERTIFICATE c WITH ACTIVE FOR BEGIN_DIALOG = ON ALTER CERTIFICATE c REMOVE PRIVATE KEY",
        expect![],
    );
    check(
        "BACKUP CERTIFICATE c TO FILE = 'f' WITH PRIVATE KEY (FILE = 'g', ENCRYPTION BY PASSWORD = 'p') DROP CERTIFICATE c",
        expect![],
    );
}

#[test]
fn principals_and_permissions() {
    check(
        "CREATE LOGIN l WITH PASSWORD = 'p' MUST_CHANGE, DEFAULT_DATABASE = d, CHECK_POLICY = OFF CREATE LOGIN [a\\b] FROM WINDOWS",
        expect![],
    );
    check("ALTER LOGIN l WITH PASSWORD = 'p' OLD_PASSWORD = 'q', NAME = m ALTER LOGIN l DISABLE", expect![]);
    check(
        "CREATE USER u FOR LOGIN l WITH DEFAULT_SCHEMA = s CREATE USER v WITHOUT LOGIN CREATE USER w CREATE USER x FROM CERTIFICATE c",
        expect![],
    );
    check(
        "CREATE ROLE r AUTHORIZATION dbo ALTER ROLE r ADD MEMBER u ALTER SERVER ROLE sysadmin DROP MEMBER l DROP USER IF EXISTS u",
        expect![],
    );
    check("GRANT SEND, CONTROL ON SERVICE::[//a] TO u, PUBLIC WITH GRANT OPTION AS dbo", expect![]);
    check(
        "DENY SELECT (a, b) ON dbo.t TO u CASCADE REVOKE GRANT OPTION FOR CREATE DATABASE DDL EVENT NOTIFICATION FROM [public]",
        expect![],
    );
    check(
        "GRANT CONNECT ON ENDPOINT :: e TO [public] GRANT ALL TO u GRANT IMPERSONATE ON USER::a TO b",
        expect![],
    );
    check(
        "ALTER AUTHORIZATION ON REMOTE SERVICE BINDING::b TO u ALTER AUTHORIZATION ON dbo.t TO SCHEMA OWNER",
        expect![],
    );
    check(
        "ADD SIGNATURE TO OBJECT::dbo.p BY CERTIFICATE c WITH PASSWORD = 'p' DROP COUNTER SIGNATURE FROM p BY CERTIFICATE c",
        expect![],
    );
    check("CREATE APPLICATION ROLE a WITH PASSWORD = 'p', DEFAULT_SCHEMA = s", expect![]);
}

#[test]
fn endpoints() {
    check(
        "CREATE ENDPOINT e AUTHORIZATION l STATE = STARTED AS TCP (LISTENER_PORT = 4022, LISTENER_IP = (10.0.0.1)) \
         FOR SERVICE_BROKER (AUTHENTICATION = WINDOWS KERBEROS CERTIFICATE c, ENCRYPTION = SUPPORTED ALGORITHM RC4 AES, \
         MESSAGE_FORWARDING = ENABLED, MESSAGE_FORWARD_SIZE = 5)",
        expect![],
    );
    check("ALTER ENDPOINT e STATE = STOPPED DROP ENDPOINT e", expect![]);
    check(
        "CREATE ENDPOINT e STATE = STARTED AS TCP (LISTENER_PORT = 5022) FOR DATABASE_MIRRORING (ROLE = ALL) PRINT 1",
        expect![],
    );
}
