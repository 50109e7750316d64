//! The upkeep in its thread, with commits and readers that never pause.

use std::sync::Arc;

use duologue_store::Store;

use super::disk::Disk;
use super::{TINY, created, numbered, stands_at};
use crate::{JournalStore, Options};

fn open(disk: &Disk) -> JournalStore {
    JournalStore::open_folder(Arc::new(disk.clone()), Options { inline: false, ..TINY }, None).unwrap()
}

#[test]
fn commits_reads_and_upkeep_do_not_wait_for_each_other_for_ever() {
    let disk = created();
    let store = open(&disk);
    store.commit(&numbered(1)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                // All rows that stay, and one that changes, while their segments are reclaimed and used again.
                while store.get(b"last").unwrap().unwrap() != 3_000u64.to_be_bytes().to_vec() {
                    let kept = store.scan(b"k", None, usize::MAX).unwrap();
                    assert!(kept.len() == 4 && kept.iter().all(|(key, value)| **value == [key[1]; 2_000]));
                }
            });
        }
        for number in 2..=3_000 {
            store.commit(&numbered(number)).unwrap();
        }
    });
    assert_eq!(stands_at(&store), 3_000);
    assert_eq!(store.check().unwrap().damage, Vec::<String>::new());
    drop(store);
    assert_eq!(stands_at(&open(&disk)), 3_000);
}

/// A batch that needs a segment of its own size, again and again, between small ones.
#[test]
fn large_batches_get_segments_of_their_own() {
    let disk = created();
    let store = open(&disk);
    for number in 1..=200u64 {
        let mut batch = numbered(number);
        batch.put(&b"large"[..], vec![number as u8; (number as usize * 7_919) % 400_000]);
        store.commit(&batch).unwrap();
    }
    assert_eq!(stands_at(&store), 200);
    // The thread may be behind; it is not for long.
    let is_short = |index: &crate::index::Index| index.log_bytes() < 2 * index.live_bytes() + 2_000_000;
    let mut number = 200;
    while !is_short(&store.shared.index()) {
        number += 1;
        assert!(
            number < 20_000,
            "{} for {}",
            store.shared.index().log_bytes(),
            store.shared.index().live_bytes()
        );
        store.commit(&numbered(number)).unwrap();
    }
    assert_eq!(stands_at(&store), number);
}
