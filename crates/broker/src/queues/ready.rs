//! Which messages of a queue RECEIVE may take, and in which order.
//!
//! Groups are served by their highest priority, then by their earliest message. Groups that somebody has locked stand
//! aside until they are free: else every RECEIVE would pass over all that others are working on.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};

use duologue_types::{ConversationGroupId, ConversationHandle};

use super::message::Rank;
use crate::shrink::shrink_sparse;

/// Order of a message within its conversation: kind and sequence, then arrival. Timers and errors are 0 and 1.
pub(super) type MessagePlace = (u64, u64);

/// Groups in the order in which they are served: highest priority, then earliest arrival.
pub(super) type GroupPlace = (Reverse<u8>, u64, ConversationGroupId);

/// A ready message as this order knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadyMessage {
    pub(super) group: ConversationGroupId,
    pub(super) handle: ConversationHandle,
    pub(super) priority: u8,
    pub(super) rank: Rank,
    pub(super) sequence: u64,
    pub(super) order: u64,
}

impl ReadyMessage {
    fn place(&self) -> MessagePlace {
        let kind = match self.rank {
            Rank::Timer => 0,
            Rank::Error => 1,
            Rank::Sequenced => self.sequence.saturating_add(2),
        };
        (kind, self.order)
    }
}

/// A conversation's ready messages, first come first.
struct ReadyConversation {
    priority: u8,
    messages: VecDeque<MessagePlace>,
}

/// Where a conversation stands in its group: priority, the message it begins with, its earliest message.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head {
    priority: Reverse<u8>,
    first: u64,
    earliest: u64,
}

impl ReadyConversation {
    fn head(&self) -> Option<Head> {
        let (kind, first) = *self.messages.front()?;
        let priority = Reverse(self.priority);
        if kind >= 2 {
            return Some(Head { priority, first, earliest: first });
        }
        // Timers and errors go first, whenever they came.
        let from = |kind| {
            let place = self.messages.partition_point(|message| message.0 < kind);
            self.messages.get(place).map(|message| message.1)
        };
        let earliest = [Some(first), from(1), from(2)].into_iter().flatten().min()?;
        Some(Head { priority, first, earliest })
    }

    fn add(&mut self, place: MessagePlace) {
        if self.messages.back().is_none_or(|last| *last < place) {
            self.messages.push_back(place);
        } else if let Err(index) = self.messages.binary_search(&place) {
            self.messages.insert(index, place);
        }
    }

    fn remove(&mut self, place: MessagePlace) {
        if self.messages.front() == Some(&place) {
            self.messages.pop_front();
        } else if let Ok(index) = self.messages.binary_search(&place) {
            self.messages.remove(index);
        }
        let capacity = self.messages.capacity();
        if capacity > 1024 && self.messages.len() < capacity / 8 {
            self.messages.shrink_to(capacity / 4);
        }
    }
}

/// A group with ready messages.
struct ReadyGroup {
    place: GroupPlace,
    /// Somebody has it locked.
    is_aside: bool,
    members: Members,
}

/// Conversations of a group. Most groups have one.
enum Members {
    One(ConversationHandle, Head),
    Many(Box<ManyMembers>),
}

#[derive(Default)]
struct ManyMembers {
    /// As RECEIVE serves them.
    served: BTreeSet<(Reverse<u8>, u64, ConversationHandle)>,
    by_arrival: BTreeSet<(u64, ConversationHandle)>,
}

impl ManyMembers {
    fn add(&mut self, handle: ConversationHandle, head: Head) {
        self.served.insert((head.priority, head.first, handle));
        self.by_arrival.insert((head.earliest, handle));
    }

    fn remove(&mut self, handle: ConversationHandle, head: Head) {
        self.served.remove(&(head.priority, head.first, handle));
        self.by_arrival.remove(&(head.earliest, handle));
    }
}

impl Members {
    fn add(&mut self, handle: ConversationHandle, head: Head) {
        match self {
            Self::One(other, other_head) if *other != handle => {
                let mut many = ManyMembers::default();
                many.add(*other, *other_head);
                many.add(handle, head);
                *self = Self::Many(Box::new(many));
            }
            Self::One(..) => *self = Self::One(handle, head),
            Self::Many(many) => many.add(handle, head),
        }
    }

    /// Highest priority and earliest message; `None` when nobody is left.
    fn best(&self) -> Option<(Reverse<u8>, u64)> {
        match self {
            Self::One(_, head) => Some((head.priority, head.earliest)),
            Self::Many(many) => Some((many.served.first()?.0, many.by_arrival.first()?.0)),
        }
    }
}

/// The ready messages of a queue.
#[derive(Default)]
pub(super) struct Ready {
    conversations: HashMap<ConversationHandle, ReadyConversation>,
    groups: HashMap<ConversationGroupId, ReadyGroup>,
    /// Groups as RECEIVE serves them, without those that stand aside.
    line: BTreeSet<GroupPlace>,
}

impl Ready {
    pub(super) fn add(&mut self, message: &ReadyMessage) {
        let conversation = self
            .conversations
            .entry(message.handle)
            .or_insert_with(|| ReadyConversation { priority: message.priority, messages: VecDeque::new() });
        let before = conversation.head();
        conversation.add(message.place());
        let after = conversation.head();
        self.regroup(message.group, message.handle, before, after);
    }

    pub(super) fn remove(&mut self, message: &ReadyMessage) {
        let Some(conversation) = self.conversations.get_mut(&message.handle) else { return };
        let before = conversation.head();
        conversation.remove(message.place());
        let after = conversation.head();
        if after.is_none() {
            self.conversations.remove(&message.handle);
            shrink_sparse(&mut self.conversations);
        }
        self.regroup(message.group, message.handle, before, after);
    }

    /// Puts a group where it belongs after one of its conversations changed.
    fn regroup(
        &mut self,
        id: ConversationGroupId,
        handle: ConversationHandle,
        before: Option<Head>,
        after: Option<Head>,
    ) {
        if before == after {
            return;
        }
        match (self.groups.entry(id), after) {
            (Entry::Vacant(entry), Some(head)) => {
                let place = (head.priority, head.earliest, id);
                entry.insert(ReadyGroup { place, is_aside: false, members: Members::One(handle, head) });
                self.line.insert(place);
            }
            (Entry::Occupied(mut entry), after) => {
                let group = entry.get_mut();
                let is_only = matches!(&group.members, Members::One(member, _) if *member == handle);
                if let (Members::Many(many), Some(before)) = (&mut group.members, before) {
                    many.remove(handle, before);
                }
                if let Some(head) = after {
                    group.members.add(handle, head);
                }
                let best = if is_only && after.is_none() { None } else { group.members.best() };
                let old = group.place;
                if let Some((priority, earliest)) = best {
                    group.place = (priority, earliest, id);
                }
                let (new, is_aside) = (best.map(|_| group.place), group.is_aside);
                if best.is_none() {
                    entry.remove();
                    shrink_sparse(&mut self.groups);
                }
                if !is_aside && new != Some(old) {
                    self.line.remove(&old);
                    self.line.extend(new);
                }
            }
            (Entry::Vacant(_), None) => {}
        }
    }

    /// The first group in line that is not locked by another; those before it stand aside from now on.
    pub(super) fn first_free(
        &mut self,
        is_locked: impl Fn(ConversationGroupId) -> bool,
    ) -> Option<GroupPlace> {
        loop {
            let place = *self.line.first()?;
            if !is_locked(place.2) {
                return Some(place);
            }
            self.line.pop_first();
            if let Some(group) = self.groups.get_mut(&place.2) {
                group.is_aside = true;
            }
        }
    }

    /// A group's lock was given back: it is in line again.
    pub(super) fn readmit(&mut self, id: ConversationGroupId) {
        if let Some(group) = self.groups.get_mut(&id)
            && std::mem::take(&mut group.is_aside)
        {
            self.line.insert(group.place);
        }
    }

    pub(super) fn place_of(&self, id: ConversationGroupId) -> Option<GroupPlace> {
        self.groups.get(&id).map(|group| group.place)
    }

    /// Groups in line, in the order in which RECEIVE serves them.
    pub(super) fn line(&self) -> impl Iterator<Item = ConversationGroupId> {
        self.line.iter().map(|(_, _, group)| *group)
    }

    pub(super) fn has_group(&self, group: ConversationGroupId) -> bool {
        self.groups.contains_key(&group)
    }

    pub(super) fn has_conversation(&self, handle: ConversationHandle) -> bool {
        self.conversations.contains_key(&handle)
    }

    /// Queuing orders of a conversation's ready messages as RECEIVE returns them.
    pub(super) fn of_conversation(&self, handle: ConversationHandle) -> impl Iterator<Item = u64> {
        let found = self.conversations.get(&handle);
        found.into_iter().flat_map(|conversation| conversation.messages.iter().map(|message| message.1))
    }

    /// The same for a group: conversations by descending priority, then by the message they begin with.
    pub(super) fn of_group(&self, group: ConversationGroupId, limit: usize) -> Vec<u64> {
        match self.groups.get(&group).map(|found| &found.members) {
            None => Vec::new(),
            Some(Members::One(handle, _)) => self.of_conversation(*handle).take(limit).collect(),
            Some(Members::Many(many)) => {
                let members = many.served.iter().map(|(_, _, handle)| *handle);
                members.flat_map(|handle| self.of_conversation(handle)).take(limit).collect()
            }
        }
    }

    /// Groups that stand aside.
    pub(super) fn aside(&self) -> impl Iterator<Item = ConversationGroupId> {
        self.groups.iter().filter(|(_, group)| group.is_aside).map(|(id, _)| *id)
    }

    /// How many messages are ready.
    pub(super) fn len(&self) -> usize {
        self.conversations.values().map(|conversation| conversation.messages.len()).sum()
    }

    /// Slots of the maps, used or not.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.conversations.capacity() + self.groups.capacity()
    }

    /// Looks for contradictions between the parts.
    pub(super) fn audit(&self) -> Result<(), String> {
        let mut members = 0;
        for (id, group) in &self.groups {
            let in_line = self.line.contains(&group.place);
            let best = group.members.best().map(|(priority, earliest)| (priority, earliest, *id));
            if best != Some(group.place) || in_line == group.is_aside {
                return Err(format!("group {id} is not served in its order"));
            }
            members += match &group.members {
                Members::One(..) => 1,
                Members::Many(many) if many.served.len() == many.by_arrival.len() => many.served.len(),
                Members::Many(_) => return Err(format!("group {id} counts its conversations in two ways")),
            };
        }
        let aside = self.groups.values().filter(|group| group.is_aside).count();
        if self.line.len() + aside != self.groups.len() || members != self.conversations.len() {
            return Err("groups and conversations with ready messages differ".into());
        }
        Ok(())
    }
}
