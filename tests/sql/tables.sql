CREATE DATABASE d;
GO
USE d;
GO
CREATE TABLE dbo.people (
   id int IDENTITY(10, 5) PRIMARY KEY,
   name nvarchar(5) NOT NULL,
   born date NULL,
   state varchar(10) NOT NULL DEFAULT 'new',
   UNIQUE (name)
);
INSERT dbo.people (name, born) VALUES (N'Ada', '18151210'), (N'Alan', NULL);
INSERT INTO dbo.people (name, state) OUTPUT inserted.id, inserted.state VALUES (N'Grace', DEFAULT);
SELECT SCOPE_IDENTITY() AS last;
SELECT * FROM dbo.people ORDER BY id;
GO
INSERT dbo.people (name) VALUES (NULL);
INSERT dbo.people (name) VALUES (N'much too long');
INSERT dbo.people (name) VALUES (N'Ada');
INSERT dbo.people (id, name) VALUES (1, N'x');
INSERT dbo.people (nobody) VALUES (1);
INSERT dbo.people (name) VALUES (1, 2);
GO
UPDATE dbo.people SET state = 'old', name += N'!' OUTPUT deleted.name, inserted.name AS new_name WHERE born IS NOT NULL;
UPDATE dbo.people SET id = 1;
UPDATE dbo.people SET name = N'same';
DECLARE @last nvarchar(5);
UPDATE dbo.people SET @last = name WHERE id = 15;
SELECT @last AS last;
DELETE FROM dbo.people OUTPUT deleted.id WHERE name = N'Alan';
SELECT id, name, state FROM dbo.people ORDER BY id;
GO
ALTER TABLE dbo.people ADD note nvarchar(20) NULL;
SELECT id, note FROM dbo.people ORDER BY id;
INSERT dbo.people (name, note) SELECT N'copy', state FROM dbo.people WHERE id = 10;
SELECT id, name, note FROM dbo.people ORDER BY id;
TRUNCATE TABLE dbo.people;
SELECT COUNT(*) AS none FROM dbo.people;
DROP TABLE dbo.people;
SELECT * FROM dbo.people;
GO
DECLARE @t TABLE (i int PRIMARY KEY, s nvarchar(10) DEFAULT N'x');
INSERT @t (i) VALUES (1), (2);
BEGIN TRANSACTION;
INSERT @t VALUES (3, N'stays');
ROLLBACK;
UPDATE @t SET s = N'two' WHERE i = 2;
DELETE @t WHERE i = 1;
INSERT @t (i) VALUES (2);
SELECT i, s FROM @t ORDER BY i;
GO
DECLARE @t TABLE (i int);
INSERT TOP (2) @t SELECT n FROM (VALUES (1), (2), (3)) AS v (n);
UPDATE TOP (1) @t SET i = 10;
DELETE TOP (1) FROM @t WHERE i < 10;
SELECT i FROM @t;
DELETE TOP (-1) FROM @t;
GO
