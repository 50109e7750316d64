//! Bytes that are not those that were written.

use duologue_store::{FORMAT_VERSION, Store, StoreError};
use redb::{Database, TableDefinition};

use super::disk::Disk;
use super::{numbered, open_on, stands_at};

const COMMITS: u64 = 6;

/// An image of a store with six commits, closed or as a crash leaves it.
fn image(closed: bool) -> Vec<u8> {
    let disk = Disk::default();
    let store = open_on(&disk).unwrap();
    for number in 1..=COMMITS {
        store.commit(&numbered(number)).unwrap();
    }
    let crashed = disk.image();
    drop(store);
    if closed { disk.image() } else { crashed }
}

/// Opens and reads everything: either all of it is right or the damage is said. Whether it was noticed.
fn noticed(image: Vec<u8>, what: &str, least: u64) -> bool {
    match open_on(&Disk::holding(image)) {
        Err(StoreError::Damaged { .. } | StoreError::NewerVersion { .. }) => true,
        Err(other) => panic!("{what}: {other}"),
        Ok(store) => {
            let found = stands_at(&store);
            assert!((least..=COMMITS).contains(&found), "{what}: stands at {found}");
            assert_eq!(store.check().unwrap().damage, Vec::<String>::new(), "{what}");
            false
        }
    }
}

#[test]
fn a_flipped_byte_is_noticed_or_does_not_matter() {
    let image = image(true);
    let mut damage = 0;
    // The header densely, the rest at a stride that visits all offsets within a page.
    for offset in (0..512).chain((512..image.len()).step_by(1237)) {
        let mut flipped = image.clone();
        flipped[offset] ^= 0x10;
        damage += u32::from(noticed(flipped, &format!("byte {offset}"), COMMITS));
    }
    assert!(damage > 100, "{damage}");
}

#[test]
fn a_file_that_is_too_short_is_noticed() {
    let image = image(true);
    for length in (1..600).step_by(37).chain((600..image.len()).step_by(9973)) {
        assert!(noticed(image[..length].to_vec(), &format!("{length} bytes"), COMMITS), "{length}");
    }
}

#[test]
fn garbage_is_noticed() {
    for (size, byte) in [(1, 0), (100, 0xff), (4096, 0), (100_000, 0x5a)] {
        assert!(noticed(vec![byte; size], &format!("{size} times {byte}"), COMMITS));
    }
}

/// A damaged page of the very last commit looks like one that a crash kept from the disk.
#[test]
fn after_a_crash_a_flipped_byte_costs_the_last_commit_at_most() {
    let image = image(false);
    for offset in (0..512).step_by(3).chain((512..image.len()).step_by(3571)) {
        let mut flipped = image.clone();
        flipped[offset] ^= 0x10;
        noticed(flipped, &format!("byte {offset}"), COMMITS - 1);
    }
}

#[test]
fn damage_under_an_open_store_is_an_error_and_never_a_panic() {
    let disk = Disk::default();
    let store = open_on(&disk).unwrap();
    store.commit(&numbered(1)).unwrap();
    drop(store);
    let store = open_on(&disk).unwrap();
    disk.fail_read();
    let report = store.check();
    assert!(matches!(report, Err(StoreError::Poisoned { .. })), "{report:?}");
    let later = store.get(b"last");
    assert!(matches!(later, Err(StoreError::Poisoned { .. })), "{later:?}");
}

#[test]
fn check_finds_a_flipped_byte_under_an_open_store() {
    let disk = Disk::holding(image(true));
    let store = open_on(&disk).unwrap();
    let sound = store.check().unwrap();
    assert_eq!((sound.rows, sound.damage), (5, vec![]));
    disk.overwrite(&super::value(COMMITS)[1000..2000], 0x77);
    let report = store.check().unwrap();
    assert_eq!(report.damage.len(), 1, "{report:?}");
    assert!(matches!(store.get(b"last"), Err(StoreError::Poisoned { .. })));
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let disk = Disk::default();
    drop(open_on(&disk).unwrap());
    let database = Database::builder().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    let numbers: TableDefinition<'_, &str, u64> = TableDefinition::new("engine");
    let later = u64::from(FORMAT_VERSION) + 1;
    transaction.open_table(numbers).unwrap().insert("format version", later).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let refused = open_on(&disk).unwrap_err();
    assert_eq!(
        refused,
        StoreError::NewerVersion {
            place: "disk".into(),
            found: FORMAT_VERSION + 1,
            supported: FORMAT_VERSION
        }
    );
}

/// Another program's database is not taken for a store.
#[test]
fn a_foreign_database_is_refused() {
    let disk = Disk::default();
    let database = Database::builder().create_with_backend(disk.clone()).unwrap();
    let transaction = database.begin_write().unwrap();
    let table: TableDefinition<'_, u64, u64> = TableDefinition::new("other");
    transaction.open_table(table).unwrap().insert(1, 1).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(open_on(&disk), Err(StoreError::Damaged { .. })));
}
