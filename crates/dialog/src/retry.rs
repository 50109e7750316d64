//! When to send again what nobody acknowledged.

use std::time::Duration;

use duologue_types::Timestamp;

/// The first wait for an acknowledgement.
pub const FIRST_RETRY: Duration = Duration::from_secs(4);
/// The longest wait.
pub const LAST_RETRY: Duration = Duration::from_secs(64);

/// 4, 8, 16, 32, then every 64 seconds; from the start again after progress.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RetrySchedule {
    retries: u32,
    due: Option<Timestamp>,
}

impl RetrySchedule {
    /// The wait before the next retry.
    pub fn wait(&self) -> Duration {
        FIRST_RETRY.saturating_mul(1 << self.retries.min(4)).min(LAST_RETRY)
    }

    /// The moment of the next retry; `None` while nothing waits for an acknowledgement.
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Something was sent: starts the wait unless it runs already.
    pub fn arm(&mut self, now: Timestamp) {
        if self.due.is_none() {
            self.due = Some(now + self.wait());
        }
    }

    /// The wait was in vain; the next one is longer.
    pub fn back_off(&mut self) {
        self.retries = self.retries.saturating_add(1);
        self.due = None;
    }

    /// Progress, or a new connection: the next wait is the first one again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
