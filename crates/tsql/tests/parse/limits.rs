//! Limits, and options that change the reading.

use duologue_tsql::{
    ParseOptions, ScriptBatch, parse_batch, parse_condition, parse_data_type, parse_expression,
    parse_object_name, parse_parameters, split_batches,
};
use expect_test::expect;

use crate::compact::{outline, outline_with};

fn first_error(text: &str) -> i32 {
    parse_batch(text, &ParseOptions::default()).map_or_else(|errors| errors[0].number, |_| 0)
}

#[test]
fn nesting_has_a_limit() {
    let expressions =
        [("(", ")"), ("CASE WHEN 1=1 THEN ", " END"), ("- ", ""), ("(SELECT ", ")"), ("f(", ")")];
    for (open, close) in expressions {
        for depth in [1001, 50_000] {
            let text = format!("SELECT {}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(first_error(&text), 191, "{open}");
        }
    }
    let statements =
        ["BEGIN ", "BEGIN TRY ", "IF 1 = 1 ", "WHILE 1 = 1 ", "SELECT 1 WHERE EXISTS (", "SELECT * FROM ("];
    for open in statements {
        let text = format!("{}SELECT 1", open.repeat(50_000));
        assert_ne!(first_error(&text), 0, "{open}");
    }
    assert_eq!(first_error(&"BEGIN ".repeat(5000)), 191);
}

#[test]
fn long_chains_are_flat_or_limited() {
    assert_eq!(first_error(&format!("SELECT 1{}", " + 1".repeat(5000))), 191);
    assert_eq!(first_error(&format!("SELECT 1{}", " COLLATE a".repeat(5000))), 191);
    assert_eq!(first_error(&format!("SELECT 1 FROM t{}", " CROSS JOIN u".repeat(5000))), 191);
    assert_eq!(first_error(&format!("SELECT 1 WHERE 1 = 1{}", " OR 1 = 1".repeat(5000))), 0);
    assert_eq!(first_error(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(5000))), 0);
    assert_eq!(first_error(&format!("SELECT 1{}", ", 1 + 1".repeat(900))), 0);
    assert_eq!(first_error(&"SELECT 1 ".repeat(5000)), 0);
}

#[test]
fn names_and_numbers_have_a_limit() {
    assert_eq!(first_error(&format!("SELECT {}", "x".repeat(128))), 0);
    assert_eq!(first_error(&format!("SELECT {}", "x".repeat(129))), 103);
    assert_eq!(first_error(&format!("SELECT [{}]", "é".repeat(129))), 103);
    assert_eq!(first_error(&format!("SELECT {}", "9".repeat(38))), 0);
    assert_eq!(first_error(&format!("SELECT {}", "9".repeat(39))), 1007);
}

#[test]
fn quoted_identifier_off_makes_strings() {
    let off = ParseOptions { quoted_identifier: false };
    expect![[r#"
        1: Select(Select([VarChar("a\"b"), c]))
    "#]]
    .assert_eq(&outline_with("SELECT \"a\"\"b\", [c]", off));
    expect![[r#"
        1: Select(Select([a\"b]))
        1: Set(Switches { switches: [QuotedIdentifier] })
        1: Select(Select([VarChar("x")]))
    "#]]
    .assert_eq(&outline("SELECT \"a\"\"b\" SET QUOTED_IDENTIFIER OFF SELECT \"x\""));
}

#[test]
fn scripts_are_cut_at_go() {
    let script = "SELECT 1\r\ngo\r\n/*\nGO\n*/ SELECT 'a\nGO\n'\n GO 3 -- thrice\n\nGO\nGODBCC\nGo";
    let batch = |text: &str, first_line, repeat| ScriptBatch { text: text.to_owned(), first_line, repeat };
    assert_eq!(
        split_batches(script),
        [batch("SELECT 1\r\n", 1, 1), batch("/*\nGO\n*/ SELECT 'a\nGO\n'\n", 3, 3), batch("GODBCC\n", 11, 1),]
    );
}

#[test]
fn fragments() {
    let parameters = parse_parameters("@a int, @b nvarchar(max) = N'x' OUTPUT").unwrap();
    assert!(parameters.len() == 2 && parameters[1].output && parameters[1].default.is_some());
    assert_eq!(parse_parameters("  "), Ok(Vec::new()));
    assert_eq!(parse_object_name("[a b]..t").map(|name| name.parts.len()), Ok(3));
    assert_eq!(parse_object_name("a b").unwrap_err()[0].number, 102);
    assert!(parse_data_type("nvarchar(10)").is_ok() && parse_data_type("int x").is_err());
    assert!(parse_expression("(getdate())").is_ok() && parse_expression("1 = 1").is_err());
    assert!(parse_condition("([a]>(0))").is_ok() && parse_condition("").is_err());
}
