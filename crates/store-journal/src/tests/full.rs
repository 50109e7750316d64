//! A disk that fills up, with every number of blocks left.

use duologue_store::{Store, StoreError, WriteBatch};

use super::disk::{Crash, Disk, Random};
use super::{created, numbered, open_on, stands_at};
use crate::JournalStore;

#[test]
fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let mut refusals = 0;
    for free in 0..120 {
        let disk = created();
        disk.set_free_blocks(Some(free));
        let store = open_on(&disk).unwrap();
        let mut acknowledged = 0;
        let error = loop {
            let number = acknowledged + 1;
            let mut batch = numbered(number);
            batch.put([&b"filler"[..], &number.to_be_bytes()].concat(), vec![7; 9_000]);
            match store.commit(&batch) {
                Ok(()) => acknowledged = number,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { .. }), "{free}: {error}");
        assert!(!store.has_room(), "{free}");
        assert_eq!(stands_at(&store), acknowledged, "reads go on, and nothing of the refused batch is there");
        let mut large = numbered(acknowledged + 1);
        large.put(&b"large"[..], vec![1; 300_000]);
        refusals += u64::from(store.commit(&large).is_err());
        assert_eq!(store.get(b"large"), Ok(None));
        let crashed = open_on(&disk.crash_image(Crash { seed: free, share: 100, piece: 512 })).unwrap();
        assert_eq!(stands_at(&crashed), acknowledged, "what was refused does not come back");
        disk.set_free_blocks(None);
        store.commit(&numbered(acknowledged + 1)).unwrap();
        store.commit(&numbered(acknowledged + 2)).unwrap();
        assert!(store.has_room(), "{free}");
        drop(store);
        let reopened = open_on(&disk.crash_image(Crash { seed: free, share: 0, piece: 512 })).unwrap();
        assert_eq!(stands_at(&reopened), acknowledged + 2);
        assert_eq!(reopened.check().unwrap().damage, Vec::<String>::new());
    }
    assert_eq!(refusals, 120);
}

fn row(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// As the broker does: nothing new while there is no room.
fn fill(store: &JournalStore) -> Vec<u64> {
    let mut rows = Vec::new();
    while store.has_room() {
        let number = rows.len() as u64;
        let mut batch = WriteBatch::new();
        batch.put(row(number), vec![number as u8; 1_500]);
        store.commit(&batch).unwrap();
        rows.push(number);
    }
    rows
}

fn empty(disk: &Disk, order: impl Fn(&mut Vec<u64>)) {
    let mut store = open_on(disk).unwrap();
    for round in 0..3 {
        let mut rows = fill(&store);
        assert!(rows.len() > 30, "{}", rows.len());
        order(&mut rows);
        for (done, number) in rows.iter().enumerate() {
            let mut batch = WriteBatch::new();
            batch.delete(row(*number));
            store.commit(&batch).unwrap_or_else(|error| {
                panic!("delete {done} of {}, {round}: {error}; {}", rows.len(), store.upkeep_state())
            });
            if done % 50 == 49 {
                drop(store);
                store = open_on(disk).unwrap();
            }
        }
        assert_eq!(store.scan(b"", None, 9), Ok(vec![]));
        // Without a thread only commits do what is due.
        for _ in 0..3 {
            let mut batch = WriteBatch::new();
            batch.delete(row(0));
            store.commit(&batch).unwrap();
        }
        assert!(store.has_room(), "deleting made room; {}", store.upkeep_state());
    }
}

/// Oldest first, newest first, and in no order at all.
#[test]
fn a_full_store_can_always_be_emptied() {
    for blocks in (120..260).step_by(17) {
        let disk = |blocks| {
            let disk = created();
            disk.set_free_blocks(Some(blocks));
            disk
        };
        empty(&disk(blocks), |_| {});
        empty(&disk(blocks), |rows| rows.reverse());
        empty(&disk(blocks), |rows| {
            let mut random = Random(blocks);
            for at in 1..rows.len() {
                rows.swap(at, random.below(at as u64 + 1) as usize);
            }
        });
    }
}

#[test]
fn a_record_that_was_refused_for_want_of_room_is_taken_back() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    store.commit(&numbered(1)).unwrap();
    // The file system finds no place for a block that was there already, as those do that never overwrite.
    disk.fail_writes_after(1, std::io::ErrorKind::StorageFull);
    disk.set_short_writes(4096);
    let refused = store.commit(&numbered(3)).unwrap_err();
    assert!(matches!(refused, StoreError::Full { .. } | StoreError::Poisoned { .. }), "{refused}");
}
