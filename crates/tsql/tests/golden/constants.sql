SELECT 1, 3000000000, 1.50, .5, 1e3, $1.5, 'it''s', N'x', 0xA, 0x, NULL, -1
GO
PRINT 'a\
b'
GO
