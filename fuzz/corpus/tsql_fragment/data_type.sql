decimal(38, 10)
