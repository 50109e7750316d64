@a int, @b nvarchar(max) = N'x' OUTPUT, @c dbo.List READONLY, @d decimal(10, 2) = -1.5
