//! The power fails at every flush of a workload, in every way a disk may take that.

use duologue_store::{Store, StoreError};

use super::disk::Disk;
use super::{numbered, open_on, stands_at};

const COMMITS: u64 = 10;

/// Runs the workload until it ends or the disk dies; how many commits were acknowledged.
fn run(disk: &Disk) -> u64 {
    let Ok(store) = open_on(disk) else { return 0 };
    (1..=COMMITS).take_while(|number| store.commit(&numbered(*number)).is_ok()).count() as u64
}

/// A small generator of reproducible bits (xorshift).
fn coin(mut seed: u64, share: u64) -> impl FnMut() -> bool {
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % 100 < share
    }
}

fn created() -> Vec<u8> {
    let disk = Disk::default();
    drop(open_on(&disk).unwrap());
    disk.image()
}

#[test]
fn a_crash_at_every_flush_leaves_a_prefix_with_everything_acknowledged() {
    let created = created();
    let whole = Disk::holding(created.clone());
    assert_eq!(run(&whole), COMMITS);
    let mut states_seen = std::collections::BTreeSet::new();
    for sync in 1..=whole.syncs() {
        let disk = Disk::holding(created.clone());
        disk.crash_at_sync(sync);
        let acknowledged = run(&disk);
        let mut images = vec![disk.crash_image(|| false), disk.crash_image(|| true)];
        images.extend((1..8).map(|seed| disk.crash_image(coin(seed * 7919 + sync, seed * 13))));
        for (index, image) in images.into_iter().enumerate() {
            let reopened = open_on(&Disk::holding(image)).unwrap();
            let found = stands_at(&reopened);
            let one_more = acknowledged + 1;
            assert!(
                (acknowledged..=one_more).contains(&found),
                "{found} after {acknowledged}; {sync}.{index}"
            );
            reopened.commit(&numbered(found + 1)).unwrap();
            assert_eq!(stands_at(&reopened), found + 1);
            states_seen.insert((acknowledged, found));
        }
    }
    assert!(states_seen.iter().any(|(acknowledged, found)| found > acknowledged), "some crashes come late");
    assert!(states_seen.iter().any(|(acknowledged, found)| found == acknowledged), "some come early");
}

/// The same while the store recovers from a crash: recovery writes too.
#[test]
fn a_crash_during_recovery_loses_nothing() {
    let disk = Disk::holding(created());
    for number in 1..=5 {
        disk.crash_at_sync(u64::MAX);
        let store = open_on(&disk).unwrap();
        store.commit(&numbered(number)).unwrap();
    }
    let store = open_on(&disk).unwrap();
    disk.crash_at_sync(disk.syncs() + 1);
    assert!(matches!(store.commit(&numbered(6)), Err(StoreError::Poisoned { .. })));
    let image = disk.crash_image(coin(4711, 50));
    for sync in 1..20 {
        let recovering = Disk::holding(image.clone());
        recovering.crash_at_sync(sync);
        let _crashes = open_on(&recovering);
        for seed in 1..6 {
            let again =
                open_on(&Disk::holding(recovering.crash_image(coin(seed + sync, seed * 20)))).unwrap();
            assert!(stands_at(&again) >= 5);
        }
    }
}

#[test]
fn a_failed_flush_poisons_for_ever_and_the_flush_is_not_tried_again() {
    for kind in [std::io::ErrorKind::Other, std::io::ErrorKind::StorageFull] {
        let disk = Disk::default();
        let store = open_on(&disk).unwrap();
        store.commit(&numbered(1)).unwrap();
        disk.fail_sync(Some(kind));
        let failed = store.commit(&numbered(2)).unwrap_err();
        assert!(matches!(failed, StoreError::Poisoned { .. }), "{failed}");
        assert!(failed.to_string().contains("a flush failed"), "{failed}");
        disk.fail_sync(None);
        let syncs = disk.syncs();
        assert_eq!(store.commit(&numbered(2)), Err(failed.clone()));
        assert_eq!(store.get(b"last"), Err(failed.clone()));
        assert_eq!(store.check(), Err(failed));
        assert_eq!(disk.syncs(), syncs);
        drop(store);
        let reopened = open_on(&Disk::holding(disk.crash_image(|| false))).unwrap();
        assert!((1..=2).contains(&stands_at(&reopened)));
    }
}
