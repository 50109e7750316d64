//! What happens by itself: timers, and the broker's own catalog changes.

use std::time::Duration;

use duologue_messages::sql_error;
use duologue_types::{ConversationHandle, Timestamp};

use crate::conversations::FarEnd;
use crate::instance::{DeferredChange, Instance};
use crate::timers::Due;
use crate::transaction::Resource;

/// After which a message of the broker's own is tried again when the disk was full.
const ROOM_PAUSE: Duration = Duration::from_secs(10);

/// Timers that fire in one call.
const FIRED_AT_ONCE: usize = 4096;

impl Instance {
    /// When [`Instance::fire_timers`] has something to do next.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Does what is due: so much that others are not held up for long, and the rest when it is called again.
    pub fn fire_timers(&mut self, now: Timestamp) {
        for _ in 0..FIRED_AT_ONCE {
            let Some(due) = self.timers.pop_due(now) else { break };
            match due {
                Due::DialogTimer(handle) => self.fire_dialog_timer(handle, now),
                Due::Lifetime(handle) => self.fire_lifetime(handle, now),
                Due::Retry(handle) => self.fire_retry(handle, now),
                Due::Purge(handle) => self.fire_purge(handle, now),
                Due::Reclassify => self.fire_review(now),
            }
        }
        self.submit(now);
    }

    fn fire_dialog_timer(&mut self, handle: ConversationHandle, now: Timestamp) {
        if self.wait_for_room(Due::DialogTimer(handle), now) {
            return;
        }
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let due = endpoint.local.timer.is_some_and(|at| at <= now);
        if due && endpoint.local.end.is_none() {
            endpoint.local.timer = None;
            self.deliver_timer(handle, now);
            self.save_endpoint(handle);
        }
    }

    /// The lifetime is over: each side notices by itself.
    fn fire_lifetime(&mut self, handle: ConversationHandle, now: Timestamp) {
        if self.wait_for_room(Due::Lifetime(handle), now) {
            return;
        }
        let Some(endpoint) = self.conversations.get(handle) else { return };
        if endpoint.expires > now {
            return;
        }
        if endpoint.far_end.is_none() {
            self.fail_endpoint(handle, &sql_error!(8489), now);
        }
        self.close_if_finished(handle, now);
    }

    /// A timer whose message has no room on the disk fires later.
    fn wait_for_room(&mut self, due: Due, now: Timestamp) -> bool {
        let waits = !self.store.has_room();
        if waits {
            self.timers.arm(now + ROOM_PAUSE, due);
        }
        waits
    }

    /// The wait for an acknowledgement was in vain: everything unacknowledged goes again.
    fn fire_retry(&mut self, handle: ConversationHandle, now: Timestamp) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        if !endpoint.sent.retry_due(now) {
            return;
        }
        endpoint.sent.on_retry();
        self.transmit(handle, now);
    }

    fn fire_purge(&mut self, handle: ConversationHandle, now: Timestamp) {
        let due = self.conversations.get(handle).and_then(|endpoint| endpoint.purge_after);
        if due.is_some_and(|at| at <= now) {
            self.remove_endpoint(handle);
        }
    }

    /// Makes the broker's own catalog changes once no transaction holds the catalog.
    pub(crate) fn run_deferred(&mut self, now: Timestamp) {
        if self.deferred.is_empty() || self.locks.is_held(Resource::Catalog) {
            return;
        }
        while let Some(change) = self.deferred.pop_front() {
            match change {
                DeferredChange::DisableQueue(queue) => self.disable_queue(queue, now),
                DeferredChange::DropEventNotification(conversation) => {
                    self.drop_event_notification(conversation)
                }
            }
        }
    }

    /// Every conversation of a database ends with an error for this side; the far sides find out by themselves.
    pub(crate) fn fail_all(
        &mut self,
        handles: Vec<ConversationHandle>,
        error: &duologue_messages::SqlError,
        now: Timestamp,
    ) {
        for handle in handles {
            let open = self
                .conversations
                .get(handle)
                .is_some_and(|endpoint| endpoint.far_end != Some(FarEnd::Error));
            if open {
                self.fail_endpoint(handle, error, now);
            }
        }
    }
}
