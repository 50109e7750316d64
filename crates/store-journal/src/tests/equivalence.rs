//! Operation by operation the same as the engines that are simpler.

use duologue_store::{MemoryStore, Operation, Store, WriteBatch};
use duologue_store_embedded::EmbeddedStore;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{created, open_on};
use crate::JournalStore;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Operation>),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || (0u8..40).prop_map(|number| vec![number; usize::from(number % 3) * 20 + 1]);
    let value = prop_oneof![
        8 => (any::<u8>(), 0usize..600).prop_map(|(byte, size)| vec![byte; size]),
        2 => (any::<u8>(), 3_000usize..12_000).prop_map(|(byte, size)| vec![byte; size]),
        1 => (any::<u8>(), 60_000usize..150_000).prop_map(|(byte, size)| vec![byte; size]),
    ];
    let operation = prop_oneof![
        3 => (key(), value).prop_map(|(key, value)| Operation::Put { key: key.into(), value: value.into() }),
        2 => key().prop_map(|key| Operation::Delete { key: key.into() }),
    ];
    prop_oneof![
        12 => proptest::collection::vec(operation, 1..6).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
    ]
}

fn batch(operations: &[Operation]) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for operation in operations {
        match operation.clone() {
            Operation::Put { key, value } => batch.put(key, value),
            Operation::Delete { key } => batch.delete(key),
        }
    }
    batch
}

fn same(journal: &JournalStore, other: &dyn Store, operations: &[Operation]) {
    for operation in operations {
        assert_eq!(journal.get(operation.key()), other.get(operation.key()));
    }
    assert_eq!(journal.scan(b"", None, usize::MAX), other.scan(b"", None, usize::MAX));
}

fn run(steps: &[Step], other: &dyn Store) {
    let disk = created();
    let mut journal = open_on(&disk).unwrap();
    for step in steps {
        match step {
            Step::Commit(operations) => {
                let batch = batch(operations);
                assert_eq!(journal.commit(&batch), other.commit(&batch));
                same(&journal, other, operations);
                let index = journal.shared.index();
                let bound = 2 * index.live_bytes() + 3 * (16 * 4096) + 800_000;
                assert!(index.log_bytes() <= bound, "{} of {bound}", index.log_bytes());
            }
            Step::Reopen => {
                drop(journal);
                journal = open_on(&disk).unwrap();
                same(&journal, other, &[]);
            }
        }
    }
    assert_eq!(journal.check().unwrap(), other.check().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_as_in_memory(steps in proptest::collection::vec(step(), 1..120)) {
        run(&steps, &MemoryStore::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_as_in_redb(steps in proptest::collection::vec(step(), 1..60)) {
        let directory = TempDir::new().unwrap();
        run(&steps, &EmbeddedStore::open(directory.path()).unwrap());
    }
}
