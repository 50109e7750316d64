-- CONNECT SQL is a permission like others.
CREATE LOGIN carl WITH PASSWORD = 'Secret-Pw#1';
SELECT p.name, s.permission_name, s.state_desc FROM sys.server_permissions s JOIN sys.server_principals p ON p.principal_id = s.grantee_principal_id
WHERE p.name = 'carl';
GO
--! login carl
SELECT SUSER_SNAME() AS login;
GO
--! login sa
CREATE LOGIN dora WITH PASSWORD = 'Secret-Pw#1';
DENY CONNECT SQL TO dora;
CREATE LOGIN emil WITH PASSWORD = 'Secret-Pw#1';
REVOKE CONNECT SQL FROM emil;
GRANT CONNECT SQL TO emil;
CREATE LOGIN gert WITH PASSWORD = 'Secret-Pw#1';
REVOKE CONNECT SQL FROM gert;
GO
--! login dora
PRINT 'not reached';
GO
--! login gert
PRINT 'not reached';
GO
--! login emil
SELECT SUSER_SNAME() AS login;
GO
--! login sa
DROP LOGIN dora;
CREATE LOGIN dora WITH PASSWORD = 'Secret-Pw#1';
GO
--! login dora
SELECT SUSER_SNAME() AS login;
GO
--! login sa
-- One policy for all passwords.
CREATE LOGIN frieda WITH PASSWORD = 'Frieda-1234';
CREATE LOGIN frieda WITH PASSWORD = 'short#1';
CREATE LOGIN frieda WITH PASSWORD = 'nocapitals1';
CREATE LOGIN frieda WITH PASSWORD = 0x01 HASHED;
GO
-- Options that want other values.
SAVE TRANSACTION s;
SET DATEFORMAT xyz;
SET DATEFIRST 8;
SET LANGUAGE Klingon;
EXEC sp_cursoropen 1;
GO
