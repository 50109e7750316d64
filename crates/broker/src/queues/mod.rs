//! Queues: what is in them, in which order it leaves, and who waits for it.

mod line;
mod message;
mod poison;
mod queue;
mod ready;
mod receive;
mod wait;

use std::collections::HashMap;

use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::TransactionId;

pub(crate) use message::QueuedMessage;
pub use message::{MessageStatus, QueueMessage};
pub use queue::{Queue, ReceiveFilter};
pub use receive::ReceiveRequest;

use crate::codec::end_of_row;
use crate::instance::{AfterDurable, Instance};
use crate::transaction::ObjectKey;

/// The queues that have, or had, messages or waiters.
pub(crate) type Queues = HashMap<ObjectKey, Queue>;

impl Instance {
    /// A queue's messages, if it ever had any.
    pub fn queue(&self, queue: ObjectKey) -> Option<&Queue> {
        self.queues.get(&queue)
    }

    /// 9617 when the queue is switched off.
    pub(crate) fn check_queue_enabled(&self, queue: ObjectKey) -> Result<(), SqlError> {
        let database = self.catalog.databases.get(&queue.0);
        match database.and_then(|database| database.queues.get(queue.1.0)) {
            Some(found) if !found.enabled => Err(sql_error!(9617, found.name)),
            _ => Ok(()),
        }
    }

    /// The rows of a queue that `transaction` may see, by arrival: a plain read sees what others have received but not
    /// committed, and not what it received itself. An error is the store's.
    pub fn queue_messages(
        &self,
        queue: ObjectKey,
        transaction: Option<TransactionId>,
    ) -> impl Iterator<Item = Result<QueueMessage, SqlError>> {
        let found = self.queues.get(&queue).into_iter();
        found.flat_map(move |found| found.visible(transaction)).map(move |row| self.with_its_body(queue, row))
    }

    fn with_its_body(&self, queue: ObjectKey, row: &QueuedMessage) -> Result<QueueMessage, SqlError> {
        let body = self.bodies.read(&key_of(queue, row.queuing_order), &row.body)?;
        Ok(row.with_body(body))
    }

    /// Puts a message into a queue in the current batch and wakes who waits for it.
    pub(crate) fn enqueue(&mut self, queue: ObjectKey, mut message: QueueMessage) {
        let found = self.queues.entry(queue).or_default();
        message.queuing_order = found.next_queuing_order();
        message.message_type_name = self.names.shared(&message.message_type_name);
        let row = message.encode();
        let body = self.bodies.hold(end_of_row(&row, message.body.as_ref()));
        self.batch.put(key_of(queue, message.queuing_order), row);
        found.insert(message.with_body(body));
        if self.bodies.is_exceeded() && message.body.is_some() {
            self.after_durable(AfterDurable::LeaveQueued(queue, message.queuing_order));
        }
        if message.status == MessageStatus::Ready {
            self.wake_for_message(queue, message.group, message.handle);
        }
    }

    /// The row of a message is durable: if memory is short, that is enough of its body.
    pub(crate) fn leave_queued(&mut self, queue: ObjectKey, order: u64) {
        if self.bodies.is_exceeded()
            && let Some(found) = self.queues.get_mut(&queue)
        {
            found.leave_body(order);
        }
    }

    /// Writes the row of a message that changed.
    pub(crate) fn rewrite(&mut self, queue: ObjectKey, order: u64) {
        let Some(row) = self.queues.get(&queue).and_then(|found| found.get(order)) else { return };
        // A failure is noted, and then nothing of this becomes durable.
        let Ok(message) = self.with_its_body(queue, row) else { return };
        self.batch.put(key_of(queue, order), message.encode());
    }

    /// Takes a row to its service's queue, if ALTER SERVICE gave the service another one while the row could not
    /// follow.
    pub(crate) fn follow_service(&mut self, queue: ObjectKey, order: u64) {
        let message = self.queues.get(&queue).and_then(|found| found.get(order));
        let service =
            message.and_then(|message| self.catalog.databases.get(&queue.0)?.services.get(message.service.0));
        let Some(to) = service.map(|service| service.queue).filter(|to| *to != queue.1) else { return };
        let Some(Ok(message)) = message.map(|message| self.with_its_body(queue, message)) else { return };
        if self.delete_from_queue(queue, order) {
            self.enqueue((queue.0, to), message);
        }
    }

    /// Removes a row for good, in the current batch; false when it is not there.
    pub(crate) fn delete_from_queue(&mut self, queue: ObjectKey, order: u64) -> bool {
        let removed = self.queues.get_mut(&queue).and_then(|found| found.remove(order)).is_some();
        if removed {
            self.batch.delete(key_of(queue, order));
        }
        removed
    }
}

fn key_of(queue: ObjectKey, order: u64) -> Key {
    Key::Queue { database: queue.0, queue: queue.1, order }
}
