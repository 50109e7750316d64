//! Select lists: of SELECT, RECEIVE and OUTPUT.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{AssignOperator, Expr, ExprKind, ObjectName, SelectItem, Variable};

use super::expression::{binary, operator_of};
use super::select::Assignment;
use super::{Binder, OutputColumn};
use crate::query::conversion::coerce;
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::{Column, ColumnKind, Scope};

/// One item that returns a value.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) scalar: Scalar,
    /// Empty for an expression without alias.
    pub(crate) name: String,
}

/// What a select list does.
#[derive(Clone, Debug)]
pub(crate) enum ItemKind {
    Rows(Vec<Item>),
    Assignments(Vec<Assignment>),
}

/// A bound select list.
#[derive(Clone, Debug)]
pub(crate) struct ItemList {
    pub(crate) kind: ItemKind,
}

/// A select list over rows that the caller has: RECEIVE, OUTPUT.
pub(crate) type BoundItems = ItemList;

impl Item {
    pub(crate) fn output(&self) -> OutputColumn {
        let scalar = &self.scalar;
        let column = Column {
            name: self.name.clone(),
            sql_type: scalar.sql_type,
            nullable: scalar.nullable,
            collation: scalar.collation,
            kind: ColumnKind::Value,
        };
        OutputColumn { column, is_untyped: scalar.is_null_literal() }
    }
}

impl ItemList {
    pub(super) fn rows(&self) -> &[Item] {
        match &self.kind {
            ItemKind::Rows(items) => items,
            ItemKind::Assignments(_) => &[],
        }
    }
}

impl Binder<'_> {
    /// The items over `scope`'s rows.
    pub(crate) fn items(&self, items: &[SelectItem], scope: &Scope<'_>) -> Result<ItemList, SqlError> {
        if Self::assigns(items)? {
            let bind = |item: &SelectItem| match item {
                SelectItem::Assign { variable, operator, value } => {
                    self.assignment(variable, *operator, value, scope)
                }
                _ => Err(sql_error!(141)),
            };
            let assignments = items.iter().map(bind).collect::<Result<_, _>>()?;
            return Ok(ItemList { kind: ItemKind::Assignments(assignments) });
        }
        let mut bound = Vec::new();
        for item in items {
            match item {
                SelectItem::Star { qualifier, line } => {
                    let stars = star(qualifier.as_ref(), scope).map_err(|error| error.at_line(*line))?;
                    bound.extend(stars);
                }
                SelectItem::Expr { expr, alias } => {
                    let name = match alias {
                        Some(alias) => alias.name.clone(),
                        None => own_name(expr, scope),
                    };
                    bound.push(Item { scalar: self.scalar(expr, scope)?, name });
                }
                SelectItem::Assign { .. } => return Err(sql_error!(141)),
            }
        }
        Ok(ItemList { kind: ItemKind::Rows(bound) })
    }

    /// `@v = value`; a compound operator takes the variable's present value.
    pub(crate) fn assignment(
        &self,
        variable: &Variable,
        operator: AssignOperator,
        value: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Assignment, SqlError> {
        let found = self.context.variables.require_scalar(&variable.name);
        let (slot, sql_type) = found.map_err(|error| error.at_line(variable.line))?;
        let value = self.scalar(value, scope)?;
        let value = match operator {
            AssignOperator::Assign => value,
            AssignOperator::Compound(operator) => {
                binary(operator_of(operator), Scalar::new(sql_type, ScalarKind::Variable(slot)), value)?
            }
        };
        let value = coerce(value, sql_type).map_err(|error| error.at_line(variable.line))?;
        Ok(Assignment { slot, value })
    }
}

/// A column keeps its name, as the source writes it.
fn own_name(expr: &Expr, scope: &Scope<'_>) -> String {
    match &expr.kind {
        ExprKind::Column(name) => scope.declared_name(name).unwrap_or_else(|| name.object().to_owned()),
        _ => String::new(),
    }
}

/// `*` or `source.*`: 107 for an unknown source, 263 without any.
fn star(qualifier: Option<&ObjectName>, scope: &Scope<'_>) -> Result<Vec<Item>, SqlError> {
    if scope.sources.is_empty() {
        return Err(sql_error!(263));
    }
    let parts: Vec<&str> =
        qualifier.map(|name| name.parts.iter().map(|part| part.name.as_str()).collect()).unwrap_or_default();
    let mut items = Vec::new();
    let mut is_known = false;
    for source in scope.sources.iter().filter(|source| source.matches(&parts)) {
        is_known = true;
        for (index, column) in source.columns.iter().enumerate() {
            if column.kind != ColumnKind::RowNumber {
                items.push(Item { scalar: scope.column_at(source, index)?, name: column.name.clone() });
            }
        }
    }
    if is_known { Ok(items) } else { Err(sql_error!(107, parts.join("."))) }
}
