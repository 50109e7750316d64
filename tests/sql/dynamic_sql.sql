DECLARE @n int = 5, @out nvarchar(20), @status int;
EXEC @status = sp_executesql N'SET @o = N''n is '' + CAST(@p AS nvarchar(10))', N'@p int, @o nvarchar(20) OUTPUT', @p = @n, @o = @out OUTPUT;
SELECT @out AS out, @status AS status;
EXEC sp_executesql N'SELECT @a + @b AS total', N'@a int, @b int = 2', 40;
EXEC sp_executesql N'SELECT @a', N'@a int';
EXEC sp_executesql N'SELECT @a', N'@a int', 1, 2;
EXEC sp_executesql N'SELECT @a', N'@a int', @b = 1;
EXEC sp_executesql N'SELECT 1 AS plain';
EXEC (N'DECLARE @x int = 3; ' + N'SELECT @x AS x');
EXEC ('EXEC (''SELECT @@NESTLEVEL AS level'')');
EXEC sp_datatype_info_100 0, 3;
EXEC sys.sp_cursor 1;
EXEC xp_msver 'ProductName';
GO
DECLARE @handle int;
EXEC sp_prepare @handle OUTPUT, N'@i int', N'SELECT @i * 2 AS doubled';
EXEC sp_execute @handle, 21;
EXEC sp_unprepare @handle;
EXEC sp_execute @handle, 21;
GO
EXEC ('USE msdb; SELECT DB_NAME() AS inside');
SELECT DB_NAME() AS outside;
GO
