use std::cell::Cell;
use std::path::Path;

use duologue_store::conformance::{Engine, run};
use tempfile::TempDir;

use crate::EmbeddedStore;

/// Makes stores in directories of their own below one that goes away.
struct Embedded {
    root: TempDir,
    stores: Cell<u32>,
}

impl Engine for Embedded {
    type Store = EmbeddedStore;

    fn create(&self) -> EmbeddedStore {
        self.stores.set(self.stores.get() + 1);
        EmbeddedStore::open(&self.root.path().join(self.stores.get().to_string())).unwrap()
    }

    fn reopen(&self, store: EmbeddedStore) -> EmbeddedStore {
        let file = store.medium.place().to_owned();
        drop(store);
        EmbeddedStore::open(Path::new(&file).parent().unwrap()).unwrap()
    }
}

#[test]
fn conforms() {
    run(&Embedded { root: TempDir::new().unwrap(), stores: Cell::new(0) });
}
