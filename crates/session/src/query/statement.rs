//! What an interpreter calls.

use std::sync::Arc;

use duologue_catalog::objects::Table;
use duologue_messages::SqlError;
use duologue_tsql::ast::{
    Condition, DataType, DmlTarget, Expr, ObjectName, Query, QueryBody, SelectItem, SelectStatement,
    TableSource, With,
};
use duologue_types::{DatabaseId, SqlType, Value};

use super::bind::{Assignment, Binder, BoundItems, GivenRowset, ItemKind, Position, TargetRows, built_in};
use super::context::QueryContext;
use super::evaluate::evaluate_all;
use super::frame::Frame;
use super::plan::{Plan, ResultColumn, Row};
use super::scalar::{Predicate, Scalar};
use super::scope::{Column, Scope};
use crate::state::Slot;

/// A query that returns rows.
#[derive(Debug)]
pub struct QueryPlan {
    /// The shape of its rows.
    pub columns: Vec<ResultColumn>,
    /// How to get them.
    pub plan: Plan,
}

/// A SELECT statement.
#[derive(Debug)]
pub struct SelectPlan {
    /// The shape of its rows; none when it assigns variables.
    pub columns: Vec<ResultColumn>,
    /// `INTO`: where the caller puts the rows.
    pub into: Option<ObjectName>,
    plan: Plan,
    /// For each row, in order; `None` when it returns rows.
    assignments: Option<Vec<Assignment>>,
}

/// A select list over rows that the caller has.
#[derive(Debug)]
pub struct ItemPlan {
    /// The shape of its rows; none when it assigns variables.
    pub columns: Vec<ResultColumn>,
    items: BoundItems,
}

/// What a select list made of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectOutcome {
    /// Rows to return.
    Rows(Vec<Row>),
    /// Variables as the last row left them; those that no row set are missing.
    Assigned {
        /// How many rows there were: `@@ROWCOUNT`.
        rows: i64,
        /// New values, of the variables' types.
        values: Vec<(Slot, Value)>,
    },
}

fn result_column(column: &Column) -> ResultColumn {
    ResultColumn { name: column.name.clone(), sql_type: column.sql_type, nullable: column.nullable }
}

/// Binds a SELECT. `given` are rowsets that it may name besides what the catalog has: `inserted`, `deleted`.
pub fn bind_select(
    context: &QueryContext<'_>,
    statement: &SelectStatement,
    given: &[GivenRowset],
) -> Result<SelectPlan, SqlError> {
    let binder = Binder::new(context).with(statement.with.as_ref())?.with_given(given);
    let query = &statement.query;
    if let QueryBody::Select(select) = &query.body
        && Binder::assigns(&select.items)?
    {
        let (plan, assignments) = binder.assigning_select(select, query)?;
        return Ok(SelectPlan { columns: Vec::new(), into: None, plan, assignments: Some(assignments) });
    }
    let bound = binder.query(query, &Scope::empty(), Position::Statement)?;
    let columns = bound.columns.iter().map(|output| result_column(&output.column)).collect();
    Ok(SelectPlan { columns, into: into_of(&query.body), plan: bound.plan, assignments: None })
}

/// INTO stands in the first SELECT.
fn into_of(body: &QueryBody) -> Option<ObjectName> {
    match body {
        QueryBody::Select(select) => select.into.clone(),
        QueryBody::SetOperation { first, .. } => into_of(first),
        QueryBody::Nested(query) => into_of(&query.body),
    }
}

/// Binds a query that returns rows: INSERT … SELECT, cursors.
pub fn bind_query(
    context: &QueryContext<'_>,
    with: Option<&With>,
    query: &Query,
    given: &[GivenRowset],
) -> Result<QueryPlan, SqlError> {
    let binder = Binder::new(context).with(with)?.with_given(given);
    let bound = binder.query(query, &Scope::empty(), Position::Statement)?;
    let columns = bound.columns.iter().map(|output| result_column(&output.column)).collect();
    Ok(QueryPlan { columns, plan: bound.plan })
}

impl QueryPlan {
    /// Its rows.
    pub fn run(&self, context: &QueryContext<'_>) -> Result<Vec<Row>, SqlError> {
        limited(&self.plan, context)
    }
}

impl SelectPlan {
    /// Whether it assigns variables instead of returning rows.
    pub fn assigns(&self) -> bool {
        self.assignments.is_some()
    }

    /// Runs it.
    pub fn run(&self, context: &QueryContext<'_>) -> Result<SelectOutcome, SqlError> {
        let rows = limited(&self.plan, context)?;
        match &self.assignments {
            None => Ok(SelectOutcome::Rows(rows)),
            Some(assignments) => assigned(assignments, &rows, context),
        }
    }
}

/// The rows of a plan, as many as SET ROWCOUNT lets through.
fn limited(plan: &Plan, context: &QueryContext<'_>) -> Result<Vec<Row>, SqlError> {
    match usize::try_from(context.session.options.row_count) {
        Ok(0) | Err(_) => plan.run(context),
        Ok(limit) => plan.open(context, None)?.take(limit).collect(),
    }
}

/// Each row sees what the one before it assigned.
fn assigned(
    assignments: &[Assignment],
    rows: &[Row],
    context: &QueryContext<'_>,
) -> Result<SelectOutcome, SqlError> {
    let mut variables = context.variables.clone();
    for row in rows {
        for assignment in assignments {
            let present = context.with_variables(&variables);
            let value = assignment.value.evaluate(&Frame::of(row), &present)?;
            drop(present);
            variables.set(assignment.slot, value);
        }
    }
    let changed = assignments.iter().filter(|_| !rows.is_empty());
    let values =
        changed.map(|assignment| (assignment.slot, variables.value(assignment.slot).clone())).collect();
    Ok(SelectOutcome::Assigned { rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), values })
}

/// Binds a select list over rows of `scope`.
pub fn bind_items(
    context: &QueryContext<'_>,
    items: &[SelectItem],
    scope: &Scope<'_>,
) -> Result<ItemPlan, SqlError> {
    let items = Binder::new(context).items(items, scope)?;
    let columns = match &items.kind {
        ItemKind::Assignments(_) => Vec::new(),
        ItemKind::Rows(items) => items.iter().map(|item| result_column(&item.output().column)).collect(),
    };
    Ok(ItemPlan { columns, items })
}

impl ItemPlan {
    /// Whether it assigns variables instead of returning rows.
    pub fn assigns(&self) -> bool {
        matches!(self.items.kind, ItemKind::Assignments(_))
    }

    /// Applies it to rows of its scope.
    pub fn run(&self, context: &QueryContext<'_>, rows: &[Row]) -> Result<SelectOutcome, SqlError> {
        match &self.items.kind {
            ItemKind::Assignments(assignments) => assigned(assignments, rows, context),
            ItemKind::Rows(items) => {
                let scalars: Vec<Scalar> = items.iter().map(|item| item.scalar.clone()).collect();
                let make = |row: &Row| evaluate_all(&scalars, &Frame::of(row), context);
                rows.iter().map(make).collect::<Result<_, _>>().map(SelectOutcome::Rows)
            }
        }
    }
}

/// Binds an expression over rows of `scope`.
pub fn bind_scalar(context: &QueryContext<'_>, expr: &Expr, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
    Binder::new(context).scalar(expr, scope)
}

/// Binds a condition over rows of `scope`.
pub fn bind_condition(
    context: &QueryContext<'_>,
    condition: &Condition,
    scope: &Scope<'_>,
) -> Result<Predicate, SqlError> {
    Binder::new(context).condition(condition, scope)
}

/// The value of an expression without any row, and its type.
pub fn evaluate_scalar(context: &QueryContext<'_>, expr: &Expr) -> Result<(Value, SqlType), SqlError> {
    let scalar = bind_scalar(context, expr, &Scope::empty())?;
    Ok((scalar.evaluate(&Frame::default(), context)?, scalar.sql_type))
}

/// True, false, or `None` for unknown.
pub fn evaluate_condition(
    context: &QueryContext<'_>,
    condition: &Condition,
) -> Result<Option<bool>, SqlError> {
    bind_condition(context, condition, &Scope::empty())?.evaluate(&Frame::default(), context)
}

/// The rows that an UPDATE or DELETE changes: `target [FROM from] [WHERE filter]`.
pub fn bind_target_rows(
    context: &QueryContext<'_>,
    with: Option<&With>,
    target: &DmlTarget,
    from: &[TableSource],
    filter: Option<&Condition>,
) -> Result<TargetRows, SqlError> {
    Binder::new(context).with(with)?.target_rows(target, from, filter)
}

/// The table that a data statement names, and its database: 208 for nothing of that name, 416 for a queue, 259 for a
/// catalog view. Permissions are the caller's to check.
pub fn changeable_table(
    context: &QueryContext<'_>,
    name: &ObjectName,
) -> Result<(Arc<Table>, DatabaseId), SqlError> {
    Binder::new(context).changeable_table(name)
}

/// The type of a variable or parameter; 243 for a name that is no type.
pub fn data_type(data_type: &DataType) -> Result<SqlType, SqlError> {
    built_in(data_type)
}
