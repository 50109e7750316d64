//! Sessions in line at a queue, by what they wait for.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use duologue_types::{ConversationGroupId, ConversationHandle, SessionId};

use super::queue::ReceiveFilter;

/// Sessions in the order in which they came.
type Turns = BTreeMap<u64, SessionId>;

/// The sessions that wait at a queue, and those that were woken and have not left yet.
#[derive(Default)]
pub(crate) struct Line {
    /// What each waits for, and its turn; without one it was woken.
    sessions: HashMap<SessionId, (ReceiveFilter, Option<u64>)>,
    for_any: Turns,
    for_group: HashMap<ConversationGroupId, Turns>,
    for_conversation: HashMap<ConversationHandle, Turns>,
    last_turn: u64,
}

impl Line {
    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.for_any.is_empty() && self.for_group.is_empty() && self.for_conversation.is_empty()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.sessions.values().filter(|(_, turn)| turn.is_some()).count()
    }

    /// Whether somebody waits for any message.
    pub(crate) fn has_any(&self) -> bool {
        !self.for_any.is_empty()
    }

    /// Puts a session at the end of the line, unless it stands in it.
    pub(crate) fn join(&mut self, session: SessionId, filter: ReceiveFilter) {
        if self.sessions.get(&session).is_some_and(|(known, turn)| turn.is_some() && *known == filter) {
            return;
        }
        self.leave(session);
        self.last_turn += 1;
        let turn = self.last_turn;
        self.sessions.insert(session, (filter, Some(turn)));
        let turns = match filter {
            ReceiveFilter::Any => &mut self.for_any,
            ReceiveFilter::Group(group) => self.for_group.entry(group).or_default(),
            ReceiveFilter::Conversation(handle) => self.for_conversation.entry(handle).or_default(),
        };
        turns.insert(turn, session);
    }

    /// Takes a session out of the line. Returns what it waited for, also if it has been woken since it came.
    pub(crate) fn leave(&mut self, session: SessionId) -> Option<ReceiveFilter> {
        let (filter, turn) = self.sessions.remove(&session)?;
        if let Some(turn) = turn {
            match filter {
                ReceiveFilter::Any => drop(self.for_any.remove(&turn)),
                ReceiveFilter::Group(group) => remove_turn(&mut self.for_group, group, turn),
                ReceiveFilter::Conversation(handle) => remove_turn(&mut self.for_conversation, handle, turn),
            }
        }
        Some(filter)
    }

    /// The first one that waits for exactly this is woken.
    pub(crate) fn wake_first(&mut self, filter: ReceiveFilter) -> Option<SessionId> {
        let turns = match filter {
            ReceiveFilter::Any => Some(&self.for_any),
            ReceiveFilter::Group(group) => self.for_group.get(&group),
            ReceiveFilter::Conversation(handle) => self.for_conversation.get(&handle),
        };
        let session = *turns?.first_key_value()?.1;
        self.leave(session);
        self.sessions.insert(session, (filter, None));
        Some(session)
    }

    /// Everybody who waits is woken, in turn.
    pub(crate) fn wake_all(&mut self) -> Vec<SessionId> {
        let mut turns = std::mem::take(&mut self.for_any);
        turns.extend(std::mem::take(&mut self.for_group).into_values().flatten());
        turns.extend(std::mem::take(&mut self.for_conversation).into_values().flatten());
        self.sessions.values_mut().for_each(|(_, turn)| *turn = None);
        turns.into_values().collect()
    }
}

fn remove_turn<K: Eq + Hash>(lines: &mut HashMap<K, Turns>, key: K, turn: u64) {
    if let Some(turns) = lines.get_mut(&key) {
        turns.remove(&turn);
        if turns.is_empty() {
            lines.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use duologue_types::Guid;

    use super::*;

    #[test]
    fn each_is_woken_in_turn_for_what_he_waits_for() {
        let mut line = Line::default();
        let group = ReceiveFilter::Group(ConversationGroupId(Guid([1; 16])));
        for (session, filter) in [(1, group), (2, ReceiveFilter::Any), (3, group), (4, ReceiveFilter::Any)] {
            line.join(SessionId(session), filter);
        }
        line.join(SessionId(1), group);
        assert_eq!(line.len(), 4);
        assert_eq!(line.wake_first(group), Some(SessionId(1)));
        assert_eq!(line.leave(SessionId(1)), Some(group), "it was woken and leaves");
        assert_eq!(line.leave(SessionId(1)), None);
        line.join(SessionId(2), ReceiveFilter::Any);
        assert_eq!(line.wake_first(ReceiveFilter::Any), Some(SessionId(2)), "it kept its turn");
        line.join(SessionId(2), ReceiveFilter::Any);
        assert_eq!(line.wake_all(), [3, 4, 2].map(SessionId));
        assert!(line.is_empty() && line.wake_first(group).is_none());
    }
}
