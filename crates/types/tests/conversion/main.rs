//! Conversions, case by case: what T-SQL's `CAST` and `CONVERT` give.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod properties;
mod tables;

use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_types::{
    Decimal, Guid, Length, Mode, Moment, SqlType, TypeArg, Value, XmlParser, convert, display_sqlcmd,
    truncation_error,
};

/// Stands for crate `xml`: takes all text, and bytes as UTF-8.
const XML: XmlParser = XmlParser {
    from_text: |text, _, _| Ok(Arc::from(text)),
    from_bytes: |bytes, _| Ok(String::from_utf8_lossy(bytes).into()),
};

const TEXT: SqlType = SqlType::VarChar(Length::Max);

fn sql_type(text: &str) -> SqlType {
    text.parse().unwrap()
}

fn cast(value: &Value, from: SqlType, to: SqlType, style: i32) -> Result<Value, SqlError> {
    convert(value, from, to, style, Mode::Explicit, XML)
}

/// The value that `text` reads as: bytes as `0x…`, everything else by conversion from `varchar`.
fn read(text: &str, from: SqlType) -> Value {
    let style = i32::from(text.starts_with("0x"));
    cast(&Value::VarChar(text.into()), TEXT, from, style).unwrap()
}

fn outcome(result: Result<Value, SqlError>, to: SqlType) -> String {
    match result {
        Ok(value) => display_sqlcmd(&value, to),
        Err(error) => format!("{}: {}", error.number, error.text),
    }
}

/// `(from, value, to, style, expected)`.
fn check(cases: &[(&str, &str, &str, i32, &str)]) {
    for (from, text, to, style, expected) in cases {
        let (from, to) = (sql_type(from), sql_type(to));
        let found = outcome(cast(&read(text, from), from, to, *style), to);
        assert_eq!(found, *expected, "CONVERT({to}, {from} '{text}', {style})");
    }
}
