//! The proofs of `cargo xtask torture`, for a moment each, on the journal and, in part, on redb.

#![allow(clippy::panic, reason = "a test's helpers may fail the test")]

use std::time::Duration;

use duologue_torture::crowd::{self, Size};
use duologue_torture::storm::{self, Fault};
use duologue_torture::{Build, bad_flush};

/// One of each fault.
const ROUNDS: u32 = 3;

fn build(engine: &str) -> Build {
    Build { binary: env!("CARGO_BIN_EXE_duologue").into(), engine: Some(engine.to_owned()) }
}

fn storm(engine: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = storm::run(&build(engine), folder.path(), Fault::Any, ROUNDS, 5, &mut |_| {});
    let outcome = outcome.unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(outcome.rounds, ROUNDS);
    assert!(outcome.kills > 0 && outcome.tally.received > 0, "{outcome}");
}

#[test]
fn kills_stops_and_a_bad_link_lose_and_repeat_nothing_with_redb() {
    storm("redb");
}

#[test]
fn kills_stops_and_a_bad_link_lose_and_repeat_nothing_with_the_journal() {
    storm("journal");
}

/// Where strace is installed and may trace.
#[test]
fn a_failed_flush_stops_the_server_and_loses_nothing() {
    if bad_flush::is_possible() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let proved = bad_flush::run(&build("journal"), folder.path(), 1, 5);
        proved.unwrap_or_else(|error| panic!("{error:#}"));
    }
}

#[test]
fn crowds_leave_room_for_others() {
    let size = Size {
        silent: 300,
        halves: 100,
        babblers: 2,
        deaf: 5,
        waiting: 100,
        measured: Duration::from_millis(500),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let figures = crowd::run(&build("journal"), folder.path(), size, &mut |_| {});
    let figures = figures.unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(figures.len(), 6);
    // How fast is a matter of the machine; standing still is not.
    assert!(figures.iter().all(|figure| figure.speed[1].rate > 0.0), "{figures:?}");
}
