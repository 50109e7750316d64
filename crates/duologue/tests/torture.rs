//! The proofs of `cargo xtask torture`, for a moment each, with every engine.

#![allow(clippy::panic, reason = "a test's helpers may fail the test")]

use std::path::Path;
use std::time::Duration;

use duologue_torture::crowd::{self, Size};
use duologue_torture::storm::{self, Fault};
use duologue_torture::{Build, bad_flush};

const ENGINES: [&str; 2] = ["redb", "journal"];
const ROUNDS: u32 = 3;

fn with_each_engine(proof: impl Fn(&Build, &Path)) {
    for engine in ENGINES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let build = Build { binary: env!("CARGO_BIN_EXE_duologue").into(), engine: Some(engine.to_owned()) };
        proof(&build, folder.path());
    }
}

fn storm(fault: Fault) {
    with_each_engine(|build, folder| {
        let outcome = storm::run(build, folder, fault, ROUNDS, 5, &mut |_| {});
        let outcome = outcome.unwrap_or_else(|error| panic!("{build:?}: {error:#}"));
        assert_eq!(outcome.rounds, ROUNDS);
        assert!(outcome.tally.received > 0, "{outcome}");
    });
}

#[test]
fn kills_lose_and_repeat_nothing() {
    storm(Fault::Kill);
}

#[test]
fn processes_that_stand_still_lose_and_repeat_nothing() {
    storm(Fault::Stop);
}

#[test]
fn a_bad_link_loses_and_repeats_nothing() {
    storm(Fault::Link);
}

/// Where strace is installed and may trace.
#[test]
fn a_failed_flush_stops_the_server_and_loses_nothing() {
    if !bad_flush::is_possible() {
        return;
    }
    with_each_engine(|build, folder| {
        bad_flush::run(build, folder, 1, 5).unwrap_or_else(|error| panic!("{build:?}: {error:#}"));
    });
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
    with_each_engine(|build, folder| {
        let figures = crowd::run(build, folder, size, &mut |_| {});
        let figures = figures.unwrap_or_else(|error| panic!("{build:?}: {error:#}"));
        assert_eq!(figures.len(), 6);
        // How fast is a matter of the machine; standing still is not.
        assert!(figures.iter().all(|figure| figure.speed[1].rate > 0.0), "{figures:?}");
    });
}
