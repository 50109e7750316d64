//! The administrator's tools.

use duologue_store::{Store, StoreError, WriteBatch};

use super::disk::Disk;
use super::{created, numbered, open_on};
use crate::offline::{check_folder, cut_folder, dump_folder};

fn with_commits(commits: u64) -> Disk {
    let disk = created();
    let store = open_on(&disk).unwrap();
    for number in 1..=commits {
        store.commit(&numbered(number)).unwrap();
    }
    drop(store);
    disk
}

#[test]
fn check_counts_what_is_there() {
    let disk = with_commits(20);
    let before = disk.steps();
    let found = check_folder(&disk).unwrap();
    assert_eq!(disk.steps(), before, "it writes nothing");
    let store = open_on(&disk).unwrap();
    assert_eq!(store.check().unwrap(), found.report);
    let live: u64 = found.segments.iter().map(|segment| segment.live_bytes).sum();
    let rows: u64 = found.segments.iter().map(|segment| segment.live_rows).sum();
    assert_eq!((live, rows, found.is_torn), (found.live_bytes, found.report.rows, false));
}

#[test]
fn dump_shows_every_record_in_order() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    let mut batch = WriteBatch::new();
    batch.put(&b"a"[..], &b"1"[..]);
    batch.delete(&b"b"[..]);
    store.commit(&batch).unwrap();
    drop(store);
    let mut shown = Vec::new();
    dump_folder(&disk, &mut |record| {
        let operations: Vec<_> = record
            .operations
            .iter()
            .map(|operation| (operation.key.clone(), operation.value.clone()))
            .collect();
        shown.push((record.sequence, record.segment, record.epoch, operations));
    })
    .unwrap();
    let changes = vec![("a".into(), Some("1".into())), ("b".into(), None)];
    // The commit and the close; creation, opening and a seal stood in a segment that is reclaimed.
    assert_eq!(shown, [(4, 2, 1, changes), (5, 2, 1, vec![])]);
}

#[test]
fn cut_keeps_what_stands_before_the_damage_and_says_what_is_gone() {
    let disk = with_commits(20);
    assert_eq!(cut_folder(&disk), Ok(None));
    let names = disk.names();
    let mut cuts = 0;
    for name in names.iter().filter(|name| name.ends_with(".segment")) {
        for block in 1..disk.bytes(name).len() / 4096 {
            let damaged = disk.copy();
            damaged.flip(name, block * 4096 + 20, 0x40);
            let Err(StoreError::Damaged { .. }) = open_on(&damaged).map(drop) else { continue };
            let report = check_folder(&damaged).unwrap().report;
            assert_eq!(report.damage.len(), 1);
            let cut = match cut_folder(&damaged) {
                Ok(cut) => cut.unwrap(),
                // Nothing stands before the first record of all.
                Err(StoreError::Damaged { detail, .. }) => {
                    assert!(detail.contains("Nothing is left"), "{detail}");
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            cuts += 1;
            assert!(cut.dropped.iter().all(|record| *record > cut.kept), "{cut:?}");
            let found = check_folder(&damaged).unwrap();
            assert_eq!(found.report.damage, Vec::<String>::new());
            let store = open_on(&damaged).unwrap();
            store.commit(&numbered(21)).unwrap();
            assert_eq!(store.check().unwrap().damage, Vec::<String>::new());
            if cut.reclaimed_before == 0 {
                drop(store);
                let last = open_on(&damaged).unwrap().get(b"last").unwrap();
                assert_eq!(last, Some(21u64.to_be_bytes().to_vec().into()));
            }
        }
    }
    assert!(cuts > 5, "{cuts}");
}

#[test]
fn cutting_does_not_help_a_log_that_has_lost_a_segment() {
    let disk = with_commits(20);
    let names: Vec<_> = disk.names().into_iter().filter(|name| name.ends_with(".segment")).collect();
    crate::files::Folder::remove(&disk, &names[1]).unwrap();
    let before = disk.steps();
    assert!(matches!(cut_folder(&disk), Err(StoreError::Damaged { .. }) | Ok(None)));
    assert_eq!(disk.steps(), before);
    assert!(open_on(&disk).is_err());
}
