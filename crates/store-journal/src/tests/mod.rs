mod conformance;
mod crash;
mod damage;
mod disk;
mod equivalence;
mod format;
mod full;
mod offline;
mod thread;

use std::sync::Arc;

use duologue_store::{Store, StoreError, WriteBatch};

use crate::tests::disk::Disk;
use crate::{JournalStore, Options, create_in};

/// Segments so small that everything that happens to segments happens all the time.
const TINY: Options = Options {
    smallest_segment: 5 * 4096,
    largest_segment: 16 * 4096,
    reserve: 20 * 4096,
    slice: 16 * 1024,
    inline: true,
};

/// A disk with a new store.
fn created() -> Disk {
    let disk = Disk::default();
    create_in(&disk, TINY).unwrap();
    disk
}

fn open_on(disk: &Disk) -> Result<JournalStore, StoreError> {
    JournalStore::open_folder(Arc::new(disk.clone()), TINY, None)
}

/// Commit `number` of the tests' workload: a row of its own, a row that all commits replace, and the removal of
/// an earlier row. The first also makes rows that stay, and so have to be copied again and again.
fn numbered(number: u64) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for kept in (0..KEPT).filter(|_| number == 1) {
        batch.put(vec![b'k', kept], vec![kept; 2_000]);
    }
    batch.put(key(number), value(number));
    batch.put(&b"last"[..], number.to_be_bytes().to_vec());
    if number > 4 {
        batch.delete(key(number - 4));
    }
    batch
}

const KEPT: u8 = 4;

fn key(number: u64) -> Vec<u8> {
    [&b"row"[..], &number.to_be_bytes()].concat()
}

fn value(number: u64) -> Vec<u8> {
    let size = if number.is_multiple_of(3) { 9_000 } else { 700 };
    (0..size).map(|index| (index as u64 * number % 251) as u8).collect()
}

/// Which commit of the workload the store stands at; panics unless it holds exactly the rows of that commit.
fn stands_at(store: &JournalStore) -> u64 {
    let number = match store.get(b"last").unwrap() {
        Some(bytes) => u64::from_be_bytes(bytes[..].try_into().unwrap()),
        None => 0,
    };
    let found = store.scan(b"row", None, usize::MAX).unwrap();
    let expected: Vec<(bytes::Bytes, bytes::Bytes)> = (number.saturating_sub(3).max(1)..=number)
        .map(|number| (key(number).into(), value(number).into()))
        .collect();
    assert!(found == expected, "the rows of commit {number} and no others");
    let kept = store.scan(b"k", None, usize::MAX).unwrap();
    assert_eq!(kept.len(), if number == 0 { 0 } else { usize::from(KEPT) });
    assert!(kept.iter().all(|(key, value)| **value == [key[1]; 2_000]));
    number
}

impl JournalStore {
    /// For a test that fails.
    fn upkeep_state(&self) -> String {
        let crate::Worker::Inline(upkeep) = &self.upkeep else { return String::new() };
        let upkeep = upkeep.lock().unwrap();
        let index = self.shared.index();
        let segments: Vec<_> = index
            .segments()
            .map(|usage| (usage.segment.number, usage.segment.size / 4096, usage.live_bytes / 4096))
            .collect();
        format!(
            "log {} live {} blocks, room {}, {segments:?}",
            index.log_bytes() / 4096,
            index.live_bytes() / 4096,
            upkeep.room() / 4096
        )
    }
}
