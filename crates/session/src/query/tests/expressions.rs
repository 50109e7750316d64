use super::fixture::Fixture;
use super::{check, shape};

#[test]
fn operators_and_conversions() {
    check(
        &Fixture::new(),
        &[
            ("SELECT 1", "1"),
            ("SELECT 1 + 2 * 3, 7 / 2, 7 % 4, -5, +5, ~1", "7|3|3|-5|5|-2"),
            ("SELECT 7 / 2.0, 1.5 * 2, 5 & 3, 5 | 3, 5 ^ 3", "3.500000|3.0|1|7|6"),
            ("SELECT 'a' + N'b', 'x' + NULL, N'1' + 2", "ab|NULL|3"),
            ("SELECT 0x01 + 0x02, @b", "0x0102|0x0102FF"),
            ("SELECT 1 / 0", "8134 Divide by zero error encountered."),
            (
                "SELECT 2147483647 + 1",
                "8115 Arithmetic overflow error converting expression to data type int.",
            ),
        ],
    );
}

#[test]
fn conversions() {
    check(
        &Fixture::new(),
        &[
            ("SELECT CAST('42' AS int) + 1, CONVERT(varchar(10), 12345.6)", "43|12345.6"),
            (
                "SELECT CAST('x' AS int)",
                "245 Conversion failed when converting the varchar value 'x' to data type int.",
            ),
            ("SELECT TRY_CAST('x' AS int), TRY_CONVERT(int, '5')", "NULL|5"),
            ("SELECT CAST(@h AS nvarchar(50))", "00000000-0000-0000-0000-00000000004D"),
            (
                "SELECT CONVERT(varchar(30), @d, 120), CONVERT(varchar(10), @d, 112)",
                "2024-02-29 13:45:06|20240229",
            ),
            ("SELECT CONVERT(varchar(20), 0x0AFF, 1), CONVERT(varbinary(2), '0AFF', 2)", "0x0AFF|0x0AFF"),
            ("SELECT @d + 1, @d - 0.5", "2024-03-01 13:45:06.790|2024-02-29 01:45:06.790"),
            (
                "SELECT CAST(N'<a>1</a>' AS xml), CAST(@x AS nvarchar(100))",
                "<a>1</a>|<a><b id=\"1\">one</b><b id=\"2\">two</b></a>",
            ),
            ("SELECT CAST(CAST(N'<é/>' AS varbinary(max)) AS xml)", "<é/>"),
            ("SELECT CAST(5 AS varbinary(4)), CAST(0x00000102 AS int)", "0x00000005|258"),
            ("SELECT CAST(1 AS xml)", "529 Explicit conversion from data type int to xml is not allowed."),
            ("SELECT CAST(NULL AS int), @n", "NULL|NULL"),
            (
                "SELECT CAST(NULL AS date), CONVERT(xml, NULL), TRY_CAST(NULL AS uniqueidentifier)",
                "NULL|NULL|NULL",
            ),
            ("SELECT CAST('2024-01-05' AS date), CAST(1 AS bit), CAST(5.55 AS money)", "2024-01-05|1|5.5500"),
        ],
    );
}

#[test]
fn case_and_its_kin() {
    check(
        &Fixture::new(),
        &[
            ("SELECT CASE WHEN 1 = 2 THEN 'a' WHEN @i = 7 THEN 'b' ELSE 'c' END", "b"),
            (
                "SELECT CASE @i WHEN 1 THEN 'one' WHEN 7 THEN 'seven' END, CASE @n WHEN NULL THEN 1 ELSE 2 END",
                "seven|2",
            ),
            (
                "SELECT CASE WHEN 1 = 1 THEN NULL ELSE 'x' END, CASE WHEN 1 = 0 THEN 1 ELSE 2.5 END",
                "NULL|2.5",
            ),
            (
                "SELECT CASE WHEN 1 = 1 THEN NULL END",
                "8133 At least one of the result expressions in a CASE \
          specification must be an expression other than the NULL constant.",
            ),
            ("SELECT IIF(@i > 5, 'big', 'small'), CHOOSE(2, 'a', 'b'), CHOOSE(9, 'a', 'b')", "big|b|NULL"),
            (
                "SELECT COALESCE(@n, NULL, 5), ISNULL(@n, 9), ISNULL(NULL, 'x'), NULLIF(@i, 7), NULLIF(@i, 8)",
                "5|9|x|NULL|7",
            ),
            ("SELECT ISNULL(CAST(NULL AS varchar(2)), 'long')", "lo"),
        ],
    );
}

#[test]
fn conditions() {
    let truth =
        |condition: &str| format!("SELECT CASE WHEN {condition} THEN 1 WHEN NOT ({condition}) THEN 0 END");
    let cases = [
        ("1 < 2 AND 2 >= 2 AND NOT 1 = 2", "1"),
        ("1 = 2 OR @n = 1", "NULL"),
        ("@n = 1 AND 1 = 2", "0"),
        ("'abc' = N'ABC  '", "1"),
        ("'abc' COLLATE Latin1_General_BIN2 = 'ABC'", "0"),
        ("@i BETWEEN 1 AND 7", "1"),
        ("@i NOT BETWEEN 1 AND 6", "1"),
        ("@i IN (1, 7, NULL)", "1"),
        ("@i IN (1, NULL)", "NULL"),
        ("@i NOT IN (1, 2)", "1"),
        ("'7' IN (@i)", "1"),
        ("@n IS NULL", "1"),
        ("@i IS NOT NULL", "1"),
        ("@n IS DISTINCT FROM 1", "1"),
        ("@n IS NOT DISTINCT FROM NULL", "1"),
        ("'Service Broker' LIKE '%br_ker'", "1"),
        ("'50%' LIKE '50!%' ESCAPE '!'", "1"),
        ("'x' LIKE '[a-w]'", "0"),
        ("'x ' LIKE 'x'", "1"),
        ("N'x ' LIKE N'x'", "0"),
        ("123 LIKE '12%'", "1"),
        ("EXISTS (SELECT * FROM @t WHERE k = 2)", "1"),
        ("@i > ALL (SELECT k FROM @t)", "1"),
        ("2 = ANY (SELECT k FROM @t)", "1"),
        ("3 = SOME (SELECT k FROM @t)", "0"),
        ("@i IN (SELECT v / 10 FROM @t)", "0"),
        ("@h = '00000000-0000-0000-0000-00000000004d'", "1"),
        ("@d > '20240101'", "1"),
        ("1.50 = 1.5", "1"),
    ];
    let texts: Vec<(String, &str)> =
        cases.iter().map(|(condition, truth_of)| (truth(condition), *truth_of)).collect();
    let cases: Vec<(&str, &str)> = texts.iter().map(|(text, expected)| (text.as_str(), *expected)).collect();
    check(&Fixture::new(), &cases);
}

#[test]
fn xml_methods() {
    check(
        &Fixture::new(),
        &[
            ("SELECT @x.value('(/a/b)[2]', 'varchar(10)'), @x.value('(/a/b/@id)[1]', 'int') + 1", "two|2"),
            ("SELECT @x.value('(/a/c)[1]', 'int')", "NULL"),
            ("SELECT @x.exist('/a/b[@id=\"2\"]'), @x.exist('/z')", "1|0"),
            ("SELECT @x.query('/a/b[1]')", "<b id=\"1\">one</b>"),
            (
                "SELECT T.c.value('@id', 'int'), T.c.query('.') FROM @x.nodes('/a/b') AS T(c)",
                "1|<b id=\"1\">one</b>; 2|<b id=\"2\">two</b>",
            ),
            ("SELECT T.c.value('(../b)[1]', 'varchar(9)') FROM @x.nodes('/a/b[2]') T(c)", "one"),
            (
                "SELECT o.id, i.n.value('@n', 'int') FROM Orders o CROSS APPLY o.body.nodes('/o/i') i(n)",
                "1|1; 1|2; 3|7",
            ),
            (
                "SELECT o.id, i.n.value('.', 'varchar(5)') FROM Orders o OUTER APPLY o.body.nodes('/o/i') i(n) WHERE o.id < 3",
                "1|pen; 1|ink; 2|NULL",
            ),
            (
                "SELECT T.c FROM @x.nodes('/a') T(c)",
                "493 The column 'c' that was returned from the nodes() method cannot be used \
          directly. It can only be used with one of the four XML data type methods, exist(), nodes(), query(), \
          and value(), \
          or in IS NULL and IS NOT NULL checks.",
            ),
            ("SELECT @x.value('(/a/b[@id = sql:variable(\"@i\") - 5])[1]', 'varchar(9)')", "two"),
            ("SELECT id FROM Orders WHERE body.exist('/o/i[@n = sql:column(\"id\")]') = 1", "1"),
            ("SELECT @i.value('x', 'int')", "258 Cannot call methods on int."),
            (
                "SELECT @x.value('/a/b', 'int')",
                "2389 XQuery [value()]: 'value()' requires a singleton (or empty sequence), \
          found operand of type 'xdt:untypedAtomic *'",
            ),
            (
                "SELECT @x.value('(/a/b)[1]', 'xml')",
                "9500 The data type 'xml' used in the VALUE method is invalid.",
            ),
            (
                "WITH XMLNAMESPACES ('urn:x' AS p) SELECT CAST('<q xmlns=\"urn:x\">5</q>' AS xml).value('(/p:q)[1]', 'int')",
                "5",
            ),
        ],
    );
}

#[test]
fn shapes() {
    let fixture = Fixture::new();
    let cases = [
        (
            "SELECT 1 AS a, 'abc' b, N'x' [c d], NULL, 1.5, @x",
            "a int not null, b varchar(3) not null, c d nvarchar(1) not null,  int,  decimal(2,1) not null,  xml",
        ),
        (
            "SELECT id, Note, amount * 2 FROM Orders",
            "id int not null, note nvarchar(20),  decimal(20,2) not null",
        ),
        ("SELECT COUNT(*), SUM(amount) s, MAX(note) FROM Orders", " int, s decimal(38,2),  nvarchar(20)"),
        ("SELECT 1 UNION ALL SELECT 2.5", " decimal(11,1) not null"),
        ("SELECT NULL AS a UNION SELECT 'x'", "a varchar(1)"),
        (
            "SELECT o.id, c.name FROM Orders o LEFT JOIN Customers c ON c.id = o.customer",
            "id int not null, name nvarchar(20)",
        ),
        ("SELECT is_initiator FROM sys.conversation_endpoints", "is_initiator tinyint not null"),
        ("SELECT @@ROWCOUNT, @@VERSION, @@SPID", " int,  nvarchar(300),  smallint"),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(&fixture, text), expected, "{text}");
    }
}
