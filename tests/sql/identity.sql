-- IDENTITY: values of one's own, and beginning again.
CREATE TABLE t (id int IDENTITY(10, 5) PRIMARY KEY, name nvarchar(10));
CREATE TABLE u (id int IDENTITY, name nvarchar(10));
CREATE TABLE plain (id int);
INSERT t (name) VALUES ('first');
INSERT t (id, name) VALUES (1, 'refused');
GO
SET IDENTITY_INSERT plain ON;
SET IDENTITY_INSERT t ON;
SET IDENTITY_INSERT u ON;
INSERT t (id, name) VALUES (100, 'own'), (3, 'small');
SELECT @@IDENTITY AS last;
INSERT t (name) VALUES ('no value');
INSERT u (name) VALUES ('u goes on');
GO
INSERT t VALUES ('no list');
GO
SET IDENTITY_INSERT u OFF;
SET IDENTITY_INSERT t OFF;
INSERT t (name) VALUES ('next');
SELECT * FROM t;
SET IDENTITY_INSERT u ON;
INSERT u (id, name) VALUES (7, 'seven');
SET IDENTITY_INSERT u OFF;
GO
TRUNCATE TABLE t;
INSERT t (name) VALUES ('again');
SELECT * FROM t;
BEGIN TRANSACTION;
TRUNCATE TABLE t;
ROLLBACK;
INSERT t (name) VALUES ('after');
SELECT * FROM t;
GO
CREATE TABLE #t (id int IDENTITY, name nvarchar(10));
SET IDENTITY_INSERT #t ON;
INSERT #t (id, name) VALUES (40, 'own');
SET IDENTITY_INSERT #t OFF;
INSERT #t (name) VALUES ('next');
SELECT * FROM #t;
TRUNCATE TABLE #t;
INSERT #t (name) VALUES ('again');
SELECT * FROM #t;
GO
-- The alias of a FROM clause is a target too.
UPDATE x SET name = u.name FROM t AS x JOIN u ON u.id = 7 WHERE x.id = 10;
DELETE x FROM t x WHERE x.name = 'after';
SELECT * FROM t;
GO
