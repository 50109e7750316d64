//! Encoding of TYPE_INFO and values. Everything is sent in its nullable form.

use bytes::BufMut;
use duologue_types::{Decimal, Length, SqlType, Value};

use super::layout::{Layout, sent_as};
use super::{MAX_SHORT_BYTES, temporal, temporal_text, token, variant};
use crate::collation::{Collation, put_code_page_text};
use crate::dialect::Dialect;
use crate::error::EncodeError;
use crate::writer::put_utf16;

type Result<T> = std::result::Result<T, EncodeError>;

const MAX_MARKER: u16 = 0xFFFF;
/// Largest lengths that TYPE_INFO declares for text and sql_variant.
const MAX_LONG: u32 = 0x7FFF_FFFF;
const MAX_VARIANT: u32 = 8009;
/// A text pointer and its timestamp; clients skip both.
const TEXT_POINTER: [u8; 25] = [16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Appends the TYPE_INFO of a type that [`sent_as`] returned.
pub(crate) fn put_type_info(out: &mut Vec<u8>, sql_type: SqlType, dialect: Dialect) {
    match sql_type {
        SqlType::Bit => out.put_slice(&[token::BIT_N, 1]),
        SqlType::TinyInt => out.put_slice(&[token::INT_N, 1]),
        SqlType::SmallInt => out.put_slice(&[token::INT_N, 2]),
        SqlType::Int => out.put_slice(&[token::INT_N, 4]),
        SqlType::BigInt => out.put_slice(&[token::INT_N, 8]),
        SqlType::Decimal { precision, scale } => {
            out.put_slice(&[token::NUMERIC_N, decimal_width(precision) + 1, precision, scale]);
        }
        SqlType::SmallMoney => out.put_slice(&[token::MONEY_N, 4]),
        SqlType::Money => out.put_slice(&[token::MONEY_N, 8]),
        SqlType::Real => out.put_slice(&[token::FLOAT_N, 4]),
        SqlType::Float => out.put_slice(&[token::FLOAT_N, 8]),
        SqlType::Date => out.put_slice(&[token::DATE]),
        SqlType::Time { scale } => out.put_slice(&[token::TIME, scale]),
        SqlType::SmallDateTime => out.put_slice(&[token::DATETIME_N, 4]),
        SqlType::DateTime => out.put_slice(&[token::DATETIME_N, 8]),
        SqlType::DateTime2 { scale } => out.put_slice(&[token::DATETIME2, scale]),
        SqlType::DateTimeOffset { scale } => out.put_slice(&[token::DATETIMEOFFSET, scale]),
        SqlType::UniqueIdentifier => out.put_slice(&[token::GUID, 16]),
        SqlType::Xml => out.put_slice(&[token::XML, 0]),
        SqlType::SqlVariant => {
            out.put_u8(token::VARIANT);
            out.put_u32_le(MAX_VARIANT);
        }
        _ => put_string_type(out, sql_type, dialect),
    }
}

fn put_string_type(out: &mut Vec<u8>, sql_type: SqlType, dialect: Dialect) {
    let has_collation = !matches!(sql_type, SqlType::Binary(_) | SqlType::VarBinary(_) | SqlType::Image);
    let (kind, bytes) = match sql_type {
        SqlType::Char(length) => (token::CHAR, length),
        SqlType::NChar(length) => (token::NCHAR, length.saturating_mul(2)),
        SqlType::Binary(length) => (token::BINARY, length),
        SqlType::VarChar(length) => (token::VARCHAR, short_bytes(length, 1)),
        SqlType::NVarChar(length) => (token::NVARCHAR, short_bytes(length, 2)),
        SqlType::VarBinary(length) => (token::VARBINARY, short_bytes(length, 1)),
        SqlType::Text => (token::TEXT, MAX_MARKER),
        SqlType::NText => (token::NTEXT, MAX_MARKER),
        _ => (token::IMAGE, MAX_MARKER),
    };
    out.put_u8(kind);
    match Layout::of(sql_type) {
        Layout::Long => out.put_u32_le(MAX_LONG),
        _ => out.put_u16_le(bytes),
    }
    if has_collation && dialect.has_collations() {
        out.put_slice(&Collation::DEFAULT.0);
    }
}

fn short_bytes(length: Length, unit: u16) -> u16 {
    match length {
        Length::Fixed(units) => units.saturating_mul(unit).min(MAX_SHORT_BYTES),
        Length::Max => MAX_MARKER,
    }
}

/// Bytes of a decimal's digits.
fn decimal_width(precision: u8) -> u8 {
    match precision {
        0..=9 => 4,
        10..=19 => 8,
        20..=28 => 12,
        _ => 16,
    }
}

/// Appends one value of a column or return value of type `sql_type`. On an error `out` holds part of it.
pub(crate) fn put_value(out: &mut Vec<u8>, sql_type: SqlType, value: &Value, dialect: Dialect) -> Result<()> {
    let sent = sent_as(sql_type, dialect);
    let is_date = matches!(
        sql_type,
        SqlType::Date | SqlType::Time { .. } | SqlType::DateTime2 { .. } | SqlType::DateTimeOffset { .. }
    );
    if is_date && sent != sql_type && *value != Value::Null {
        let text = temporal_text::format(sql_type, value).ok_or(EncodeError::Mismatch(sql_type))?;
        return put_framed(out, sent, &Value::NVarChar(text.into()));
    }
    put_framed(out, sent, value)
}

fn put_framed(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    let layout = Layout::of(sql_type);
    if *value == Value::Null {
        put_null(out, layout);
        return Ok(());
    }
    let at = out.len();
    match layout {
        Layout::Null | Layout::Fixed(_) => {}
        Layout::Byte => out.put_u8(0),
        Layout::Short => out.put_u16_le(0),
        Layout::Variant => out.put_u32_le(0),
        Layout::Plp => return put_plp(out, sql_type, value),
        Layout::Long => {
            out.put_slice(&TEXT_POINTER);
            out.put_u32_le(0);
        }
    }
    let start = out.len();
    match layout {
        Layout::Variant => variant::put(out, value)?,
        _ => put_scalar(out, sql_type, value)?,
    }
    let length = out.len() - start;
    let out_of_range = |_| EncodeError::OutOfRange(sql_type);
    match layout {
        Layout::Byte => out[at] = u8::try_from(length).map_err(out_of_range)?,
        Layout::Short if length > usize::from(MAX_SHORT_BYTES) => {
            return Err(EncodeError::OutOfRange(sql_type));
        }
        Layout::Short => out[at..start].copy_from_slice(&(length as u16).to_le_bytes()),
        _ => {
            let length = u32::try_from(length).map_err(out_of_range)?;
            out[start - 4..start].copy_from_slice(&length.to_le_bytes());
        }
    }
    Ok(())
}

fn put_null(out: &mut Vec<u8>, layout: Layout) {
    match layout {
        Layout::Null | Layout::Fixed(_) => {}
        // A text pointer of length 0 is NULL.
        Layout::Byte | Layout::Long => out.put_u8(0),
        Layout::Short => out.put_u16_le(u16::MAX),
        Layout::Variant => out.put_u32_le(0),
        Layout::Plp => out.put_u64_le(u64::MAX),
    }
}

/// The known total, one chunk unless the value is empty, and the empty chunk that ends it.
fn put_plp(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    let at = out.len();
    out.put_u64_le(0);
    out.put_u32_le(0);
    let start = out.len();
    put_scalar(out, sql_type, value)?;
    let length = out.len() - start;
    let chunk = u32::try_from(length).map_err(|_| EncodeError::OutOfRange(sql_type))?;
    out[at..at + 8].copy_from_slice(&u64::from(chunk).to_le_bytes());
    out[at + 8..start].copy_from_slice(&chunk.to_le_bytes());
    if chunk != 0 {
        out.put_u32_le(0);
    }
    Ok(())
}

/// Appends a value's bytes without frame.
pub(super) fn put_scalar(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    match sql_type {
        SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            put_integer(out, sql_type, value)
        }
        SqlType::Decimal { precision, scale } => put_decimal(out, sql_type, precision, scale, value),
        SqlType::SmallMoney | SqlType::Money => put_money(out, sql_type, value),
        SqlType::Real | SqlType::Float => put_float(out, sql_type, value),
        SqlType::Char(_) | SqlType::VarChar(_) | SqlType::Text => {
            put_code_page_text(out, text(sql_type, value)?);
            Ok(())
        }
        SqlType::NChar(_) | SqlType::NVarChar(_) | SqlType::NText | SqlType::Xml => {
            put_utf16(out, text(sql_type, value)?);
            Ok(())
        }
        SqlType::Binary(_) | SqlType::VarBinary(_) | SqlType::Image => match value {
            Value::VarBinary(bytes) => {
                out.put_slice(bytes);
                Ok(())
            }
            _ => Err(EncodeError::Mismatch(sql_type)),
        },
        SqlType::UniqueIdentifier => match value {
            Value::Guid(guid) => {
                out.put_slice(&guid.to_sql_bytes());
                Ok(())
            }
            _ => Err(EncodeError::Mismatch(sql_type)),
        },
        _ => temporal::put(out, sql_type, value),
    }
}

fn text(sql_type: SqlType, value: &Value) -> Result<&str> {
    match value {
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => Ok(text),
        _ => Err(EncodeError::Mismatch(sql_type)),
    }
}

/// Any integer that the type can hold.
fn put_integer(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    let number = match value {
        Value::Bit(bit) => i64::from(*bit),
        Value::TinyInt(number) => i64::from(*number),
        Value::SmallInt(number) => i64::from(*number),
        Value::Int(number) => i64::from(*number),
        Value::BigInt(number) => *number,
        _ => return Err(EncodeError::Mismatch(sql_type)),
    };
    let (range, width) = match sql_type {
        SqlType::Bit => (0..=1, 1),
        SqlType::TinyInt => (0..=i64::from(u8::MAX), 1),
        SqlType::SmallInt => (i64::from(i16::MIN)..=i64::from(i16::MAX), 2),
        SqlType::Int => (i64::from(i32::MIN)..=i64::from(i32::MAX), 4),
        _ => (i64::MIN..=i64::MAX, 8),
    };
    if !range.contains(&number) {
        return Err(EncodeError::OutOfRange(sql_type));
    }
    out.put_slice(&number.to_le_bytes()[..width]);
    Ok(())
}

/// The sign (1 is positive) and the digits; a value of a smaller scale is widened, digits are never dropped.
fn put_decimal(out: &mut Vec<u8>, sql_type: SqlType, precision: u8, scale: u8, value: &Value) -> Result<()> {
    let Value::Decimal(Decimal { mantissa, scale: own }) = value else {
        return Err(EncodeError::Mismatch(sql_type));
    };
    let out_of_range = EncodeError::OutOfRange(sql_type);
    let widening = scale.checked_sub(*own).ok_or(out_of_range.clone())?;
    let magnitude = 10u128
        .checked_pow(u32::from(widening))
        .and_then(|factor| mantissa.unsigned_abs().checked_mul(factor))
        .filter(|magnitude| 10u128.checked_pow(u32::from(precision)).is_none_or(|limit| *magnitude < limit))
        .ok_or(out_of_range)?;
    out.put_u8(u8::from(*mantissa >= 0));
    out.put_slice(&magnitude.to_le_bytes()[..usize::from(decimal_width(precision))]);
    Ok(())
}

fn put_money(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    let Value::Money(amount) = value else {
        return Err(EncodeError::Mismatch(sql_type));
    };
    if sql_type == SqlType::SmallMoney {
        out.put_i32_le(i32::try_from(*amount).map_err(|_| EncodeError::OutOfRange(sql_type))?);
    } else {
        out.put_i32_le((amount >> 32) as i32);
        out.put_u32_le(*amount as u32);
    }
    Ok(())
}

fn put_float(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<()> {
    match (sql_type, value) {
        (SqlType::Real, Value::Real(number)) => out.put_f32_le(*number),
        (SqlType::Float, Value::Float(number)) => out.put_f64_le(*number),
        (SqlType::Float, Value::Real(number)) => out.put_f64_le(f64::from(*number)),
        _ => return Err(EncodeError::Mismatch(sql_type)),
    }
    Ok(())
}
