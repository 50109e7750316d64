//! The instance: all shared state, and the calls that the outside makes.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use duologue_catalog::{Catalog, CatalogDraft};
use duologue_dialog::Position;
use duologue_keys::{KeyExchangeKeyCache, RandomSource, RootSecret};
use duologue_messages::SqlError;
use duologue_store::{CommitSequence, GroupCommit, Store, WriteBatch};
use duologue_types::{ConversationHandle, Guid, SessionId, Timestamp, TransactionId};

use crate::action::{Action, LogEntry};
use crate::admission::Congested;
use crate::arrival::{ArrivalLog, PartialBytes};
use crate::bodies::Bodies;
use crate::configuration_notice::Notices;
use crate::conversations::Conversations;
use crate::keyring::Keyring;
use crate::names::Names;
use crate::peers::BrokerConnections;
use crate::queues::Queues;
use crate::sessions::Sessions;
use crate::tables::Tables;
use crate::timers::Timers;
use crate::transaction::{LockTable, ObjectKey, Resource, Savepoint, Transaction};
use crate::transmission::Links;

/// The longest text in the log.
const LOGGED_CHARACTERS: usize = 2048;

/// Why a statement cannot go on now. Its session tries again when it is woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blocked {
    /// Another transaction holds a lock that it needs.
    Lock,
    /// The commit queue is full.
    Congested,
}

/// A statement's outcome: done, or to be tried again.
#[derive(Debug)]
pub enum Attempt<T> {
    /// Done.
    Ready(T),
    /// Nothing was changed; try again when woken.
    Blocked(Blocked),
}

/// Everything the instance knows while it runs.
pub struct Instance {
    pub(crate) catalog: Catalog,
    /// Grows with every change of the catalog: what was derived from an older one is stale.
    pub(crate) catalog_version: u64,
    pub(crate) conversations: Conversations,
    pub(crate) queues: Queues,
    pub(crate) tables: Tables,
    pub(crate) timers: Timers,
    pub(crate) links: Links,
    pub(crate) notices: Notices,
    pub(crate) partial_bytes: PartialBytes,
    pub(crate) arrival_log: ArrivalLog,
    pub(crate) keyring: Keyring,
    pub(crate) key_exchange: KeyExchangeKeyCache,
    pub(crate) locks: LockTable,
    pub(crate) transactions: HashMap<TransactionId, Transaction>,
    pub(crate) sessions: Sessions,
    pub(crate) congested: Congested,
    pub(crate) connections: BrokerConnections,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bodies: Bodies,
    pub(crate) names: Names,
    pub(crate) group_commit: GroupCommit,
    pub(crate) last_submitted: CommitSequence,
    pub(crate) durable: CommitSequence,
    pub(crate) after_durable: BTreeMap<CommitSequence, Vec<AfterDurable>>,
    pub(crate) batch: WriteBatch,
    /// Endpoints whose rows the current call changed.
    pub(crate) unsaved: BTreeSet<ConversationHandle>,
    /// Catalog changes of the broker's own that wait until no transaction holds the catalog.
    pub(crate) deferred: VecDeque<DeferredChange>,
    pub(crate) random: Box<dyn RandomSource + Send>,
    actions: Vec<Action>,
    woken: BTreeSet<SessionId>,
    next_transaction: u64,
}

/// What may happen only once a batch is durable.
#[derive(Debug)]
pub(crate) enum AfterDurable {
    /// Messages below this number may be sent.
    Send(ConversationHandle, u64),
    /// Messages may be sealed with the keys that were made for the conversation.
    UseKeys(ConversationHandle),
    /// The far side may be told that the first message is acknowledged and gone.
    FirstAcknowledged(ConversationHandle),
    /// What arrived before this position may be acknowledged.
    Acknowledge(ConversationHandle, Position),
    /// The body of a queued message may leave memory.
    LeaveQueued(ObjectKey, u64),
    /// The same for one in the transmission queue.
    LeaveOutgoing(ConversationHandle, u64),
}

/// A catalog change that the broker makes by itself.
#[derive(Debug)]
pub(crate) enum DeferredChange {
    /// Poison messages: five rollbacks in a row.
    DisableQueue(ObjectKey),
    /// The dialog of an event notification broke.
    DropEventNotification(ConversationHandle),
}

/// Counts of what an instance holds: for monitoring, and for tests that nothing is left behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Open transactions.
    pub transactions: usize,
    /// Locks that are held.
    pub locks: usize,
    /// Timers that are set.
    pub timers: usize,
    /// Messages in all queues.
    pub queued_messages: usize,
    /// Sessions in line at a queue.
    pub waiting_sessions: usize,
    /// Bytes of messages that are not complete.
    pub partial_bytes: usize,
    /// Addresses that conversations or errors are sent to.
    pub addresses: usize,
    /// Bytes of bodies in memory.
    pub body_bytes: usize,
}

/// Parts of an instance that come from outside it.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Opens the service master key.
    pub root_secret: RootSecret,
    /// Handles, keys, nonces.
    pub random: Box<dyn RandomSource + Send>,
    /// Bytes of message bodies that are kept in memory; the others are read from the store when they are needed.
    pub message_memory: usize,
}

impl Instance {
    pub(crate) fn empty(catalog: Catalog, parts: Parts) -> Result<Self, SqlError> {
        let keyring = Keyring::open(&catalog, parts.root_secret)?;
        Ok(Self {
            catalog,
            catalog_version: 1,
            conversations: Conversations::default(),
            queues: Queues::default(),
            tables: Tables::default(),
            timers: Timers::default(),
            links: Links::default(),
            notices: Notices::default(),
            partial_bytes: PartialBytes::default(),
            arrival_log: ArrivalLog::default(),
            keyring,
            key_exchange: KeyExchangeKeyCache::default(),
            locks: LockTable::default(),
            transactions: HashMap::new(),
            sessions: Sessions::default(),
            congested: Congested::default(),
            connections: BrokerConnections::new(),
            bodies: Bodies::new(parts.message_memory, parts.store.clone()),
            names: Names::default(),
            store: parts.store,
            group_commit: GroupCommit::new(usize::MAX),
            last_submitted: CommitSequence::default(),
            durable: CommitSequence::default(),
            after_durable: BTreeMap::new(),
            batch: WriteBatch::default(),
            unsaved: BTreeSet::new(),
            deferred: VecDeque::new(),
            random: parts.random,
            actions: Vec::new(),
            woken: BTreeSet::new(),
            next_transaction: 1,
        })
    }

    /// The committed catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The catalog as a transaction sees it.
    pub fn catalog_for(&self, transaction: Option<TransactionId>) -> &Catalog {
        transaction
            .and_then(|id| self.transactions.get(&id))
            .and_then(|open| open.catalog.as_ref())
            .map_or(&self.catalog, |draft| draft.catalog())
    }

    /// Begins a transaction for a session.
    pub fn begin(&mut self, session: SessionId) -> TransactionId {
        let id = TransactionId(self.next_transaction);
        self.next_transaction += 1;
        self.transactions.insert(id, Transaction::new(session));
        id
    }

    /// The present place of a transaction, for [`Instance::rollback_to`].
    pub fn savepoint(&self, transaction: TransactionId) -> Option<Savepoint> {
        self.transactions.get(&transaction).map(Transaction::savepoint)
    }

    /// Takes back what a transaction did since `savepoint`. Its locks stay.
    pub fn rollback_to(&mut self, transaction: TransactionId, savepoint: Savepoint) {
        let Some(open) = self.transactions.get_mut(&transaction) else { return };
        let given_back = open.undo_to(savepoint);
        self.give_back(&given_back);
    }

    /// Ends a transaction and takes everything back that it did.
    pub fn rollback(&mut self, transaction: TransactionId, now: Timestamp) {
        let Some(mut open) = self.transactions.remove(&transaction) else { return };
        let received_from = std::mem::take(&mut open.received_from);
        let given_back = open.undo_all();
        self.give_back(&given_back);
        self.count_poison_rollback(received_from);
        self.release_locks(transaction);
        self.run_deferred(now);
        self.submit(now);
    }

    /// Changes the catalog in a transaction: takes the catalog's lock first. Objects are added only while there is
    /// room (1105).
    pub fn change_catalog<T>(
        &mut self,
        transaction: TransactionId,
        change: impl FnOnce(&mut CatalogDraft) -> Result<T, SqlError>,
    ) -> Result<Attempt<T>, SqlError> {
        if let Some(blocked) = self.lock(transaction, Resource::Catalog)? {
            return Ok(Attempt::Blocked(blocked));
        }
        let catalog = &self.catalog;
        let Some(open) = self.transactions.get_mut(&transaction) else {
            return Err(duologue_messages::sql_error!(3998));
        };
        let draft = open.catalog_to_change(|| CatalogDraft::new(catalog.clone()));
        let before = draft.additions();
        let changed = change(draft)?;
        if draft.additions() > before {
            self.require_room_for_definitions(transaction)?;
        }
        Ok(Attempt::Ready(changed))
    }

    /// Takes a lock: `None` when held, else how the transaction waits. A circle is error 1205.
    pub fn lock(
        &mut self,
        transaction: TransactionId,
        resource: Resource,
    ) -> Result<Option<Blocked>, SqlError> {
        use crate::transaction::Acquired;
        match self.locks.acquire(transaction, resource) {
            Acquired::Held => Ok(None),
            Acquired::Waiting => Ok(Some(Blocked::Lock)),
            Acquired::Deadlock => {
                let session = self.transactions.get(&transaction).map_or(0, |open| open.session.0);
                Err(duologue_messages::sql_error!(1205, session, "lock"))
            }
        }
    }

    /// Takes a transaction out of the line it waits in: its statement was cancelled.
    pub fn cancel_wait(&mut self, transaction: TransactionId) {
        self.locks.cancel_wait(transaction);
    }

    /// Gives a lock up before the transaction ends; false when it was not held.
    pub fn unlock(&mut self, transaction: TransactionId, resource: Resource) -> bool {
        let (was_held, next) = self.locks.release(transaction, resource);
        if let Some(session) = next.and_then(|next| self.transactions.get(&next)).map(|open| open.session) {
            self.wake(session);
        }
        was_held
    }

    pub(crate) fn release_locks(&mut self, transaction: TransactionId) {
        let (woken, released) = self.locks.release_all(transaction);
        for next in woken {
            if let Some(session) = self.transactions.get(&next).map(|open| open.session) {
                self.wake(session);
            }
        }
        for resource in released {
            if let Resource::Group(group) = resource {
                self.wake_receivers_of_group(group);
            }
        }
    }

    /// What the outside has to do now.
    pub fn take_actions(&mut self) -> Vec<Action> {
        let mut actions = std::mem::take(&mut self.actions);
        actions.extend(std::mem::take(&mut self.woken).into_iter().map(Action::Wake));
        actions
    }

    pub(crate) fn act(&mut self, action: Action) {
        if self.actions.last() != Some(&action) {
            self.actions.push(action);
        }
    }

    pub(crate) fn wake(&mut self, session: SessionId) {
        self.woken.insert(session);
    }

    /// Writes a message of the table to the log. Parts of its text may be a peer's: it stays one line of some length.
    pub fn log(&mut self, error: &SqlError) {
        let shown = error.text.chars().map(|character| if character.is_control() { ' ' } else { character });
        self.act(Action::Log(LogEntry {
            number: error.number,
            severity: error.severity,
            text: shown.take(LOGGED_CHARACTERS).collect(),
        }));
    }

    /// A fresh random identifier.
    pub fn new_guid(&mut self) -> Guid {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        Guid::from_random(bytes)
    }

    /// What is open right now.
    pub fn figures(&self) -> Figures {
        Figures {
            transactions: self.transactions.len(),
            locks: self.locks.len(),
            timers: self.timers.len(),
            queued_messages: self.queues.values().map(crate::queues::Queue::len).sum(),
            waiting_sessions: self.queues.values().map(|queue| queue.line.len()).sum(),
            partial_bytes: self.partial_bytes.held(),
            addresses: self.links.len(),
            body_bytes: self.bodies.held(),
        }
    }

    /// The failure of the store that a read met: the server must stop. Nothing becomes durable any more.
    pub fn failure(&self) -> Option<&SqlError> {
        self.bodies.failure()
    }

    /// The store, for reads.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
