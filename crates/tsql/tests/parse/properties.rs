//! Whatever comes in, parsing ends and does not panic, and places lie in the text.

use duologue_tsql::ast::{Batch, Statement, StatementKind};
use duologue_tsql::{ParseOptions, parse_batch, split_batches};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "(",
    ")",
    ",",
    ";",
    "BEGIN",
    "END",
    "TRY",
    "CATCH",
    "IF",
    "ELSE",
    "WHILE",
    "CREATE",
    "ALTER",
    "DROP",
    "TABLE",
    "QUEUE",
    "SERVICE",
    "CONTRACT",
    "MESSAGE",
    "TYPE",
    "ON",
    "WITH",
    "AS",
    "@v",
    "@",
    "@@x",
    "'text'",
    "N'text'",
    "0x1F",
    "1",
    "1.5",
    "1e5",
    "$3",
    "=",
    "+=",
    "<",
    ">",
    "*",
    "+",
    "-",
    "~",
    ".",
    "::",
    ":",
    "[name]",
    "\"name\"",
    "name",
    "EXEC",
    "SET",
    "DECLARE",
    "int",
    "CASE",
    "WHEN",
    "THEN",
    "CONVERSATION",
    "SEND",
    "RECEIVE",
    "WAITFOR",
    "TIMEOUT",
    "DIALOG",
    "GRANT",
    "TO",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "DELETE",
    "MERGE",
    "UNION",
    "ALL",
    "JOIN",
    "LEFT",
    "CROSS",
    "APPLY",
    "ORDER",
    "BY",
    "FOR",
    "XML",
    "PATH",
    "NULL",
    "NOT",
    "IN",
    "LIKE",
    "BETWEEN",
    "AND",
    "OR",
    "EXISTS",
    "CAST",
    "PROCEDURE",
    "VIEW",
    "TRIGGER",
    "FUNCTION",
    "RETURNS",
    "RETURN",
    "PIVOT",
    "CERTIFICATE",
    "MASTER",
    "KEY",
    "ENDPOINT",
    "PASSWORD",
    "FETCH",
    "CURSOR",
    "GOTO",
    "THROW",
    "{",
    "}",
    "NOLOCK",
    "nodes",
    "value",
    "--\n",
    "/*",
    "*/",
    "'",
    "[",
    "LOGIN",
    "USER",
    "DATABASE",
    "DEFAULT",
    "IDENTITY",
];

fn check(text: &str) {
    for quoted_identifier in [true, false] {
        match parse_batch(text, &ParseOptions { quoted_identifier }) {
            Ok(batch) => check_spans(&batch, text),
            Err(errors) => {
                assert!(!errors.is_empty());
                let lines = text.matches('\n').count() as u32 + 1;
                for error in errors {
                    assert!((1..=lines).contains(&error.line), "{error:?} in {text:?}");
                }
            }
        }
    }
    split_batches(text);
}

fn check_spans(batch: &Batch, text: &str) {
    for Statement { span, kind, .. } in &batch.statements {
        assert!(text.get(span.clone()).is_some_and(|part| !part.is_empty()), "{span:?} of {text:?}");
        if let StatementKind::Block(statements) = kind {
            check_spans(&Batch { statements: statements.clone(), mentions: Vec::new() }, text);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn arbitrary_text_after_select(text in "[-a-z0-9 '\"\\[\\]()@$.,;*/+=<>#\\n]{0,80}") {
        check(&format!("SELECT {text}"));
    }

    #[test]
    fn token_soup(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        check(&words.join(" "));
    }

    /// A correct script cut off anywhere, or with a word exchanged, is an error or another script, never a
    /// crash.
    #[test]
    fn damaged_script(cut in 0usize..4000, at in 0usize..4000, word in prop::sample::select(WORDS)) {
        let script = include_str!("../../../duologue/src/demo/scripts/target-receive.sql");
        let mut end = cut.min(script.len());
        while !script.is_char_boundary(end) {
            end -= 1;
        }
        check(&script[..end]);
        let mut words: Vec<&str> = script.split(' ').collect();
        let index = at % words.len();
        words[index] = word;
        check(&words.join(" "));
    }
}
