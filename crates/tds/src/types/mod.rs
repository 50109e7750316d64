//! TYPE_INFO (2.2.5.6) and values, between bytes and `duologue_types`.

mod decode;
mod encode;
mod layout;
mod temporal;
mod temporal_text;
mod type_info;
mod variant;

pub(crate) use decode::decode_value;
pub(crate) use encode::{put_type_info, put_value};
pub(crate) use layout::sent_as;
pub(crate) use type_info::TypeInfo;

/// Type tokens (2.2.5.4).
pub(crate) mod token {
    pub(crate) const NULL: u8 = 0x1F;
    pub(crate) const IMAGE: u8 = 0x22;
    pub(crate) const TEXT: u8 = 0x23;
    pub(crate) const GUID: u8 = 0x24;
    pub(crate) const VARBINARY_OLD: u8 = 0x25;
    pub(crate) const INT_N: u8 = 0x26;
    pub(crate) const VARCHAR_OLD: u8 = 0x27;
    pub(crate) const DATE: u8 = 0x28;
    pub(crate) const TIME: u8 = 0x29;
    pub(crate) const DATETIME2: u8 = 0x2A;
    pub(crate) const DATETIMEOFFSET: u8 = 0x2B;
    pub(crate) const BINARY_OLD: u8 = 0x2D;
    pub(crate) const CHAR_OLD: u8 = 0x2F;
    pub(crate) const TINYINT: u8 = 0x30;
    pub(crate) const BIT: u8 = 0x32;
    pub(crate) const SMALLINT: u8 = 0x34;
    pub(crate) const DECIMAL_OLD: u8 = 0x37;
    pub(crate) const INT: u8 = 0x38;
    pub(crate) const SMALLDATETIME: u8 = 0x3A;
    pub(crate) const REAL: u8 = 0x3B;
    pub(crate) const MONEY: u8 = 0x3C;
    pub(crate) const DATETIME: u8 = 0x3D;
    pub(crate) const FLOAT: u8 = 0x3E;
    pub(crate) const NUMERIC_OLD: u8 = 0x3F;
    pub(crate) const VARIANT: u8 = 0x62;
    pub(crate) const NTEXT: u8 = 0x63;
    pub(crate) const BIT_N: u8 = 0x68;
    pub(crate) const DECIMAL_N: u8 = 0x6A;
    pub(crate) const NUMERIC_N: u8 = 0x6C;
    pub(crate) const FLOAT_N: u8 = 0x6D;
    pub(crate) const MONEY_N: u8 = 0x6E;
    pub(crate) const DATETIME_N: u8 = 0x6F;
    pub(crate) const SMALLMONEY: u8 = 0x7A;
    pub(crate) const BIGINT: u8 = 0x7F;
    pub(crate) const VARBINARY: u8 = 0xA5;
    pub(crate) const VARCHAR: u8 = 0xA7;
    pub(crate) const BINARY: u8 = 0xAD;
    pub(crate) const CHAR: u8 = 0xAF;
    pub(crate) const NVARCHAR: u8 = 0xE7;
    pub(crate) const NCHAR: u8 = 0xEF;
    pub(crate) const UDT: u8 = 0xF0;
    pub(crate) const XML: u8 = 0xF1;
    pub(crate) const TABLE: u8 = 0xF3;
}

/// Longest `varchar(n)`, `varbinary(n)` or `nvarchar(n)` in bytes.
pub(crate) const MAX_SHORT_BYTES: u16 = 8000;
