use std::cell::Cell;
use std::path::PathBuf;

use duologue_store::conformance::{Engine, run};
use tempfile::TempDir;

use super::disk::Disk;
use super::{created, open_on};
use crate::JournalStore;

/// Makes stores in directories of their own below one that goes away.
struct Directories {
    root: TempDir,
    stores: Cell<u32>,
}

impl Directories {
    fn path(&self) -> PathBuf {
        self.root.path().join(self.stores.get().to_string())
    }
}

impl Engine for Directories {
    type Store = JournalStore;

    fn create(&self) -> JournalStore {
        self.stores.set(self.stores.get() + 1);
        JournalStore::open(&self.path()).unwrap()
    }

    fn reopen(&self, store: JournalStore) -> JournalStore {
        drop(store);
        JournalStore::open(&self.path()).unwrap()
    }
}

#[test]
fn conforms() {
    run(&Directories { root: TempDir::new().unwrap(), stores: Cell::new(0) });
}

/// The same with tiny segments, where everything is reclaimed all the time.
struct Disks(Cell<Option<Disk>>);

impl Engine for Disks {
    type Store = JournalStore;

    fn create(&self) -> JournalStore {
        let disk = created();
        self.0.set(Some(disk.clone()));
        open_on(&disk).unwrap()
    }

    fn reopen(&self, store: JournalStore) -> JournalStore {
        drop(store);
        let disk = self.0.take().unwrap();
        self.0.set(Some(disk.clone()));
        open_on(&disk).unwrap()
    }
}

#[test]
fn conforms_with_tiny_segments() {
    run(&Disks(Cell::new(None)));
}
