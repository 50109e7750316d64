CASE WHEN a = 1 AND (b > 2 OR NOT c IS NULL) THEN -x * (1 + 2) ELSE (SELECT MAX(b) FROM t) END + N'x'
