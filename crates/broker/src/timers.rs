//! What is due later: conversation timers, lifetimes, retries, closed endpoints that may go.

use std::collections::BTreeSet;

use duologue_types::{ConversationHandle, Timestamp};

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
pub(crate) struct Timers(BTreeSet<(Timestamp, Due)>);

impl Timers {
    pub(crate) fn arm(&mut self, at: Timestamp, due: Due) {
        self.0.insert((at, due));
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Due> {
        let (at, _) = self.0.first()?;
        if *at > now {
            return None;
        }
        self.0.pop_first().map(|(_, due)| due)
    }
}
