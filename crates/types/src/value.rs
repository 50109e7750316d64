//! T-SQL values.

use std::sync::Arc;

use bytes::Bytes;

use crate::guid::Guid;

/// An exact number: `mantissa / 10^scale`, at most 38 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Decimal {
    /// Signed digits without the point.
    pub mantissa: i128,
    /// Digits after the point, 0–38.
    pub scale: u8,
}

/// One value. Its exact type (length, precision) is the column's or variable's [`crate::SqlType`]; the variant is
/// the type's family. Text is UTF-8 inside: a lone UTF-16 surrogate becomes U+FFFD (COMPAT.md).
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value {
    /// NULL of any type.
    #[default]
    Null,
    /// `bit`.
    Bit(bool),
    /// `tinyint`.
    TinyInt(u8),
    /// `smallint`.
    SmallInt(i16),
    /// `int`.
    Int(i32),
    /// `bigint`.
    BigInt(i64),
    /// `decimal`, `numeric`.
    Decimal(Decimal),
    /// `money` and `smallmoney`, in ten-thousandths.
    Money(i64),
    /// `real`.
    Real(f32),
    /// `float`.
    Float(f64),
    /// `date`: days since 0001-01-01.
    Date(i32),
    /// `time`: 100 ns ticks since midnight.
    Time(i64),
    /// `datetime` and `smalldatetime`: days since 1900-01-01 and 1/300 seconds since midnight.
    DateTime {
        /// Days since 1900-01-01; negative before.
        days: i32,
        /// 1/300 seconds since midnight.
        ticks: u32,
    },
    /// `datetime2`: days since 0001-01-01 and 100 ns ticks since midnight.
    DateTime2 {
        /// Days since 0001-01-01.
        days: i32,
        /// 100 ns ticks since midnight.
        ticks: i64,
    },
    /// `datetimeoffset`: the UTC moment as in `datetime2`, and the offset.
    DateTimeOffset {
        /// UTC days since 0001-01-01.
        days: i32,
        /// UTC 100 ns ticks since midnight.
        ticks: i64,
        /// Minutes east of UTC, −840 to 840.
        offset: i16,
    },
    /// `char`, `varchar`, `text`.
    VarChar(Arc<str>),
    /// `nchar`, `nvarchar`, `ntext`, `sysname`.
    NVarChar(Arc<str>),
    /// `binary`, `varbinary`, `image`.
    VarBinary(Bytes),
    /// `uniqueidentifier`.
    Guid(Guid),
    /// `xml`, as its text without declaration.
    Xml(Arc<str>),
}
