//! Whether more work is taken: the disk must keep up, and there must be room on it.
//!
//! Statements that add something ask here before they change anything. What makes room (RECEIVE, END CONVERSATION,
//! deletes, acknowledgements) is never held up.

use std::collections::BTreeSet;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, SessionId, TransactionId};

use crate::instance::{Blocked, Instance};

/// Bytes that may wait for the disk before statements have to wait.
const QUEUED_BYTES_LIMIT: usize = 64 << 20;
/// Statements that wait go on when no more than this waits: one flush then serves many of them.
const DRAINED_BYTES: usize = QUEUED_BYTES_LIMIT / 2;

/// What messages take space in, as SQL Server calls it.
pub(crate) const QUEUED_MESSAGES: &str = "sys.sysxmitqueue";
/// What conversations take space in.
pub(crate) const ENDPOINTS: &str = "sys.sysdesend";
/// What definitions take space in.
const DEFINITIONS: &str = "sys.sysschobjs";

/// Sessions whose statements wait until the disk has caught up.
pub(crate) type Congested = BTreeSet<SessionId>;

impl Instance {
    /// For a statement that is about to add to `object` of a database: error 1105 when the disk is full, `Some` while
    /// too much waits to be written.
    pub fn admit(
        &mut self,
        transaction: TransactionId,
        database: DatabaseId,
        object: &str,
    ) -> Result<Option<Blocked>, SqlError> {
        self.require_room(database, object)?;
        if !self.is_congested() {
            return Ok(None);
        }
        if let Some(open) = self.transactions.get(&transaction) {
            self.congested.insert(open.session);
        }
        Ok(Some(Blocked::Congested))
    }

    /// 1105 unless there is room on the disk.
    pub(crate) fn require_room(&self, database: DatabaseId, object: &str) -> Result<(), SqlError> {
        if self.store.has_room() {
            return Ok(());
        }
        let found = self.catalog.databases.get(&database);
        let name = found.map_or("master", |found| found.settings.name.as_str());
        Err(sql_error!(1105, object, "", name, "PRIMARY"))
    }

    /// The same for definitions.
    pub(crate) fn require_room_for_definitions(&self, transaction: TransactionId) -> Result<(), SqlError> {
        let session = self.transactions.get(&transaction).map(|open| open.session);
        let entry = session.and_then(|session| self.sessions.get(&session));
        self.require_room(entry.map_or_else(DatabaseId::default, |entry| entry.database), DEFINITIONS)
    }

    /// Whether so much waits for the disk that statements must wait before they write more.
    pub fn is_congested(&self) -> bool {
        self.group_commit.queued() > QUEUED_BYTES_LIMIT
    }

    /// Whether even what peers sent before they were asked to wait is too much: it is dropped, and comes again.
    pub(crate) fn is_flooded(&self) -> bool {
        self.group_commit.queued() > 2 * QUEUED_BYTES_LIMIT
    }

    /// Wakes the statements that waited for the disk, once it has caught up.
    pub(crate) fn wake_congested(&mut self) {
        if self.group_commit.queued() <= DRAINED_BYTES {
            for session in std::mem::take(&mut self.congested) {
                self.wake(session);
            }
        }
    }
}
