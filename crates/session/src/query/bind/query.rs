//! Queries: a body with its ORDER BY, OFFSET and FOR clauses.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{ForClause, Query, QueryBody};

use super::{Binder, BoundQuery, Position, not_built};
use crate::query::scope::Scope;

impl Binder<'_> {
    /// A query that returns rows. `outer` is what it sees of the query around it.
    pub(crate) fn query(
        &self,
        query: &Query,
        outer: &Scope<'_>,
        position: Position,
    ) -> Result<BoundQuery, SqlError> {
        self.check_order(query, position)?;
        let bound = self.ordered(query, outer)?;
        match &query.for_clause {
            None | Some(ForClause::Browse) => Ok(bound),
            Some(ForClause::Xml(clause)) => self.for_xml(bound, query, clause),
            Some(ForClause::Json(_)) => Err(not_built("FOR JSON")),
        }
    }

    /// Within another query ORDER BY only serves TOP, OFFSET or FOR XML (1033).
    fn check_order(&self, query: &Query, position: Position) -> Result<(), SqlError> {
        let serves = query.offset.is_some()
            || query.for_clause.is_some()
            || matches!(&query.body, QueryBody::Select(select) if select.top.is_some());
        if position == Position::Inside && !query.order_by.is_empty() && !serves {
            return Err(sql_error!(1033).at_line(query.line));
        }
        Ok(())
    }

    fn ordered(&self, query: &Query, outer: &Scope<'_>) -> Result<BoundQuery, SqlError> {
        match &query.body {
            QueryBody::Select(select) => self.select_rows(select, query, outer),
            QueryBody::Nested(inner) if query.order_by.is_empty() => {
                self.query(inner, outer, Position::Inside)
            }
            body => {
                let bound = self.body(body, outer)?;
                self.order_output(bound, query, outer)
            }
        }
    }

    /// An operand of a set operation, or a query in parentheses.
    pub(super) fn body(&self, body: &QueryBody, outer: &Scope<'_>) -> Result<BoundQuery, SqlError> {
        match body {
            QueryBody::Select(select) => self.select_unordered(select, outer),
            QueryBody::Nested(query) => self.query(query, outer, Position::Inside),
            QueryBody::SetOperation { first, rest } => self.set_operations(first, rest, outer),
        }
    }
}
