//! How a type's values are framed, and what a type becomes for a client that does not know it.

use duologue_types::{Length, SqlType};

use crate::dialect::Dialect;

/// The frame around a value's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// No bytes: always NULL.
    Null,
    /// That many bytes, never NULL.
    Fixed(usize),
    /// `u8` length; 0 is NULL.
    Byte,
    /// `u16` length; FFFF is NULL.
    Short,
    /// `u32` length; FFFFFFFF is NULL. Parameters of `text`, `ntext`, `image`; as columns they have a text
    /// pointer in front.
    Long,
    /// `u64` length, then chunks (2.2.5.2.3).
    Plp,
    /// `u32` length with the base type inside; 0 is NULL.
    Variant,
}

impl Layout {
    /// The frame in which this server sends a type.
    pub(crate) fn of(sql_type: SqlType) -> Self {
        match sql_type {
            SqlType::Char(_) | SqlType::NChar(_) | SqlType::Binary(_) => Self::Short,
            SqlType::VarChar(length) | SqlType::NVarChar(length) | SqlType::VarBinary(length) => match length
            {
                Length::Fixed(_) => Self::Short,
                Length::Max => Self::Plp,
            },
            SqlType::Xml => Self::Plp,
            SqlType::Text | SqlType::NText | SqlType::Image => Self::Long,
            SqlType::SqlVariant => Self::Variant,
            _ => Self::Byte,
        }
    }
}

/// The type as which a column or return value of `sql_type` is sent: the old large types as `(max)`, for they
/// would need text pointers; and for old clients the types that they know.
pub(crate) fn sent_as(sql_type: SqlType, dialect: Dialect) -> SqlType {
    let sql_type = if dialect.has_max_types() { large_as_max(sql_type) } else { max_as_large(sql_type) };
    if dialect.has_date_types() { sql_type } else { date_as_text(sql_type) }
}

fn large_as_max(sql_type: SqlType) -> SqlType {
    match sql_type {
        SqlType::Text => SqlType::VarChar(Length::Max),
        SqlType::NText => SqlType::NVARCHAR_MAX,
        SqlType::Image => SqlType::VARBINARY_MAX,
        other => other,
    }
}

fn max_as_large(sql_type: SqlType) -> SqlType {
    match sql_type {
        SqlType::VarChar(Length::Max) => SqlType::Text,
        SqlType::NVarChar(Length::Max) | SqlType::Xml => SqlType::NText,
        SqlType::VarBinary(Length::Max) => SqlType::Image,
        other => other,
    }
}

fn date_as_text(sql_type: SqlType) -> SqlType {
    let characters = match sql_type {
        SqlType::Date => 10,
        SqlType::Time { .. } => 16,
        SqlType::DateTime2 { .. } => 27,
        SqlType::DateTimeOffset { .. } => 34,
        other => return other,
    };
    SqlType::NVarChar(Length::Fixed(characters))
}
