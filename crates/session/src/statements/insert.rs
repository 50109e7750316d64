//! INSERT.

use duologue_catalog::Permission;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Expr, ExprKind, Insert, InsertSource};

use super::not_built;
use super::returned_rows::{self, Changed};
use super::rows::{Change, StoredRow, Target, limit};
use crate::execution::{Context, Flow, StatementResult, Typed};
use crate::output::StatementKind;
use crate::query;

/// One value of a new row.
enum Given {
    Value(Typed),
    /// The word DEFAULT.
    Default,
}

pub(super) fn insert(cx: &mut Context<'_, '_>, statement: &Insert) -> StatementResult {
    let target = Target::resolve(cx, &statement.target, Permission::Insert)?;
    let positions = positions(cx, &target, statement)?;
    let limit = limit(cx, statement.top.as_ref())?;
    let mut given = match &statement.source {
        InsertSource::Values(rows) => values(cx, rows, &positions)?,
        InsertSource::Query(query) => queried(cx, statement, query, &positions)?,
        InsertSource::DefaultValues => vec![Vec::new()],
        InsertSource::Execute(_) => return not_built("INSERT … EXECUTE"),
    };
    let positions =
        if matches!(statement.source, InsertSource::DefaultValues) { Vec::new() } else { positions };
    given.truncate(limit);
    let mut rows = Vec::with_capacity(given.len());
    for row in given {
        rows.push(new_row(cx, &target, &positions, row)?);
    }
    let changed =
        Changed { inserted: Some(rows.iter().map(|row| target.logical(row)).collect()), deleted: None };
    let count = rows.len() as u64;
    let changes = rows.into_iter().map(|row| Change { number: None, row: Some(row) }).collect();
    if let Some(wait) = target.apply(cx, changes)? {
        return Ok(wait);
    }
    if let Some(wait) = returned_rows::output(cx, &statement.output, &target, &changed)? {
        return Ok(wait);
    }
    let kind = if returned_rows::returns_rows(&statement.output) {
        StatementKind::Select
    } else {
        StatementKind::Insert
    };
    Ok(Flow::rows(kind, count))
}

/// Positions of the columns that get values: 264 for one that is named twice; 544 for the identity unless
/// IDENTITY_INSERT is ON, which needs it to be named (545, 8101).
fn positions(cx: &Context<'_, '_>, target: &Target, statement: &Insert) -> Result<Vec<usize>, SqlError> {
    let takes_identity = target.takes_identity(cx);
    if statement.columns.is_empty() {
        if takes_identity {
            return Err(sql_error!(8101, target.short_name()));
        }
        return Ok(returned_rows::insertable(target));
    }
    let mut positions = Vec::with_capacity(statement.columns.len());
    for name in &statement.columns {
        let position = target.position(name)?;
        if positions.contains(&position) {
            return Err(sql_error!(264, name.name).at_line(name.line));
        }
        if target.columns[position].identity.is_some() && !takes_identity {
            return Err(sql_error!(544, target.short_name()));
        }
        positions.push(position);
    }
    let is_identity = |position: &usize| target.columns[*position].identity.is_some();
    if takes_identity && !positions.iter().any(is_identity) {
        return Err(sql_error!(545, target.short_name()));
    }
    Ok(positions)
}

/// VALUES: 109, 110 and 213 when the numbers of values and columns differ.
fn values(
    cx: &mut Context<'_, '_>,
    rows: &[Vec<Expr>],
    positions: &[usize],
) -> Result<Vec<Vec<Given>>, SqlError> {
    let mut given = Vec::with_capacity(rows.len());
    for row in rows {
        match row.len().cmp(&positions.len()) {
            std::cmp::Ordering::Less => return Err(sql_error!(109)),
            std::cmp::Ordering::Greater => return Err(sql_error!(110)),
            std::cmp::Ordering::Equal => {}
        }
        given.push(row.iter().map(|value| given_value(cx, value)).collect::<Result<_, _>>()?);
    }
    Ok(given)
}

fn given_value(cx: &mut Context<'_, '_>, value: &Expr) -> Result<Given, SqlError> {
    match value.kind {
        ExprKind::Default => Ok(Given::Default),
        _ => cx.evaluate(value).map(Given::Value),
    }
}

/// The rows of a query: 120 and 121 when the numbers of columns differ.
fn queried(
    cx: &mut Context<'_, '_>,
    statement: &Insert,
    query: &duologue_tsql::ast::Query,
    positions: &[usize],
) -> Result<Vec<Vec<Given>>, SqlError> {
    let (columns, rows) = cx.query(|context| {
        let plan = query::bind_query(context, statement.with.as_ref(), query, &[])?;
        plan.run(context).map(|rows| (plan.columns, rows))
    })?;
    match columns.len().cmp(&positions.len()) {
        std::cmp::Ordering::Less => return Err(sql_error!(120)),
        std::cmp::Ordering::Greater => return Err(sql_error!(121)),
        std::cmp::Ordering::Equal => {}
    }
    let typed = |(value, column): (duologue_types::Value, &query::ResultColumn)| {
        Given::Value(Typed { value, sql_type: column.sql_type })
    };
    Ok(rows.into_iter().map(|row| row.into_iter().zip(&columns).map(typed).collect()).collect())
}

/// A complete row: what is not given has its default.
fn new_row(
    cx: &mut Context<'_, '_>,
    target: &Target,
    positions: &[usize],
    given: Vec<Given>,
) -> Result<StoredRow, SqlError> {
    let mut row = target.empty_row();
    let mut given: Vec<Option<Given>> = given.into_iter().map(Some).collect();
    for (index, column) in target.columns.iter().enumerate() {
        let found = positions.iter().position(|position| *position == index);
        let found = found.and_then(|found| given.get_mut(found)).and_then(Option::take);
        row[column.place] = match found {
            Some(Given::Value(found)) => {
                let value = target.stored_value(index, &found)?;
                target.note_identity(cx, index, &value);
                value
            }
            Some(Given::Default) | None => target.default_value(cx, index)?,
        };
    }
    target.check_nulls(&row, "INSERT")?;
    Ok(row.into())
}
