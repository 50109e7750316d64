//! The default storage engine: one file in the data directory, kept by redb.
//!
//! What this crate adds to redb: a directory that belongs to one process at a time, format versions, clear errors
//! for whatever may be wrong with the place, and a rule for every failure:
//!
//! * A flush that failed is never tried again: the handle is poisoned, because the operating system may have
//!   dropped the data it could not write. So is every failure whose outcome is unknown.
//! * A full disk is not such a failure. redb refuses everything after a failed write, so the file is opened again,
//!   and a counter in it says whether the last batch is there.
//! * Every page is verified when the store is opened, as redb does not verify pages that it reads later. Should
//!   it panic on damaged bytes all the same, the panic ends here, as [`StoreError::Damaged`].

mod backend;
mod directory;
mod engine;
mod error;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;
use duologue_store::directory::DirectoryLock;
use duologue_store::{CheckReport, Lease, Row, Store, StoreError, WriteBatch};

use crate::backend::Medium;
use crate::engine::Engine;

/// Whether the directory holds such a store, in whatever state.
pub fn is_store(directory: &Path) -> bool {
    directory.join(directory::STORE_FILE).exists()
}

/// A store in a directory. Dropping it closes it and lets another process open it.
#[derive(Debug)]
pub struct EmbeddedStore {
    medium: Medium,
    lease: Lease,
    /// None once the handle is poisoned. Write-locked only to open the file again and to verify it.
    engine: RwLock<Option<Engine>>,
    /// How many commits the file has seen; held during a commit.
    commits: Mutex<u64>,
    poisoned: OnceLock<String>,
    /// Last, so that it is released after the file was closed.
    _lock: Option<DirectoryLock>,
}

impl EmbeddedStore {
    /// Opens the store in `directory`, or creates both; takes the directory for this process alone.
    ///
    /// Reads and verifies the whole file: about 3 s for a million rows of 1 KiB in the system's cache.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = DirectoryLock::acquire(directory)?;
        let medium = directory::store_file(directory)?;
        Self::open_medium(medium, Some(lock))
    }

    fn open_medium(medium: Medium, lock: Option<DirectoryLock>) -> Result<Self, StoreError> {
        let engine = Engine::open(&medium)?;
        let lease = Lease { epoch: engine.next_epoch()? };
        let commits = engine.commits()?;
        Ok(Self {
            medium,
            lease,
            engine: RwLock::new(Some(engine)),
            commits: Mutex::new(commits),
            poisoned: OnceLock::new(),
            _lock: lock,
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Engine) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        let outcome = read(self.healthy(&engine)?);
        drop(engine);
        outcome.map_err(|error| self.poison(error))
    }

    fn healthy<'a>(&self, engine: &'a RwLockReadGuard<'_, Option<Engine>>) -> Result<&'a Engine, StoreError> {
        engine.as_ref().filter(|_| self.poisoned.get().is_none()).ok_or_else(|| self.poisoned_error())
    }

    fn poisoned_error(&self) -> StoreError {
        let reason = self.poisoned.get().cloned().unwrap_or_else(|| "it is closed".into());
        StoreError::Poisoned { reason }
    }

    /// The handle is of no use any more. Damage is reported as such once, since it needs another remedy.
    fn poison(&self, error: StoreError) -> StoreError {
        tracing::error!(%error, place = self.medium.place(), "the store stopped");
        let first = self.poisoned.set(error.to_string()).is_ok();
        if first && matches!(error, StoreError::Damaged { .. }) { error } else { self.poisoned_error() }
    }

    /// After a write that found no space: opens the file again, which brings back the last durable state, and
    /// looks whether that contains the batch.
    fn recover_from_full(
        &self,
        commits: &mut MutexGuard<'_, u64>,
        full: StoreError,
    ) -> Result<(), StoreError> {
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: two handles must never be open on one file.
        *engine = None;
        let reopened = Engine::open(&self.medium).map_err(|error| self.poison(error))?;
        let found = reopened.commits().map_err(|error| self.poison(error))?;
        *engine = Some(reopened);
        match found.checked_sub(**commits) {
            Some(0) => Err(full),
            Some(1) => {
                **commits = found;
                Ok(())
            }
            _ => Err(self.poison(StoreError::Damaged {
                place: self.medium.place().into(),
                detail: format!("it holds {found} commits, and {commits} were acknowledged"),
            })),
        }
    }
}

impl Store for EmbeddedStore {
    fn lease(&self) -> Lease {
        self.lease
    }

    fn commit(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        batch.check_sizes()?;
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        let healthy = self.healthy(&engine)?;
        if batch.is_empty() {
            return Ok(());
        }
        let outcome = healthy.commit(batch, *commits + 1);
        drop(engine);
        match outcome {
            Ok(()) => {
                *commits += 1;
                Ok(())
            }
            Err(full @ StoreError::Full { .. }) => self.recover_from_full(&mut commits, full),
            Err(error) => Err(self.poison(error)),
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.read(|engine| engine.get(key))
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.read(|engine| engine.scan(prefix, after, limit))
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        let _no_commit = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        let Some(engine) = engine.as_mut().filter(|_| self.poisoned.get().is_none()) else {
            return Err(self.poisoned_error());
        };
        match engine.check() {
            Err(StoreError::Damaged { place, detail }) => {
                let report = CheckReport { damage: vec![detail.clone()], ..CheckReport::default() };
                self.poison(StoreError::Damaged { place, detail });
                Ok(report)
            }
            outcome => outcome.map_err(|error| self.poison(error)),
        }
    }
}
