//! From the syntax tree to plans: names are looked up, types decided, conversions inserted. One file for each kind of
//! clause.

mod aggregate;
mod column_list;
mod condition;
mod data_target;
mod expression;
mod for_xml;
mod from;
mod function;
mod items;
mod order;
mod query;
mod select;
mod set_operation;
mod table;
mod window;
mod xml_method;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast;

use super::context::QueryContext;
use super::plan::{Plan, Row};
use super::scope::Column;

pub use data_target::TargetRows;
pub(crate) use expression::built_in;
pub(crate) use items::{BoundItems, ItemKind};
pub use select::Assignment;

/// Rows that a statement has under a name: `inserted` and `deleted`.
#[derive(Clone, Debug)]
pub struct GivenRowset {
    /// The name that stands for them.
    pub name: String,
    /// Their columns.
    pub columns: Arc<[Column]>,
    /// The rows.
    pub rows: Arc<Vec<Row>>,
}

/// Binds the parts of one statement.
pub(crate) struct Binder<'a> {
    context: &'a QueryContext<'a>,
    /// Common table expressions; each sees those before it.
    common_tables: &'a [ast::CommonTable],
    xml_namespaces: &'a [ast::XmlNamespace],
    given: &'a [GivenRowset],
    /// Expressions and tables bound so far.
    bound: Rc<Cell<u32>>,
}

/// Expressions and tables that one statement may bind: nested common table expressions multiply.
const MAX_BOUND: u32 = 200_000;

/// A bound query.
pub(crate) struct BoundQuery {
    pub(crate) plan: Plan,
    pub(crate) columns: Vec<OutputColumn>,
}

/// A column of a query's result.
pub(crate) struct OutputColumn {
    pub(crate) column: Column,
    /// The word NULL: its type is whatever it meets.
    pub(crate) is_untyped: bool,
}

/// Where a query stands, which decides about ORDER BY.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// A statement of its own, or the source of an INSERT.
    Statement,
    /// Within another query.
    Inside,
}

impl<'a> Binder<'a> {
    pub(crate) fn new(context: &'a QueryContext<'a>) -> Self {
        Self { context, common_tables: &[], xml_namespaces: &[], given: &[], bound: Rc::default() }
    }

    /// The same with the statement's WITH clause: 239 for a name that stands there twice.
    pub(crate) fn with(self, with: Option<&'a ast::With>) -> Result<Self, SqlError> {
        let Some(with) = with else { return Ok(self) };
        for (index, table) in with.common_tables.iter().enumerate() {
            if with.common_tables[..index].iter().any(|other| other.name.is(&table.name.name)) {
                return Err(sql_error!(239, table.name.name).at_line(table.name.line));
            }
        }
        Ok(Self { common_tables: &with.common_tables, xml_namespaces: &with.xml_namespaces, ..self })
    }

    /// Counts one expression or table; 8623 for too many.
    fn count(&self) -> Result<(), SqlError> {
        self.bound.set(self.bound.get() + 1);
        if self.bound.get() > MAX_BOUND { Err(sql_error!(8623)) } else { Ok(()) }
    }

    /// The same with rows that only this statement sees.
    pub(crate) fn with_given(self, given: &'a [GivenRowset]) -> Self {
        Self { given, ..self }
    }
}

/// 49901: recognised, not built.
pub(crate) fn not_built(what: &str) -> SqlError {
    sql_error!(49901, what)
}
