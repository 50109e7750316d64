//! The commit thread: everything that waits becomes durable in one flush, then the next.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use duologue_messages::sql_error;
use duologue_store::Store;

use crate::clock;
use crate::shared::Shared;

/// Wakes the commit thread.
#[derive(Default)]
pub(crate) struct CommitSignal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_due: bool,
    is_closing: bool,
}

impl CommitSignal {
    /// There is something to commit.
    pub(crate) fn notify(&self) {
        self.change(|state| state.is_due = true);
    }

    /// The thread ends once nothing waits.
    pub(crate) fn close(&self) {
        self.change(|state| state.is_closing = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    /// Waits until something is due; false when nothing will come any more.
    fn wait(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| !state.is_due && !state.is_closing)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.is_due)
    }
}

/// The thread's life.
pub(crate) fn run(shared: &Arc<Shared>, store: &dyn Store) {
    while shared.commits.wait() {
        while let Some((batch, sequence)) = shared.with_instance(duologue_broker::Instance::take_batch) {
            if let Err(error) = store.commit(&batch) {
                // Statements decided on top of this batch; a full disk is no exception to that.
                return shared.fail(&sql_error!(49904, error).text);
            }
            shared.with_instance(|instance| instance.durable(sequence, clock::now()));
            shared.set_durable(sequence);
        }
    }
}
