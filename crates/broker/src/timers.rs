//! What is due later: conversation timers, lifetimes, retries, closed endpoints that may go.

use std::collections::BTreeSet;
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

/// All timers, by moment. An entry may be stale; whoever it names decides when it fires.
#[derive(Default)]
pub(crate) struct Timers {
    armed: BTreeSet<(Timestamp, Due)>,
    reclassify_armed: bool,
}

impl Timers {
    pub(crate) fn arm(&mut self, at: Timestamp, due: Due) {
        self.armed.insert((at, due));
    }

    /// Has delayed conversations looked at again; one timer is enough for all.
    pub(crate) fn arm_reclassify(&mut self, now: Timestamp) {
        if !self.reclassify_armed {
            self.reclassify_armed = true;
            self.arm(now + RECLASSIFY_AFTER, Due::Reclassify);
        }
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.armed.first().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Due> {
        let (at, _) = self.armed.first()?;
        if *at > now {
            return None;
        }
        let due = self.armed.pop_first().map(|(_, due)| due);
        if due == Some(Due::Reclassify) {
            self.reclassify_armed = false;
        }
        due
    }
}
