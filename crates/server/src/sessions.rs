//! Which sessions there are, and how to reach their tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_types::SessionId;
use tokio::sync::Notify;

/// The ids below are SQL Server's own.
const FIRST: i32 = 51;
/// A session's id has 15 bits in TDS packets.
const LAST: i32 = 32_767;

/// Reaches the task of one session.
#[derive(Default)]
pub(crate) struct SessionSignal {
    /// What the session waits for may have come.
    pub(crate) wake: Notify,
    ended: AtomicBool,
}

impl SessionSignal {
    /// Whether the session is to end.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    by_id: Mutex<BTreeMap<i32, Arc<SessionSignal>>>,
}

impl Sessions {
    /// Takes the lowest free id; none when all are taken.
    pub(crate) fn register(self: &Arc<Self>) -> Option<Registration> {
        let mut by_id = self.lock();
        let mut taken = by_id.keys().copied();
        let id = (FIRST..=LAST).find(|id| taken.next() != Some(*id))?;
        let signal = Arc::new(SessionSignal::default());
        by_id.insert(id, signal.clone());
        Some(Registration { id: SessionId(id), signal, sessions: self.clone() })
    }

    /// Lets a session's statement go on.
    pub(crate) fn wake(&self, id: SessionId) {
        if let Some(signal) = self.lock().get(&id.0) {
            signal.wake.notify_one();
        }
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: SessionId) {
        if let Some(signal) = self.lock().get(&id.0) {
            signal.ended.store(true, Ordering::Release);
            signal.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Arc<SessionSignal>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session's place among the others; given up when dropped.
pub(crate) struct Registration {
    pub(crate) id: SessionId,
    pub(crate) signal: Arc<SessionSignal>,
    sessions: Arc<Sessions>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.sessions.lock().remove(&self.id.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_id_is_next() {
        let sessions = Arc::new(Sessions::default());
        let mut taken: Vec<_> = (0..3).map(|_| sessions.register().unwrap()).collect();
        let ids: Vec<i32> = taken.iter().map(|registration| registration.id.0).collect();
        assert_eq!(ids, [51, 52, 53]);
        taken.remove(1);
        assert_eq!(sessions.register().unwrap().id.0, 52);
    }

    #[test]
    fn a_session_is_ended_once_and_not_its_successor() {
        let sessions = Arc::new(Sessions::default());
        let first = sessions.register().unwrap();
        sessions.end(first.id);
        assert!(first.signal.is_ended());
        drop(first);
        assert!(!sessions.register().unwrap().signal.is_ended());
    }
}
