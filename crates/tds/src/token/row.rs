//! ROW and NBCROW (2.2.7.21, 2.2.7.15).

use bytes::BufMut;
use duologue_types::{SqlType, Value};

use super::id;
use crate::dialect::Dialect;
use crate::error::EncodeError;
use crate::types::put_value;

/// Appends one row: with a bitmap of its NULLs when it has any and the client reads bitmaps. On an error `out`
/// holds part of the token.
pub(crate) fn put_row(
    out: &mut Vec<u8>,
    columns: &[SqlType],
    values: &[Value],
    dialect: Dialect,
) -> Result<(), EncodeError> {
    if columns.len() != values.len() || columns.is_empty() {
        return Err(EncodeError::RowWidth { columns: columns.len(), values: values.len() });
    }
    let has_bitmap = dialect.has_null_bitmaps() && values.contains(&Value::Null);
    if has_bitmap {
        out.put_u8(id::NBC_ROW);
        put_null_bitmap(out, values);
    } else {
        out.put_u8(id::ROW);
    }
    for (sql_type, value) in columns.iter().zip(values) {
        if !(has_bitmap && *value == Value::Null) {
            put_value(out, *sql_type, value, dialect)?;
        }
    }
    Ok(())
}

fn put_null_bitmap(out: &mut Vec<u8>, values: &[Value]) {
    for eight in values.chunks(8) {
        let bits = eight.iter().enumerate().map(|(bit, value)| u8::from(*value == Value::Null) << bit);
        out.put_u8(bits.sum());
    }
}
