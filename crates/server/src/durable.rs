//! How far the store has come, and who waits for it: only those whose batch is durable are woken.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_store::CommitSequence;
use tokio::sync::Notify;

/// Everything up to a number is durable.
pub(crate) struct Durable {
    up_to: AtomicU64,
    waiting: Mutex<BTreeMap<CommitSequence, Vec<Arc<Notify>>>>,
}

impl Durable {
    pub(crate) fn new(up_to: CommitSequence) -> Self {
        Self { up_to: AtomicU64::new(up_to.0), waiting: Mutex::default() }
    }

    /// How far it is.
    pub(crate) fn up_to(&self) -> CommitSequence {
        CommitSequence(self.up_to.load(Ordering::Acquire))
    }

    /// For the commit thread.
    pub(crate) fn set(&self, sequence: CommitSequence) {
        // Under the lock, or somebody could come to wait for what has just happened.
        let mut waiting = self.lock();
        self.up_to.store(sequence.0, Ordering::Release);
        let later = waiting.split_off(&CommitSequence(sequence.0 + 1));
        let due = std::mem::replace(&mut *waiting, later);
        drop(waiting);
        due.into_values().flatten().for_each(|notify| notify.notify_one());
    }

    /// Has `notify` notified once `sequence` is durable: at once if it is already.
    pub(crate) fn notify_at(&self, sequence: CommitSequence, notify: &Arc<Notify>) {
        let mut waiting = self.lock();
        if self.up_to() >= sequence {
            drop(waiting);
            return notify.notify_one();
        }
        waiting.entry(sequence).or_default().push(notify.clone());
    }

    /// Waits for a number.
    pub(crate) async fn reached(&self, sequence: CommitSequence) {
        let notify = Arc::new(Notify::new());
        self.notify_at(sequence, &notify);
        notify.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CommitSequence, Vec<Arc<Notify>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_notified(notify: &Notify) -> bool {
        let mut notified = std::pin::pin!(notify.notified());
        notified.as_mut().enable()
    }

    #[test]
    fn whoever_waits_is_woken_when_his_batch_is_durable_and_not_before() {
        let durable = Durable::new(CommitSequence(3));
        let [past, next, later] = [3, 4, 6].map(|sequence| {
            let notify = Arc::new(Notify::new());
            durable.notify_at(CommitSequence(sequence), &notify);
            notify
        });
        assert!(is_notified(&past));
        assert!(!is_notified(&next));
        durable.set(CommitSequence(5));
        assert!(is_notified(&next));
        assert!(!is_notified(&later));
        durable.set(CommitSequence(6));
        assert!(is_notified(&later));
        assert_eq!(durable.up_to(), CommitSequence(6));
    }
}
