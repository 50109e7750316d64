//! Types and values: golden bytes, and what the server sends reads back as what it was.

use bytes::Bytes;
use duologue_types::{Decimal, Length, SqlType, Value};
use proptest::prelude::*;

use super::client::hex;
use crate::dialect::Dialect;
use crate::error::{EncodeError, ProtocolError};
use crate::reader::Reader;
use crate::types::{TypeInfo, decode_value, put_type_info, put_value, sent_as};

fn encode(sql_type: SqlType, value: &Value, dialect: Dialect) -> (Vec<u8>, Vec<u8>) {
    let (mut info, mut bytes) = (Vec::new(), Vec::new());
    put_type_info(&mut info, sent_as(sql_type, dialect), dialect);
    put_value(&mut bytes, sql_type, value, dialect).unwrap();
    (info, bytes)
}

/// What the bytes of a parameter read as.
fn decode(bytes: &[u8], dialect: Dialect) -> Result<(SqlType, Value), ProtocolError> {
    let mut reader = Reader::new(bytes);
    let info = TypeInfo::decode(&mut reader, dialect)?;
    let value = decode_value(&mut reader, &info)?;
    reader.expect_end("bytes follow the value")?;
    Ok((info.sql_type, value))
}

fn decimal(mantissa: i128, scale: u8) -> Value {
    Value::Decimal(Decimal { mantissa, scale })
}

fn nvarchar(text: &str) -> Value {
    Value::NVarChar(text.into())
}

const GUID: &str = "01234567-89AB-CDEF-0123-456789ABCDEF";

/// Types with a value: their TYPE_INFO, the value's bytes.
fn goldens() -> Vec<(SqlType, Value, &'static str, &'static str)> {
    use Length::{Fixed, Max};
    use SqlType as T;
    vec![
        (T::Bit, Value::Bit(true), "6801", "01 01"),
        (T::TinyInt, Value::TinyInt(255), "2601", "01 ff"),
        (T::SmallInt, Value::SmallInt(-2), "2602", "02 feff"),
        (T::Int, Value::Int(1), "2604", "04 01000000"),
        (T::BigInt, Value::BigInt(-1), "2608", "08 ffffffffffffffff"),
        (T::Decimal { precision: 9, scale: 2 }, decimal(-1234, 2), "6c 05 09 02", "05 00 d2040000"),
        (
            T::Decimal { precision: 38, scale: 0 },
            decimal(10i128.pow(38) - 1, 0),
            "6c 11 26 00",
            "11 01 ffffffff3f228a097ac4865aa84c3b4b",
        ),
        (T::SmallMoney, Value::Money(15_000), "6e04", "04 983a0000"),
        (T::Money, Value::Money(-1), "6e08", "08 ffffffff ffffffff"),
        (T::Money, Value::Money(1 << 32), "6e08", "08 01000000 00000000"),
        (T::Real, Value::Real(1.5), "6d04", "04 0000c03f"),
        (T::Float, Value::Float(1.5), "6d08", "08 000000000000f83f"),
        (T::Date, Value::Date(1), "28", "03 010000"),
        (T::Time { scale: 7 }, Value::Time(1), "29 07", "05 0100000000"),
        (T::Time { scale: 0 }, Value::Time(10_000_000), "29 00", "03 010000"),
        (
            T::DateTime2 { scale: 3 },
            Value::DateTime2 { days: 2, ticks: 10_000 },
            "2a 03",
            "07 01000000 020000",
        ),
        (
            T::DateTimeOffset { scale: 7 },
            Value::DateTimeOffset { days: 2, ticks: 1, offset: -90 },
            "2b 07",
            "0a 0100000000 020000 a6ff",
        ),
        (T::DateTime, Value::DateTime { days: -1, ticks: 300 }, "6f 08", "08 ffffffff 2c010000"),
        (T::SmallDateTime, Value::DateTime { days: 1, ticks: 18_000 }, "6f 04", "04 0100 0100"),
        (T::VarChar(Fixed(10)), Value::VarChar("é€".into()), "a7 0a00 0904d00034", "0200 e980"),
        (T::Char(2), Value::VarChar("ab".into()), "af 0200 0904d00034", "0200 6162"),
        (T::VarChar(Max), Value::VarChar("".into()), "a7 ffff 0904d00034", "0000000000000000 00000000"),
        (T::NVarChar(Fixed(10)), nvarchar("é"), "e7 1400 0904d00034", "0200 e900"),
        (T::NChar(1), nvarchar("x"), "ef 0200 0904d00034", "0200 7800"),
        (T::NVarChar(Max), nvarchar("a"), "e7 ffff 0904d00034", "0200000000000000 02000000 6100 00000000"),
        (T::VarBinary(Fixed(4)), Value::VarBinary(Bytes::from_static(b"ab")), "a5 0400", "0200 6162"),
        (T::Binary(2), Value::VarBinary(Bytes::from_static(b"ab")), "ad 0200", "0200 6162"),
        (
            T::VarBinary(Max),
            Value::VarBinary(Bytes::from_static(b"a")),
            "a5 ffff",
            "0100000000000000 01000000 61 00000000",
        ),
        (
            T::UniqueIdentifier,
            Value::Guid(GUID.parse().unwrap()),
            "24 10",
            "10 67452301 ab89 efcd 0123 456789abcdef",
        ),
        (T::SqlVariant, Value::Int(5), "62 491f0000", "06000000 38 00 05000000"),
        (T::SqlVariant, nvarchar("a"), "62 491f0000", "0b000000 e7 07 0904d00034 401f 6100"),
        (
            T::SqlVariant,
            decimal(-1, 1),
            "62 491f0000",
            "15000000 6c 02 26 01 00 01000000000000000000000000000000",
        ),
        (T::SqlVariant, Value::Null, "62 491f0000", "00000000"),
        (T::Int, Value::Null, "2604", "00"),
        (T::NVarChar(Fixed(4000)), Value::Null, "e7 401f 0904d00034", "ffff"),
        (T::VarBinary(Max), Value::Null, "a5 ffff", "ffffffffffffffff"),
    ]
}

#[test]
fn golden_values_both_ways() {
    for (sql_type, value, info, bytes) in goldens() {
        let (info, bytes) = (hex(info), hex(bytes));
        assert_eq!(
            encode(sql_type, &value, Dialect::V74),
            (info.clone(), bytes.clone()),
            "{sql_type:?} {value:?}"
        );
        assert_eq!(decode(&[info, bytes].concat(), Dialect::V74), Ok((sql_type, value)));
    }
}

/// Forms that clients send and the server does not.
#[test]
fn other_parameter_forms() {
    use Length::{Fixed, Max};
    use SqlType as T;
    let date_time = Value::DateTime { days: 1, ticks: 2 };
    for (bytes, sql_type, value) in [
        ("1f", T::Int, Value::Null),
        ("30 ff", T::TinyInt, Value::TinyInt(255)),
        ("32 01", T::Bit, Value::Bit(true)),
        ("34 feff", T::SmallInt, Value::SmallInt(-2)),
        ("38 01000000", T::Int, Value::Int(1)),
        ("3a 0100 0100", T::SmallDateTime, Value::DateTime { days: 1, ticks: 18_000 }),
        ("3b 0000c03f", T::Real, Value::Real(1.5)),
        ("3c 00000000 01000000", T::Money, Value::Money(1)),
        ("3d 01000000 02000000", T::DateTime, date_time),
        ("3e 000000000000f83f", T::Float, Value::Float(1.5)),
        ("7a 01000000", T::SmallMoney, Value::Money(1)),
        ("7f 0100000000000000", T::BigInt, Value::BigInt(1)),
        // Declared eight bytes wide, sent in four.
        ("2608 04 ffffffff", T::BigInt, Value::BigInt(-1)),
        ("6a 05 09 00 05 01 01000000", T::Decimal { precision: 9, scale: 0 }, decimal(1, 0)),
        ("23 ffffff7f 0904d00034 01000000 e9", T::Text, Value::VarChar("é".into())),
        ("63 ffffff7f 0904d00034 02000000 e900", T::NText, nvarchar("é")),
        ("63 ffffff7f 0904d00034 ffffffff", T::NText, Value::Null),
        ("22 ffffff7f 01000000 61", T::Image, Value::VarBinary(Bytes::from_static(b"a"))),
        ("27 05 01 61", T::VarChar(Fixed(5)), Value::VarChar("a".into())),
        ("2d 05 01 61", T::Binary(5), Value::VarBinary(Bytes::from_static(b"a"))),
        // Length unknown, two chunks that cut a character in two.
        (
            "e7 ffff 0904d00034 feffffffffffffff 01000000 e9 01000000 00 00000000",
            T::NVarChar(Max),
            nvarchar("é"),
        ),
        ("f1 00 0600000000000000 06000000 fffe 61006200 00000000", T::Xml, nvarchar("ab")),
        ("f1 01 01 6400 01 7300 0100 6300 ffffffffffffffff", T::Xml, Value::Null),
        // Russian and UTF-8 collations.
        ("a7 0a00 1904d00033 0100 e0", T::VarChar(Fixed(10)), Value::VarChar("а".into())),
        ("a7 0a00 0904d00400 0200 c3a9", T::VarChar(Fixed(10)), Value::VarChar("é".into())),
        ("a7 0a00 0000000000 0100 e9", T::VarChar(Fixed(10)), Value::VarChar("é".into())),
        ("62 491f0000 0b000000 a7 07 0904d00034 401f e900", T::SqlVariant, Value::VarChar("é\0".into())),
    ] {
        assert_eq!(decode(&hex(bytes), Dialect::V74), Ok((sql_type, value)), "{bytes}");
    }
}

#[test]
fn impossible_values_are_errors() {
    for bytes in [
        "2603 00",
        "2608 03 010101",
        "2601 04 00010000",
        "6c 05 27 02 00",
        "6c 05 09 0a 00",
        "6c 11 26 00 11 01 ffffffffffffffffffffffffffffffff",
        "6c 11 26 00 11 01 0000000040228a097ac4865aa84c3b4b",
        "6d08 08 000000000000f87f",
        "6d04 04 0000807f",
        "29 08 00",
        "29 07 05 00c0692ac9",
        "28 03 ffffff",
        "2b 07 0a 0100000000 020000 ff7f",
        "6f08 08 01000000 00838b01",
        "e7 1400 0904d00034 0100 61",
        "a7 411f 0904d00034 0000",
        "e7 ffff 0904d00034 0300000000000000 02000000 6100 00000000",
        "24 10 0f 000000000000000000000000000000",
        "f1 00 feffffffffffffff 04000000 dfff01b0 00000000",
        "62 491f0000 02000000 62 00",
        "f0 00",
        "f3 00",
        "99",
    ] {
        assert!(decode(&hex(bytes), Dialect::V74).is_err(), "{bytes}");
    }
}

#[test]
fn values_that_do_not_fit_are_not_sent() {
    use EncodeError::{Mismatch, OutOfRange};
    use SqlType as T;
    let small = T::Decimal { precision: 3, scale: 1 };
    let long = Value::VarChar("x".repeat(8001).into());
    for (sql_type, value, error) in [
        (T::TinyInt, Value::Int(-1), OutOfRange(T::TinyInt)),
        (T::Int, nvarchar("1"), Mismatch(T::Int)),
        (small, decimal(1000, 1), OutOfRange(small)),
        (small, decimal(100, 0), OutOfRange(small)),
        (small, decimal(1, 2), OutOfRange(small)),
        (T::SmallMoney, Value::Money(1 << 32), OutOfRange(T::SmallMoney)),
        (T::Date, Value::Date(-1), OutOfRange(T::Date)),
        (T::Time { scale: 7 }, Value::Time(864_000_000_000), OutOfRange(T::Time { scale: 7 })),
        (T::DateTime, Value::DateTime { days: 0, ticks: 25_920_000 }, OutOfRange(T::DateTime)),
        (T::SmallDateTime, Value::DateTime { days: 65_536, ticks: 0 }, OutOfRange(T::SmallDateTime)),
        (T::Real, Value::Float(1.0), Mismatch(T::Real)),
        (T::VarBinary(Length::Max), nvarchar("a"), Mismatch(T::VarBinary(Length::Max))),
        (T::VarChar(Length::Fixed(8000)), long.clone(), OutOfRange(T::VarChar(Length::Fixed(8000)))),
        (T::SqlVariant, long, OutOfRange(T::SqlVariant)),
        (T::SqlVariant, Value::Xml("a".into()), Mismatch(T::SqlVariant)),
    ] {
        assert_eq!(put_value(&mut Vec::new(), sql_type, &value, Dialect::V74), Err(error), "{sql_type:?}");
    }
    // A smaller integer or scale is the same value.
    assert_eq!(encode(T::BigInt, &Value::TinyInt(1), Dialect::V74).1, hex("08 0100000000000000"));
    assert_eq!(encode(small, &decimal(7, 0), Dialect::V74).1, hex("05 01 46000000"));
}

#[test]
fn old_clients_get_types_they_know() {
    let pointer = "10 00000000000000000000000000000000 0000000000000000";
    for (sql_type, value, info, bytes) in [
        (SqlType::NVARCHAR_MAX, nvarchar("a"), "63 ffffff7f 0904d00034", format!("{pointer} 02000000 6100")),
        (SqlType::Xml, Value::Xml("a".into()), "63 ffffff7f 0904d00034", format!("{pointer} 02000000 6100")),
        (SqlType::Image, Value::Null, "22 ffffff7f", "00".into()),
        (
            SqlType::Date,
            Value::Date(0),
            "e7 1400 0904d00034",
            "1400 3000300030003100 2d00 30003100 2d00 30003100".into(),
        ),
        (SqlType::Date, Value::Null, "e7 1400 0904d00034", "ffff".into()),
        (SqlType::Int, Value::Int(1), "2604", "04 01000000".into()),
    ] {
        assert_eq!(encode(sql_type, &value, Dialect::V71), (hex(info), hex(&bytes)), "{sql_type:?}");
    }
    let (info, _) = encode(SqlType::NVARCHAR_MAX, &Value::Null, Dialect::V70);
    assert_eq!(info, hex("63 ffffff7f"));
    let (info, _) = encode(SqlType::Text, &Value::Null, Dialect::V72);
    assert_eq!(info, hex("a7 ffff 0904d00034"));
}

#[test]
fn what_code_page_1252_lacks_becomes_question_marks() {
    let text = Value::VarChar("aш€😀b".into());
    let (_, bytes) = encode(SqlType::VarChar(Length::Fixed(20)), &text, Dialect::V74);
    assert_eq!(bytes, b"\x06\x00a?\x80??b");
}

/// A type with a value of it.
fn typed_value() -> impl Strategy<Value = (SqlType, Value)> {
    use SqlType as T;
    let text = any::<String>();
    // Half of code page 1252 is Latin-1.
    let latin = "[ -~¡-ÿ]{0,200}";
    let ticks = 0..864_000_000_000i64;
    let days = 0..=3_652_058i32;
    let fixed = prop_oneof![
        any::<bool>().prop_map(|v| (T::Bit, Value::Bit(v))),
        any::<u8>().prop_map(|v| (T::TinyInt, Value::TinyInt(v))),
        any::<i16>().prop_map(|v| (T::SmallInt, Value::SmallInt(v))),
        any::<i32>().prop_map(|v| (T::Int, Value::Int(v))),
        any::<i64>().prop_map(|v| (T::BigInt, Value::BigInt(v))),
        any::<i32>().prop_map(|v| (T::SmallMoney, Value::Money(v.into()))),
        any::<i64>().prop_map(|v| (T::Money, Value::Money(v))),
        any::<i32>().prop_map(|v| (T::Real, Value::Real(v as f32 / 7.0))),
        any::<i64>().prop_map(|v| (T::Float, Value::Float(v as f64 / 7.0))),
        any::<[u8; 16]>().prop_map(|v| (T::UniqueIdentifier, Value::Guid(duologue_types::Guid(v)))),
    ];
    let decimals = (1u8..=38, any::<i128>()).prop_flat_map(|(precision, number)| {
        (0..=precision).prop_map(move |scale| {
            let mantissa = number % 10i128.pow(precision.into());
            (T::Decimal { precision, scale }, decimal(mantissa, scale))
        })
    });
    let times = (0u8..=7, days.clone(), ticks, -840i16..=840, 0..25_920_000u32).prop_map(
        |(scale, days, ticks, offset, clock)| {
            let ticks = ticks - ticks % 10i64.pow(7 - u32::from(scale));
            match days % 5 {
                0 => (T::Date, Value::Date(days)),
                1 => (T::Time { scale }, Value::Time(ticks)),
                2 => (T::DateTime2 { scale }, Value::DateTime2 { days, ticks }),
                3 => (T::DateTimeOffset { scale }, Value::DateTimeOffset { days, ticks, offset }),
                _ => (T::DateTime, Value::DateTime { days: days % 2_958_463, ticks: clock }),
            }
        },
    );
    let strings = (text, latin, proptest::collection::vec(any::<u8>(), 0..300), any::<bool>()).prop_map(
        |(text, latin, bytes, is_max)| {
            let length = |n| if is_max { Length::Max } else { Length::Fixed(n) };
            match bytes.len() % 3 {
                0 => (T::NVarChar(length(4000)), Value::NVarChar(text.into())),
                1 => (T::VarChar(length(8000)), Value::VarChar(latin.into())),
                _ => (T::VarBinary(length(8000)), Value::VarBinary(bytes.into())),
            }
        },
    );
    prop_oneof![3 => fixed, 1 => decimals, 2 => times, 2 => strings]
}

proptest! {
    #[test]
    fn what_is_sent_reads_back((sql_type, value) in typed_value()) {
        let (info, bytes) = encode(sql_type, &value, Dialect::V74);
        prop_assert_eq!(decode(&[info.clone(), bytes].concat(), Dialect::V74), Ok((sql_type, value.clone())));
        let (_, null) = encode(sql_type, &Value::Null, Dialect::V74);
        prop_assert_eq!(decode(&[info, null].concat(), Dialect::V74), Ok((sql_type, Value::Null)));
        let (info, bytes) = encode(SqlType::SqlVariant, &value, Dialect::V74);
        prop_assert_eq!(decode(&[info, bytes].concat(), Dialect::V74), Ok((SqlType::SqlVariant, value)));
    }

    #[test]
    fn truncated_values_are_errors((sql_type, value) in typed_value()) {
        let (info, bytes) = encode(sql_type, &value, Dialect::V74);
        let whole = [info, bytes].concat();
        for length in 0..whole.len() {
            prop_assert!(decode(&whole[..length], Dialect::V74).is_err());
        }
    }
}
