//! The timer task: calls the instance when something of it is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use duologue_types::Timestamp;
use tokio::sync::Notify;

use crate::clock;
use crate::shared::Shared;

/// When the instance wants to be called.
pub(crate) struct NextTimer {
    /// Microseconds; the largest number is never.
    at: AtomicI64,
    changed: Notify,
}

impl Default for NextTimer {
    fn default() -> Self {
        Self { at: AtomicI64::new(i64::MAX), changed: Notify::new() }
    }
}

impl NextTimer {
    /// Remembers the moment, and tells the task if it is another than before.
    pub(crate) fn set(&self, next: Option<Timestamp>) {
        let next = next.map_or(i64::MAX, |at| at.0);
        if self.at.swap(next, Ordering::AcqRel) != next {
            self.changed.notify_one();
        }
    }

    fn get(&self) -> Option<Timestamp> {
        Some(Timestamp(self.at.load(Ordering::Acquire))).filter(|at| at.0 != i64::MAX)
    }
}

/// The task's life.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut stopping = shared.stopping();
    loop {
        let next = shared.next_timer.get();
        tokio::select! {
            () = clock::sleep_until(next) => {}
            () = shared.next_timer.changed.notified() => continue,
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let now = clock::now();
        if next.is_some_and(|at| at <= now) {
            shared.with_instance(|instance| instance.fire_timers(now));
        }
    }
}
