//! Errors: number, line, text.

use duologue_tsql::ParseOptions;
use expect_test::{Expect, expect};

use crate::compact::{outline, outline_with};

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&outline(text));
}

#[test]
fn unexpected_tokens() {
    check("SELECT 1 +\n* 2", expect![[r#"
        102 line 2: Incorrect syntax near '*'.
    "#]]);
    check("SELECT * FORM t", expect![[r#"
        102 line 1: Incorrect syntax near 'FORM'.
    "#]]);
    check("SELECT *\nFROM WHERE x = 1", expect![[r#"
        156 line 2: Incorrect syntax near the keyword 'WHERE'.
    "#]]);
    check("SELECT a FROM t WHERE", expect![[r#"
        102 line 1: Incorrect syntax near 'WHERE'.
    "#]]);
    check("SELECT 1\nfoo bar baz\nSELECT 2", expect![[r#"
        102 line 2: Incorrect syntax near 'bar'.
    "#]]);
    check("BEGIN END", expect![[r#"
        156 line 1: Incorrect syntax near the keyword 'END'.
        156 line 1: Incorrect syntax near the keyword 'END'.
    "#]]);
    check("BEGIN\nPRINT 1", expect![[r#"
        102 line 2: Incorrect syntax near '1'.
    "#]]);
    check("PRINT 1 END", expect![[r#"
        156 line 1: Incorrect syntax near the keyword 'END'.
    "#]]);
    check("IF 1 PRINT 2", expect![[r#"
        4145 line 1: An expression of non-boolean type specified in a context where a condition is expected, near 'PRINT'.
    "#]]);
    check("SELECT (1 = 1)", expect![[r#"
        102 line 1: Incorrect syntax near '='.
    "#]]);
    check("INSERT t VALUES (1,)", expect![[r#"
        102 line 1: Incorrect syntax near ')'.
    "#]]);
    check("CREATE SERVICE s ON QUEUE q (DEFAULT)", expect![[r#"
        156 line 1: Incorrect syntax near the keyword 'DEFAULT'.
    "#]]);
}

#[test]
fn unclosed_and_overlong() {
    check("SELECT 1\nSELECT 'abc", expect![[r#"
        105 line 2: Unclosed quotation mark after the character string 'abc'.
    "#]]);
    check("SELECT [abc", expect![[r#"
        105 line 1: Unclosed quotation mark after the character string 'abc'.
    "#]]);
    check("SELECT 1 /* /* */", expect![[r#"
        113 line 1: Missing end comment mark '*/'.
    "#]]);
    check(&format!("SELECT {}", "x".repeat(129)), expect![[r#"
        103 line 1: The identifier that starts with 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is too long. Maximum length is 128.
    "#]]);
    check("SELECT 123456789012345678901234567890123456789", expect![[r#"
        1007 line 1: The number '123456789012345678901234567890123456789' is out of the range for numeric representation (maximum precision 38).
    "#]]);
    check("SELECT 1 ` 2", expect![[r#"
        102 line 1: Incorrect syntax near '`'.
    "#]]);
}

#[test]
fn statements_out_of_place() {
    check("SELECT 1\nCREATE PROCEDURE p AS SELECT 1", expect![[r#"
        111 line 2: 'CREATE/ALTER PROCEDURE' must be the first statement in a query batch.
    "#]]);
    check("PRINT 1\nCREATE VIEW v AS SELECT 1 AS a", expect![[r#"
        111 line 2: 'CREATE VIEW' must be the first statement in a query batch.
    "#]]);
    check("IF 1 = 1 CREATE PROCEDURE p AS SELECT 1", expect![[r#"
        156 line 1: Incorrect syntax near the keyword 'PROCEDURE'.
    "#]]);
    check("BREAK\nWHILE 1 = 1 BREAK\nCONTINUE", expect![[r#"
        135 line 1: Cannot use a BREAK statement outside the scope of a WHILE statement.
        136 line 3: Cannot use a CONTINUE statement outside the scope of a WHILE statement.
    "#]]);
    check("GOTO nowhere\na: a:", expect![[r#"
        132 line 2: The label 'a' has already been declared. Label names must be unique within a query batch or stored procedure.
        133 line 1: A GOTO statement references the label 'nowhere' but the label has not been declared.
    "#]]);
    check("DECLARE @a int = 1\nWITH c AS (SELECT 1 AS x) SELECT * FROM c", expect![[r#"
        319 line 2: Incorrect syntax near the keyword 'with'. If this statement is a common table expression, an xmlnamespaces clause or a change tracking context clause, the previous statement must be terminated with a semicolon.
    "#]]);
    check("SELECT * FROM t\nWITH c AS (SELECT 1 AS x) SELECT * FROM c", expect![[r#"
        336 line 2: Incorrect syntax near 'c'. If this is intended to be a common table expression, you need to explicitly terminate the previous statement with a semi-colon.
    "#]]);
    check("WAITFOR (SELECT 1), TIMEOUT 1", expect![[r#"
        101 line 1: Query not allowed in Waitfor.
    "#]]);
}

#[test]
fn several_errors_in_one_batch() {
    check("SELECT FROM\nPRINT 'ok'\nINSERT INTO\nDELETE\nSELECT 1", expect![[r#"
        156 line 1: Incorrect syntax near the keyword 'FROM'.
        156 line 4: Incorrect syntax near the keyword 'DELETE'.
        156 line 5: Incorrect syntax near the keyword 'SELECT'.
    "#]]);
}

#[test]
fn values_out_of_range() {
    check("DECLARE @a varchar(9000)", expect![[r#"
        131 line 1: The size (9000) given to the type 'varchar' exceeds the maximum allowed for any data type (8000).
    "#]]);
    check("DECLARE @a nvarchar(5000)", expect![[r#"
        2717 line 1: The size (5000) given to the type 'nvarchar' exceeds the maximum allowed (4000).
    "#]]);
    check("DECLARE @a decimal(39)", expect![[r#"
        1001 line 1: Line 1: Length or precision specification 39 is invalid.
    "#]]);
    check("DECLARE @a decimal(5, 6)", expect![[r#"
        1002 line 1: Line 1: Specified scale 6 is invalid.
    "#]]);
    check("DECLARE @a int(4)", expect![[r#"
        2716 line 1: Column, parameter, or variable #1: Cannot specify a column width on data type int.
    "#]]);
    check("DECLARE @a varchar(0)", expect![[r#"
        1001 line 1: Line 1: Length or precision specification 0 is invalid.
    "#]]);
    check("ALTER QUEUE q WITH ACTIVATION (MAX_QUEUE_READERS = 40000)", expect![[r#"
        187 line 1: The valid range for MAX_QUEUE_READERS is 0 to 32767.
    "#]]);
    check("SELECT * FROM a.b.c.d.e", expect![[r#"
        117 line 1: The object name 'a.b.c.d.e' contains more than the maximum number of prefixes. The maximum is 3.
    "#]]);
    check("SET NO_SUCH_OPTION ON", expect![[r#"
        195 line 1: 'NO_SUCH_OPTION' is not a recognized SET option.
    "#]]);
}

#[test]
fn options_twice_or_incomplete() {
    check("CREATE ROUTE r WITH ADDRESS = 'LOCAL', ADDRESS = 'LOCAL'", expect![[r#"
        102 line 1: Incorrect syntax near 'ADDRESS'.
    "#]]);
    check("CREATE QUEUE q WITH ACTIVATION (PROCEDURE_NAME = p)", expect![[r#"
        102 line 1: Incorrect syntax near ')'.
    "#]]);
    check("CREATE MESSAGE TYPE m VALIDATION = VALID_XML", expect![[r#"
        102 line 1: Incorrect syntax near 'VALID_XML'.
    "#]]);
    check("CREATE CERTIFICATE c WITH START_DATE = '20260101'", expect![[r#"
        102 line 1: Incorrect syntax near '20260101'.
    "#]]);
    check("BEGIN DIALOG @h FROM SERVICE s TO SERVICE 't' WITH ENCRYPTION = ON, ENCRYPTION = OFF", expect![[r#"
        102 line 1: Incorrect syntax near 'ENCRYPTION'.
    "#]]);
    check("CREATE ENDPOINT e AS TCP (LISTENER_PORT = 1, LISTENER_PORT = 2) FOR SERVICE_BROKER ()", expect![[r#"
        7816 line 1: A duplicate parameter was specified, 'LISTENER_PORT'.
    "#]]);
    check("RECEIVE * FROM q WHERE service_id = 1", expect![[r#"
        102 line 1: Incorrect syntax near 'service_id'.
    "#]]);
}

#[test]
fn nesting_has_a_limit() {
    for (open, middle, close) in [("(", "1", ")"), ("CASE WHEN 1=1 THEN ", "1", " END"), ("-", "1", "")] {
        let text = format!("SELECT {}{middle}{}", open.repeat(5000), close.repeat(5000));
        assert_eq!(outline(&text).lines().next().unwrap().split(' ').next(), Some("191"), "{open}");
    }
    let begins = "BEGIN ".repeat(5000);
    assert!(outline(&begins).starts_with("191"), "BEGIN");
    let sum = format!("SELECT 1{}", " + 1".repeat(5000));
    assert!(outline(&sum).starts_with("191"), "+");
    let alternatives = format!("SELECT 1 WHERE 1 = 1{}", " OR 1 = 1".repeat(5000));
    assert!(outline(&alternatives).starts_with("1: Select"), "OR is flat");
    let union = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(5000));
    assert!(outline(&union).starts_with("1: Select"), "UNION is flat");
}

#[test]
fn quoted_identifier_off_makes_strings() {
    let off = ParseOptions { quoted_identifier: false };
    expect![[r#"
        1: Select(Select([VarChar("a\"b"), c]))
    "#]].assert_eq(&outline_with("SELECT \"a\"\"b\", [c]", off));
    check("SELECT \"a\"\"b\" SET QUOTED_IDENTIFIER OFF SELECT \"x\"", expect![[r#"
        1: Select(Select([a\"b]))
        1: Set(Switches { switches: [QuotedIdentifier] })
        1: Select(Select([VarChar("x")]))
    "#]]);
}
