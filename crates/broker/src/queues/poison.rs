//! Poison messages: five rollbacks in a row of transactions that received from a queue switch it off.

use std::collections::BTreeSet;

use duologue_catalog::CatalogDraft;
use duologue_catalog::objects::Queue as QueueObject;

use crate::instance::{DeferredChange, Instance};
use crate::transaction::ObjectKey;

/// Rollbacks in a row that switch a queue off.
const ROLLBACK_LIMIT: u8 = 5;

impl Instance {
    /// Counts a rollback for every queue that the transaction had messages from.
    pub(crate) fn count_poison_rollback(&mut self, queues: BTreeSet<ObjectKey>) {
        for queue in queues {
            let handles_poison = self
                .catalog
                .databases
                .get(&queue.0)
                .and_then(|database| database.queues.get(queue.1.0))
                .is_some_and(|found| found.poison_message_handling && found.enabled);
            let Some(found) = self.queues.get_mut(&queue) else { continue };
            found.rollbacks = found.rollbacks.saturating_add(1);
            if handles_poison && found.rollbacks >= ROLLBACK_LIMIT {
                found.rollbacks = 0;
                self.deferred.push_back(DeferredChange::DisableQueue(queue));
            }
        }
    }

    /// Switches a queue off as ALTER QUEUE … STATUS = OFF does.
    pub(crate) fn disable_queue(&mut self, queue: ObjectKey, now: duologue_types::Timestamp) {
        let mut draft = CatalogDraft::new(self.catalog.clone());
        draft.update(queue.0, queue.1.0, |found: &mut QueueObject| found.enabled = false);
        self.install_catalog(draft);
        self.wake_all_receivers(queue);
        self.post_queue_disabled(queue, now);
    }
}
