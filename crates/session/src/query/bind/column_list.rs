//! Names of the columns of derived tables and common table expressions.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::Ident;

use crate::query::scope::{Column, same_name};

/// The columns under the names that an alias lists: 8158 and 8159 for a wrong number of them, 8155 for a column
/// without name, 8156 for a name that stands twice.
pub(super) fn renamed(columns: Vec<Column>, names: &[Ident], table: &str) -> Result<Vec<Column>, SqlError> {
    if !names.is_empty() && columns.len() > names.len() {
        return Err(sql_error!(8158, table));
    }
    if columns.len() < names.len() {
        return Err(sql_error!(8159, table));
    }
    let rename = |(index, column): (usize, Column)| match names.get(index) {
        Some(name) => Column { name: name.name.clone(), ..column },
        None => column,
    };
    let columns: Vec<Column> = columns.into_iter().enumerate().map(rename).collect();
    for (index, column) in columns.iter().enumerate() {
        if column.name.is_empty() {
            return Err(sql_error!(8155, index + 1, table));
        }
        if columns[..index].iter().any(|other| same_name(&other.name, &column.name)) {
            return Err(sql_error!(8156, column.name, table));
        }
    }
    Ok(columns)
}
