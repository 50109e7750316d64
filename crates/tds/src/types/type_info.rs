//! Decoding of TYPE_INFO.

use duologue_types::{Length, SqlType};

use super::layout::Layout;
use super::{MAX_SHORT_BYTES, token};
use crate::collation::Collation;
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::reader::Reader;

type Result<T> = std::result::Result<T, ProtocolError>;

const MAX_MARKER: u16 = 0xFFFF;
const MAX_PRECISION: u8 = 38;
const MAX_TIME_SCALE: u8 = 7;

/// A parameter's or column's type and how its values lie in the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TypeInfo {
    pub(crate) sql_type: SqlType,
    pub(crate) layout: Layout,
    pub(crate) collation: Collation,
}

impl TypeInfo {
    pub(crate) fn decode(reader: &mut Reader<'_>, dialect: Dialect) -> Result<Self> {
        let kind = reader.u8()?;
        if let Some((sql_type, layout)) = fixed(kind) {
            return Ok(Self { sql_type, layout, collation: Collation::DEFAULT });
        }
        match kind {
            token::CHAR | token::VARCHAR | token::NCHAR | token::NVARCHAR => character(kind, reader, dialect),
            token::TEXT | token::NTEXT => large_text(kind, reader, dialect),
            token::UDT => Err(ProtocolError::Unsupported("a CLR type")),
            token::TABLE => Err(ProtocolError::Malformed("a table type inside a table type")),
            _ => {
                let (sql_type, layout) = other(kind, reader)?;
                Ok(Self { sql_type, layout, collation: Collation::DEFAULT })
            }
        }
    }
}

/// Types without a length in TYPE_INFO or value; their values are never NULL.
pub(super) fn fixed(kind: u8) -> Option<(SqlType, Layout)> {
    Some(match kind {
        // An untyped NULL is an int, as the literal is.
        token::NULL => (SqlType::Int, Layout::Null),
        token::TINYINT => (SqlType::TinyInt, Layout::Fixed(1)),
        token::BIT => (SqlType::Bit, Layout::Fixed(1)),
        token::SMALLINT => (SqlType::SmallInt, Layout::Fixed(2)),
        token::INT => (SqlType::Int, Layout::Fixed(4)),
        token::BIGINT => (SqlType::BigInt, Layout::Fixed(8)),
        token::REAL => (SqlType::Real, Layout::Fixed(4)),
        token::FLOAT => (SqlType::Float, Layout::Fixed(8)),
        token::SMALLMONEY => (SqlType::SmallMoney, Layout::Fixed(4)),
        token::MONEY => (SqlType::Money, Layout::Fixed(8)),
        token::SMALLDATETIME => (SqlType::SmallDateTime, Layout::Fixed(4)),
        token::DATETIME => (SqlType::DateTime, Layout::Fixed(8)),
        _ => return None,
    })
}

fn other(kind: u8, reader: &mut Reader<'_>) -> Result<(SqlType, Layout)> {
    let byte = |sql_type| Ok((sql_type, Layout::Byte));
    match kind {
        token::GUID | token::BIT_N | token::INT_N | token::FLOAT_N | token::MONEY_N | token::DATETIME_N => {
            byte(sized(kind, reader.u8()?)?)
        }
        token::DECIMAL_N | token::NUMERIC_N | token::DECIMAL_OLD | token::NUMERIC_OLD => {
            byte(decimal(reader)?)
        }
        token::DATE => byte(SqlType::Date),
        token::TIME => byte(SqlType::Time { scale: time_scale(reader)? }),
        token::DATETIME2 => byte(SqlType::DateTime2 { scale: time_scale(reader)? }),
        token::DATETIMEOFFSET => byte(SqlType::DateTimeOffset { scale: time_scale(reader)? }),
        token::BINARY_OLD => byte(SqlType::Binary(old_length(reader)?)),
        token::VARBINARY_OLD => byte(SqlType::VarBinary(Length::Fixed(old_length(reader)?))),
        token::CHAR_OLD => byte(SqlType::Char(old_length(reader)?)),
        token::VARCHAR_OLD => byte(SqlType::VarChar(Length::Fixed(old_length(reader)?))),
        token::BINARY => Ok((SqlType::Binary(short_length(reader.u16()?)?), Layout::Short)),
        token::VARBINARY => max_or_short(reader.u16()?, 1, SqlType::VarBinary),
        token::IMAGE => reader.u32().map(|_| (SqlType::Image, Layout::Long)),
        token::VARIANT => reader.u32().map(|_| (SqlType::SqlVariant, Layout::Variant)),
        token::XML => xml(reader),
        other => Err(ProtocolError::UnknownType(other)),
    }
}

/// Types whose width says which one it is.
fn sized(kind: u8, width: u8) -> Result<SqlType> {
    Ok(match (kind, width) {
        (token::GUID, 16) => SqlType::UniqueIdentifier,
        (token::BIT_N, 1) => SqlType::Bit,
        (token::INT_N, 1) => SqlType::TinyInt,
        (token::INT_N, 2) => SqlType::SmallInt,
        (token::INT_N, 4) => SqlType::Int,
        (token::INT_N, 8) => SqlType::BigInt,
        (token::FLOAT_N, 4) => SqlType::Real,
        (token::FLOAT_N, 8) => SqlType::Float,
        (token::MONEY_N, 4) => SqlType::SmallMoney,
        (token::MONEY_N, 8) => SqlType::Money,
        (token::DATETIME_N, 4) => SqlType::SmallDateTime,
        (token::DATETIME_N, 8) => SqlType::DateTime,
        _ => return Err(ProtocolError::Malformed("a data type has an impossible length")),
    })
}

fn decimal(reader: &mut Reader<'_>) -> Result<SqlType> {
    reader.u8()?;
    let (precision, scale) = (reader.u8()?, reader.u8()?);
    checked_decimal(precision, scale)
}

pub(super) fn checked_decimal(precision: u8, scale: u8) -> Result<SqlType> {
    if precision == 0 || precision > MAX_PRECISION || scale > precision {
        return Err(ProtocolError::Malformed("a decimal has an impossible precision or scale"));
    }
    Ok(SqlType::Decimal { precision, scale })
}

pub(super) fn time_scale(reader: &mut Reader<'_>) -> Result<u8> {
    let scale = reader.u8()?;
    if scale > MAX_TIME_SCALE {
        return Err(ProtocolError::Malformed("a time has a scale above 7"));
    }
    Ok(scale)
}

/// Lengths of zero come from clients that declare an empty value by its length.
fn old_length(reader: &mut Reader<'_>) -> Result<u16> {
    reader.u8().map(|length| u16::from(length).max(1))
}

fn short_length(bytes: u16) -> Result<u16> {
    if bytes > MAX_SHORT_BYTES {
        return Err(ProtocolError::Malformed("a data type is longer than 8000 bytes"));
    }
    Ok(bytes.max(1))
}

/// `(n)` of units of `unit` bytes, or `(max)`.
fn max_or_short(bytes: u16, unit: u16, make: fn(Length) -> SqlType) -> Result<(SqlType, Layout)> {
    if bytes == MAX_MARKER {
        return Ok((make(Length::Max), Layout::Plp));
    }
    Ok((make(Length::Fixed((short_length(bytes)? / unit).max(1))), Layout::Short))
}

fn character(kind: u8, reader: &mut Reader<'_>, dialect: Dialect) -> Result<TypeInfo> {
    let bytes = reader.u16()?;
    let collation = collation(reader, dialect)?;
    let (sql_type, layout) = match kind {
        token::CHAR => (SqlType::Char(short_length(bytes)?), Layout::Short),
        token::NCHAR => (SqlType::NChar((short_length(bytes)? / 2).max(1)), Layout::Short),
        token::VARCHAR => max_or_short(bytes, 1, SqlType::VarChar)?,
        _ => max_or_short(bytes, 2, SqlType::NVarChar)?,
    };
    Ok(TypeInfo { sql_type, layout, collation })
}

fn large_text(kind: u8, reader: &mut Reader<'_>, dialect: Dialect) -> Result<TypeInfo> {
    reader.u32()?;
    let collation = collation(reader, dialect)?;
    let sql_type = if kind == token::TEXT { SqlType::Text } else { SqlType::NText };
    Ok(TypeInfo { sql_type, layout: Layout::Long, collation })
}

fn collation(reader: &mut Reader<'_>, dialect: Dialect) -> Result<Collation> {
    if dialect.has_collations() { Collation::decode(reader) } else { Ok(Collation::DEFAULT) }
}

/// The names of a schema collection are read over: the server validates where the value is stored.
fn xml(reader: &mut Reader<'_>) -> Result<(SqlType, Layout)> {
    if reader.u8()? != 0 {
        reader.b_varchar()?;
        reader.b_varchar()?;
        reader.us_varchar()?;
    }
    Ok((SqlType::Xml, Layout::Plp))
}
