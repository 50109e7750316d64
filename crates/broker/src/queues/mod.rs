//! Queues: what is in them, in which order it leaves, and who waits for it.

mod message;
mod poison;
mod queue;
mod receive;
mod wait;

use std::collections::HashMap;

use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;

pub use message::{MessageStatus, QueueMessage};
pub use queue::{Queue, ReceiveFilter};
pub use receive::ReceiveRequest;

use crate::instance::Instance;
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

    /// Puts a message into a queue in the current batch and wakes who waits for it.
    pub(crate) fn enqueue(&mut self, queue: ObjectKey, mut message: QueueMessage) {
        let found = self.queues.entry(queue).or_default();
        message.queuing_order = found.next_queuing_order();
        let key = Key::Queue { database: queue.0, queue: queue.1, order: message.queuing_order };
        self.batch.put(key, message.encode());
        let ready = message.status == MessageStatus::Ready;
        found.insert(message);
        if ready {
            self.wake_one_receiver(queue);
        }
    }

    /// Takes a row to its service's queue, if ALTER SERVICE gave the service another one while the row could not
    /// follow.
    pub(crate) fn follow_service(&mut self, queue: ObjectKey, order: u64) {
        let message = self.queues.get(&queue).and_then(|found| found.get(order));
        let service =
            message.and_then(|message| self.catalog.databases.get(&queue.0)?.services.get(message.service.0));
        let Some(to) = service.map(|service| service.queue).filter(|to| *to != queue.1) else { return };
        if let Some(message) = self.delete_from_queue(queue, order) {
            self.enqueue((queue.0, to), message);
        }
    }

    /// Removes a row for good, in the current batch.
    pub(crate) fn delete_from_queue(&mut self, queue: ObjectKey, order: u64) -> Option<QueueMessage> {
        let removed = self.queues.get_mut(&queue)?.remove(order)?;
        self.batch.delete(Key::Queue { database: queue.0, queue: queue.1, order });
        Some(removed)
    }
}
