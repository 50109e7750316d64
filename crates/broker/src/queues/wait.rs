//! WAITFOR: sessions in line for a message.
//!
//! A message wakes one session that it suits. A session that is woken and leaves, or takes a part, passes the wake
//! on, so that nobody sleeps while a message is ready that he may have.

use duologue_types::{ConversationGroupId, ConversationHandle, SessionId};

use super::queue::ReceiveFilter;
use crate::instance::Instance;
use crate::transaction::{ObjectKey, Resource};

impl Instance {
    /// Puts a session in line at a queue.
    pub fn wait_on_queue(&mut self, session: SessionId, queue: ObjectKey, filter: ReceiveFilter) {
        let waiters = &mut self.queues.entry(queue).or_default().waiters;
        if !waiters.iter().any(|(waiting, _)| *waiting == session) {
            waiters.push_back((session, filter));
        }
    }

    /// Whether a queue has messages of a group that nobody has locked: RECEIVE would return some.
    pub fn has_free_group(&self, queue: ObjectKey) -> bool {
        self.queues.get(&queue).is_some_and(|found| {
            found.ready_groups().any(|group| !self.locks.is_held(Resource::Group(group)))
        })
    }

    /// Takes a session out of the line, and passes on a wake that it may have had.
    pub fn stop_waiting(&mut self, session: SessionId, queue: ObjectKey) {
        if let Some(found) = self.queues.get_mut(&queue) {
            found.waiters.retain(|(waiting, _)| *waiting != session);
            self.wake_one_receiver(queue);
        }
    }

    /// Wakes the first session in line that the queue has something for, and takes it out of the line.
    pub(crate) fn wake_one_receiver(&mut self, queue: ObjectKey) {
        let Some(found) = self.queues.get(&queue) else { return };
        if found.waiters.is_empty() {
            return;
        }
        let any = self.has_free_group(queue);
        let group_of = |handle| self.conversations.get(handle).map(|endpoint| endpoint.local.group);
        let suited = found.waiters.iter().position(|(_, filter)| match filter {
            ReceiveFilter::Any => any,
            other => found.has_ready(*other, group_of),
        });
        let woken = suited.and_then(|index| self.queues.get_mut(&queue)?.waiters.remove(index));
        if let Some((session, _)) = woken {
            self.wake(session);
        }
    }

    /// Wakes everybody in line: the queue was switched off or dropped.
    pub(crate) fn wake_all_receivers(&mut self, queue: ObjectKey) {
        let waiters = self.queues.get_mut(&queue).map(|found| std::mem::take(&mut found.waiters));
        for (session, _) in waiters.into_iter().flatten() {
            self.wake(session);
        }
    }

    /// Wakes who waits for this very conversation: it is over.
    pub(crate) fn wake_receivers_of_conversation(&mut self, queue: ObjectKey, handle: ConversationHandle) {
        let Some(found) = self.queues.get_mut(&queue) else { return };
        let waits = |filter: &ReceiveFilter| *filter == ReceiveFilter::Conversation(handle);
        let woken: Vec<_> =
            found.waiters.iter().filter(|(_, filter)| waits(filter)).map(|(session, _)| *session).collect();
        if !woken.is_empty() {
            found.waiters.retain(|(_, filter)| !waits(filter));
        }
        for session in woken {
            self.wake(session);
        }
    }

    /// A group's lock was released: whoever waits at its queue may have it now.
    pub(crate) fn wake_receivers_of_group(&mut self, group: ConversationGroupId) {
        let queue = self.conversations.group(group).and_then(|found| {
            let database = self.catalog.databases.get(&found.database)?;
            Some((found.database, database.services.get(found.service.0)?.queue))
        });
        if let Some(queue) = queue {
            self.wake_one_receiver(queue);
        }
    }
}
