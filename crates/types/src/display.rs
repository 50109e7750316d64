//! Values as `sqlcmd` prints them.

use crate::convert::{format_any_date, format_any_float, hex_literal};
use crate::moment::Moment;
use crate::sql_type::SqlType;
use crate::time::Timestamp;
use crate::value::{Decimal, Value};

/// `value` of type `sql_type` as `sqlcmd` prints it in a result: `NULL`, `.50`, `0xFF`, all digits of a fraction.
pub fn display_sqlcmd(value: &Value, sql_type: SqlType) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bit(bit) => u8::from(*bit).to_string(),
        Value::TinyInt(number) => number.to_string(),
        Value::SmallInt(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Decimal(decimal) => without_leading_zero(&decimal.to_string()),
        Value::Money(money) => Decimal { mantissa: i128::from(*money), scale: 4 }.to_string(),
        Value::Real(number) => with_point(number.to_string(), &format!("{number:E}")),
        Value::Float(number) => with_point(format_any_float(*number), &format!("{number:E}")),
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => text.to_string(),
        Value::VarBinary(bytes) => hex_literal(bytes),
        Value::Guid(guid) => guid.to_string(),
        _ => Moment::of(value).map(|moment| date(moment, value, sql_type)).unwrap_or_default(),
    }
}

/// `timestamp` in UTC as XML and logs carry it: `yyyy-mm-ddThh:mm:ss.mmm`.
pub fn format_iso(timestamp: Timestamp) -> String {
    format_any_date(timestamp.to_moment(), SqlType::DateTime2 { scale: 3 }, 126)
}

/// The ODBC form, style 121; `smalldatetime` has seconds and no more.
fn date(moment: Moment, value: &Value, sql_type: SqlType) -> String {
    // A column of another type, such as sql_variant, shows the value's own.
    let own = value.natural_type().unwrap_or(sql_type);
    let shown = if own.family() == sql_type.family() { sql_type } else { own };
    let style = if shown == SqlType::SmallDateTime { 120 } else { 121 };
    format_any_date(moment, shown, style)
}

fn without_leading_zero(text: &str) -> String {
    match text.strip_prefix("-0.") {
        Some(fraction) => format!("-.{fraction}"),
        None => text.strip_prefix("0.").map_or_else(|| text.to_owned(), |fraction| format!(".{fraction}")),
    }
}

/// Whole approximate numbers show a point; great and small ones an exponent.
fn with_point(text: String, scientific: &str) -> String {
    if text.contains('e') || text.len() > 24 {
        return scientific.to_owned();
    }
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_always_show_milliseconds() {
        assert_eq!(format_iso(Timestamp(1_181_642_709_000_000)), "2007-06-12T10:05:09.000");
        assert_eq!(format_iso(Timestamp(1_181_642_709_123_999)), "2007-06-12T10:05:09.123");
    }

    #[test]
    fn every_type_as_sqlcmd_prints_it() {
        let moment = Value::DateTime { days: 39_243, ticks: 10_800_299 };
        let cases: &[(Value, &str, &str)] = &[
            (Value::Null, "int", "NULL"),
            (Value::Bit(true), "bit", "1"),
            (Value::BigInt(-5), "bigint", "-5"),
            (Value::Decimal(Decimal { mantissa: 50, scale: 2 }), "decimal(5,2)", ".50"),
            (Value::Decimal(Decimal { mantissa: -50, scale: 2 }), "decimal(5,2)", "-.50"),
            (Value::Decimal(Decimal { mantissa: 1050, scale: 2 }), "decimal(5,2)", "10.50"),
            (Value::Money(12_345_678), "money", "1234.5678"),
            (Value::Float(0.1), "float", "0.10000000000000001"),
            (Value::Float(2.0), "float", "2.0"),
            (Value::Float(1e30), "float", "1E30"),
            (Value::Real(0.1), "real", "0.1"),
            (moment.clone(), "datetime", "2007-06-12 10:00:00.997"),
            (moment, "sql_variant", "2007-06-12 10:00:00.997"),
            (Value::DateTime { days: 39_243, ticks: 10_800_000 }, "smalldatetime", "2007-06-12 10:00:00"),
            (
                Value::DateTime2 { days: 732_838, ticks: 360_000_000_000 },
                "datetime2(3)",
                "2007-06-12 10:00:00.000",
            ),
            (Value::Date(732_838), "date", "2007-06-12"),
            (Value::Time(360_000_000_001), "time(7)", "10:00:00.0000001"),
            (
                Value::DateTimeOffset { days: 732_838, ticks: 360_000_000_000, offset: 120 },
                "datetimeoffset(0)",
                "2007-06-12 12:00:00 +02:00",
            ),
            (Value::varbinary(vec![0, 0xff]), "varbinary(2)", "0x00FF"),
            (Value::nvarchar("text"), "nvarchar(4)", "text"),
        ];
        for (value, sql_type, expected) in cases {
            let sql_type: SqlType = sql_type.parse().unwrap();
            assert_eq!(display_sqlcmd(value, sql_type), *expected, "{value:?}");
        }
    }
}
