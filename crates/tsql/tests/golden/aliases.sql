SELECT a b, c AS [d e], f 'g', 'h' = i, j = k, @v = l, @w += m, * , t.*, dbo.t.* FROM t
GO
SELECT * FROM clientqueue
processorderrequestmessages
GO
SELECT 1 AS x
BREAK_TIME:
SELECT 2
GO
BEGIN TRAN
SELECT a
COMMIT
GO
SELECT a FROM t
SEND ON CONVERSATION @h
SELECT b FROM t
RECEIVE TOP(1) * FROM q
GO
SELECT Priority, [User], Date, Address FROM Priority AS [From]
GO
