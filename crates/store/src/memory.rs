//! A store that forgets: for tests and simulation, which decide when it crashes and when it is full.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::{CheckReport, Epoch, Lease, Operation, Row, Store, StoreError, WriteBatch};

/// What is to go wrong, see [`MemoryStore::inject`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The process dies after it wrote the batch and before the flush: the batch is lost.
    CrashBeforeFlush,
    /// The process dies after the flush and before the caller hears of it: the batch is durable.
    CrashAfterFlush,
    /// No space for this one batch; the handle stays usable.
    Full,
}

/// A map in memory that holds what a crash would leave.
///
/// A crash is a failing commit, after which the handle fails for ever, and [`MemoryStore::crash`], which opens
/// what was durable.
#[derive(Debug, Default)]
pub struct MemoryStore {
    epoch: Epoch,
    state: Mutex<State>,
}

type Rows = BTreeMap<Bytes, Bytes>;

#[derive(Debug, Default)]
struct State {
    rows: Rows,
    commits: u64,
    faults: BTreeMap<u64, Fault>,
    full: bool,
    only_reserve: bool,
    poisoned: Option<String>,
}

impl MemoryStore {
    /// An empty store, first epoch.
    pub fn new() -> Self {
        Self::from_rows(Rows::new(), Epoch(1))
    }

    fn from_rows(rows: Rows, epoch: Epoch) -> Self {
        let state = State { rows, ..State::default() };
        Self { epoch, state: Mutex::new(state) }
    }

    /// Kills this handle and opens what was durable, under the next epoch.
    pub fn crash(&self) -> Self {
        let mut state = self.state();
        state.poisoned.get_or_insert_with(|| "the process crashed".into());
        Self::from_rows(std::mem::take(&mut state.rows), Epoch(self.epoch.0 + 1))
    }

    /// How many commits were asked of this handle, failed ones included.
    pub fn commits(&self) -> u64 {
        self.state().commits
    }

    /// Makes the commit number `at` (the handle's first is 1) go wrong.
    pub fn inject(&self, at: u64, fault: Fault) {
        self.state().faults.insert(at, fault);
    }

    /// Takes all free space away or gives it back. While full every commit fails, deletes too: engines that never
    /// overwrite need space for them as well.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// Leaves only the reserve, from which every commit still goes through, or gives space back.
    pub fn set_room(&self, room: bool) {
        self.state().only_reserve = !room;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn healthy(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        match &state.poisoned {
            Some(reason) => Err(StoreError::Poisoned { reason: reason.clone() }),
            None => Ok(state),
        }
    }
}

impl State {
    fn commit(&mut self, batch: &WriteBatch) -> Result<(), StoreError> {
        self.commits += 1;
        let fault = self.faults.remove(&self.commits);
        if fault == Some(Fault::Full) || self.full {
            return Err(StoreError::Full { place: "memory".into() });
        }
        // What is lost need not be kept apart: a handle that lost something reads nothing any more.
        if fault != Some(Fault::CrashBeforeFlush) {
            apply(&mut self.rows, batch);
        }
        match fault {
            None => Ok(()),
            Some(fault) => Err(self.poison(format!("{fault:?} at commit {}", self.commits))),
        }
    }

    fn poison(&mut self, reason: String) -> StoreError {
        self.poisoned = Some(reason.clone());
        StoreError::Poisoned { reason }
    }
}

fn apply(rows: &mut Rows, batch: &WriteBatch) {
    for operation in batch {
        match operation {
            Operation::Put { key, value } => rows.insert(key.clone(), value.clone()),
            Operation::Delete { key } => rows.remove(key),
        };
    }
}

impl Store for MemoryStore {
    fn lease(&self) -> Lease {
        Lease { epoch: self.epoch }
    }

    fn commit(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        batch.check_sizes()?;
        self.healthy()?.commit(batch)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.healthy()?.rows.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let state = self.healthy()?;
        let rows = state.rows.range::<[u8], _>((start, Bound::Unbounded));
        let matching = rows.take_while(|(key, _)| key.starts_with(prefix));
        Ok(matching.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn has_room(&self) -> bool {
        let state = self.state();
        !state.full && !state.only_reserve
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        let state = self.healthy()?;
        let bytes = state.rows.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
        Ok(CheckReport { rows: state.rows.len() as u64, bytes, damage: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Memory;

    impl crate::conformance::Engine for Memory {
        type Store = MemoryStore;

        fn create(&self) -> MemoryStore {
            MemoryStore::new()
        }

        fn reopen(&self, store: MemoryStore) -> MemoryStore {
            store.crash()
        }
    }

    #[test]
    fn conforms() {
        crate::conformance::run(&Memory);
    }

    fn numbered(number: u8) -> WriteBatch {
        let mut batch = WriteBatch::new();
        batch.put(vec![number], vec![number]);
        batch
    }

    #[test]
    fn a_crash_at_every_commit_leaves_a_prefix_with_everything_acknowledged() {
        for at in 1..=4 {
            for (fault, survivors) in [(Fault::CrashBeforeFlush, at - 1), (Fault::CrashAfterFlush, at)] {
                let store = MemoryStore::new();
                store.inject(at, fault);
                let acknowledged =
                    (1..=4).take_while(|number| store.commit(&numbered(*number)).is_ok()).count();
                assert_eq!(acknowledged as u64, at - 1);
                assert!(
                    matches!(store.get(b"x"), Err(StoreError::Poisoned { .. })),
                    "a dead process reads nothing"
                );
                let reopened = store.crash();
                assert_eq!(reopened.scan(b"", None, 9).unwrap().len() as u64, survivors, "{fault:?} at {at}");
                assert!(reopened.lease().epoch > store.lease().epoch);
            }
        }
    }

    #[test]
    fn a_full_store_refuses_and_recovers() {
        let store = MemoryStore::new();
        store.inject(2, Fault::Full);
        let outcomes: Vec<_> = (1..=3).map(|number| store.commit(&numbered(number)).is_ok()).collect();
        assert_eq!(outcomes, [true, false, true]);
        store.set_full(true);
        assert!(matches!(store.commit(&numbered(4)), Err(StoreError::Full { .. })));
        store.set_full(false);
        store.commit(&numbered(4)).unwrap();
        let keys: Vec<u8> = store.scan(b"", None, 9).unwrap().iter().map(|(key, _)| key[0]).collect();
        assert_eq!((keys, store.commits()), (vec![1, 3, 4], 5));
    }
}
