//! COLMETADATA, ORDER and RETURNVALUE (2.2.7.4, 2.2.7.17, 2.2.7.19).

use bytes::BufMut;
use duologue_types::{SqlType, Value};

use super::id;
use crate::dialect::Dialect;
use crate::error::EncodeError;
use crate::types::{put_type_info, put_value, sent_as};
use crate::writer::put_b_varchar;

const FLAG_NULLABLE: u16 = 0x0001;
/// Whether the column can be written is unknown; what every client accepted.
const FLAG_UPDATABLE_UNKNOWN: u16 = 0x0008;
const FLAG_IDENTITY: u16 = 0x0010;
const FLAG_COMPUTED: u16 = 0x0020;
const STATUS_OUTPUT_PARAMETER: u8 = 0x01;
/// Columns of one result set; beyond SQL Server's own limit of 4096.
const MAX_COLUMNS: usize = 0xFFFE;

/// A column of a result set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Empty when the expression has no name.
    pub name: String,
    /// Its type; the old large types are sent as `(max)`.
    pub sql_type: SqlType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether it is an identity column.
    pub identity: bool,
    /// Whether it is an expression or computed column.
    pub computed: bool,
}

impl Column {
    /// A nullable column.
    pub fn new(name: impl Into<String>, sql_type: SqlType) -> Self {
        Self { name: name.into(), sql_type, nullable: true, identity: false, computed: false }
    }

    fn flags(&self) -> u16 {
        let set = |is_set, flag| if is_set { flag } else { 0 };
        FLAG_UPDATABLE_UNKNOWN
            | set(self.nullable, FLAG_NULLABLE)
            | set(self.identity, FLAG_IDENTITY)
            | set(self.computed, FLAG_COMPUTED)
    }
}

/// A value that goes back to the client: an output parameter, or the handle of `sp_prepare`.
#[derive(Clone, PartialEq, Debug)]
pub struct ReturnValue {
    /// Position of the parameter in the call, from 0.
    pub ordinal: u16,
    /// The parameter's name as the client sent it, with `@`.
    pub name: String,
    /// Its declared type.
    pub sql_type: SqlType,
    /// The value at the end of the procedure.
    pub value: Value,
}

pub(crate) fn put_columns(out: &mut Vec<u8>, columns: &[Column], dialect: Dialect) {
    let columns = &columns[..columns.len().min(MAX_COLUMNS)];
    out.put_u8(id::COL_METADATA);
    out.put_u16_le(columns.len() as u16);
    for column in columns {
        let sql_type = sent_as(column.sql_type, dialect);
        put_user_type(out, dialect);
        out.put_u16_le(column.flags());
        put_type_info(out, sql_type, dialect);
        // Only text, ntext and image name their table; only 7.0 and 7.1 get them, and they read one name.
        if matches!(sql_type, SqlType::Text | SqlType::NText | SqlType::Image) {
            out.put_u16_le(0);
        }
        put_b_varchar(out, &column.name);
    }
}

fn put_user_type(out: &mut Vec<u8>, dialect: Dialect) {
    if dialect.has_wide_counts() {
        out.put_u32_le(0);
    } else {
        out.put_u16_le(0);
    }
}

/// ORDER: by which columns, from 1, the rows are sorted. Optional.
pub(crate) fn put_order(out: &mut Vec<u8>, columns: &[u16]) {
    let columns = &columns[..columns.len().min(usize::from(u16::MAX / 2))];
    out.put_u8(id::ORDER);
    out.put_u16_le(columns.len() as u16 * 2);
    for column in columns {
        out.put_u16_le(*column);
    }
}

/// On an error `out` holds part of the token.
pub(crate) fn put_return_value(
    out: &mut Vec<u8>,
    value: &ReturnValue,
    dialect: Dialect,
) -> Result<(), EncodeError> {
    out.put_u8(id::RETURN_VALUE);
    out.put_u16_le(value.ordinal);
    put_b_varchar(out, &value.name);
    out.put_u8(STATUS_OUTPUT_PARAMETER);
    put_user_type(out, dialect);
    out.put_u16_le(0);
    put_type_info(out, sent_as(value.sql_type, dialect), dialect);
    put_value(out, value.sql_type, &value.value, dialect)
}
