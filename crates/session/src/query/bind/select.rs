//! One SELECT: FROM, WHERE, GROUP BY, HAVING, select list, DISTINCT, ORDER BY, TOP.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{GroupBy, GroupingElement, Query, Select, SelectItem};
use duologue_types::Family;

use super::items::{Item, ItemKind, ItemList};
use super::order::OrderClause;
use super::{Binder, BoundQuery, OutputColumn, not_built};
use crate::query::plan::{Limit, Plan, SortKey, Window};
use crate::query::scalar::{Predicate, Scalar, ScalarKind};
use crate::query::scope::{Clause, Grouping, Scope};
use crate::state::Slot;

/// `@variable = expression`, converted to the variable's type.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub slot: Slot,
    /// Its new value.
    pub value: Scalar,
}

/// What follows from a select list, ORDER BY and HAVING over one scope.
struct Lists {
    items: ItemList,
    order: Vec<SortKey>,
    having: Option<Predicate>,
    grouping: Option<Grouping>,
    windows: Vec<Window>,
}

/// A SELECT up to its select list: rows in order, and what to make of each.
struct BoundSelect {
    /// Rows before the select list.
    input: Plan,
    items: ItemList,
    order: Vec<SortKey>,
    limit: Option<Limit>,
    distinct: bool,
}

impl Binder<'_> {
    /// A SELECT that returns rows: 141 if it assigns variables.
    pub(super) fn select_rows(
        &self,
        select: &Select,
        query: &Query,
        outer: &Scope<'_>,
    ) -> Result<BoundQuery, SqlError> {
        let clause = OrderClause {
            items: &query.order_by,
            offset: query.offset.as_ref(),
            fetch: query.fetch.as_ref(),
        };
        self.select(select, clause, outer)?.into_rows()
    }

    /// A SELECT statement that assigns: its rows before the select list, and what is assigned for each.
    pub(crate) fn assigning_select(
        &self,
        select: &Select,
        query: &Query,
    ) -> Result<(Plan, Vec<Assignment>), SqlError> {
        if query.for_clause.is_some() {
            return Err(sql_error!(6819, "SELECT with assignments"));
        }
        let clause = OrderClause {
            items: &query.order_by,
            offset: query.offset.as_ref(),
            fetch: query.fetch.as_ref(),
        };
        self.select(select, clause, &Scope::empty())?.into_assignments()
    }

    pub(super) fn select_unordered(
        &self,
        select: &Select,
        outer: &Scope<'_>,
    ) -> Result<BoundQuery, SqlError> {
        self.select(select, OrderClause::default(), outer)?.into_rows()
    }

    fn select(
        &self,
        select: &Select,
        order: OrderClause<'_>,
        outer: &Scope<'_>,
    ) -> Result<BoundSelect, SqlError> {
        let from = self.from(&select.from, outer)?;
        let scope = Scope::new(from.sources, Some(outer));
        let mut input = from.plan;
        if let Some(filter) = &select.filter {
            let predicate = self.condition(filter, &scope)?;
            input = Plan::Filter { input: Box::new(input), predicate };
        }
        let lists = self.lists_grouped_or_not(select, order, &scope)?;
        if let Some(grouping) = lists.grouping {
            let Grouping { keys, aggregates, .. } = grouping;
            input = Plan::Aggregate { input: Box::new(input), keys, aggregates };
        }
        if let Some(predicate) = lists.having {
            input = Plan::Filter { input: Box::new(input), predicate };
        }
        if !lists.windows.is_empty() {
            input = Plan::Window { input: Box::new(input), windows: lists.windows };
        }
        let limit = self.limit(select.top.as_ref(), order, &lists.order, outer)?;
        Ok(BoundSelect { input, items: lists.items, order: lists.order, limit, distinct: select.distinct })
    }

    /// A select list with an aggregate groups all rows into one, even without GROUP BY.
    fn lists_grouped_or_not(
        &self,
        select: &Select,
        order: OrderClause<'_>,
        scope: &Scope<'_>,
    ) -> Result<Lists, SqlError> {
        let keys = match &select.group_by {
            Some(group_by) => self.group_keys(group_by, scope)?,
            None => Vec::new(),
        };
        if select.group_by.is_none() && select.having.is_none() {
            let plain = scope.with_windows();
            let lists = self.lists(select, order, &plain);
            if !plain.wants_grouping() {
                return lists;
            }
        }
        self.lists(select, order, &scope.grouped(keys))
    }

    fn lists(&self, select: &Select, order: OrderClause<'_>, scope: &Scope<'_>) -> Result<Lists, SqlError> {
        scope.enter_clause(Clause::SelectList);
        let items = self.items(&select.items, scope)?;
        scope.enter_clause(Clause::OrderBy);
        let order = self.order_keys(order.items, &items, select.distinct, scope)?;
        scope.enter_clause(Clause::Having);
        let having = select.having.as_ref().map(|having| self.condition(having, scope)).transpose()?;
        Ok(Lists { items, order, having, grouping: scope.take_grouping(), windows: scope.take_windows() })
    }

    fn group_keys(&self, group_by: &GroupBy, scope: &Scope<'_>) -> Result<Vec<Scalar>, SqlError> {
        if group_by.all {
            return Err(not_built("GROUP BY ALL"));
        }
        let key = |element: &GroupingElement| match element {
            GroupingElement::Expr(expr) => {
                let key = self.scalar(expr, scope).map_err(no_aggregate)?;
                match key.sql_type.family() {
                    Family::Xml => Err(sql_error!(305)),
                    family if family.is_old_large_object() => Err(sql_error!(278)),
                    _ if matches!(key.kind, ScalarKind::Constant(_)) => Err(sql_error!(164)),
                    _ => Ok(key),
                }
                .map_err(|error: SqlError| error.at_line(expr.line))
            }
            GroupingElement::Rollup(_) => Err(not_built("ROLLUP")),
            GroupingElement::Cube(_) => Err(not_built("CUBE")),
            GroupingElement::GroupingSets(_) => Err(not_built("GROUPING SETS")),
        };
        group_by.elements.iter().map(key).collect()
    }

    /// Whether a select list assigns to variables; 141 where it does both.
    pub(crate) fn assigns(items: &[SelectItem]) -> Result<bool, SqlError> {
        let assignments = items.iter().filter(|item| matches!(item, SelectItem::Assign { .. })).count();
        match assignments {
            0 => Ok(false),
            _ if assignments == items.len() => Ok(true),
            _ => Err(sql_error!(141)),
        }
    }
}

/// 144: an aggregate in the GROUP BY list.
fn no_aggregate(error: SqlError) -> SqlError {
    if error.number == 147 { sql_error!(144).at_line(error.line) } else { error }
}

impl BoundSelect {
    /// The rows as the select list makes them.
    fn into_rows(self) -> Result<BoundQuery, SqlError> {
        let ItemKind::Rows(items) = self.items.kind else { return Err(sql_error!(141)) };
        let columns = items.iter().map(Item::output).collect();
        let scalars: Vec<Scalar> = items.into_iter().map(|item| item.scalar).collect();
        if !self.distinct {
            let plan = limited(sorted(self.input, self.order), self.limit);
            return Ok(BoundQuery {
                plan: Plan::Project { input: Box::new(plan), columns: scalars },
                columns,
            });
        }
        check_distinct(&columns)?;
        let collations = scalars.iter().map(|scalar| scalar.collation).collect();
        let project = Plan::Project { input: Box::new(self.input), columns: scalars };
        let distinct = Plan::Distinct { input: Box::new(project), collations };
        Ok(BoundQuery { plan: limited(sorted(distinct, self.order), self.limit), columns })
    }

    /// The rows before the select list, and the assignments that are made for each of them.
    fn into_assignments(self) -> Result<(Plan, Vec<Assignment>), SqlError> {
        match self.items.kind {
            ItemKind::Assignments(_) if self.distinct => Err(not_built("SELECT DISTINCT with assignments")),
            ItemKind::Assignments(assignments) => {
                Ok((limited(sorted(self.input, self.order), self.limit), assignments))
            }
            ItemKind::Rows(_) => Err(sql_error!(141)),
        }
    }
}

/// 421: values that don't compare.
fn check_distinct(columns: &[OutputColumn]) -> Result<(), SqlError> {
    let refused = columns
        .iter()
        .map(|output| output.column.sql_type)
        .find(|sql_type| sql_type.family() == Family::Xml || sql_type.family().is_old_large_object());
    refused.map_or(Ok(()), |sql_type| Err(sql_error!(421, sql_type.name())))
}

pub(super) fn sorted(plan: Plan, keys: Vec<SortKey>) -> Plan {
    if keys.is_empty() { plan } else { Plan::Sort { input: Box::new(plan), keys } }
}

pub(super) fn limited(plan: Plan, limit: Option<Limit>) -> Plan {
    match limit {
        Some(limit) => Plan::Top { input: Box::new(plan), limit },
        None => plan,
    }
}
