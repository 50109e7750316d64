//! Rows that statements give back: result sets, assignments, OUTPUT, rows for table variables.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{DmlTargetKind, Output, OutputInto};

use super::rows::{Change, Target};
use crate::execution::{Context, Flow, ResultSet, Typed};
use crate::output::ResultColumn;
use crate::query::{self, Row, Scope, SelectOutcome, Source};

/// A result set, which goes to the client when the statement is done.
pub(super) fn send(cx: &mut Context<'_, '_>, columns: &[query::ResultColumn], mut rows: Vec<Row>) -> u64 {
    let columns = columns
        .iter()
        .map(|column| ResultColumn {
            name: column.name.clone(),
            sql_type: column.sql_type,
            nullable: column.nullable,
        })
        .collect();
    if cx.session.state.options.fmt_only {
        rows.clear();
    }
    let count = rows.len() as u64;
    cx.work.results = Some(ResultSet { columns, rows });
    count
}

/// Assigned variables; returns how many rows there were.
pub(super) fn assign(
    cx: &mut Context<'_, '_>,
    rows: i64,
    values: Vec<(crate::state::Slot, duologue_types::Value)>,
) -> u64 {
    for (slot, value) in values {
        cx.frame.variables.set(slot, value);
    }
    u64::try_from(rows).unwrap_or_default()
}

/// Appends rows to a target, column by column: 213 when the numbers of columns differ.
pub(super) fn append(
    cx: &mut Context<'_, '_>,
    target: &Target,
    positions: &[usize],
    columns: &[query::ResultColumn],
    rows: &[Row],
) -> Result<Option<Flow>, SqlError> {
    if columns.len() != positions.len() {
        return Err(sql_error!(213));
    }
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        let mut stored = target.empty_row();
        for index in 0..target.columns.len() {
            let place = target.columns[index].place;
            stored[place] = match positions.iter().position(|position| *position == index) {
                None => target.default_value(cx, index)?,
                Some(given) => {
                    let found = Typed { value: row[given].clone(), sql_type: columns[given].sql_type };
                    target.stored_value(index, &found)?
                }
            };
        }
        target.check_nulls(&stored, "INSERT")?;
        changes.push(Change { number: None, row: Some(stored.into()) });
    }
    target.apply(cx, changes)
}

/// The rows that a data statement changed, for its OUTPUT clauses.
pub(super) struct Changed {
    /// New rows.
    pub(super) inserted: Option<Vec<Row>>,
    /// Old rows.
    pub(super) deleted: Option<Vec<Row>>,
}

/// OUTPUT clauses. Without INTO the rows are the statement's result set.
pub(super) fn output(
    cx: &mut Context<'_, '_>,
    clauses: &[Output],
    target: &Target,
    changed: &Changed,
) -> Result<Option<Flow>, SqlError> {
    for clause in clauses {
        let rowsets = [("inserted", &changed.inserted), ("deleted", &changed.deleted)];
        let present: Vec<_> =
            rowsets.iter().filter_map(|(name, rows)| rows.as_ref().map(|rows| (*name, rows))).collect();
        let sources = present.iter().map(|(name, _)| Source::new(*name, target.rowset_columns())).collect();
        let count = present.first().map_or(0, |(_, rows)| rows.len());
        let joined = |row: usize| present.iter().flat_map(|(_, rows)| rows[row].iter().cloned()).collect();
        let rows: Vec<Row> = (0..count).map(joined).collect();
        let (columns, outcome) = cx.query(|context| {
            let plan = query::bind_items(context, &clause.items, &Scope::new(sources, None))?;
            plan.run(context, &rows).map(|outcome| (plan.columns, outcome))
        })?;
        let SelectOutcome::Rows(rows) = outcome else { return Err(sql_error!(141)) };
        match &clause.into {
            None => {
                send(cx, &columns, rows);
            }
            Some(into) => {
                if let Some(wait) = append_output(cx, into, &columns, &rows)? {
                    return Ok(Some(wait));
                }
            }
        }
    }
    Ok(None)
}

fn append_output(
    cx: &mut Context<'_, '_>,
    into: &OutputInto,
    columns: &[query::ResultColumn],
    rows: &[Row],
) -> Result<Option<Flow>, SqlError> {
    let permission = duologue_catalog::Permission::Insert;
    let target = Target::resolve(cx, &into.target, permission)?;
    let positions = if into.columns.is_empty() {
        insertable(&target)
    } else {
        into.columns.iter().map(|name| target.position(name)).collect::<Result<_, _>>()?
    };
    append(cx, &target, &positions, columns, rows)
}

/// The columns of an INSERT that names none: all but the identity.
pub(super) fn insertable(target: &Target) -> Vec<usize> {
    let columns = target.columns.iter().enumerate();
    columns.filter(|(_, column)| column.identity.is_none()).map(|(index, _)| index).collect()
}

/// Whether a statement's rows go to the client.
pub(super) fn returns_rows(clauses: &[Output]) -> bool {
    clauses.iter().any(|clause| clause.into.is_none())
}

/// A table variable as the target of RECEIVE's INTO.
pub(super) fn table_variable_target(
    cx: &mut Context<'_, '_>,
    variable: &duologue_tsql::ast::Variable,
) -> Result<Target, SqlError> {
    let kind = DmlTargetKind::Variable(variable.name.clone());
    let target = duologue_tsql::ast::DmlTarget { line: variable.line, kind, hints: Vec::new() };
    Target::resolve(cx, &target, duologue_catalog::Permission::Insert)
}
