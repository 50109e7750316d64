//! The power fails at every write, flush and change of a name, in every way a disk may take that.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use duologue_store::{Store, StoreError};

use super::disk::{Crash, Disk};
use super::{created, numbered, open_on, stands_at};

const COMMITS: u64 = 40;

/// Runs the workload from where the store stands until it ends or the disk dies; where it stood last for sure.
fn run(disk: &Disk, commits: u64) -> u64 {
    let Ok(store) = open_on(disk) else { return 0 };
    let first = stands_at(&store) + 1;
    (first..first + commits)
        .take_while(|number| store.commit(&numbered(*number)).is_ok())
        .last()
        .unwrap_or(first - 1)
}

fn crashes(seed: u64) -> Vec<Crash> {
    let mut crashes = vec![
        Crash { seed, share: 0, piece: 4096 },
        Crash { seed, share: 100, piece: 4096 },
        Crash { seed, share: 50, piece: 512 },
    ];
    crashes.push(Crash {
        seed: seed * 7919,
        share: 10 + seed % 80,
        piece: if seed.is_multiple_of(2) { 512 } else { 4096 },
    });
    crashes
}

#[test]
fn a_crash_at_every_step_leaves_a_prefix_with_everything_acknowledged() {
    let whole = created();
    assert_eq!(run(&whole, COMMITS), COMMITS);
    assert!(!whole.names().contains(&"0000000001.segment".to_owned()), "segments were reclaimed");
    let mut states_seen = BTreeSet::new();
    for step in created().steps() + 1..=whole.steps() {
        let disk = created();
        disk.crash_at(step);
        let acknowledged = run(&disk, COMMITS);
        for (index, crash) in crashes(step).into_iter().enumerate() {
            let image = disk.crash_image(crash);
            let reopened = match open_on(&image) {
                Ok(reopened) => reopened,
                Err(error) => panic!("step {step}, {crash:?}: {error}\n{:?}", image.names()),
            };
            let found = stands_at(&reopened);
            assert!(
                (acknowledged..=acknowledged + 1).contains(&found),
                "{found} after {acknowledged}; {step}.{index}"
            );
            reopened.commit(&numbered(found + 1)).unwrap();
            assert_eq!(stands_at(&reopened), found + 1);
            assert_eq!(reopened.check().unwrap().damage, Vec::<String>::new());
            states_seen.insert((acknowledged, found));
        }
    }
    assert!(states_seen.iter().any(|(acknowledged, found)| found > acknowledged), "some crashes come late");
    assert!(states_seen.iter().any(|(acknowledged, found)| found == acknowledged), "some come early");
}

/// The process dies, not the machine: what was written and not flushed is seen, and then the power fails.
#[test]
fn what_a_start_saw_stays() {
    let whole = created();
    run(&whole, COMMITS);
    for step in created().steps() + 1..=whole.steps() {
        let disk = created();
        disk.crash_at(step);
        run(&disk, COMMITS);
        // Everything survives in memory; nothing of it is durable but what was flushed.
        disk.revive();
        let Ok(store) = open_on(&disk) else { panic!("step {step}") };
        let seen = stands_at(&store);
        for crash in crashes(step) {
            let image = disk.crash_image(crash);
            let found = stands_at(&open_on(&image).unwrap());
            assert!(found >= seen, "{found} where {seen} was seen; step {step}, {crash:?}");
        }
    }
}

/// Crash after crash, each during the start or the work after the one before.
#[test]
fn many_crashes_in_a_row() {
    for seed in 1..12 {
        let mut disk = created();
        let mut least = 0;
        for round in 1..25 {
            disk.crash_at(disk.steps() + (seed * 31 + round * 17) % 67 + 1);
            least = run(&disk, COMMITS).max(least);
            let crash = Crash { seed: seed * 1000 + round, share: (seed * round * 13) % 101, piece: 512 };
            disk = disk.crash_image(crash);
            let copy = disk.copy();
            let found = stands_at(&open_on(&copy).unwrap_or_else(|error| panic!("{seed}.{round}: {error}")));
            assert!(found >= least, "{found} after {least}: {seed}.{round}");
        }
        assert!(least > 10, "{least}");
    }
}

#[test]
fn a_failed_flush_poisons_for_ever_and_is_not_tried_again() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        let disk = created();
        let store = open_on(&disk).unwrap();
        store.commit(&numbered(1)).unwrap();
        disk.fail_flush(Some(kind));
        let failed = store.commit(&numbered(2)).unwrap_err();
        assert!(matches!(failed, StoreError::Poisoned { .. }), "{failed}");
        assert!(failed.to_string().contains("a flush failed"), "{failed}");
        disk.fail_flush(None);
        let flushes = disk.flushes();
        assert_eq!(store.commit(&numbered(2)), Err(failed.clone()));
        assert_eq!(store.get(b"last"), Err(failed.clone()));
        assert_eq!(store.check(), Err(failed));
        drop(store);
        assert_eq!(disk.flushes(), flushes);
        let reopened = open_on(&disk.crash_image(Crash { seed: 1, share: 0, piece: 512 })).unwrap();
        assert_eq!(stands_at(&reopened), 1);
    }
}

#[test]
fn a_failed_write_poisons_and_short_writes_are_continued() {
    let disk = created();
    let store = open_on(&disk).unwrap();
    disk.set_short_writes(1000);
    for number in 1..=20 {
        store.commit(&numbered(number)).unwrap();
    }
    disk.fail_write(Some(ErrorKind::Other));
    assert!(matches!(store.commit(&numbered(21)), Err(StoreError::Poisoned { .. })));
    disk.fail_write(None);
    assert!(matches!(store.commit(&numbered(21)), Err(StoreError::Poisoned { .. })));
    drop(store);
    assert_eq!(stands_at(&open_on(&disk).unwrap()), 20);
}
