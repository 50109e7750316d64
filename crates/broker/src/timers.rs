//! What is due later: conversation timers, lifetimes, retries, closed endpoints that may go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use duologue_types::{ConversationHandle, Timestamp};

/// After which delayed conversations are looked at again.
const RECLASSIFY_AFTER: Duration = Duration::from_secs(10);

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// A conversation timer fires.
    DialogTimer(ConversationHandle),
    /// A conversation's lifetime is over.
    Lifetime(ConversationHandle),
    /// Unacknowledged messages are sent again.
    Retry(ConversationHandle),
    /// A closed endpoint may go.
    Purge(ConversationHandle),
    /// Conversations without a usable route are looked at again.
    Reclassify,
}

/// All timers, by moment, one of each kind for a conversation. One that fires may be stale; whoever it names decides.
#[derive(Default)]
pub(crate) struct Timers {
    armed: BTreeSet<(Timestamp, Due)>,
    moments: BTreeMap<Due, Timestamp>,
}

impl Timers {
    /// Sets a timer in place of the one of that kind.
    pub(crate) fn arm(&mut self, at: Timestamp, due: Due) {
        if let Some(before) = self.moments.insert(due, at) {
            self.armed.remove(&(before, due));
        }
        self.armed.insert((at, due));
    }

    /// Takes every timer of a conversation away: it is gone.
    pub(crate) fn disarm(&mut self, handle: ConversationHandle) {
        for due in [Due::DialogTimer(handle), Due::Lifetime(handle), Due::Retry(handle), Due::Purge(handle)] {
            if let Some(at) = self.moments.remove(&due) {
                self.armed.remove(&(at, due));
            }
        }
    }

    /// Has delayed conversations looked at again; one timer is enough for all.
    pub(crate) fn arm_reclassify(&mut self, now: Timestamp) {
        if !self.moments.contains_key(&Due::Reclassify) {
            self.arm(now + RECLASSIFY_AFTER, Due::Reclassify);
        }
    }

    /// When the timer of that kind fires.
    pub(crate) fn moment(&self, due: Due) -> Option<Timestamp> {
        self.moments.get(&due).copied()
    }

    /// How many are set.
    pub(crate) fn len(&self) -> usize {
        self.armed.len()
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.armed.first().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Due> {
        let (at, _) = self.armed.first()?;
        if *at > now {
            return None;
        }
        let (_, due) = self.armed.pop_first()?;
        self.moments.remove(&due);
        Some(due)
    }
}
