SELECT 1
GO
/* GO
*/ SELECT 'GO
GO'
go 5 -- five times
PRINT 2
GO
