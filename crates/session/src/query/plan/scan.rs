//! What is stored or shown as rows.

use std::sync::Arc;

use duologue_catalog::{Database, SecurityContext};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, ObjectId, Value};

use super::{Row, Rows, ready};
use crate::query::context::QueryContext;
use crate::query::queue_rows::queue_row;
use crate::state::Slot;
use crate::views::{View, ViewContext};

/// Where rows come from.
#[derive(Clone, Debug)]
pub enum Scan {
    /// A catalog view, in the database of the security context.
    View {
        /// Which one.
        view: &'static View,
        /// The caller in that database.
        security: Box<SecurityContext>,
    },
    /// A user table; its row's number follows its columns.
    Table {
        /// Its database.
        database: DatabaseId,
        /// Its id.
        table: ObjectId,
        /// Places of its columns in a stored row.
        places: Arc<[usize]>,
    },
    /// A queue.
    Queue {
        /// Its database.
        database: DatabaseId,
        /// Its id.
        queue: ObjectId,
    },
    /// A table variable; its row's number follows its columns.
    Variable(Slot),
    /// Rows that the caller has: `inserted` and `deleted`.
    Given(Arc<Vec<Row>>),
}

impl Scan {
    pub(super) fn open<'a>(&'a self, context: &'a QueryContext<'_>) -> Result<Rows<'a>, SqlError> {
        match self {
            Self::View { view, security } => {
                let database = database_of(context, security.database)?;
                let view_context = ViewContext { query: context, database, security };
                Ok(ready((view.rows)(&view_context)?))
            }
            Self::Table { database, table, places } => {
                let rows = context.snapshot.table_rows(*database, *table);
                let numbered = |(number, row): (u64, Arc<[Value]>)| {
                    context.count_row()?;
                    Ok(table_row(&row, places, number))
                };
                Ok(Box::new(rows.into_iter().map(numbered)))
            }
            Self::Queue { database, queue } => {
                let found = database_of(context, *database)?;
                let messages = context.snapshot.queue_messages(*database, *queue);
                Ok(Box::new(messages.map(move |message| {
                    context.count_row()?;
                    Ok(queue_row(&message?, found))
                })))
            }
            Self::Variable(slot) => {
                let rows = context.variables.table(*slot).map(|table| table.rows.clone()).unwrap_or_default();
                let numbered = |(number, row): (usize, &Arc<[Value]>)| {
                    row.iter().cloned().chain([Value::BigInt(number as i64)]).collect()
                };
                Ok(ready(rows.iter().enumerate().map(numbered).collect()))
            }
            Self::Given(rows) => Ok(Box::new(rows.iter().cloned().map(Ok))),
        }
    }
}

fn database_of<'a>(context: &'a QueryContext<'_>, id: DatabaseId) -> Result<&'a Database, SqlError> {
    context.catalog().database(id).map(|found| &**found).ok_or_else(|| sql_error!(911, id))
}

fn table_row(stored: &[Value], places: &[usize], number: u64) -> Row {
    let value = |place: &usize| stored.get(*place).cloned().unwrap_or_default();
    let number = Value::BigInt(i64::try_from(number).unwrap_or(i64::MAX));
    places.iter().map(value).chain([number]).collect()
}
