use super::check;
use super::fixture::Fixture;

#[test]
fn names() {
    check(
        &Fixture::new(),
        &[
            ("SELECT nothing FROM Orders", "207 Invalid column name 'nothing'."),
            ("SELECT o.nothing FROM Orders o", "207 Invalid column name 'nothing'."),
            ("SELECT z.id FROM Orders o", "4104 The multi-part identifier \"z.id\" could not be bound."),
            ("SELECT id FROM Orders, Customers", "209 Ambiguous column name 'id'."),
            ("SELECT * FROM nothing", "208 Invalid object name 'nothing'."),
            ("SELECT * FROM none.dbo.t", "208 Invalid object name 'none.dbo.t'."),
            (
                "SELECT z.* FROM Orders o",
                "107 The column prefix 'z' does not match with a table name or alias name used in the query.",
            ),
            ("SELECT @nothing", "137 Must declare the scalar variable \"@nothing\"."),
            ("SELECT * FROM @nothing", "1087 Must declare the table variable \"@nothing\"."),
            ("SELECT nothing()", "195 'nothing' is not a recognized built-in function name."),
            (
                "SELECT dbo.nothing(1)",
                "4121 Cannot find either column \"dbo\" or the user-defined function or aggregate \"dbo.nothing\", or the name is ambiguous.",
            ),
            (
                "SELECT HASHBYTES('SHA1', 'x')",
                "49901 'HASHBYTES' is recognised by Duologue and not built yet. See COMPAT.md for what is.",
            ),
            ("SELECT *", "263 Must specify table to select from."),
            (
                "SELECT 1 FROM Orders o, Customers o",
                "1011 The correlation name 'o' is specified multiple times in a FROM clause.",
            ),
            (
                "SELECT 1 FROM Orders, Orders",
                "1013 The objects \"Orders\" and \"Orders\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.",
            ),
            (
                "WITH a AS (SELECT 1 x), a AS (SELECT 2 x) SELECT * FROM a",
                "239 Duplicate common table expression name 'a' was specified.",
            ),
            (
                "WITH a AS (SELECT 1) SELECT * FROM a",
                "8155 No column name was specified for column 1 of 'a'.",
            ),
            (
                "SELECT * FROM (SELECT 1 x, 2 x) d",
                "8156 The column 'x' was specified multiple times for 'd'.",
            ),
            (
                "SELECT * FROM (SELECT 1 x) d(a, b)",
                "8159 'd' has fewer columns than were specified in the column list.",
            ),
            (
                "WITH r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
                "49901 'recursive common table expressions' is recognised by Duologue and not built yet. See COMPAT.md for what is.",
            ),
        ],
    );
}

#[test]
fn grouping_and_order() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT id, COUNT(*) FROM Orders",
                "8120 Column 'Orders.id' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.",
            ),
            (
                "SELECT note FROM Orders GROUP BY customer",
                "8120 Column 'Orders.note' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.",
            ),
            (
                "SELECT customer FROM Orders GROUP BY customer HAVING id > 1",
                "8121 Column 'Orders.id' is invalid in the HAVING clause because it is not contained in either an aggregate function or the GROUP BY clause.",
            ),
            (
                "SELECT customer FROM Orders GROUP BY customer ORDER BY id",
                "8127 Column \"Orders.id\" is invalid in the ORDER BY clause because it is not contained in either an aggregate function or the GROUP BY clause.",
            ),
            (
                "SELECT 1 FROM Orders WHERE COUNT(*) > 1",
                "147 An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.",
            ),
            (
                "SELECT SUM(COUNT(*)) FROM Orders",
                "130 Cannot perform an aggregate function on an expression containing an aggregate or a subquery.",
            ),
            ("SELECT SUM(note) FROM Orders", "8117 Operand data type nvarchar is invalid for sum operator."),
            (
                "SELECT id FROM Orders ORDER BY 2",
                "108 The ORDER BY position number 2 is out of range of the number of items in the select list.",
            ),
            (
                "SELECT DISTINCT id FROM Orders ORDER BY amount",
                "145 ORDER BY items must appear in the select list if SELECT DISTINCT is specified.",
            ),
            (
                "SELECT 1 UNION SELECT 2 ORDER BY 1 + 1",
                "104 ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.",
            ),
            (
                "SELECT * FROM (SELECT id FROM Orders ORDER BY id) x",
                "1033 The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
            ),
            (
                "SELECT DISTINCT body FROM Orders",
                "421 The xml data type cannot be selected as DISTINCT because it is not comparable.",
            ),
            (
                "SELECT id FROM Orders ORDER BY body",
                "305 The XML data type cannot be compared or sorted, except when using the IS NULL operator.",
            ),
            (
                "SELECT 1 UNION SELECT 1, 2",
                "205 All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.",
            ),
            (
                "SELECT ROW_NUMBER() OVER (PARTITION BY id) FROM Orders",
                "4112 The function 'ROW_NUMBER' must have an OVER clause with ORDER BY.",
            ),
            (
                "SELECT id FROM Orders WHERE ROW_NUMBER() OVER (ORDER BY id) = 1",
                "4108 Windowed functions can only appear in the SELECT or ORDER BY clauses.",
            ),
            ("SELECT TOP (-1) id FROM Orders", "127 A TOP N or FETCH rowcount value may not be negative."),
            (
                "SELECT TOP (1.5) id FROM Orders",
                "1060 The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.",
            ),
            (
                "SELECT TOP (1) WITH TIES id FROM Orders",
                "1062 The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.",
            ),
        ],
    );
}

#[test]
fn types_and_counts() {
    check(
        &Fixture::new(),
        &[
            ("SELECT @x + 1", "402 The data types xml and int are incompatible in the add operator."),
            (
                "SELECT 1 WHERE @x = @x",
                "305 The XML data type cannot be compared or sorted, except when using the IS NULL operator.",
            ),
            ("SELECT 1 WHERE @h = 5", "206 Operand type clash: uniqueidentifier is incompatible with int"),
            (
                "SELECT @i = 1, 2",
                "141 A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.",
            ),
            ("SELECT @h = 5", "206 Operand type clash: int is incompatible with uniqueidentifier"),
            ("SELECT LEN('a', 'b')", "174 The len function requires 1 argument(s)."),
            ("SELECT CHARINDEX('a')", "189 The charindex function requires 2 to 3 arguments."),
            (
                "SELECT (SELECT 1, 2)",
                "116 Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.",
            ),
            (
                "SELECT 1 WHERE 1 IN (SELECT 1, 2)",
                "116 Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.",
            ),
            (
                "SELECT * FROM (VALUES (1), (2, 3)) v(a)",
                "10709 The number of columns for each row in a table value constructor must be the same.",
            ),
            ("SELECT 'a' COLLATE nowhere", "448 Invalid collation 'nowhere'."),
            ("SELECT CAST(1 AS nothing)", "243 Type nothing is not a defined system type."),
        ],
    );
}

#[test]
fn permissions() {
    check(
        &Fixture::user(5),
        &[
            ("SELECT COUNT(*) FROM Orders", "4"),
            (
                "SELECT * FROM Customers",
                "229 The SELECT permission was denied on the object 'Customers', database 'Shop', schema 'dbo'.",
            ),
            (
                "SELECT * FROM OrderQueue",
                "229 The SELECT permission was denied on the object 'OrderQueue', database 'Shop', schema 'dbo'.",
            ),
            (
                "SELECT * FROM sys.dm_broker_connections",
                "300 VIEW SERVER STATE permission was denied on object 'server', database 'master'.",
            ),
            ("SELECT COUNT(*) FROM sys.conversation_endpoints", "0"),
        ],
    );
}

#[test]
fn work_is_limited() {
    let doubled: String =
        (1..25).map(|n| format!(", t{n} AS (SELECT a.x FROM t{} a, t{} b)", n - 1, n - 1)).collect();
    let multiplied = format!("WITH t0 AS (SELECT 1 AS x){doubled} SELECT COUNT(*) FROM t24");
    let crossed = "SELECT COUNT(*) FROM sys.messages a, sys.messages b, sys.messages c";
    let found = |text: &str| super::select(&Fixture::new(), text).unwrap_err().number;
    assert_eq!((found(&multiplied), found(crossed)), (8623, 49909));
}
