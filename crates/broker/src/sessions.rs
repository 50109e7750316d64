//! The sessions that use an instance: who is in which database, and whom KILL ends.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_types::{DatabaseId, SessionId};

use crate::action::Action;
use crate::instance::Instance;

/// A session as the others see it.
#[derive(Clone)]
pub struct SessionEntry {
    /// The database that it is in.
    pub database: DatabaseId,
    /// What `sys.dm_exec_sessions` shows of it. Only sessions know what that is.
    pub facts: Arc<dyn Any + Send + Sync>,
    /// KILL, or a database that somebody wanted for himself: it is about to be closed.
    pub is_ending: bool,
}

/// All sessions that are logged in.
pub(crate) type Sessions = BTreeMap<SessionId, SessionEntry>;

impl Instance {
    /// A session logged in, or went on.
    pub fn note_session(
        &mut self,
        session: SessionId,
        database: DatabaseId,
        facts: Arc<dyn Any + Send + Sync>,
    ) {
        let is_ending = self.sessions.get(&session).is_some_and(|known| known.is_ending);
        self.sessions.insert(session, SessionEntry { database, facts, is_ending });
    }

    /// A session is closed.
    pub fn forget_session(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Everybody who is logged in.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, &SessionEntry)> {
        self.sessions.iter().map(|(id, entry)| (*id, entry))
    }

    /// Has a session closed; false when there is none of that number.
    pub fn end_session(&mut self, session: SessionId) -> bool {
        let Some(entry) = self.sessions.get_mut(&session) else { return false };
        entry.is_ending = true;
        self.act(Action::EndSession(session));
        true
    }

    /// Sessions in a database that are not about to end.
    pub fn sessions_in(&self, database: DatabaseId) -> Vec<SessionId> {
        let inside = |(_, entry): &(SessionId, &SessionEntry)| entry.database == database && !entry.is_ending;
        self.sessions().filter(inside).map(|(id, _)| id).collect()
    }
}
