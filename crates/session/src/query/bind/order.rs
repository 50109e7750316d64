//! ORDER BY, TOP, OFFSET and FETCH.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Expr, ExprKind, OrderItem, Query, Top};
use duologue_types::{Family, SqlType, Value};

use super::items::{Item, ItemList};
use super::select::{limited, sorted};
use super::{Binder, BoundQuery, OutputColumn};
use crate::query::plan::{Limit, SortKey};
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::{Scope, same_name};

/// What stands behind a query's body.
#[derive(Clone, Copy, Default)]
pub(crate) struct OrderClause<'q> {
    pub(crate) items: &'q [OrderItem],
    pub(crate) offset: Option<&'q Expr>,
    pub(crate) fetch: Option<&'q Expr>,
}

impl Binder<'_> {
    /// Keys over the rows before the select list; with DISTINCT over those after it.
    pub(super) fn order_keys(
        &self,
        items: &[OrderItem],
        list: &ItemList,
        distinct: bool,
        scope: &Scope<'_>,
    ) -> Result<Vec<SortKey>, SqlError> {
        let key = |item: &OrderItem| {
            let scalar = self.order_key(&item.expr, list.rows(), scope)?;
            let scalar = if distinct { output_place(&scalar, list.rows())? } else { scalar };
            check_sortable(scalar.sql_type)?;
            Ok(SortKey { scalar, descending: item.descending })
        };
        let placed = |item: &OrderItem| key(item).map_err(|error: SqlError| error.at_line(item.expr.line));
        items.iter().map(placed).collect()
    }

    /// A position, a name of the select list, or any expression.
    fn order_key(&self, expr: &Expr, items: &[Item], scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        match &expr.kind {
            ExprKind::Literal(Value::Int(position)) => {
                let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
                let item = index.and_then(|index| items.get(index));
                return item.map(|item| item.scalar.clone()).ok_or_else(|| sql_error!(108, position));
            }
            ExprKind::Literal(_) => return Err(sql_error!(408, 1)),
            ExprKind::Column(name) if name.parts.len() == 1 => {
                let mut named = items.iter().filter(|item| same_name(&item.name, name.object()));
                if let Some(first) = named.next() {
                    return match named.any(|other| other.scalar != first.scalar) {
                        true => Err(sql_error!(209, name.object())),
                        false => Ok(first.scalar.clone()),
                    };
                }
            }
            _ => {}
        }
        self.scalar(expr, scope)
    }

    /// The clauses behind a set operation: they see its output columns only (104).
    pub(super) fn order_output(
        &self,
        bound: BoundQuery,
        query: &Query,
        outer: &Scope<'_>,
    ) -> Result<BoundQuery, SqlError> {
        let key = |item: &OrderItem| {
            let index = output_index(&item.expr, &bound.columns)?;
            let column = &bound.columns[index].column;
            check_sortable(column.sql_type)?;
            let kind = ScalarKind::Column { depth: 0, index };
            let scalar = Scalar { collation: column.collation, ..Scalar::new(column.sql_type, kind) };
            Ok(SortKey { scalar, descending: item.descending })
        };
        let keys = query.order_by.iter().map(key).collect::<Result<Vec<_>, SqlError>>()?;
        let clause = OrderClause {
            items: &query.order_by,
            offset: query.offset.as_ref(),
            fetch: query.fetch.as_ref(),
        };
        let limit = self.limit(None, clause, &keys, outer)?;
        Ok(BoundQuery { plan: limited(sorted(bound.plan, keys), limit), columns: bound.columns })
    }

    /// TOP, or OFFSET and FETCH. Their expressions see what is around the query.
    pub(super) fn limit(
        &self,
        top: Option<&Top>,
        order: OrderClause<'_>,
        keys: &[SortKey],
        outer: &Scope<'_>,
    ) -> Result<Option<Limit>, SqlError> {
        if let Some(top) = top {
            let count = self.scalar(&top.count, outer)?;
            return Ok(Some(match (top.percent, top.with_ties) {
                (true, false) => Limit::Percent { percent: count },
                (true, true) => return Err(super::not_built("TOP (n) PERCENT WITH TIES")),
                (false, true) if keys.is_empty() => return Err(sql_error!(1062)),
                (false, true) => Limit::WithTies { count: whole(count)?, keys: keys.to_vec() },
                (false, false) => Limit::Top { count: whole(count)? },
            }));
        }
        let Some(offset) = order.offset else { return Ok(None) };
        let offset = whole(self.scalar(offset, outer)?)?;
        let fetch = order.fetch.map(|fetch| whole(self.scalar(fetch, outer)?)).transpose()?;
        Ok(Some(Limit::OffsetFetch { offset, fetch }))
    }
}

/// 1060: a number of rows is an integer.
fn whole(count: Scalar) -> Result<Scalar, SqlError> {
    let is_whole = count.sql_type.family() == Family::Integer
        || matches!(count.sql_type, SqlType::Decimal { scale: 0, .. })
        || count.is_null_literal();
    if is_whole { Ok(count) } else { Err(sql_error!(1060)) }
}

/// With DISTINCT only what is in the select list may order (145).
fn output_place(scalar: &Scalar, items: &[Item]) -> Result<Scalar, SqlError> {
    let index = items.iter().position(|item| item.scalar == *scalar).ok_or_else(|| sql_error!(145))?;
    Ok(Scalar { kind: ScalarKind::Column { depth: 0, index }, ..scalar.clone() })
}

fn output_index(expr: &Expr, columns: &[OutputColumn]) -> Result<usize, SqlError> {
    match &expr.kind {
        ExprKind::Literal(Value::Int(position)) => {
            let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
            index.filter(|index| *index < columns.len()).ok_or_else(|| sql_error!(108, position))
        }
        ExprKind::Column(name) if name.parts.len() == 1 => {
            let found = columns.iter().position(|output| same_name(&output.column.name, name.object()));
            found.ok_or_else(|| sql_error!(207, name.object()))
        }
        _ => Err(sql_error!(104)),
    }
    .map_err(|error: SqlError| error.at_line(expr.line))
}

fn check_sortable(sql_type: SqlType) -> Result<(), SqlError> {
    match sql_type.family() {
        Family::Xml => Err(sql_error!(305)),
        family if family.is_old_large_object() => Err(sql_error!(306)),
        _ => Ok(()),
    }
}
