//! Table-valued functions.

use duologue_messages::{SqlError, sql_error};
use duologue_types::Value;

use super::rights::securable;
use crate::query::context::{MAX_KEPT_ROWS, QueryContext};
use crate::query::evaluate::text_of;
use crate::query::plan::Row;

/// `GENERATE_SERIES(start, stop [, step])` of `bigint`.
pub(crate) fn series(arguments: &[Value]) -> Result<Vec<Row>, SqlError> {
    let number = |index: usize| match arguments.get(index) {
        Some(Value::BigInt(number)) => Some(*number),
        _ => None,
    };
    let (Some(start), Some(stop)) = (number(0), number(1)) else { return Ok(Vec::new()) };
    let step = match arguments.get(2) {
        None if start > stop => -1,
        None => 1,
        Some(_) => number(2).unwrap_or(0),
    };
    if step == 0 {
        return Err(sql_error!(1023, 3, "GENERATE_SERIES"));
    }
    let mut rows = Vec::new();
    let mut next = Some(start);
    while let Some(value) = next.filter(|value| if step > 0 { *value <= stop } else { *value >= stop }) {
        if rows.len() == MAX_KEPT_ROWS {
            return Err(sql_error!(49909, format!("GENERATE_SERIES makes at most {MAX_KEPT_ROWS} rows")));
        }
        rows.push(vec![Value::BigInt(value)]);
        next = value.checked_add(step);
    }
    Ok(rows)
}

/// `fn_my_permissions(securable, class)`: `entity_name`, `subentity_name`, `permission_name`.
pub(crate) fn my_permissions(arguments: &[Value], context: &QueryContext<'_>) -> Result<Vec<Row>, SqlError> {
    let text = |index: usize| arguments.get(index).and_then(text_of);
    let Some((securable, security)) = securable(context, text(0), text(1)) else { return Ok(Vec::new()) };
    let catalog = context.catalog();
    let database = catalog.database(security.database).map(|found| &**found);
    let Some(kind) = securable.kind(catalog, database) else { return Ok(Vec::new()) };
    let entity = match text(0) {
        Some(name) => name.to_owned(),
        None => text(1).unwrap_or("server").to_ascii_lowercase(),
    };
    let name = |text: &str| Value::NVarChar(text.into());
    let held = kind.permissions().filter(|permission| catalog.has(&security, *permission, securable));
    Ok(held.map(|permission| vec![name(&entity), name(""), name(permission.name())]).collect())
}
