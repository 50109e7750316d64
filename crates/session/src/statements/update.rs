//! UPDATE.

use std::collections::{HashMap, HashSet};

use duologue_catalog::Permission;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    AssignOperator, Assignment, DmlFilter, Expr, ExprKind, Ident, ObjectName, Update, Variable,
};
use duologue_types::Value;

use super::returned_rows::{self, Changed};
use super::rows::{Change, StoredRow, Target, limit, unaliased};
use super::{not_built, variables};
use crate::execution::{Context, Flow, StatementResult, Typed};
use crate::output::StatementKind;
use crate::query::{self, Frame, Row, Scope};
use crate::state::Slot;

/// What an assignment sets.
struct Assigned {
    column: Option<usize>,
    variable: Option<Slot>,
    value: Expr,
}

/// A matched row: its number, and the values of its assignments.
struct Matched {
    number: u64,
    values: Vec<Typed>,
}

pub(super) fn update(cx: &mut Context<'_, '_>, statement: &Update) -> StatementResult {
    if let Some(DmlFilter::CurrentOf(_)) = statement.filter {
        return not_built("WHERE CURRENT OF");
    }
    let target = Target::resolve(cx, &unaliased(&statement.target, &statement.from), Permission::Update)?;
    let assignments = assignments(cx, &target, statement)?;
    let limit = limit(cx, statement.top.as_ref())?;
    let mut matched = matched_rows(cx, statement, &assignments)?;
    matched.truncate(limit);
    if let Some(wait) = target.lock_rows(cx, matched.iter().map(|row| row.number))? {
        return Ok(wait);
    }
    let old: HashMap<u64, StoredRow> = target.rows(cx).into_iter().collect();
    let mut changes = Vec::with_capacity(matched.len());
    let mut changed = Changed { inserted: Some(Vec::new()), deleted: Some(Vec::new()) };
    for row in matched {
        let Some(before) = old.get(&row.number) else { continue };
        let after = changed_row(cx, &target, &assignments, before, row.values)?;
        changed.deleted.get_or_insert_default().push(target.logical(before));
        changed.inserted.get_or_insert_default().push(target.logical(&after));
        changes.push(Change { number: Some(row.number), row: Some(after) });
    }
    let count = changes.len() as u64;
    if let Some(wait) = target.apply(cx, changes)? {
        return Ok(wait);
    }
    if let Some(wait) = returned_rows::output(cx, &statement.output, &target, &changed)? {
        return Ok(wait);
    }
    let kind = if returned_rows::returns_rows(&statement.output) {
        StatementKind::Select
    } else {
        StatementKind::Update
    };
    Ok(Flow::rows(kind, count))
}

fn assignments(cx: &Context<'_, '_>, target: &Target, statement: &Update) -> Result<Vec<Assigned>, SqlError> {
    let slot = |variable: &Variable| cx.slot(variable).map(|(slot, _)| slot);
    let mut found = Vec::new();
    let mut columns = HashSet::new();
    for assignment in &statement.assignments {
        let change = match assignment {
            Assignment::Column { column, operator, value } => Assigned {
                column: Some(settable(target, column)?),
                variable: None,
                value: compound(ExprKind::Column(column.clone()), *operator, value),
            },
            Assignment::Variable { variable, operator, value } => Assigned {
                column: None,
                variable: Some(slot(variable)?),
                value: variables::assigned_value(variable, *operator, value),
            },
            Assignment::VariableAndColumn { variable, column, operator, value } => Assigned {
                column: Some(settable(target, column)?),
                variable: Some(slot(variable)?),
                value: compound(ExprKind::Column(column.clone()), *operator, value),
            },
            Assignment::Method { method, .. } => {
                return Err(sql_error!(49901, format!("UPDATE … SET column.{}()", method.name)));
            }
        };
        if let Some(column) = change.column
            && !columns.insert(column)
        {
            return Err(sql_error!(264, target.columns[column].name));
        }
        found.push(change);
    }
    Ok(found)
}

/// A column that may be set: 8102 for the identity.
fn settable(target: &Target, column: &ObjectName) -> Result<usize, SqlError> {
    let name = Ident { name: column.object().to_owned(), quoted: false, line: column.line() };
    let position = target.position(&name)?;
    match target.columns[position].identity {
        Some(_) => Err(sql_error!(8102, name.name)),
        None => Ok(position),
    }
}

fn compound(left: ExprKind, operator: AssignOperator, value: &Expr) -> Expr {
    let AssignOperator::Compound(operator) = operator else { return value.clone() };
    let place = |kind| Expr { line: value.line, span: value.span.clone(), kind };
    let left = Box::new(place(left));
    place(ExprKind::Binary { operator, left, right: Box::new(value.clone()) })
}

/// The rows that the statement matches, each once, with the values to assign.
fn matched_rows(
    cx: &mut Context<'_, '_>,
    statement: &Update,
    assignments: &[Assigned],
) -> Result<Vec<Matched>, SqlError> {
    let filter = match &statement.filter {
        Some(DmlFilter::Condition(condition)) => Some(condition),
        _ => None,
    };
    cx.query(|context| {
        let with = statement.with.as_ref();
        let rows = query::bind_target_rows(context, with, &statement.target, &statement.from, filter)?;
        let scope = Scope::new((*rows.sources).clone(), None);
        let bind = |assignment: &Assigned| match assignment.value.kind {
            ExprKind::Default => Ok(None),
            _ => query::bind_scalar(context, &assignment.value, &scope).map(Some),
        };
        let scalars: Vec<_> = assignments.iter().map(bind).collect::<Result<_, SqlError>>()?;
        let evaluate = |row: &Row| -> Result<Vec<Typed>, SqlError> {
            let value = |scalar: &Option<query::Scalar>| match scalar {
                None => Ok(Typed { value: Value::Null, sql_type: duologue_types::SqlType::Int }),
                Some(scalar) => {
                    let value = scalar.evaluate(&Frame::of(row), context)?;
                    Ok(Typed { value, sql_type: scalar.sql_type })
                }
            };
            scalars.iter().map(value).collect()
        };
        let mut seen = HashSet::new();
        let mut matched = Vec::new();
        for row in rows.plan.run(context)? {
            let number = row_number(&row, rows.row_number);
            if seen.insert(number) {
                matched.push(Matched { number, values: evaluate(&row)? });
            }
        }
        Ok(matched)
    })
}

/// The number of a row that a plan has found.
pub(super) fn row_number(row: &Row, place: usize) -> u64 {
    match row.get(place) {
        Some(Value::BigInt(number)) => u64::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}

fn changed_row(
    cx: &mut Context<'_, '_>,
    target: &Target,
    assignments: &[Assigned],
    before: &StoredRow,
    values: Vec<Typed>,
) -> Result<StoredRow, SqlError> {
    let mut after = before.to_vec();
    after.resize(target.empty_row().len(), Value::Null);
    for (assignment, found) in assignments.iter().zip(values) {
        if let Some(column) = assignment.column {
            after[target.columns[column].place] = match assignment.value.kind {
                ExprKind::Default => target.default_value(cx, column)?,
                _ => target.stored_value(column, &found)?,
            };
        }
        if let Some(slot) = assignment.variable
            && let Some(declared) = cx.frame.variables.scalar_type(slot)
        {
            let value = found.assigned_to(declared)?;
            cx.frame.variables.set(slot, value);
        }
    }
    target.check_nulls(&after, "UPDATE")?;
    Ok(after.into())
}
