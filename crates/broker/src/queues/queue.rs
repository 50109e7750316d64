//! The messages of one queue in memory: by arrival, and by the order in which RECEIVE takes them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use duologue_types::{ConversationGroupId, ConversationHandle, ServiceId, SessionId, TransactionId};

use super::message::{MessageStatus, QueueMessage, Rank};

/// Order of a message within its conversation: kind, sequence, arrival.
type ConversationOrder = (Rank, u64, u64);

/// Messages of a group that RECEIVE may take.
#[derive(Default)]
struct ReadyGroup {
    conversations: HashMap<ConversationHandle, ReadyConversation>,
    /// Queuing orders of all of them: the first decides between groups of one priority.
    orders: BTreeSet<u64>,
    /// How many conversations have each priority: the highest decides between groups.
    priorities: BTreeMap<u8, usize>,
    /// Where the group stands in [`Queue::ready`].
    place: Option<GroupPlace>,
}

/// A conversation's ready messages.
struct ReadyConversation {
    priority: u8,
    messages: BTreeMap<ConversationOrder, u64>,
}

/// Groups in the order in which they are served: highest priority, then earliest arrival.
type GroupPlace = (Reverse<u8>, u64, ConversationGroupId);

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
    messages: BTreeMap<u64, QueueMessage>,
    by_conversation: HashMap<ConversationHandle, BTreeSet<u64>>,
    groups: HashMap<ConversationGroupId, ReadyGroup>,
    ready: BTreeSet<GroupPlace>,
    /// Messages that an open transaction has received, by its id.
    taken: HashMap<u64, TransactionId>,
    next_queuing_order: u64,
    /// Waiting sessions in line.
    pub(crate) waiters: VecDeque<(SessionId, ReceiveFilter)>,
    /// Rollbacks in a row of transactions that received from here.
    pub(crate) rollbacks: u8,
}

impl Queue {
    /// The number for the next arrival.
    pub fn next_queuing_order(&mut self) -> u64 {
        let order = self.next_queuing_order;
        self.next_queuing_order += 1;
        order
    }

    /// Adds a message under its own queuing order.
    pub fn insert(&mut self, message: QueueMessage) {
        self.next_queuing_order = self.next_queuing_order.max(message.queuing_order + 1);
        if message.status == MessageStatus::Ready {
            self.add_ready(&message);
        }
        self.by_conversation.entry(message.handle).or_default().insert(message.queuing_order);
        self.messages.insert(message.queuing_order, message);
    }

    /// Removes a message for good.
    pub fn remove(&mut self, queuing_order: u64) -> Option<QueueMessage> {
        let message = self.messages.remove(&queuing_order)?;
        if let Some(orders) = self.by_conversation.get_mut(&message.handle) {
            orders.remove(&queuing_order);
            if orders.is_empty() {
                self.by_conversation.remove(&message.handle);
            }
        }
        if message.status == MessageStatus::Ready && self.taken.remove(&queuing_order).is_none() {
            self.remove_ready(&message);
        }
        Some(message)
    }

    /// Marks a message as received by a transaction that is still open.
    pub fn take(&mut self, queuing_order: u64, transaction: TransactionId) {
        if let Some(message) = self.messages.get(&queuing_order).cloned()
            && self.taken.insert(queuing_order, transaction).is_none()
        {
            self.remove_ready(&message);
        }
    }

    /// Gives a message back that its transaction did not keep.
    pub fn give_back(&mut self, queuing_order: u64) {
        if self.taken.remove(&queuing_order).is_some()
            && let Some(message) = self.messages.get(&queuing_order).cloned()
        {
            self.add_ready(&message);
        }
    }

    /// Queuing orders of a service's rows that no open transaction has received.
    pub fn of_service(&self, service: ServiceId) -> Vec<u64> {
        let rows = self.messages.values().filter(|message| message.service == service);
        rows.map(|message| message.queuing_order).filter(|order| !self.taken.contains_key(order)).collect()
    }

    /// Keeps a received message as a retained row.
    pub fn retain(&mut self, queuing_order: u64) -> Option<&QueueMessage> {
        self.taken.remove(&queuing_order);
        let message = self.messages.get_mut(&queuing_order)?;
        message.status = MessageStatus::Retained;
        Some(message)
    }

    /// The message with that queuing order.
    pub fn get(&self, queuing_order: u64) -> Option<&QueueMessage> {
        self.messages.get(&queuing_order)
    }

    /// All rows that `transaction` may see, by arrival: a plain read sees what others have received but not
    /// committed, and not what it received itself.
    pub fn visible(&self, transaction: Option<TransactionId>) -> impl Iterator<Item = &QueueMessage> {
        self.messages.values().filter(move |message| {
            let taker = self.taken.get(&message.queuing_order);
            taker.is_none() || taker.copied() != transaction
        })
    }

    /// Groups with ready messages, in the order in which RECEIVE serves them.
    pub fn ready_groups(&self) -> impl Iterator<Item = ConversationGroupId> {
        self.ready.iter().map(|(_, _, group)| *group)
    }

    /// Whether the filter matches a ready message.
    pub fn has_ready(
        &self,
        filter: ReceiveFilter,
        group_of: impl Fn(ConversationHandle) -> Option<ConversationGroupId>,
    ) -> bool {
        match filter {
            ReceiveFilter::Any => !self.ready.is_empty(),
            ReceiveFilter::Group(group) => self.groups.contains_key(&group),
            ReceiveFilter::Conversation(handle) => group_of(handle)
                .and_then(|group| self.groups.get(&group))
                .is_some_and(|group| group.conversations.contains_key(&handle)),
        }
    }

    /// Queuing orders of a group's ready messages as RECEIVE returns them: conversations by descending priority
    /// then earliest message, and within one timer, error, sequence. At most `limit`.
    pub fn in_receive_order(
        &self,
        group: ConversationGroupId,
        only: Option<ConversationHandle>,
        limit: usize,
    ) -> Vec<u64> {
        let Some(found) = self.groups.get(&group) else { return Vec::new() };
        let mut conversations: Vec<_> = found
            .conversations
            .iter()
            .filter(|(handle, _)| only.is_none_or(|only| only == **handle))
            .map(|(handle, ready)| {
                (Reverse(ready.priority), ready.messages.values().next().copied(), *handle, ready)
            })
            .collect();
        conversations.sort_unstable_by_key(|(priority, first, handle, _)| (*priority, *first, *handle));
        conversations
            .iter()
            .flat_map(|(_, _, _, ready)| ready.messages.values().copied())
            .take(limit)
            .collect()
    }

    /// Queuing orders of every row of a conversation, received or not.
    pub fn of_conversation(&self, handle: ConversationHandle) -> Vec<u64> {
        self.by_conversation.get(&handle).map(|orders| orders.iter().copied().collect()).unwrap_or_default()
    }

    /// Changes the group of a conversation's rows; returns them.
    pub fn move_conversation(&mut self, handle: ConversationHandle, group: ConversationGroupId) -> Vec<u64> {
        let orders = self.of_conversation(handle);
        for order in &orders {
            if let Some(mut message) = self.remove(*order) {
                message.group = group;
                self.insert(message);
            }
        }
        orders
    }

    /// Rows that open transactions have received.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (u64, TransactionId)> {
        self.taken.iter().map(|(order, transaction)| (*order, *transaction))
    }

    /// Looks for contradictions between the rows and the orders in which they are served.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let free = |message: &&QueueMessage| {
            message.status == MessageStatus::Ready && !self.taken.contains_key(&message.queuing_order)
        };
        let ready = self.messages.values().filter(free);
        let listed: usize = self.groups.values().map(|group| group.orders.len()).sum();
        let mut count = 0;
        for message in ready {
            count += 1;
            let group = self.groups.get(&message.group);
            if group.is_none_or(|group| !group.orders.contains(&message.queuing_order)) {
                return Err(format!("row {} is ready and nobody would receive it", message.queuing_order));
            }
        }
        if listed != count {
            return Err(format!("{count} rows are ready and {listed} would be received"));
        }
        let served = |(id, group): (&ConversationGroupId, &ReadyGroup)| {
            group.place.is_some_and(|place| {
                place.2 == *id && Some(&place.1) == group.orders.first() && self.ready.contains(&place)
            })
        };
        if !self.groups.iter().all(served) || self.ready.len() != self.groups.len() {
            return Err("groups are not served in their order".into());
        }
        match self.taken.keys().find(|order| !self.messages.contains_key(order)) {
            Some(order) => Err(format!("row {order} is taken and not there")),
            None => Ok(()),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    fn add_ready(&mut self, message: &QueueMessage) {
        let group = self.groups.entry(message.group).or_default();
        let order = (message.rank(), message.sequence, message.queuing_order);
        let conversation = group.conversations.entry(message.handle).or_insert_with(|| {
            *group.priorities.entry(message.priority).or_default() += 1;
            ReadyConversation { priority: message.priority, messages: BTreeMap::new() }
        });
        conversation.messages.insert(order, message.queuing_order);
        group.orders.insert(message.queuing_order);
        self.place(message.group);
    }

    fn remove_ready(&mut self, message: &QueueMessage) {
        let Some(group) = self.groups.get_mut(&message.group) else { return };
        group.orders.remove(&message.queuing_order);
        if let Some(conversation) = group.conversations.get_mut(&message.handle) {
            conversation.messages.remove(&(message.rank(), message.sequence, message.queuing_order));
            if conversation.messages.is_empty() {
                let priority = conversation.priority;
                group.conversations.remove(&message.handle);
                if let Some(count) = group.priorities.get_mut(&priority) {
                    *count -= 1;
                    if *count == 0 {
                        group.priorities.remove(&priority);
                    }
                }
            }
        }
        self.place(message.group);
    }

    /// Puts a group where its highest priority and earliest message say.
    fn place(&mut self, id: ConversationGroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let place = match (group.priorities.last_key_value(), group.orders.first()) {
            (Some((priority, _)), Some(first)) => Some((Reverse(*priority), *first, id)),
            _ => None,
        };
        if group.place == place {
            return;
        }
        if let Some(old) = std::mem::replace(&mut group.place, place) {
            self.ready.remove(&old);
        }
        match place {
            Some(place) => {
                self.ready.insert(place);
            }
            None => {
                self.groups.remove(&id);
            }
        }
    }
}
