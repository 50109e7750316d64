-- Temporary tables: the session's own, taken back with the transaction.
CREATE TABLE #t (id int IDENTITY PRIMARY KEY, name nvarchar(20) NOT NULL DEFAULT 'none');
CREATE TABLE #t (id int);
INSERT INTO #t (name) VALUES ('one'), ('two');
INSERT #t DEFAULT VALUES;
SELECT * FROM #t;
GO
SELECT #t.name, x.id FROM tempdb..#t AS x JOIN #t ON #t.id = x.id WHERE x.id > 1;
UPDATE #t SET name = UPPER(name) OUTPUT deleted.name AS old, inserted.name AS new WHERE id = 2;
UPDATE x SET name = 'drei' FROM #t AS x WHERE x.id = 3;
DELETE #t WHERE id = 1;
SELECT * FROM #t ORDER BY id;
SELECT * FROM #missing;
GO
INSERT #t (name) VALUES (NULL);
SELECT COUNT(*) AS rows FROM #t;
GO
-- Transactions.
BEGIN TRANSACTION;
INSERT #t (name) VALUES ('four');
SAVE TRANSACTION s;
INSERT #t (name) VALUES ('five');
DELETE #t WHERE name = 'drei';
CREATE TABLE #u (n int);
INSERT #u VALUES (1);
ROLLBACK TRANSACTION s;
SELECT name FROM #t;
SELECT * FROM #u;
GO
SELECT name FROM #t;
DROP TABLE #t;
ROLLBACK;
SELECT name FROM #t;
GO
BEGIN TRANSACTION;
TRUNCATE TABLE #t;
SELECT COUNT(*) AS rows FROM #t;
ROLLBACK;
SELECT COUNT(*) AS rows FROM #t;
GO
-- A text that is called sees the caller's tables; its own go with it.
EXEC ('INSERT #t (name) VALUES (''inner''); CREATE TABLE #own (n int); SELECT name FROM #t');
SELECT name FROM #t WHERE name = 'inner';
SELECT * FROM #own;
GO
EXEC sp_executesql N'SELECT name FROM #t WHERE name = @name', N'@name nvarchar(20)', @name = N'inner';
GO
-- SELECT INTO, for both kinds of tables.
SELECT id, name, 1.5 AS factor INTO #copy FROM #t;
SELECT * FROM #copy;
SELECT id, name INTO kept FROM #copy WHERE id > 2;
SELECT * FROM kept;
GO
SELECT id, id + 1 INTO #nameless FROM #t;
GO
SELECT id, id INTO #twice FROM #t;
GO
SELECT id INTO kept FROM #t;
GO
SELECT TOP (0) * INTO #empty FROM #copy;
SELECT COUNT(*) AS rows FROM #empty;
GO
-- Other sessions see nothing of it.
CREATE LOGIN other WITH PASSWORD = 'Str0ng-Pw#1';
GO
--! login other
SELECT * FROM #t;
GO
CREATE TABLE #t (mine int);
INSERT #t VALUES (7);
SELECT * FROM #t;
GO
--! login sa
DROP TABLE #t, #copy;
DROP TABLE #t;
DROP TABLE IF EXISTS #t;
CREATE TABLE ##g (n int);
GO
EXEC sp_reset_connection;
SELECT COUNT(*) AS rows FROM #empty;
GO
-- Messages into a temporary table.
CREATE DATABASE d;
GO
USE d;
CREATE QUEUE q;
CREATE SERVICE s ON QUEUE q ([DEFAULT]);
CREATE TABLE #got (type sysname, body varbinary(max));
DECLARE @h uniqueidentifier;
BEGIN DIALOG @h FROM SERVICE s TO SERVICE 's' WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @h (N'x');
INSERT #got SELECT message_type_name, message_body FROM q;
SELECT type, CAST(body AS nvarchar(5)) AS body FROM #got;
GO
-- The idiom that scripts begin with.
IF OBJECT_ID('tempdb..#idiom') IS NOT NULL DROP TABLE #idiom;
CREATE TABLE #idiom (a int);
IF OBJECT_ID('tempdb..#idiom') IS NOT NULL PRINT 'there';
IF OBJECT_ID(N'tempdb.dbo.#idiom', 'U') IS NOT NULL DROP TABLE #idiom;
IF OBJECT_ID('tempdb..#idiom') IS NULL PRINT 'gone';
GO
