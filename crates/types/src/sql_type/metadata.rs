//! Names, numbers and sizes of types as the catalog and error texts show them.

use std::fmt;

use super::{Length, SqlType};

impl SqlType {
    /// The type's name in `sys.types`, without arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bit => "bit",
            Self::TinyInt => "tinyint",
            Self::SmallInt => "smallint",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Decimal { .. } => "decimal",
            Self::SmallMoney => "smallmoney",
            Self::Money => "money",
            Self::Real => "real",
            Self::Float => "float",
            Self::Date => "date",
            Self::Time { .. } => "time",
            Self::SmallDateTime => "smalldatetime",
            Self::DateTime => "datetime",
            Self::DateTime2 { .. } => "datetime2",
            Self::DateTimeOffset { .. } => "datetimeoffset",
            Self::Char(_) => "char",
            Self::VarChar(_) => "varchar",
            Self::NChar(_) => "nchar",
            Self::NVarChar(_) => "nvarchar",
            Self::Text => "text",
            Self::NText => "ntext",
            Self::Binary(_) => "binary",
            Self::VarBinary(_) => "varbinary",
            Self::Image => "image",
            Self::UniqueIdentifier => "uniqueidentifier",
            Self::Xml => "xml",
            Self::SqlVariant => "sql_variant",
        }
    }

    /// The type's name in errors about types (206, 257, 402, 529, 8116, 8117): `nvarchar(max)` with its `(max)`,
    /// other lengths left out; `decimal` is `numeric` there, as its literals are.
    pub const fn error_name(self) -> &'static str {
        match self {
            Self::VarChar(Length::Max) => "varchar(max)",
            Self::NVarChar(Length::Max) => "nvarchar(max)",
            Self::VarBinary(Length::Max) => "varbinary(max)",
            Self::Decimal { .. } => "numeric",
            _ => self.name(),
        }
    }

    /// `system_type_id` in `sys.types`.
    pub const fn system_type_id(self) -> u8 {
        match self {
            Self::Image => 34,
            Self::Text => 35,
            Self::UniqueIdentifier => 36,
            Self::Date => 40,
            Self::Time { .. } => 41,
            Self::DateTime2 { .. } => 42,
            Self::DateTimeOffset { .. } => 43,
            Self::TinyInt => 48,
            Self::SmallInt => 52,
            Self::Int => 56,
            Self::SmallDateTime => 58,
            Self::Real => 59,
            Self::Money => 60,
            Self::DateTime => 61,
            Self::Float => 62,
            Self::SqlVariant => 98,
            Self::NText => 99,
            Self::Bit => 104,
            Self::Decimal { .. } => 106,
            Self::SmallMoney => 122,
            Self::BigInt => 127,
            Self::VarBinary(_) => 165,
            Self::VarChar(_) => 167,
            Self::Binary(_) => 173,
            Self::Char(_) => 175,
            Self::NVarChar(_) => 231,
            Self::NChar(_) => 239,
            Self::Xml => 241,
        }
    }

    /// `max_length` of a column of this type: bytes, −1 for `(max)` and `xml`.
    pub const fn max_length(self) -> i16 {
        match self {
            Self::Bit | Self::TinyInt => 1,
            Self::SmallInt => 2,
            Self::Date => 3,
            Self::Int | Self::SmallMoney | Self::Real | Self::SmallDateTime => 4,
            Self::BigInt | Self::Money | Self::Float | Self::DateTime => 8,
            Self::Decimal { precision, .. } => decimal_bytes(precision),
            Self::Time { scale } => time_bytes(scale),
            Self::DateTime2 { scale } => time_bytes(scale) + 3,
            Self::DateTimeOffset { scale } => time_bytes(scale) + 5,
            Self::Char(length) | Self::Binary(length) => length as i16,
            Self::NChar(length) => 2 * length as i16,
            Self::VarChar(Length::Fixed(length)) | Self::VarBinary(Length::Fixed(length)) => length as i16,
            Self::NVarChar(Length::Fixed(length)) => 2 * length as i16,
            Self::VarChar(Length::Max)
            | Self::NVarChar(Length::Max)
            | Self::VarBinary(Length::Max)
            | Self::Xml => -1,
            Self::Text | Self::NText | Self::Image | Self::UniqueIdentifier => 16,
            Self::SqlVariant => 8016,
        }
    }

    /// `precision` of a column of this type: digits, for date and time types characters; 0 for the others.
    pub const fn precision(self) -> u8 {
        match self {
            Self::Bit => 1,
            Self::TinyInt => 3,
            Self::SmallInt => 5,
            Self::Int | Self::SmallMoney | Self::Date => 10,
            Self::BigInt | Self::Money => 19,
            Self::Decimal { precision, .. } => precision,
            Self::Real => 24,
            Self::Float => 53,
            Self::Time { scale } => 8 + with_point(scale),
            Self::SmallDateTime => 16,
            Self::DateTime => 23,
            Self::DateTime2 { scale } => 19 + with_point(scale),
            Self::DateTimeOffset { scale } => 26 + with_point(scale),
            _ => 0,
        }
    }

    /// `scale` of a column of this type: digits after the point.
    pub const fn scale(self) -> u8 {
        match self {
            Self::Decimal { scale, .. }
            | Self::Time { scale }
            | Self::DateTime2 { scale }
            | Self::DateTimeOffset { scale } => scale,
            Self::Money | Self::SmallMoney => 4,
            Self::DateTime => 3,
            _ => 0,
        }
    }

    /// Place in the data type precedence: of two operands the one with the lower precedence is converted to the
    /// type of the other. `sql_variant` is highest.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::SqlVariant => 28,
            Self::Xml => 27,
            Self::DateTimeOffset { .. } => 26,
            Self::DateTime2 { .. } => 25,
            Self::DateTime => 24,
            Self::SmallDateTime => 23,
            Self::Date => 22,
            Self::Time { .. } => 21,
            Self::Float => 20,
            Self::Real => 19,
            Self::Decimal { .. } => 18,
            Self::Money => 17,
            Self::SmallMoney => 16,
            Self::BigInt => 15,
            Self::Int => 14,
            Self::SmallInt => 13,
            Self::TinyInt => 12,
            Self::Bit => 11,
            Self::NText => 10,
            Self::Text => 9,
            Self::Image => 8,
            Self::UniqueIdentifier => 6,
            Self::NVarChar(_) => 5,
            Self::NChar(_) => 4,
            Self::VarChar(_) => 3,
            Self::Char(_) => 2,
            Self::VarBinary(_) => 1,
            Self::Binary(_) => 0,
        }
    }
}

const fn decimal_bytes(precision: u8) -> i16 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

const fn time_bytes(scale: u8) -> i16 {
    match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    }
}

const fn with_point(scale: u8) -> u8 {
    if scale == 0 { 0 } else { scale + 1 }
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match *self {
            Self::Decimal { precision, scale } => write!(f, "({precision},{scale})"),
            Self::Time { scale } | Self::DateTime2 { scale } | Self::DateTimeOffset { scale } => {
                write!(f, "({scale})")
            }
            Self::Text | Self::NText | Self::Image => Ok(()),
            _ => match self.length() {
                Some(Length::Fixed(length)) => write!(f, "({length})"),
                Some(Length::Max) => f.write_str("(max)"),
                None => Ok(()),
            },
        }
    }
}
