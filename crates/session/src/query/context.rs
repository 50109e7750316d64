//! What a query reads: the instance as its transaction sees it, who asks, variables, the moment, randomness.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use duologue_catalog::permissions::SecurityContext;
use duologue_catalog::{Catalog, Database};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, Guid, Timestamp};
use duologue_xml::NodeRef;

use super::plan::{Plan, Row};
use super::snapshot::Snapshot;
use crate::state::{SessionState, Variables};

/// Rows that the operators of one statement may pass on together: the instance waits while a query runs.
const MAX_WORK: u64 = if cfg!(test) { 100_000 } else { 5_000_000 };
/// Rows that one operator may keep.
pub(crate) const MAX_KEPT_ROWS: usize = 2_000_000;

/// Everything that binding and running a query needs.
#[derive(Clone)]
pub struct QueryContext<'a> {
    /// The instance as the statement's transaction sees it.
    pub snapshot: &'a dyn Snapshot,
    /// Whose rights count, and the current database.
    pub security: &'a SecurityContext,
    /// Options, identity, the last statement's outcome.
    pub session: &'a SessionState,
    /// Local variables.
    pub variables: &'a Variables,
    /// The statement's moment: every GETDATE() of it.
    pub now: Timestamp,
    /// Fills bytes at random: NEWID, RAND.
    pub random: &'a dyn Fn(&mut [u8]),
    work: Rc<Work>,
}

/// What one statement has done so far.
#[derive(Default)]
struct Work {
    rows: Cell<u64>,
    /// Nodes that `nodes()` has found; rows name them by their place here.
    nodes: RefCell<Vec<NodeRef>>,
    /// Rows of subqueries that don't depend on the row outside, by the address of their plan.
    subqueries: RefCell<HashMap<*const Plan, Rc<[Row]>>>,
}

impl<'a> QueryContext<'a> {
    /// The context of one statement.
    pub fn new(
        snapshot: &'a dyn Snapshot,
        security: &'a SecurityContext,
        session: &'a SessionState,
        variables: &'a Variables,
        now: Timestamp,
        random: &'a dyn Fn(&mut [u8]),
    ) -> Self {
        Self { snapshot, security, session, variables, now, random, work: Rc::default() }
    }

    /// The same with other values of the variables: what subqueries found before does not count any more.
    pub(crate) fn with_variables<'b>(&'b self, variables: &'b Variables) -> QueryContext<'b> {
        self.work.subqueries.borrow_mut().clear();
        QueryContext { variables, ..self.clone() }
    }

    /// The catalog as the transaction sees it.
    pub fn catalog(&self) -> &'a Catalog {
        self.snapshot.catalog()
    }

    /// The current database's id.
    pub fn database_id(&self) -> DatabaseId {
        self.security.database
    }

    /// The current database; 911 if it is gone.
    pub fn database(&self) -> Result<&'a Database, SqlError> {
        let found = self.catalog().database(self.security.database);
        found.map(|database| &**database).ok_or_else(|| sql_error!(911, self.security.database))
    }

    /// The context of the caller in another database, named in a statement: 911 when there is none, 916 when he may
    /// not enter it.
    pub fn security_in(&self, database: Option<&str>) -> Result<SecurityContext, SqlError> {
        let Some(name) = database else { return Ok(self.security.clone()) };
        let found = self.catalog().require_database(name)?;
        if found.settings.id == self.security.database {
            return Ok(self.security.clone());
        }
        self.security.enter(self.catalog(), found.settings.id)
    }

    /// A new random GUID.
    pub(crate) fn new_guid(&self) -> Guid {
        let mut bytes = [0; 16];
        (self.random)(&mut bytes);
        Guid::from_random(bytes)
    }

    /// Counts one row; 49909 when the statement has handled too many.
    pub(crate) fn count_row(&self) -> Result<(), SqlError> {
        let rows = self.work.rows.get() + 1;
        self.work.rows.set(rows);
        if rows > MAX_WORK {
            return Err(sql_error!(49909, format!("the statement handled {MAX_WORK} rows")));
        }
        Ok(())
    }

    /// Keeps a node; returns the number by which rows name it.
    pub(crate) fn keep_node(&self, node: NodeRef) -> i64 {
        let mut nodes = self.work.nodes.borrow_mut();
        nodes.push(node);
        i64::try_from(nodes.len() - 1).unwrap_or(i64::MAX)
    }

    /// The node with that number.
    pub(crate) fn node(&self, number: i64) -> Option<NodeRef> {
        let index = usize::try_from(number).ok()?;
        self.work.nodes.borrow().get(index).cloned()
    }

    /// Rows of an independent subquery, run at most once.
    pub(crate) fn rows_once(
        &self,
        plan: *const Plan,
        run: impl FnOnce() -> Result<Vec<Row>, SqlError>,
    ) -> Result<Rc<[Row]>, SqlError> {
        if let Some(rows) = self.work.subqueries.borrow().get(&plan) {
            return Ok(rows.clone());
        }
        let rows: Rc<[Row]> = run()?.into();
        self.work.subqueries.borrow_mut().insert(plan, rows.clone());
        Ok(rows)
    }
}

/// 49909 for an operator that keeps too many rows.
pub(crate) fn check_kept(rows: usize) -> Result<(), SqlError> {
    if rows > MAX_KEPT_ROWS {
        return Err(sql_error!(49909, format!("an operator of the query keeps {MAX_KEPT_ROWS} rows")));
    }
    Ok(())
}
