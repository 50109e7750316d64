//! `sql_variant` (2.2.5.5.4): base type, length of its properties, properties, bytes.

use bytes::BufMut;
use duologue_types::{Length, SqlType, Value};

use super::decode::scalar;
use super::encode::put_scalar;
use super::type_info::{checked_decimal, fixed, time_scale};
use super::{MAX_SHORT_BYTES, token};
use crate::collation::Collation;
use crate::error::{EncodeError, ProtocolError};
use crate::reader::Reader;

/// Scale of the date and time types whose values do not say theirs.
const FULL_SCALE: u8 = 7;

/// The value inside a variant.
pub(super) fn decode(bytes: &[u8]) -> Result<Value, ProtocolError> {
    let mut reader = Reader::new(bytes);
    let kind = reader.u8()?;
    let properties = reader.u8()?;
    let mut properties = reader.part(usize::from(properties))?;
    let mut collation = Collation::DEFAULT;
    let sql_type = match kind {
        token::GUID => SqlType::UniqueIdentifier,
        token::DATE => SqlType::Date,
        token::TIME => SqlType::Time { scale: time_scale(&mut properties)? },
        token::DATETIME2 => SqlType::DateTime2 { scale: time_scale(&mut properties)? },
        token::DATETIMEOFFSET => SqlType::DateTimeOffset { scale: time_scale(&mut properties)? },
        token::DECIMAL_N | token::NUMERIC_N => checked_decimal(properties.u8()?, properties.u8()?)?,
        token::BINARY | token::VARBINARY => SqlType::VarBinary(Length::Fixed(properties.u16()?)),
        token::CHAR | token::VARCHAR | token::NCHAR | token::NVARCHAR => {
            collation = Collation::decode(&mut properties)?;
            let length = Length::Fixed(properties.u16()?);
            let is_wide = matches!(kind, token::NCHAR | token::NVARCHAR);
            if is_wide { SqlType::NVarChar(length) } else { SqlType::VarChar(length) }
        }
        other => fixed(other).ok_or(ProtocolError::UnknownType(other))?.0,
    };
    scalar(sql_type, collation, reader.rest())
}

/// Appends the variant of a value that is not NULL, without the `u32` length in front.
pub(super) fn put(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    let sql_type = base_type(value).ok_or(EncodeError::Mismatch(SqlType::SqlVariant))?;
    let mut data = Vec::new();
    put_scalar(&mut data, sql_type, value)?;
    if data.len() > usize::from(MAX_SHORT_BYTES) {
        return Err(EncodeError::OutOfRange(SqlType::SqlVariant));
    }
    put_base_type(out, sql_type);
    out.append(&mut data);
    Ok(())
}

fn base_type(value: &Value) -> Option<SqlType> {
    Some(match value {
        Value::Bit(_) => SqlType::Bit,
        Value::TinyInt(_) => SqlType::TinyInt,
        Value::SmallInt(_) => SqlType::SmallInt,
        Value::Int(_) => SqlType::Int,
        Value::BigInt(_) => SqlType::BigInt,
        Value::Decimal(decimal) => SqlType::Decimal { precision: 38, scale: decimal.scale },
        Value::Money(_) => SqlType::Money,
        Value::Real(_) => SqlType::Real,
        Value::Float(_) => SqlType::Float,
        Value::Date(_) => SqlType::Date,
        Value::Time(_) => SqlType::Time { scale: FULL_SCALE },
        Value::DateTime { .. } => SqlType::DateTime,
        Value::DateTime2 { .. } => SqlType::DateTime2 { scale: FULL_SCALE },
        Value::DateTimeOffset { .. } => SqlType::DateTimeOffset { scale: FULL_SCALE },
        Value::VarChar(_) => SqlType::VarChar(Length::Fixed(MAX_SHORT_BYTES)),
        Value::NVarChar(_) => SqlType::NVarChar(Length::Fixed(MAX_SHORT_BYTES / 2)),
        Value::VarBinary(_) => SqlType::VarBinary(Length::Fixed(MAX_SHORT_BYTES)),
        Value::Guid(_) => SqlType::UniqueIdentifier,
        Value::Null | Value::Xml(_) => return None,
    })
}

/// The base type's token and properties.
fn put_base_type(out: &mut Vec<u8>, sql_type: SqlType) {
    match sql_type {
        SqlType::Decimal { precision, scale } => out.put_slice(&[token::NUMERIC_N, 2, precision, scale]),
        SqlType::Time { scale } => out.put_slice(&[token::TIME, 1, scale]),
        SqlType::DateTime2 { scale } => out.put_slice(&[token::DATETIME2, 1, scale]),
        SqlType::DateTimeOffset { scale } => out.put_slice(&[token::DATETIMEOFFSET, 1, scale]),
        SqlType::VarBinary(_) => {
            out.put_slice(&[token::VARBINARY, 2]);
            out.put_u16_le(MAX_SHORT_BYTES);
        }
        SqlType::VarChar(_) | SqlType::NVarChar(_) => {
            let is_wide = matches!(sql_type, SqlType::NVarChar(_));
            out.put_slice(&[if is_wide { token::NVARCHAR } else { token::VARCHAR }, 7]);
            out.put_slice(&Collation::DEFAULT.0);
            out.put_u16_le(MAX_SHORT_BYTES);
        }
        _ => out.put_slice(&[plain_token(sql_type), 0]),
    }
}

/// The token of a base type without properties.
fn plain_token(sql_type: SqlType) -> u8 {
    match sql_type {
        SqlType::Bit => token::BIT,
        SqlType::TinyInt => token::TINYINT,
        SqlType::SmallInt => token::SMALLINT,
        SqlType::Int => token::INT,
        SqlType::BigInt => token::BIGINT,
        SqlType::Money => token::MONEY,
        SqlType::Real => token::REAL,
        SqlType::Float => token::FLOAT,
        SqlType::Date => token::DATE,
        SqlType::DateTime => token::DATETIME,
        _ => token::GUID,
    }
}
