//! A few seconds of simulation: known seeds, fresh ones, the same seed twice, and planted bugs that must be found.

use std::time::{SystemTime, UNIX_EPOCH};

use duologue_simulator::{Canary, Options, Simulation};

const STEPS: usize = 1500;

#[test]
fn known_and_fresh_seeds_obey_every_rule() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let fresh = (0..3).map(|index| u64::try_from(now).unwrap() + index);
    // 2, 7 and 12 hung a broker that kept turning while keys were being stored; 18 kept parts of unread messages.
    for seed in [2, 7, 12, 18].into_iter().chain(fresh) {
        if let Err(failure) = Simulation::run(seed, Options::all_faults(STEPS)) {
            panic!("{failure}");
        }
    }
}

#[test]
fn each_class_of_faults_alone() {
    let classes =
        ["calm", "loss", "duplication", "delay", "crashes", "partitions", "clocks", "administration"];
    for class in classes {
        let report = Simulation::run(5, Options::class(class, STEPS).unwrap()).unwrap();
        assert!(report.received > 50, "{class}: {report:?}");
    }
}

#[test]
fn a_seed_repeats_exactly() {
    let run = || Simulation::run(77, Options::all_faults(STEPS)).unwrap();
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    assert_ne!(first.log_hash, Simulation::run(78, Options::all_faults(STEPS)).unwrap().log_hash);
}

#[test]
fn planted_bugs_are_found() {
    for canary in [Canary::AcknowledgeBeforeDurable, Canary::LoseWakes] {
        let options = Options { canary: Some(canary), ..Options::all_faults(STEPS) };
        let found = (1..=10).filter(|seed| Simulation::run(*seed, options).is_err()).count();
        assert!(found >= 3, "{canary:?} was found by {found} of 10 seeds");
    }
}
