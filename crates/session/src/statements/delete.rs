//! DELETE.

use std::collections::{BTreeSet, HashMap};

use duologue_catalog::Permission;
use duologue_tsql::ast::{Delete, DmlFilter};

use super::not_built;
use super::returned_rows::{self, Changed};
use super::rows::{Change, StoredRow, Target, limit, unaliased};
use super::update::row_number;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query;

pub(super) fn delete(cx: &mut Context<'_, '_>, statement: &Delete) -> StatementResult {
    let filter = match &statement.filter {
        None => None,
        Some(DmlFilter::Condition(condition)) => Some(condition),
        Some(DmlFilter::CurrentOf(_)) => return not_built("WHERE CURRENT OF"),
    };
    let target = Target::resolve(cx, &unaliased(&statement.target, &statement.from), Permission::Delete)?;
    let limit = limit(cx, statement.top.as_ref())?;
    let found = cx.query(|context| {
        let with = statement.with.as_ref();
        let rows = query::bind_target_rows(context, with, &statement.target, &statement.from, filter)?;
        let found = rows.plan.run(context)?;
        Ok::<_, duologue_messages::SqlError>(
            found.iter().map(|row| row_number(row, rows.row_number)).collect::<BTreeSet<u64>>(),
        )
    })?;
    let numbers: BTreeSet<u64> = found.into_iter().take(limit).collect();
    if let Some(wait) = target.lock_rows(cx, numbers.iter().copied())? {
        return Ok(wait);
    }
    let old: HashMap<u64, StoredRow> = target.rows(cx).into_iter().collect();
    let deleted = numbers.iter().filter_map(|number| old.get(number)).map(|row| target.logical(row));
    let changed = Changed { inserted: None, deleted: Some(deleted.collect()) };
    let count = numbers.len() as u64;
    let changes = numbers.into_iter().map(|number| Change { number: Some(number), row: None }).collect();
    if let Some(wait) = target.apply(cx, changes)? {
        return Ok(wait);
    }
    if let Some(wait) = returned_rows::output(cx, &statement.output, &target, &changed)? {
        return Ok(wait);
    }
    let kind = if returned_rows::returns_rows(&statement.output) {
        StatementKind::Select
    } else {
        StatementKind::Delete
    };
    Ok(Flow::rows(kind, count))
}
