-- Branches, loops, labels, RETURN, hoisted variables.
DECLARE @i int = 0;
WHILE @i < 5
BEGIN
   SET @i += 1;
   IF @i = 2 CONTINUE;
   IF @i = 4 BREAK;
   PRINT @i;
END
PRINT 'after ' + CAST(@i AS varchar(10));
IF @i = 4 PRINT 'four' ELSE PRINT 'not four';
GO
-- A variable that a loop declares keeps its value unless the declaration assigns one.
DECLARE @n int = 0;
WHILE @n < 3
BEGIN
   DECLARE @kept int;
   DECLARE @fresh int = 10;
   SET @kept = ISNULL(@kept, 0) + 1;
   SET @fresh += 1;
   SET @n += 1;
END
SELECT @kept AS kept, @fresh AS fresh;
GO
DECLARE @n int = 0;
again:
SET @n += 1;
IF @n < 3 GOTO again;
PRINT @n;
RETURN;
PRINT 'never';
GO
DECLARE @a int; DECLARE @A int;
GO
GOTO nowhere;
GO
PRINT @undeclared;
PRINT 'not reached';
GO
DECLARE @v int = 1;
SELECT @v = object_id FROM sys.tables WHERE 1 = 0;
SELECT @v AS kept;
SET @v = (SELECT object_id FROM sys.tables WHERE 1 = 0);
SELECT @v AS lost;
GO
CREATE PROCEDURE p AS SELECT 1;
GO
MERGE t USING s ON 1 = 1 WHEN MATCHED THEN DELETE;
GO
