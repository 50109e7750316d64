//! T-SQL data types.

mod common;
mod metadata;
mod parse;

pub(crate) use common::as_decimal;
pub use common::common_type;
pub use parse::TypeArg;

/// Declared length of a character or binary type: characters for `n(var)char` and `(var)char`, bytes for binary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Length {
    /// `(n)`.
    Fixed(u16),
    /// `(max)`.
    Max,
}

/// A data type with its length, precision and scale. Written and read as T-SQL declares it: `nvarchar(max)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the variants are T-SQL's own names")]
pub enum SqlType {
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Decimal { precision: u8, scale: u8 },
    SmallMoney,
    Money,
    Real,
    Float,
    Date,
    Time { scale: u8 },
    SmallDateTime,
    DateTime,
    DateTime2 { scale: u8 },
    DateTimeOffset { scale: u8 },
    Char(u16),
    VarChar(Length),
    NChar(u16),
    NVarChar(Length),
    Text,
    NText,
    Binary(u16),
    VarBinary(Length),
    Image,
    UniqueIdentifier,
    Xml,
    SqlVariant,
}

/// What a type holds; conversions, operators and comparison are decided by family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Family {
    /// `bit`, `tinyint`, `smallint`, `int`, `bigint`.
    Integer,
    /// `decimal`, `numeric`.
    Decimal,
    /// `money`, `smallmoney`.
    Money,
    /// `real`, `float`.
    Float,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `datetime`, `smalldatetime`.
    DateTime,
    /// `datetime2`.
    DateTime2,
    /// `datetimeoffset`.
    DateTimeOffset,
    /// `char`, `varchar`.
    Character,
    /// `nchar`, `nvarchar`.
    Unicode,
    /// `text`.
    Text,
    /// `ntext`.
    NText,
    /// `binary`, `varbinary`.
    Binary,
    /// `image`.
    Image,
    /// `uniqueidentifier`.
    Guid,
    /// `xml`.
    Xml,
    /// `sql_variant`.
    Variant,
}

impl Family {
    /// The types that count.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Money | Self::Float)
    }

    /// `char`, `varchar`, `nchar`, `nvarchar`.
    pub const fn is_string(self) -> bool {
        matches!(self, Self::Character | Self::Unicode)
    }

    /// The date and time types.
    pub const fn is_date_or_time(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::DateTime | Self::DateTime2 | Self::DateTimeOffset)
    }

    /// `text`, `ntext`, `image`.
    pub const fn is_old_large_object(self) -> bool {
        matches!(self, Self::Text | Self::NText | Self::Image)
    }
}

impl SqlType {
    /// `sysname`.
    pub const SYSNAME: Self = Self::NVarChar(Length::Fixed(128));
    /// `nvarchar(max)`.
    pub const NVARCHAR_MAX: Self = Self::NVarChar(Length::Max);
    /// `varbinary(max)`.
    pub const VARBINARY_MAX: Self = Self::VarBinary(Length::Max);

    /// The type's family.
    pub const fn family(self) -> Family {
        match self {
            Self::Bit | Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt => Family::Integer,
            Self::Decimal { .. } => Family::Decimal,
            Self::SmallMoney | Self::Money => Family::Money,
            Self::Real | Self::Float => Family::Float,
            Self::Date => Family::Date,
            Self::Time { .. } => Family::Time,
            Self::SmallDateTime | Self::DateTime => Family::DateTime,
            Self::DateTime2 { .. } => Family::DateTime2,
            Self::DateTimeOffset { .. } => Family::DateTimeOffset,
            Self::Char(_) | Self::VarChar(_) => Family::Character,
            Self::NChar(_) | Self::NVarChar(_) => Family::Unicode,
            Self::Text => Family::Text,
            Self::NText => Family::NText,
            Self::Binary(_) | Self::VarBinary(_) => Family::Binary,
            Self::Image => Family::Image,
            Self::UniqueIdentifier => Family::Guid,
            Self::Xml => Family::Xml,
            Self::SqlVariant => Family::Variant,
        }
    }

    /// Declared length of a character or binary type; `Max` for `text`, `ntext` and `image`.
    pub const fn length(self) -> Option<Length> {
        match self {
            Self::Char(length) | Self::NChar(length) | Self::Binary(length) => Some(Length::Fixed(length)),
            Self::VarChar(length) | Self::NVarChar(length) | Self::VarBinary(length) => Some(length),
            Self::Text | Self::NText | Self::Image => Some(Length::Max),
            _ => None,
        }
    }

    /// `char`, `nchar`, `binary`: filled up to their length.
    pub const fn is_padded(self) -> bool {
        matches!(self, Self::Char(_) | Self::NChar(_) | Self::Binary(_))
    }
}

impl Length {
    /// The longer one.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fixed(left), Self::Fixed(right)) => Self::Fixed(left.max(right)),
            _ => Self::Max,
        }
    }
}
