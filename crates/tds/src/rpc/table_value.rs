//! Table-valued parameters (2.2.5.5.5).

use duologue_types::{SqlType, Value};

use super::{Budget, Result};
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::reader::Reader;
use crate::types::{TypeInfo, decode_value};

const NO_COLUMNS: u16 = 0xFFFF;
const MAX_COLUMNS: u16 = 1024;
const COLUMN_DEFAULT: u16 = 0x0200;

const END: u8 = 0x00;
const ROW: u8 = 0x01;
const ORDER_UNIQUE: u8 = 0x10;
const COLUMN_ORDERING: u8 = 0x11;

/// A table that is passed as a parameter.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TableValue {
    /// Schema of the table type; mostly empty.
    pub schema: String,
    /// Name of the table type; empty when the statement tells it.
    pub type_name: String,
    /// Empty when the client passes the default, an empty table.
    pub columns: Vec<TableColumn>,
    /// One value for each column; a column with [`TableColumn::use_default`] has NULL.
    pub rows: Vec<Vec<Value>>,
}

/// A column of a table that is passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableColumn {
    /// Mostly empty: columns go by position.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// The rows have no value for it; the table type's default is to be used.
    pub use_default: bool,
}

/// Reads what follows the type token.
pub(super) fn decode(reader: &mut Reader<'_>, dialect: Dialect, budget: &mut Budget) -> Result<TableValue> {
    let _database = reader.b_varchar()?;
    let mut table =
        TableValue { schema: reader.b_varchar()?, type_name: reader.b_varchar()?, ..TableValue::default() };
    let mut types = Vec::new();
    let count = reader.u16()?;
    if count != NO_COLUMNS {
        if count > MAX_COLUMNS {
            return Err(ProtocolError::Malformed("a table parameter has more than 1024 columns"));
        }
        for _ in 0..count {
            let (column, info) = column(reader, dialect)?;
            table.columns.push(column);
            types.push(info);
        }
    }
    skip_ordering(reader)?;
    table.rows = rows(reader, &table.columns, &types, budget)?;
    Ok(table)
}

fn column(reader: &mut Reader<'_>, dialect: Dialect) -> Result<(TableColumn, TypeInfo)> {
    reader.u32()?;
    let use_default = reader.u16()? & COLUMN_DEFAULT != 0;
    let info = TypeInfo::decode(reader, dialect)?;
    let name = reader.b_varchar()?;
    Ok((TableColumn { name, sql_type: info.sql_type, use_default }, info))
}

/// Uniqueness and order of the rows are hints: a column number and flags for each column.
fn skip_ordering(reader: &mut Reader<'_>) -> Result<()> {
    loop {
        match reader.u8()? {
            END => return Ok(()),
            ORDER_UNIQUE => {
                let count = reader.u16()?;
                reader.bytes(usize::from(count) * 3)?;
            }
            COLUMN_ORDERING => return Err(ProtocolError::Unsupported("a reordered table parameter")),
            _ => return Err(ProtocolError::Malformed("a table parameter has unknown metadata")),
        }
    }
}

fn rows(
    reader: &mut Reader<'_>,
    columns: &[TableColumn],
    types: &[TypeInfo],
    budget: &mut Budget,
) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    loop {
        match reader.u8()? {
            END => return Ok(rows),
            ROW => rows.push(row(reader, columns, types, budget)?),
            _ => return Err(ProtocolError::Malformed("a table parameter has an unknown row token")),
        }
    }
}

fn row(
    reader: &mut Reader<'_>,
    columns: &[TableColumn],
    types: &[TypeInfo],
    budget: &mut Budget,
) -> Result<Vec<Value>> {
    // A row counts as a value, too: one without columns is not free.
    budget.take()?;
    let mut values = Vec::with_capacity(columns.len());
    for (column, info) in columns.iter().zip(types) {
        budget.take()?;
        values.push(if column.use_default { Value::Null } else { decode_value(reader, info)? });
    }
    Ok(values)
}
