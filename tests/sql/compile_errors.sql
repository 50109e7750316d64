-- What is wrong with variables and with RETURN is found before the first statement runs.
PRINT 'not reached';
SELECT @missing;
GO
PRINT 'not reached';
IF 1 = 0 SELECT @a, @b
ELSE SET @c = 1;
WHILE @d < 3 PRINT LEN(@e);
GO
PRINT 'not reached';
DECLARE @t TABLE (id int);
SELECT * FROM @u;
INSERT INTO @v VALUES (1);
UPDATE @t SET id = @w;
SELECT @t;
GO
DECLARE @n int;
SELECT * FROM @n;
GO
-- Declared further down is not declared.
PRINT @late;
DECLARE @late int = 1;
GO
-- Declared in a branch that never runs is declared.
IF 1 = 0 DECLARE @never int = 7;
SELECT @never AS never;
GO
CREATE QUEUE q;
GO
PRINT 'not reached';
RECEIVE TOP (1) @h = conversation_handle FROM q;
RECEIVE * FROM q INTO @rows;
RECEIVE TOP (@count) * FROM q WHERE conversation_handle = @h;
WAITFOR (RECEIVE TOP (1) * FROM q), TIMEOUT @wait;
SEND ON CONVERSATION @h MESSAGE TYPE [DEFAULT] (@body);
END CONVERSATION @h WITH ERROR = @code DESCRIPTION = N'x';
BEGIN DIALOG @h FROM SERVICE s TO SERVICE 's';
GET CONVERSATION GROUP @g FROM q;
EXEC sp_executesql @sql;
EXEC sp_executesql N'SELECT 1', N'@p int', @p = @q;
EXEC @status = sp_executesql N'SELECT 1';
EXEC (@text);
GO
-- Statements that begin with RECEIVE and a system variable.
SELECT 1 AS one
RECEIVE @@SPID, message_body FROM q
GO
-- Parameters are declared; names of parameters are not variables.
DECLARE @n int = 4;
EXEC sp_executesql N'SELECT @p AS p, @q AS q', N'@p int, @q int', @p = @n, @q = 5;
EXEC sp_executesql N'PRINT ''not reached''; SELECT @r', N'@p int', @p = 1;
PRINT @@ERROR;
GO
-- The text of an EXEC sees no variable of its caller, and its error can be caught outside.
DECLARE @n int = 4;
BEGIN TRY
   EXEC ('PRINT ''not reached''; SELECT @n');
END TRY
BEGIN CATCH
   PRINT ERROR_MESSAGE();
END CATCH
GO
PRINT 'not reached';
RETURN 5;
GO
PRINT 'reached';
RETURN;
PRINT 'not reached';
GO
DECLARE @twice int, @TWICE int;
GO
