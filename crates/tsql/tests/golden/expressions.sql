SELECT 1 + 2 * 3 - -@x % 2, ~a & b | c ^ d
GO
SELECT (1 + 2) * 3
GO
SELECT CASE x WHEN 1 THEN 'a' ELSE 'b' END, CASE WHEN x > 1 AND y IS NULL THEN 1 END
GO
SELECT CAST(a AS nvarchar), CONVERT(varchar(10), b, 112), TRY_CAST(c AS int), IIF(a = 1, 2, 3)
GO
SELECT @x.value('(/a)[1]', 'int'), b.query('/a').value('.', 'int'), t.c.exist('/x')
GO
SELECT COUNT(*), COUNT(DISTINCT a), ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC), GETDATE()
GO
SELECT @@ROWCOUNT, CURRENT_TIMESTAMP, NEXT VALUE FOR dbo.s, a COLLATE Latin1_General_BIN AT TIME ZONE 'UTC'
GO
SELECT (SELECT MAX(a) FROM t) + ((SELECT 1)), {fn NOW()}
GO
