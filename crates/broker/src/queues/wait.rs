//! WAITFOR: sessions in line for a message.
//!
//! A message wakes one session of each kind that it suits: of those that wait for any, for its group, for its
//! conversation. A session that is woken and leaves, or takes a part, passes the wake on to its own kind, so that
//! nobody sleeps while a message is ready that he may have.

use duologue_types::{ConversationGroupId, ConversationHandle, SessionId};

use super::message::QueueMessage;
use super::queue::ReceiveFilter;
use crate::instance::Instance;
use crate::transaction::{ObjectKey, Resource};

impl Instance {
    /// Puts a session in line at a queue.
    pub fn wait_on_queue(&mut self, session: SessionId, queue: ObjectKey, filter: ReceiveFilter) {
        self.queues.entry(queue).or_default().line.join(session, filter);
    }

    /// Whether a queue has messages of a group that nobody has locked: RECEIVE would return some.
    pub fn has_free_group(&self, queue: ObjectKey) -> bool {
        self.queues.get(&queue).is_some_and(|found| {
            found.ready_groups().any(|group| !self.locks.is_held(Resource::Group(group)))
        })
    }

    /// Takes a session out of the line, and passes on a wake that it may have had.
    pub fn stop_waiting(&mut self, session: SessionId, queue: ObjectKey) {
        let Some(found) = self.queues.get_mut(&queue) else { return };
        match found.line.leave(session) {
            None => {}
            Some(ReceiveFilter::Any) => self.wake_one_receiver(queue),
            Some(filter) => {
                let woken = if found.has_ready(filter) { found.line.wake_first(filter) } else { None };
                woken.into_iter().for_each(|session| self.wake(session));
            }
        }
    }

    /// A message of a conversation is ready: wakes whom it suits.
    pub(crate) fn wake_for_message(
        &mut self,
        queue: ObjectKey,
        group: ConversationGroupId,
        handle: ConversationHandle,
    ) {
        let Some(found) = self.queues.get_mut(&queue).filter(|found| !found.line.is_empty()) else { return };
        let special = [ReceiveFilter::Conversation(handle), ReceiveFilter::Group(group)];
        for session in special.map(|filter| found.line.wake_first(filter)).into_iter().flatten() {
            self.wake(session);
        }
        self.wake_one_receiver(queue);
    }

    /// Somebody took messages of a group: what is left is for others of his kind.
    pub(crate) fn pass_on_wakes(
        &mut self,
        queue: ObjectKey,
        group: ConversationGroupId,
        taken: &[QueueMessage],
    ) {
        let Some(found) = self.queues.get_mut(&queue).filter(|found| !found.line.is_empty()) else { return };
        let mut handles: Vec<_> = taken.iter().map(|message| message.handle).collect();
        handles.dedup();
        let conversations = handles.into_iter().map(ReceiveFilter::Conversation);
        let special = conversations.chain([ReceiveFilter::Group(group)]);
        let woken: Vec<_> = special
            .filter_map(|filter| if found.has_ready(filter) { found.line.wake_first(filter) } else { None })
            .collect();
        woken.into_iter().for_each(|session| self.wake(session));
        self.wake_one_receiver(queue);
    }

    /// Wakes the first session that waits for any message, if there is one that it may have.
    pub(crate) fn wake_one_receiver(&mut self, queue: ObjectKey) {
        let waits = self.queues.get(&queue).is_some_and(|found| found.line.has_any());
        if !waits || !self.has_free_group(queue) {
            return;
        }
        if let Some(session) =
            self.queues.get_mut(&queue).and_then(|found| found.line.wake_first(ReceiveFilter::Any))
        {
            self.wake(session);
        }
    }

    /// Wakes everybody in line: the queue was switched off or dropped.
    pub(crate) fn wake_all_receivers(&mut self, queue: ObjectKey) {
        let woken = self.queues.get_mut(&queue).map(|found| found.line.wake_all());
        for session in woken.into_iter().flatten() {
            self.wake(session);
        }
    }

    /// Wakes who waits for this very conversation: it is over.
    pub(crate) fn wake_receivers_of_conversation(&mut self, queue: ObjectKey, handle: ConversationHandle) {
        let Some(found) = self.queues.get_mut(&queue) else { return };
        let mut woken = Vec::new();
        while let Some(session) = found.line.wake_first(ReceiveFilter::Conversation(handle)) {
            woken.push(session);
        }
        woken.into_iter().for_each(|session| self.wake(session));
    }

    /// A group's lock was released: the group is in line again, and whoever waits at its queue may have it now.
    pub(crate) fn wake_receivers_of_group(&mut self, group: ConversationGroupId) {
        let queue = self.conversations.group(group).and_then(|found| {
            let database = self.catalog.databases.get(&found.database)?;
            Some((found.database, database.services.get(found.service.0)?.queue))
        });
        let Some(queue) = queue else { return };
        if let Some(found) = self.queues.get_mut(&queue) {
            found.readmit(group);
        }
        self.wake_one_receiver(queue);
    }
}
