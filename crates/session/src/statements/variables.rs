//! DECLARE and SET of variables, and the shape of table variables.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    AssignOperator, ColumnConstraintKind, ColumnDefinition, ColumnKind, Declaration, DeclarationKind, Expr,
    ExprKind, RegularColumn, SetVariable, SetVariableKind, TableConstraintKind, TableDefinition, Variable,
};

use super::not_built;
use crate::execution::{Context, Flow, StatementResult, sql_type};
use crate::state::{TableColumn, TableVariable};

/// `DECLARE`: the variables exist since the batch began; what runs is `= value`.
pub(super) fn declare(cx: &mut Context<'_, '_>, declarations: &[Declaration]) -> StatementResult {
    let mut assigned = false;
    for declaration in declarations {
        if let DeclarationKind::Scalar { value: Some(value), .. } = &declaration.kind {
            let found = cx.evaluate(value)?;
            cx.assign(&declaration.variable, &found)?;
            assigned = true;
        }
    }
    Ok(if assigned { Flow::assigned(1) } else { Flow::untraced() })
}

/// `SET @v = …`.
pub(super) fn set(cx: &mut Context<'_, '_>, statement: &SetVariable) -> StatementResult {
    match &statement.kind {
        SetVariableKind::Assign { operator, value } => {
            let found = cx.evaluate(&assigned_value(&statement.variable, *operator, value))?;
            cx.assign(&statement.variable, &found)?;
            Ok(Flow::assigned(1))
        }
        SetVariableKind::Cursor(_) => not_built("SET @cursor = CURSOR"),
        SetVariableKind::Method { method, .. } => not_built(&format!("SET @variable.{}()", method.name)),
    }
}

/// The value that an assignment assigns: `@v += x` assigns `@v + x`.
pub(super) fn assigned_value(variable: &Variable, operator: AssignOperator, value: &Expr) -> Expr {
    let AssignOperator::Compound(operator) = operator else { return value.clone() };
    let place = |kind| Expr { line: value.line, span: value.span.clone(), kind };
    let left = Box::new(place(ExprKind::Variable(variable.name.clone())));
    place(ExprKind::Binary { operator, left, right: Box::new(value.clone()) })
}

/// The table behind `DECLARE @t TABLE (…)`.
pub(crate) fn table_variable(definition: &TableDefinition) -> Result<TableVariable, SqlError> {
    let mut columns = Vec::new();
    let mut unique_keys = Vec::new();
    for column in &definition.columns {
        let ColumnKind::Regular(regular) = &column.kind else {
            return Err(sql_error!(49901, "a computed column"));
        };
        if let Some(key) = column_key(column, columns.len()) {
            unique_keys.push(key);
        }
        columns.push(table_column(column, regular)?);
    }
    for constraint in &definition.constraints {
        let named = match &constraint.kind {
            TableConstraintKind::PrimaryKey { columns, .. } | TableConstraintKind::Unique { columns, .. } => {
                columns
            }
            _ => return Err(sql_error!(49901, "a CHECK or FOREIGN KEY constraint")),
        };
        let place = |name: &str| {
            columns.iter().position(|column: &TableColumn| column.name.eq_ignore_ascii_case(name))
        };
        let key =
            named.iter().map(|part| place(&part.name.name).ok_or_else(|| sql_error!(1911, part.name.name)));
        let key: Vec<usize> = key.collect::<Result<_, _>>()?;
        if matches!(constraint.kind, TableConstraintKind::PrimaryKey { .. }) {
            key.iter().for_each(|column| columns[*column].nullable = false);
        }
        unique_keys.push(key);
    }
    Ok(TableVariable { columns: columns.into(), unique_keys: unique_keys.into(), ..TableVariable::default() })
}

fn column_key(column: &ColumnDefinition, position: usize) -> Option<Vec<usize>> {
    let is_key = |kind: &ColumnConstraintKind| {
        matches!(kind, ColumnConstraintKind::PrimaryKey { .. } | ColumnConstraintKind::Unique { .. })
    };
    column.constraints.iter().any(|constraint| is_key(&constraint.kind)).then(|| vec![position])
}

fn table_column(column: &ColumnDefinition, regular: &RegularColumn) -> Result<TableColumn, SqlError> {
    let mut default = None;
    let mut primary = false;
    for constraint in &column.constraints {
        match &constraint.kind {
            ColumnConstraintKind::Default(value) => default = Some(value.clone()),
            ColumnConstraintKind::PrimaryKey { .. } => primary = true,
            ColumnConstraintKind::Unique { .. } => {}
            ColumnConstraintKind::Check(_) | ColumnConstraintKind::References(_) => {
                return Err(sql_error!(49901, "a CHECK or FOREIGN KEY constraint"));
            }
        }
    }
    Ok(TableColumn {
        name: column.name.name.clone(),
        sql_type: sql_type(&regular.data_type)?,
        nullable: regular.nullable.unwrap_or(true) && !primary && regular.identity.is_none(),
        identity: regular.identity.as_ref().map(identity),
        default,
    })
}

/// Seed and increment, within `bigint`.
pub(super) fn identity(identity: &duologue_tsql::ast::Identity) -> (i64, i64) {
    let narrow = |number: i128| i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX });
    (narrow(identity.seed), narrow(identity.increment))
}
