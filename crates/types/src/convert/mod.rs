//! `CAST`, `CONVERT` and the conversions that assignment, comparison and operators make by themselves.

mod allowed;
mod binary;
mod date_text;
mod dates;
mod floats;
mod numbers;
mod styles;
mod texts;

use std::sync::Arc;

use bytes::Bytes;
use duologue_messages::{SqlError, sql_error};

use crate::sql_type::{Family, Length, SqlType};
use crate::text::utf16_length;
use crate::value::Value;

pub use allowed::check_conversion;
pub(crate) use binary::literal as hex_literal;
pub(crate) use dates::add_datetimes;
pub(crate) use numbers::{Number, expression_overflow, integer_value};

/// Who asks for a conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A variable's assignment, an operand, an argument: what needs `CONVERT` is refused, long text is cut.
    Implicit,
    /// `CAST`, `CONVERT`.
    Explicit,
    /// Into a column: as `Implicit`, but what does not fit is 8152 (see [`truncation_error`]) instead of cut.
    Store,
}

/// What makes `xml` values: crate `xml` knows how, this crate does not depend on it. Both return the value's text
/// without declaration, or the parse error.
#[derive(Clone, Copy, Debug)]
pub struct XmlParser {
    /// From text, whether it was a Unicode type, and `CONVERT`'s style.
    pub from_text: fn(&str, bool, i32) -> Result<Arc<str>, SqlError>,
    /// From bytes whose encoding is sensed, and `CONVERT`'s style.
    pub from_bytes: fn(&[u8], i32) -> Result<Arc<str>, SqlError>,
}

/// `value` of type `from` as a value of type `to`. `style` is `CONVERT`'s, 0 without one; `date`, `time`,
/// `datetime2` and `datetimeoffset` take 0 for their default, 121.
///
/// # Errors
/// 206, 257, 529 where the types don't convert; 220, 232, 234–236, 241, 242, 244, 245, 248, 281, 295, 8114, 8115,
/// 8152, 8169, 8170 where the value does not; the XML parser's own.
pub fn convert(
    value: &Value,
    from: SqlType,
    to: SqlType,
    style: i32,
    mode: Mode,
    xml: XmlParser,
) -> Result<Value, SqlError> {
    check_conversion(from, to, mode)?;
    let from = base_type(value, from);
    if to != SqlType::Xml {
        return convert_unchecked(value, from, to, style, mode);
    }
    let text = match value {
        Value::Null => return Ok(Value::Null),
        Value::Xml(text) => text.clone(),
        Value::VarChar(text) => (xml.from_text)(text, false, style)?,
        Value::NVarChar(text) => (xml.from_text)(text, true, style)?,
        Value::VarBinary(bytes) => (xml.from_bytes)(bytes, style)?,
        _ => return Err(sql_error!(529, from.error_name(), to.error_name())),
    };
    Ok(Value::Xml(text))
}

/// [`convert`] to any type but `xml`, where the types are known to convert.
pub(crate) fn convert_unchecked(
    value: &Value,
    from: SqlType,
    to: SqlType,
    style: i32,
    mode: Mode,
) -> Result<Value, SqlError> {
    if *value == Value::Null {
        return Ok(Value::Null);
    }
    let from = base_type(value, from);
    match to.family() {
        Family::Integer | Family::Decimal | Family::Money | Family::Float => {
            numbers::convert(value, from, to)
        }
        family if family.is_date_or_time() => dates::convert(value, from, to, style),
        Family::Character | Family::Unicode | Family::Text | Family::NText => {
            texts::convert(value, from, to, style, mode)
        }
        Family::Binary | Family::Image => binary::convert(value, from, to, style, mode),
        Family::Guid => to_guid(value, from, to),
        Family::Variant => Ok(value.clone()),
        _ => Err(sql_error!(529, from.error_name(), to.error_name())),
    }
}

/// The type of the value inside a `sql_variant`; other types are what they are declared.
fn base_type(value: &Value, declared: SqlType) -> SqlType {
    if declared == SqlType::SqlVariant { value.natural_type().unwrap_or(declared) } else { declared }
}

fn to_guid(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    match value {
        Value::Guid(_) => Ok(value.clone()),
        Value::VarChar(text) | Value::NVarChar(text) => {
            let text = text.trim_start_matches(' ');
            // What follows the identifier is cut off, as from any text that is too long.
            let length = if text.starts_with('{') { 38 } else { 36 };
            let guid =
                text.get(..length).and_then(|text| text.parse().ok()).ok_or_else(|| sql_error!(8169))?;
            Ok(Value::Guid(guid))
        }
        Value::VarBinary(bytes) => {
            let mut guid = [0; 16];
            let length = bytes.len().min(16);
            guid[..length].copy_from_slice(&bytes[..length]);
            Ok(Value::Guid(crate::Guid::from_sql_bytes(guid)))
        }
        _ => Err(sql_error!(529, from.error_name(), to.error_name())),
    }
}

/// 2628, which names the column that the value does not fit; 8152 is its form without names.
pub fn truncation_error(table: &str, column: &str, value: &Value, column_type: SqlType) -> SqlError {
    let room = match column_type.length() {
        Some(Length::Fixed(length)) => usize::from(length),
        _ => usize::MAX,
    };
    let shown = match value {
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => {
            crate::text::utf16_prefix(text, room)
        }
        _ => String::new(),
    };
    sql_error!(2628, table, column, shown)
}

/// `float` with as many digits as tell it from every other number.
pub(crate) fn format_any_float(number: f64) -> String {
    floats::format_float(number, 3)
}

/// A date in a style that is known to exist.
pub(crate) fn format_any_date(moment: crate::Moment, from: SqlType, style: i32) -> String {
    styles::format_date(moment, from, style).unwrap_or_default()
}

impl Value {
    /// The narrowest type that holds this value: what a literal or an untyped parameter has. `None` for NULL.
    pub fn natural_type(&self) -> Option<SqlType> {
        let length = |length: usize, most: u16| match u16::try_from(length) {
            Ok(length) if length <= most => Length::Fixed(length.max(1)),
            _ => Length::Max,
        };
        let natural = match self {
            Self::Null => return None,
            Self::Bit(_) => SqlType::Bit,
            Self::TinyInt(_) => SqlType::TinyInt,
            Self::SmallInt(_) => SqlType::SmallInt,
            Self::Int(_) => SqlType::Int,
            Self::BigInt(_) => SqlType::BigInt,
            Self::Decimal(decimal) => {
                let digits = decimal.mantissa.unsigned_abs().checked_ilog10().map_or(1, |log| log as u8 + 1);
                SqlType::Decimal { precision: digits.max(decimal.scale).max(1), scale: decimal.scale }
            }
            Self::Money(_) => SqlType::Money,
            Self::Real(_) => SqlType::Real,
            Self::Float(_) => SqlType::Float,
            Self::Date(_) => SqlType::Date,
            Self::Time(_) => SqlType::Time { scale: 7 },
            Self::DateTime { .. } => SqlType::DateTime,
            Self::DateTime2 { .. } => SqlType::DateTime2 { scale: 7 },
            Self::DateTimeOffset { .. } => SqlType::DateTimeOffset { scale: 7 },
            Self::VarChar(text) => SqlType::VarChar(length(text.chars().count(), 8000)),
            Self::NVarChar(text) => SqlType::NVarChar(length(utf16_length(text), 4000)),
            Self::VarBinary(bytes) => SqlType::VarBinary(length(bytes.len(), 8000)),
            Self::Guid(_) => SqlType::UniqueIdentifier,
            Self::Xml(_) => SqlType::Xml,
        };
        Some(natural)
    }

    /// An `nvarchar` value.
    pub fn nvarchar(text: impl Into<Arc<str>>) -> Self {
        Self::NVarChar(text.into())
    }

    /// A `varbinary` value.
    pub fn varbinary(bytes: impl Into<Bytes>) -> Self {
        Self::VarBinary(bytes.into())
    }

    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }
}
