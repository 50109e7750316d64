//! To the character types.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};

use super::numbers::format_money;
use super::styles::format_date;
use super::{Mode, floats::format_float};
use crate::moment::Moment;
use crate::sql_type::{Family, Length, SqlType};
use crate::text::{decode_nvarchar, decode_varchar, narrow, utf16_length, utf16_prefix};
use crate::value::Value;

pub(super) fn convert(
    value: &Value,
    from: SqlType,
    to: SqlType,
    style: i32,
    mode: Mode,
) -> Result<Value, SqlError> {
    let text = to_text(value, from, to, style)?;
    let text = if is_unicode(to) { text } else { narrowed(text) };
    let room = match to.length() {
        Some(Length::Fixed(room)) => usize::from(room),
        _ => return Ok(character_value(text, to)),
    };
    let length = utf16_length(&text);
    if length > room {
        return too_long(&text, value, from, to, mode, room);
    }
    if to.is_padded() && length < room {
        return Ok(character_value(format!("{text}{}", " ".repeat(room - length)).into(), to));
    }
    Ok(character_value(text, to))
}

pub(super) fn is_unicode(to: SqlType) -> bool {
    matches!(to.family(), Family::Unicode | Family::NText)
}

fn narrowed(text: Arc<str>) -> Arc<str> {
    if text.is_ascii() { text } else { narrow(&text).into() }
}

fn character_value(text: Arc<str>, to: SqlType) -> Value {
    if is_unicode(to) { Value::NVarChar(text) } else { Value::VarChar(text) }
}

fn to_text(value: &Value, from: SqlType, to: SqlType, style: i32) -> Result<Arc<str>, SqlError> {
    let text = match value {
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => return Ok(text.clone()),
        Value::Bit(bit) => u8::from(*bit).to_string(),
        Value::TinyInt(number) => number.to_string(),
        Value::SmallInt(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Decimal(decimal) => decimal.to_string(),
        Value::Money(money) => format_money(*money, style),
        Value::Real(number) => format_float(f64::from(*number), style),
        Value::Float(number) => format_float(*number, style),
        Value::Guid(guid) => guid.to_string(),
        Value::VarBinary(bytes) => binary_text(bytes, to, style),
        _ => {
            let moment =
                Moment::of(value).ok_or_else(|| sql_error!(529, from.error_name(), to.error_name()))?;
            format_date(moment, from, style)?
        }
    };
    Ok(text.into())
}

/// Style 0 reads the bytes as characters of the target type; 1 and 2 write them in hexadecimal, with and without
/// `0x`.
fn binary_text(bytes: &[u8], to: SqlType, style: i32) -> String {
    match style {
        1 => format!("0x{}", hexadecimal(bytes)),
        2 => hexadecimal(bytes),
        _ if is_unicode(to) => decode_nvarchar(bytes),
        _ => decode_varchar(bytes),
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// What becomes of text that is longer than the type: numbers and identifiers are not cut.
fn too_long(
    text: &str,
    value: &Value,
    from: SqlType,
    to: SqlType,
    mode: Mode,
    room: usize,
) -> Result<Value, SqlError> {
    match value {
        Value::Bit(_) | Value::TinyInt(_) | Value::SmallInt(_) | Value::Int(_) if !is_unicode(to) => {
            return Ok(character_value(padded("*", to, room).into(), to));
        }
        Value::Bit(_) | Value::TinyInt(_) | Value::SmallInt(_) | Value::Int(_) | Value::BigInt(_) => {
            return Err(sql_error!(8115, "expression", to.name()));
        }
        Value::Decimal(_) => return Err(sql_error!(8115, "numeric", to.name())),
        Value::Real(_) | Value::Float(_) => return Err(sql_error!(8115, "expression", to.name())),
        Value::Money(_) if from == SqlType::SmallMoney => return Err(sql_error!(292, to.name())),
        Value::Money(_) => return Err(sql_error!(234, to.name())),
        Value::Guid(_) => return Err(sql_error!(8170)),
        Value::Xml(_) => return Err(sql_error!(6354)),
        _ => {}
    }
    // Blanks at the end may be lost.
    if mode == Mode::Store && utf16_length(text.trim_end_matches(' ')) > room {
        return Err(sql_error!(8152));
    }
    Ok(character_value(utf16_prefix(text, room).into(), to))
}

fn padded(text: &str, to: SqlType, room: usize) -> String {
    if to.is_padded() { format!("{text:room$}") } else { text.to_owned() }
}
