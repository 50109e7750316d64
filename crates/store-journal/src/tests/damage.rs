//! Bytes that are not those that were written.

use duologue_store::{Store, StoreError, WriteBatch};

use super::disk::{Crash, Disk};
use super::{created, numbered, open_on, stands_at};
use crate::JournalStore;

/// Small rows, so that few bytes need flipping.
fn small(number: u64) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(vec![number as u8], vec![number as u8; 30]);
    if number > 3 {
        batch.delete(vec![number as u8 - 3]);
    }
    batch
}

fn small_stands_at(store: &JournalStore) -> u64 {
    let rows = store.scan(b"", None, usize::MAX).unwrap();
    let last = rows.last().map_or(0, |(key, _)| u64::from(key[0]));
    let expected: Vec<u8> = (last.saturating_sub(2).max(1)..=last).map(|number| number as u8).collect();
    assert_eq!(rows.iter().map(|(key, _)| key[0]).collect::<Vec<_>>(), expected);
    assert!(rows.iter().all(|(key, value)| **value == [key[0]; 30]));
    last
}

const COMMITS: u64 = 6;

/// A store with six commits in several segments, closed or as a crash leaves it.
fn image(closed: bool) -> Disk {
    let disk = created();
    let store = open_on(&disk).unwrap();
    for number in 1..=COMMITS {
        store.commit(&small(number)).unwrap();
    }
    if closed {
        drop(store);
        disk.copy()
    } else {
        let copy = disk.copy();
        drop(store);
        copy
    }
}

fn segments(disk: &Disk) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.ends_with(".segment")).collect()
}

/// Every byte of headers and payloads, and some of the zeros between.
fn offsets(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(|offset| offset % 4096 < 180 || offset % 97 == 0)
}

fn flip_everywhere(image: &Disk, least: u64) -> (u32, u32) {
    let (mut noticed, mut harmless) = (0, 0);
    for name in segments(image) {
        for offset in offsets(image.bytes(&name).len()) {
            let flipped = image.copy();
            flipped.flip(&name, offset, 1 << (offset % 8));
            match open_on(&flipped) {
                Err(StoreError::Damaged { place, detail }) => {
                    assert!(place.starts_with("disk/0") && !detail.is_empty());
                    noticed += 1;
                }
                Err(other) => panic!("{name} byte {offset}: {other}"),
                Ok(store) => {
                    let found = small_stands_at(&store);
                    assert!((least..=COMMITS).contains(&found), "{name} byte {offset}: {found}");
                    assert_eq!(store.check().unwrap().damage, Vec::<String>::new());
                    harmless += 1;
                }
            }
        }
    }
    (noticed, harmless)
}

#[test]
fn a_flipped_byte_is_noticed_or_means_nothing() {
    let (noticed, harmless) = flip_everywhere(&image(true), COMMITS);
    assert!(noticed > 700 && harmless > 0, "{noticed} {harmless}");
}

/// A damaged record at the very end looks like one that a crash kept from the disk.
#[test]
fn after_a_crash_a_flipped_byte_costs_the_last_commit_at_most() {
    let (noticed, _) = flip_everywhere(&image(false), COMMITS - 1);
    assert!(noticed > 600, "{noticed}");
}

#[test]
fn a_missing_segment_is_noticed() {
    let image = image(true);
    let names = segments(&image);
    for (index, name) in names.iter().enumerate() {
        let disk = image.copy();
        crate::files::Folder::remove(&disk, name).unwrap();
        let outcome = open_on(&disk);
        // The last of the segments that are ready is no part of the log.
        if index == names.len() - 1 {
            assert_eq!(small_stands_at(&outcome.unwrap()), COMMITS);
        } else {
            assert!(matches!(outcome, Err(StoreError::Damaged { .. })), "{name} of {names:?}: {outcome:?}");
        }
    }
}

#[test]
fn the_refusal_says_where_and_what_can_be_done() {
    let disk = image(true);
    let name = segments(&disk).remove(0);
    disk.flip(&name, 2 * 4096 + 70, 1);
    let refused = open_on(&disk).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "disk/{name} is damaged: record 8 at offset 8192 cannot be read, and what follows is not the end of the \
             log: record 9 is at offset 12288 of segment 3. Nothing was changed. Restore a copy of the data directory, \
             or drop this record and everything after it with `duologue store cut`"
        )
    );
    let before: Vec<_> = disk.names();
    assert!(open_on(&disk).is_err());
    assert_eq!(disk.names(), before);
}

#[test]
fn truncated_and_foreign_files_are_noticed() {
    let image = image(true);
    for name in segments(&image).into_iter().take(2) {
        for bytes in [Vec::new(), vec![0; 5], vec![0xff; 5 * 4096], image.bytes(&name)[..4096 * 2].to_vec()] {
            let disk = image.copy();
            disk.set_bytes(&name, bytes);
            assert!(matches!(open_on(&disk), Err(StoreError::Damaged { .. })), "{name}");
        }
    }
    let empty = Disk::default();
    assert!(matches!(open_on(&empty), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    for at in [8, 12] {
        let disk = created();
        let name = segments(&disk).remove(0);
        let mut bytes = disk.bytes(&name);
        bytes[at] += 1;
        let crc = crc32c::crc32c(&bytes[..44]);
        bytes[44..48].copy_from_slice(&crc.to_le_bytes());
        disk.set_bytes(&name, bytes);
        let refused = open_on(&disk).unwrap_err();
        assert!(matches!(refused, StoreError::NewerVersion { found: 2, supported: 1, .. }), "{refused}");
    }
}

/// Messages may hold anything, a copy of the log included.
#[test]
fn a_body_that_looks_like_records_is_a_body() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    store.commit(&numbered(1)).unwrap();
    let log = disk.bytes(&segments(&disk)[0]);
    let mut batch = WriteBatch::new();
    batch.put(&b"copy"[..], log.clone());
    // Shifted so that the copied headers stand at the beginnings of blocks.
    batch.put(&b"shifted"[..], [vec![0; 4096 - 64 - 7 - 7], log.clone(), log.clone()].concat());
    store.commit(&batch).unwrap();
    for number in 2..30 {
        store.commit(&numbered(number)).unwrap();
        let copy = disk.crash_image(Crash { seed: number, share: 50, piece: 512 });
        let reopened = open_on(&copy).unwrap();
        assert_eq!(stands_at(&reopened), number);
        assert_eq!(reopened.get(b"copy").unwrap().unwrap(), log);
    }
}

/// The whole log of an earlier life of the same files, behind the end of this one.
#[test]
fn stale_bytes_are_no_records() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    for number in 1..=200 {
        store.commit(&numbered(number)).unwrap();
    }
    let recycled = segments(&disk)
        .iter()
        .filter(|name| {
            let bytes = disk.bytes(name);
            bytes.chunks(4096).skip(1).filter_map(crate::record::RecordHeader::decode).count() > 0
        })
        .count();
    assert!(recycled > 1, "files were used again");
    let image = disk.copy();
    assert_eq!(stands_at(&open_on(&image).unwrap()), 200);
    drop(store);
}

#[test]
fn damage_under_an_open_store_is_an_error() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    store.commit(&small(1)).unwrap();
    let names = segments(&disk);
    let found = names.iter().find_map(|name| {
        let bytes = disk.bytes(name);
        Some((name, bytes.windows(30).position(|bytes| bytes == [1; 30])?))
    });
    let (name, at) = found.unwrap();
    disk.flip(name, at, 4);
    let outcomes = (store.check(), store.get(&[1]));
    assert!(matches!(&outcomes.0, Ok(report) if report.damage.len() == 1), "{outcomes:?}");
    assert!(matches!(outcomes.1, Err(StoreError::Poisoned { .. })), "{outcomes:?}");
}

#[test]
fn a_damaged_row_is_not_given_out_nor_copied() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    store.commit(&numbered(1)).unwrap();
    let name = segments(&disk).remove(0);
    let at = disk.bytes(&name).windows(100).position(|bytes| bytes == [2; 100]).unwrap();
    disk.flip(&name, at, 1);
    let read = store.get(&[b'k', 2]);
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    assert!(matches!(store.commit(&numbered(2)), Err(StoreError::Poisoned { .. })));
}
