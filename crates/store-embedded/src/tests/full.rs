//! A disk that fills up, with every number of blocks left.

use duologue_store::{Store, StoreError};

use super::disk::Disk;
use super::{numbered, open_on, stands_at};

#[test]
fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let mut refusals = 0;
    for free in 0..140 {
        let disk = Disk::default();
        let store = open_on(&disk).unwrap();
        store.commit(&numbered(1)).unwrap();
        disk.set_free_blocks(Some(free));
        let mut acknowledged = 1;
        let error = loop {
            match store.commit(&numbered(acknowledged + 1)) {
                Ok(()) => acknowledged += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { .. }), "{free}: {error}");
        assert_eq!(stands_at(&store), acknowledged, "reads go on, and nothing of the refused batch is there");
        refusals += u64::from(store.commit(&numbered(acknowledged + 1)).is_err());
        disk.set_free_blocks(None);
        let acknowledged = stands_at(&store);
        store.commit(&numbered(acknowledged + 1)).unwrap();
        drop(store);
        let reopened = open_on(&Disk::holding(disk.crash_image(|| false))).unwrap();
        assert_eq!(stands_at(&reopened), acknowledged + 1);
        assert_eq!(reopened.check().unwrap().damage, Vec::<String>::new());
    }
    assert!(refusals > 0, "it stays full until there is room");
}

#[test]
fn no_room_for_a_new_store() {
    for free in 0..3 {
        let disk = Disk::default();
        disk.set_free_blocks(Some(free));
        assert!(matches!(open_on(&disk), Err(StoreError::Full { .. })), "{free}");
    }
}
