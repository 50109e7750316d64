//! Commits: everything that waits becomes durable in one flush, then the next.
//!
//! While nothing is being written, whoever has something to commit writes it himself: that spares a lone client two
//! changes of thread. While something is being written, the commit thread takes up what gathers meanwhile.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use duologue_messages::sql_error;
use duologue_store::Store;

use crate::clock;
use crate::shared::Shared;

/// The way to the store.
pub(crate) struct Commits {
    store: Arc<dyn Store>,
    /// Held while a batch is taken, written and reported: batches become durable in their order.
    writing: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_due: bool,
    is_closing: bool,
    is_parked: bool,
}

impl Commits {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, writing: Mutex::default(), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Has the thread commit what waits.
    pub(crate) fn notify(&self) {
        self.change(|state| state.is_due = true);
    }

    /// The thread ends once nothing waits.
    pub(crate) fn close(&self) {
        self.change(|state| state.is_closing = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        // Waking a thread that runs would cost a system call for each commit under load.
        let is_parked = std::mem::take(&mut state.is_parked);
        drop(state);
        if is_parked {
            self.changed.notify_one();
        }
    }

    /// Waits until something is due; false when nothing will come any more.
    fn wait(&self) -> bool {
        let mut state = self.lock();
        while !state.is_due && !state.is_closing {
            state.is_parked = true;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_parked = false;
        std::mem::take(&mut state.is_due)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's life.
pub(crate) fn run(shared: &Arc<Shared>) {
    while shared.commits.wait() {
        let Ok(_writing) = shared.commits.writing.lock() else { return fail_after_panic(shared) };
        while write(shared) {}
    }
}

/// Commits what waits, here if nobody is writing. Blocks for as long as a flush takes.
pub(crate) fn here_or_notify(shared: &Arc<Shared>) {
    match shared.commits.writing.try_lock() {
        // Whoever comes meanwhile finds the way taken and notifies the thread.
        Ok(_writing) => drop(write(shared)),
        Err(TryLockError::WouldBlock) => shared.commits.notify(),
        Err(TryLockError::Poisoned(_)) => fail_after_panic(shared),
    }
}

/// Nobody knows how far a commit came that ended in a panic.
fn fail_after_panic(shared: &Shared) {
    shared.fail("A commit failed in the middle. Start the server again.");
}

/// Writes everything that waits as one batch. False when nothing waited, or the store failed.
fn write(shared: &Arc<Shared>) -> bool {
    let Some((batch, sequence)) = shared.with_instance(duologue_broker::Instance::take_batch) else {
        return false;
    };
    if let Err(error) = shared.commits.store.commit(&batch) {
        // Statements decided on top of this batch; a full disk is no exception to that.
        shared.fail(&sql_error!(49904, error).text);
        return false;
    }
    shared.with_instance(|instance| instance.durable(sequence, clock::now()));
    shared.durable.set(sequence);
    true
}
