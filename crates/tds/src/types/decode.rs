//! Decoding of values.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use duologue_types::{Decimal, Guid, SqlType, Value};

use super::layout::Layout;
use super::type_info::TypeInfo;
use super::{temporal, variant};
use crate::collation::Collation;
use crate::error::ProtocolError;
use crate::reader::{Reader, decode_utf16};

type Result<T> = std::result::Result<T, ProtocolError>;

const PLP_NULL: u64 = u64::MAX;
const PLP_UNKNOWN_LENGTH: u64 = u64::MAX - 1;
/// Largest magnitude of a decimal of 38 digits.
const MAX_MAGNITUDE: u128 = 10u128.pow(38) - 1;

/// Reads one value. Text of type xml comes back as [`Value::NVarChar`]: nobody has checked yet that it is XML.
pub(crate) fn decode_value(reader: &mut Reader<'_>, info: &TypeInfo) -> Result<Value> {
    match raw(reader, info.layout)? {
        None => Ok(Value::Null),
        Some(bytes) if info.layout == Layout::Variant => variant::decode(&bytes),
        Some(bytes) => scalar(info.sql_type, info.collation, &bytes),
    }
}

/// A value's bytes out of its frame; `None` is NULL.
fn raw<'a>(reader: &mut Reader<'a>, layout: Layout) -> Result<Option<Cow<'a, [u8]>>> {
    let length = match layout {
        Layout::Null => return Ok(None),
        Layout::Plp => return plp(reader),
        Layout::Fixed(length) => Some(length),
        Layout::Byte => Some(usize::from(reader.u8()?)).filter(|length| *length != 0),
        Layout::Short => Some(reader.u16()?).filter(|length| *length != u16::MAX).map(usize::from),
        Layout::Long => Some(reader.length32()?).filter(|length| *length != u32::MAX as usize),
        Layout::Variant => Some(reader.length32()?).filter(|length| *length != 0),
    };
    length.map(|length| reader.bytes(length).map(Cow::Borrowed)).transpose()
}

/// Partially length-prefixed bytes: the total, which may be unknown, and chunks until an empty one.
fn plp<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, [u8]>>> {
    let total = reader.u64()?;
    if total == PLP_NULL {
        return Ok(None);
    }
    let mut joined = Cow::Borrowed(&[][..]);
    loop {
        let length = reader.length32()?;
        if length == 0 {
            break;
        }
        let chunk = reader.bytes(length)?;
        if joined.is_empty() {
            joined = Cow::Borrowed(chunk);
        } else {
            joined.to_mut().extend_from_slice(chunk);
        }
    }
    if total != PLP_UNKNOWN_LENGTH && total != joined.len() as u64 {
        return Err(ProtocolError::Malformed("a large value is not as long as it says"));
    }
    Ok(Some(joined))
}

/// A value from its bytes without frame.
pub(super) fn scalar(sql_type: SqlType, collation: Collation, bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader::new(bytes);
    let value = match sql_type {
        SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            integer(sql_type, reader.rest())?
        }
        SqlType::Decimal { scale, .. } => decimal(&mut reader, scale)?,
        SqlType::SmallMoney | SqlType::Money => money(&mut reader)?,
        SqlType::Real | SqlType::Float => float(sql_type, &mut reader)?,
        SqlType::Date
        | SqlType::Time { .. }
        | SqlType::SmallDateTime
        | SqlType::DateTime
        | SqlType::DateTime2 { .. }
        | SqlType::DateTimeOffset { .. } => temporal::decode(sql_type, &mut reader)?,
        SqlType::Char(_) | SqlType::VarChar(_) | SqlType::Text => {
            Value::VarChar(Arc::from(collation.decode_text(reader.rest())))
        }
        SqlType::NChar(_) | SqlType::NVarChar(_) | SqlType::NText => {
            Value::NVarChar(decode_utf16(reader.rest())?.into())
        }
        SqlType::Binary(_) | SqlType::VarBinary(_) | SqlType::Image => {
            Value::VarBinary(Bytes::copy_from_slice(reader.rest()))
        }
        SqlType::UniqueIdentifier => Value::Guid(Guid::from_sql_bytes(reader.array()?)),
        SqlType::Xml => xml(reader.rest())?,
        SqlType::SqlVariant => return Err(ProtocolError::Malformed("a sql_variant inside a sql_variant")),
    };
    reader.expect_end("a value is longer than its type")?;
    Ok(value)
}

/// The width of the value counts, not that of the type: clients declare one and send the other.
fn integer(sql_type: SqlType, bytes: &[u8]) -> Result<Value> {
    let number = match *bytes {
        [a] => i64::from(a),
        [a, b] => i64::from(i16::from_le_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => return Err(ProtocolError::Malformed("an integer has an impossible length")),
    };
    let value = match sql_type {
        SqlType::Bit => Some(Value::Bit(number != 0)),
        SqlType::TinyInt => number.try_into().ok().map(Value::TinyInt),
        SqlType::SmallInt => number.try_into().ok().map(Value::SmallInt),
        SqlType::Int => number.try_into().ok().map(Value::Int),
        _ => Some(Value::BigInt(number)),
    };
    value.ok_or(ProtocolError::Malformed("an integer is outside its type"))
}

fn decimal(reader: &mut Reader<'_>, scale: u8) -> Result<Value> {
    let positive = reader.u8()? != 0;
    let digits = reader.rest();
    if !matches!(digits.len(), 4 | 8 | 12 | 16) {
        return Err(ProtocolError::Malformed("a decimal has an impossible length"));
    }
    let magnitude = digits.iter().rev().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    if magnitude > MAX_MAGNITUDE {
        return Err(ProtocolError::Malformed("a decimal has more than 38 digits"));
    }
    let mantissa = if positive { magnitude as i128 } else { -(magnitude as i128) };
    Ok(Value::Decimal(Decimal { mantissa, scale }))
}

/// Eight bytes are the high half, then the low half.
fn money(reader: &mut Reader<'_>) -> Result<Value> {
    if reader.remaining() == 4 {
        return Ok(Value::Money(i64::from(reader.i32()?)));
    }
    let (high, low) = (reader.i32()?, reader.u32()?);
    Ok(Value::Money(i64::from(high) << 32 | i64::from(low)))
}

fn float(sql_type: SqlType, reader: &mut Reader<'_>) -> Result<Value> {
    let number = match reader.remaining() {
        4 => f64::from(f32::from_le_bytes(reader.array()?)),
        _ => f64::from_le_bytes(reader.array()?),
    };
    if !number.is_finite() {
        return Err(ProtocolError::Malformed("a float is not a number"));
    }
    if sql_type == SqlType::Float {
        return Ok(Value::Float(number));
    }
    let single = number as f32;
    if single.is_finite() {
        Ok(Value::Real(single))
    } else {
        Err(ProtocolError::Malformed("a real is too large"))
    }
}

/// UTF-16 text, perhaps behind a byte order mark. SQL Server's binary XML has its own mark and is refused.
fn xml(bytes: &[u8]) -> Result<Value> {
    if bytes.starts_with(&[0xDF, 0xFF]) {
        return Err(ProtocolError::Unsupported("binary XML"));
    }
    let text = decode_utf16(bytes.strip_prefix(&[0xFF, 0xFE]).unwrap_or(bytes))?;
    Ok(Value::NVarChar(text.into()))
}
