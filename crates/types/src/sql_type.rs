//! T-SQL data types.

/// Declared length of a character or binary type: characters for `n(var)char` and `(var)char`, bytes for binary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Length {
    /// `(n)`.
    Fixed(u16),
    /// `(max)`.
    Max,
}

/// A data type with its length, precision and scale.
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

impl SqlType {
    /// `sysname`.
    pub const SYSNAME: Self = Self::NVarChar(Length::Fixed(128));
    /// `nvarchar(max)`.
    pub const NVARCHAR_MAX: Self = Self::NVarChar(Length::Max);
    /// `varbinary(max)`.
    pub const VARBINARY_MAX: Self = Self::VarBinary(Length::Max);
}
