//! The user's transaction: nesting, names, savepoints, and what makes it unfit to be committed.

use duologue_broker::{Instance, Savepoint};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{Timestamp, TransactionId};

use crate::output::SessionChange;
use crate::session::Session;
use crate::state::TransactionState;

/// Savepoints of one transaction.
const MAX_SAVEPOINTS: usize = 10_000;

/// BEGIN TRANSACTION, until COMMIT or ROLLBACK.
#[derive(Debug)]
pub(crate) struct UserTransaction {
    pub(crate) id: TransactionId,
    /// Of the outermost BEGIN; names of inner ones mean nothing.
    name: Option<String>,
    /// With their places among the changes of temporary tables.
    savepoints: Vec<(String, Savepoint, usize)>,
    doomed: bool,
}

impl UserTransaction {
    /// As TDS names it: never 0.
    pub(crate) fn descriptor(&self) -> u64 {
        self.id.0
    }

    /// The last place among the changes of temporary tables to which it can be rolled back.
    pub(crate) fn temp_tables_mark(&self) -> usize {
        self.savepoints.last().map_or(0, |(_, _, mark)| *mark)
    }
}

impl Session {
    /// BEGIN TRANSACTION: the change to tell the client, if it is the outermost one.
    pub(crate) fn begin_transaction(
        &mut self,
        instance: &mut Instance,
        name: Option<String>,
    ) -> Option<SessionChange> {
        self.state.transaction_count += 1;
        if self.transaction.is_some() {
            return None;
        }
        let id = instance.begin(self.id());
        self.state.transaction_state = TransactionState::Active;
        let transaction =
            self.transaction.insert(UserTransaction { id, name, savepoints: Vec::new(), doomed: false });
        Some(SessionChange::TransactionBegun { descriptor: transaction.descriptor() })
    }

    /// COMMIT: only the outermost one commits. 3902 without transaction, 3930 in a doomed one.
    pub(crate) fn commit_transaction(
        &mut self,
        instance: &mut Instance,
        now: Timestamp,
    ) -> Result<Option<SessionChange>, SqlError> {
        let Some(open) = &self.transaction else { return Err(sql_error!(3902)) };
        if open.doomed {
            return Err(sql_error!(3930));
        }
        if self.state.transaction_count > 1 {
            self.state.transaction_count -= 1;
            return Ok(None);
        }
        let (id, descriptor) = (open.id, open.descriptor());
        self.committed = instance.commit(id, now);
        self.temp_tables.settle();
        self.forget_transaction();
        Ok(Some(SessionChange::TransactionCommitted { descriptor }))
    }

    /// ROLLBACK: everything, or to a savepoint. 3903 without transaction, 6401 for an unknown name, 3931 for a
    /// savepoint of a doomed one.
    pub(crate) fn roll_back_named(
        &mut self,
        instance: &mut Instance,
        now: Timestamp,
        name: Option<&str>,
    ) -> Result<Option<SessionChange>, SqlError> {
        let Some(open) = &mut self.transaction else { return Err(sql_error!(3903)) };
        let descriptor = open.descriptor();
        let whole = |name: &str| open.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        let Some(name) = name.filter(|name| !whole(name)) else {
            self.roll_back(instance, now);
            return Ok(Some(SessionChange::TransactionRolledBack { descriptor }));
        };
        let named = |(saved, _, _): &(String, Savepoint, usize)| saved.eq_ignore_ascii_case(name);
        let place = open.savepoints.iter().rposition(named).ok_or_else(|| sql_error!(6401, name))?;
        if open.doomed {
            return Err(sql_error!(3931));
        }
        open.savepoints.truncate(place + 1);
        let (_, start, mark) = open.savepoints[place];
        instance.rollback_to(open.id, start);
        self.temp_tables.undo_to(mark);
        Ok(None)
    }

    /// SAVE TRANSACTION: 628 without transaction, 3930 in a doomed one.
    pub(crate) fn save_transaction(&mut self, instance: &mut Instance, name: String) -> Result<(), SqlError> {
        let Some(open) = &mut self.transaction else { return Err(sql_error!(628)) };
        if open.doomed {
            return Err(sql_error!(3930));
        }
        if open.savepoints.len() >= MAX_SAVEPOINTS {
            return Err(sql_error!(49909, format!("a transaction has {MAX_SAVEPOINTS} savepoints")));
        }
        if let Some(place) = instance.savepoint(open.id) {
            open.savepoints.push((name, place, self.temp_tables.mark()));
        }
        Ok(())
    }

    /// Rolls everything back; says whether there was a transaction.
    pub(crate) fn roll_back(&mut self, instance: &mut Instance, now: Timestamp) -> bool {
        let Some(open) = &self.transaction else { return false };
        instance.rollback(open.id, now);
        self.temp_tables.undo_to(0);
        self.forget_transaction();
        true
    }

    fn forget_transaction(&mut self) {
        self.transaction = None;
        self.state.transaction_count = 0;
        self.state.transaction_state = TransactionState::None;
    }

    /// After an error that the transaction does not survive, inside TRY: it can only be rolled back.
    pub(crate) fn doom(&mut self) {
        if let Some(open) = &mut self.transaction {
            open.doomed = true;
            self.state.transaction_state = TransactionState::Doomed;
        }
    }

    pub(crate) fn is_doomed(&self) -> bool {
        self.transaction.as_ref().is_some_and(|open| open.doomed)
    }
}
