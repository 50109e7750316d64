mod conformance;
mod crash;
mod damage;
mod directory;
mod disk;
mod full;
mod rate;

use duologue_store::{Store, WriteBatch};

use crate::EmbeddedStore;
use crate::tests::disk::Disk;

fn open_on(disk: &Disk) -> Result<EmbeddedStore, duologue_store::StoreError> {
    EmbeddedStore::open_medium(disk.medium(), None)
}

/// Commit `number` of the tests' workload: a row of its own, a row that all commits replace, and the removal of
/// an earlier row. Its size makes the file grow every now and then.
fn numbered(number: u64) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(key(number), value(number));
    batch.put(&b"last"[..], number.to_be_bytes().to_vec());
    if number > 4 {
        batch.delete(key(number - 4));
    }
    batch
}

fn key(number: u64) -> Vec<u8> {
    [&b"row"[..], &number.to_be_bytes()].concat()
}

fn value(number: u64) -> Vec<u8> {
    let size = if number.is_multiple_of(3) { 200_000 } else { 700 };
    (0..size).map(|index| (index as u64 * number % 251) as u8).collect()
}

/// Which commit of the workload the store stands at; panics unless it holds exactly the rows of that commit.
fn stands_at(store: &EmbeddedStore) -> u64 {
    let number = match store.get(b"last").unwrap() {
        Some(bytes) => u64::from_be_bytes(bytes[..].try_into().unwrap()),
        None => 0,
    };
    let found = store.scan(b"row", None, usize::MAX).unwrap();
    let expected: Vec<(bytes::Bytes, bytes::Bytes)> = (number.saturating_sub(3).max(1)..=number)
        .map(|number| (key(number).into(), value(number).into()))
        .collect();
    assert!(found == expected, "the rows of commit {number} and no others");
    number
}
