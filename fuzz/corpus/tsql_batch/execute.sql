EXEC @r = Sales.dbo.work @a = 1, @b = @c OUTPUT, DEFAULT, -5 WITH RECOMPILE;
EXECUTE sp_executesql N'SELECT @x', N'@x int', @x = 1
EXEC (N'SELECT ' + @y) AS USER = 'u';
sp_help
