//! A transaction: what it has decided and nobody else may see yet.
//!
//! Statements change drafts and lists here; [`crate::Instance::commit`] applies them to the shared state in one
//! step and writes one batch. Each change leaves an entry in the undo log, so that a statement, a savepoint or the
//! whole transaction can be taken back.

mod locks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duologue_catalog::CatalogDraft;
use duologue_catalog::ddl::{Effect, EventFact};
use duologue_types::{ConversationHandle, DatabaseId, ObjectId, SessionId, Value};

pub use locks::Resource;
pub(crate) use locks::{Acquired, LockTable};

use crate::conversations::{Endpoint, LocalHalf};
use crate::key_changes::KeyChange;
use crate::transmission::OutgoingMessage;

/// A queue or table of a database.
pub type ObjectKey = (DatabaseId, ObjectId);

/// A table row as stored: one value for each column id, from column 1.
pub type Row = Arc<[Value]>;

/// Rows that a transaction has put or deleted in one table.
pub(crate) type RowChanges = BTreeMap<u64, Option<Row>>;

/// An endpoint's local half as a transaction leaves it.
#[derive(Clone, Debug)]
pub(crate) struct EndpointDraft {
    /// The half.
    pub local: LocalHalf,
    /// END CONVERSATION WITH CLEANUP.
    pub cleanup: bool,
    /// Whether the transaction set the timer: if not, one that fires meanwhile must not come back.
    pub sets_timer: bool,
}

/// An event that the transaction raised: posted when it commits.
#[derive(Clone, Debug)]
pub(crate) struct RaisedEvent {
    /// The database it happened in; `None` for the server's.
    pub database: Option<DatabaseId>,
    /// What happened.
    pub fact: EventFact,
    /// `EVENT_INSTANCE` document, made when it was raised.
    pub document: Arc<str>,
}

/// A place in a transaction to which it can be rolled back.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint {
    undo: usize,
    sends: usize,
    effects: usize,
    events: usize,
    key_changes: usize,
}

/// How to take one change back.
#[derive(Debug)]
enum Undo {
    Draft(ConversationHandle, Option<EndpointDraft>),
    Created(ConversationHandle),
    Taken(ObjectKey, u64),
    Catalog(Option<Box<CatalogDraft>>),
    Row(ObjectKey, u64, Option<Option<Row>>),
}

/// An open transaction.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// The session it belongs to.
    pub session: SessionId,
    pub(crate) drafts: BTreeMap<ConversationHandle, EndpointDraft>,
    pub(crate) created: BTreeMap<ConversationHandle, Endpoint>,
    pub(crate) sends: Vec<(ConversationHandle, OutgoingMessage)>,
    pub(crate) taken: BTreeSet<(ObjectKey, u64)>,
    pub(crate) received_from: BTreeSet<ObjectKey>,
    pub(crate) catalog: Option<Box<CatalogDraft>>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) events: Vec<RaisedEvent>,
    pub(crate) rows: BTreeMap<ObjectKey, RowChanges>,
    pub(crate) key_changes: Vec<KeyChange>,
    undo: Vec<Undo>,
}

impl Transaction {
    pub(crate) fn new(session: SessionId) -> Self {
        Self {
            session,
            drafts: BTreeMap::new(),
            created: BTreeMap::new(),
            sends: Vec::new(),
            taken: BTreeSet::new(),
            received_from: BTreeSet::new(),
            catalog: None,
            effects: Vec::new(),
            events: Vec::new(),
            rows: BTreeMap::new(),
            key_changes: Vec::new(),
            undo: Vec::new(),
        }
    }

    /// The present place.
    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint {
            undo: self.undo.len(),
            sends: self.sends.len(),
            effects: self.effects.len(),
            events: self.events.len(),
            key_changes: self.key_changes.len(),
        }
    }

    pub(crate) fn create_endpoint(&mut self, endpoint: Endpoint) {
        self.undo.push(Undo::Created(endpoint.handle));
        self.created.insert(endpoint.handle, endpoint);
    }

    pub(crate) fn set_draft(&mut self, handle: ConversationHandle, draft: EndpointDraft) {
        let previous = self.drafts.insert(handle, draft);
        self.undo.push(Undo::Draft(handle, previous));
    }

    pub(crate) fn take(&mut self, queue: ObjectKey, queuing_order: u64) {
        self.taken.insert((queue, queuing_order));
        self.undo.push(Undo::Taken(queue, queuing_order));
    }

    /// The catalog draft to change, with the state before it remembered.
    pub(crate) fn catalog_to_change(&mut self, start: impl FnOnce() -> CatalogDraft) -> &mut CatalogDraft {
        self.undo.push(Undo::Catalog(self.catalog.clone()));
        self.catalog.get_or_insert_with(|| Box::new(start()))
    }

    pub(crate) fn put_row(&mut self, table: ObjectKey, row: u64, value: Option<Row>) {
        let previous = self.rows.entry(table).or_default().insert(row, value);
        self.undo.push(Undo::Row(table, row, previous));
    }

    /// Takes back everything after `savepoint`; returns the messages to give back to their queues.
    pub(crate) fn undo_to(&mut self, savepoint: Savepoint) -> Vec<(ObjectKey, u64)> {
        let mut given_back = Vec::new();
        while self.undo.len() > savepoint.undo {
            match self.undo.pop() {
                Some(Undo::Draft(handle, previous)) => match previous {
                    Some(draft) => {
                        self.drafts.insert(handle, draft);
                    }
                    None => {
                        self.drafts.remove(&handle);
                    }
                },
                Some(Undo::Created(handle)) => {
                    self.created.remove(&handle);
                }
                Some(Undo::Taken(queue, order)) => {
                    self.taken.remove(&(queue, order));
                    given_back.push((queue, order));
                }
                Some(Undo::Catalog(previous)) => self.catalog = previous,
                Some(Undo::Row(table, row, previous)) => self.undo_row(table, row, previous),
                None => break,
            }
        }
        self.sends.truncate(savepoint.sends);
        self.effects.truncate(savepoint.effects);
        self.events.truncate(savepoint.events);
        self.key_changes.truncate(savepoint.key_changes);
        given_back
    }

    /// Takes everything back.
    pub(crate) fn undo_all(&mut self) -> Vec<(ObjectKey, u64)> {
        self.undo_to(Savepoint { undo: 0, sends: 0, effects: 0, events: 0, key_changes: 0 })
    }

    fn undo_row(&mut self, table: ObjectKey, row: u64, previous: Option<Option<Row>>) {
        let Some(changes) = self.rows.get_mut(&table) else { return };
        match previous {
            Some(value) => {
                changes.insert(row, value);
            }
            None => {
                changes.remove(&row);
            }
        }
    }
}
