//! The messages of one queue in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use duologue_types::{ConversationGroupId, ConversationHandle, ServiceId, TransactionId};

use super::line::Line;
use super::message::{MessageStatus, QueuedMessage};
use super::ready::{GroupPlace, Ready, ReadyMessage};
use crate::shrink::shrink_sparse;

/// What a waiting RECEIVE waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiveFilter {
    /// Any group.
    Any,
    /// `WHERE conversation_group_id =`.
    Group(ConversationGroupId),
    /// `WHERE conversation_handle =`.
    Conversation(ConversationHandle),
}

/// One queue's messages, their order, and the sessions that wait for one.
#[derive(Default)]
pub struct Queue {
    messages: BTreeMap<u64, Box<QueuedMessage>>,
    ready: Ready,
    /// Messages that an open transaction has received, by its id.
    taken: HashMap<u64, TransactionId>,
    /// Messages that are not ready: received by an open transaction, or retained.
    others: BTreeSet<(ConversationHandle, u64)>,
    next_queuing_order: u64,
    /// Waiting sessions.
    pub(crate) line: Line,
    /// Rollbacks in a row of transactions that received from here.
    pub(crate) rollbacks: u8,
}

fn as_ready(message: &QueuedMessage) -> ReadyMessage {
    ReadyMessage {
        group: message.group,
        handle: message.handle,
        priority: message.priority,
        rank: message.rank(),
        sequence: message.sequence,
        order: message.queuing_order,
    }
}

impl Queue {
    /// The number for the next arrival.
    pub(crate) fn next_queuing_order(&mut self) -> u64 {
        let order = self.next_queuing_order;
        self.next_queuing_order += 1;
        order
    }

    /// Adds a message under its own queuing order.
    pub(crate) fn insert(&mut self, message: QueuedMessage) {
        let order = message.queuing_order;
        self.next_queuing_order = self.next_queuing_order.max(order + 1);
        if message.status == MessageStatus::Ready {
            self.ready.add(&as_ready(&message));
        } else {
            self.others.insert((message.handle, order));
        }
        self.messages.insert(order, Box::new(message));
    }

    /// Removes a message for good.
    pub(crate) fn remove(&mut self, queuing_order: u64) -> Option<QueuedMessage> {
        let message = *self.messages.remove(&queuing_order)?;
        if !self.others.remove(&(message.handle, queuing_order)) {
            self.ready.remove(&as_ready(&message));
        } else if self.taken.remove(&queuing_order).is_some() {
            shrink_sparse(&mut self.taken);
        }
        Some(message)
    }

    /// Marks a message as received by a transaction that is still open.
    pub(crate) fn take(&mut self, queuing_order: u64, transaction: TransactionId) {
        if let Some(message) = self.messages.get(&queuing_order)
            && self.others.insert((message.handle, queuing_order))
        {
            self.taken.insert(queuing_order, transaction);
            self.ready.remove(&as_ready(message));
        }
    }

    /// Gives a message back that its transaction did not keep.
    pub(crate) fn give_back(&mut self, queuing_order: u64) {
        if self.taken.remove(&queuing_order).is_some()
            && let Some(message) = self.messages.get(&queuing_order)
        {
            self.others.remove(&(message.handle, queuing_order));
            self.ready.add(&as_ready(message));
        }
    }

    /// Queuing orders of a service's rows that no open transaction has received.
    pub(crate) fn of_service(&self, service: ServiceId) -> Vec<u64> {
        let rows = self.messages.values().filter(|message| message.service == service);
        rows.map(|message| message.queuing_order).filter(|order| !self.taken.contains_key(order)).collect()
    }

    /// Keeps a received message as a retained row.
    pub(crate) fn retain(&mut self, queuing_order: u64) -> Option<&QueuedMessage> {
        self.taken.remove(&queuing_order);
        let message = self.messages.get_mut(&queuing_order)?;
        message.status = MessageStatus::Retained;
        Some(message)
    }

    /// The message with that queuing order.
    pub(crate) fn get(&self, queuing_order: u64) -> Option<&QueuedMessage> {
        self.messages.get(&queuing_order).map(|message| &**message)
    }

    /// Has a message's body leave memory; its row is durable.
    pub(crate) fn leave_body(&mut self, queuing_order: u64) {
        if let Some(message) = self.messages.get_mut(&queuing_order) {
            message.body.leave();
        }
    }

    /// All rows that `transaction` may see, by arrival: a plain read sees what others have received but not
    /// committed, and not what it received itself.
    pub(crate) fn visible(&self, transaction: Option<TransactionId>) -> impl Iterator<Item = &QueuedMessage> {
        let rows = self.messages.values().map(|message| &**message);
        rows.filter(move |message| {
            let taker = self.taken.get(&message.queuing_order);
            taker.is_none() || taker.copied() != transaction
        })
    }

    /// Groups with ready messages that nobody was seen to have locked, in the order in which RECEIVE serves them.
    pub(crate) fn ready_groups(&self) -> impl Iterator<Item = ConversationGroupId> {
        self.ready.line()
    }

    /// The first group in line that is not locked by another. Those that are stand aside until [`Queue::readmit`].
    pub(super) fn first_free(
        &mut self,
        is_locked: impl Fn(ConversationGroupId) -> bool,
    ) -> Option<GroupPlace> {
        self.ready.first_free(is_locked)
    }

    /// Where a group with ready messages is served.
    pub(super) fn place_of(&self, group: ConversationGroupId) -> Option<GroupPlace> {
        self.ready.place_of(group)
    }

    /// A group's lock was given back.
    pub(crate) fn readmit(&mut self, group: ConversationGroupId) {
        self.ready.readmit(group);
    }

    /// Whether a group or conversation has a ready message.
    pub fn has_ready(&self, filter: ReceiveFilter) -> bool {
        match filter {
            ReceiveFilter::Any => self.ready_groups().next().is_some(),
            ReceiveFilter::Group(group) => self.ready.has_group(group),
            ReceiveFilter::Conversation(handle) => self.ready.has_conversation(handle),
        }
    }

    /// Queuing orders of a group's ready messages as RECEIVE returns them: conversations by descending priority
    /// then earliest message, and within one timer, error, sequence. At most `limit`.
    pub(crate) fn in_receive_order(
        &self,
        group: ConversationGroupId,
        only: Option<ConversationHandle>,
        limit: usize,
    ) -> Vec<u64> {
        match only {
            Some(handle) => self.ready.of_conversation(handle).take(limit).collect(),
            None => self.ready.of_group(group, limit),
        }
    }

    /// Queuing orders of every row of a conversation, received or not.
    pub(crate) fn of_conversation(&self, handle: ConversationHandle) -> Vec<u64> {
        let others = self.others.range((handle, 0)..=(handle, u64::MAX)).map(|(_, order)| *order);
        let mut orders: Vec<u64> = self.ready.of_conversation(handle).chain(others).collect();
        orders.sort_unstable();
        orders
    }

    /// Changes the group of a conversation's rows; returns them.
    pub(crate) fn move_conversation(
        &mut self,
        handle: ConversationHandle,
        group: ConversationGroupId,
    ) -> Vec<u64> {
        let orders = self.of_conversation(handle);
        // All of them first: a conversation is in one group.
        let rows: Vec<_> = orders.iter().filter_map(|order| self.remove(*order)).collect();
        for mut message in rows {
            message.group = group;
            self.insert(message);
        }
        orders
    }

    /// Rows that open transactions have received.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (u64, TransactionId)> {
        self.taken.iter().map(|(order, transaction)| (*order, *transaction))
    }

    /// Groups that stand aside, since somebody has them locked.
    pub(crate) fn groups_aside(&self) -> impl Iterator<Item = ConversationGroupId> {
        self.ready.aside()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Looks for contradictions between the rows and the orders in which they are served.
    pub(crate) fn audit(&self) -> Result<(), String> {
        self.ready.audit()?;
        if self.ready.len() + self.others.len() != self.messages.len() {
            return Err(format!("{} rows are neither ready nor not", self.messages.len()));
        }
        match self.taken.keys().find(|order| !self.messages.contains_key(order)) {
            Some(order) => Err(format!("row {order} is taken and not there")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
