//! Half a minute of simulation: known seeds, fresh ones, every class of faults, the same seed twice, and planted bugs
//! that must be found.

use std::time::{SystemTime, UNIX_EPOCH};

use duologue_simulator::{CLASSES, Canary, Options, Report, Simulation};

const STEPS: usize = 1000;

/// Runs a class of faults, and says how to run it again if that fails.
#[expect(clippy::panic, reason = "it is part of tests")]
fn run(class: &str, seed: u64, steps: usize) -> Report {
    match Simulation::run(seed, Options::class(class, steps).expect("it is a class")) {
        Ok(report) => report,
        Err(failure) => panic!("--faults {class} --steps {steps}: {failure}"),
    }
}

#[test]
fn seeds_that_found_something() {
    // What was sent when the far side had ended stayed, and nothing said why.
    for (class, seed) in [("clocks", 14), ("duplication", 10), ("reordering", 4), ("keys", 5)] {
        run(class, seed, 1500);
    }
    // A clock that was set back made a broker ask the configuration service without end.
    run("all", 2, 1500);
}

#[test]
fn each_class_of_faults_alone() {
    for class in CLASSES {
        let report = run(class, 5, STEPS);
        assert!(report.received > 200, "{class}: {report:?}");
    }
}

#[test]
fn fresh_seeds() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    for index in 0..6 {
        let seed = u64::try_from(now).unwrap() + index;
        println!("all, seed {seed}: {:?}", run("all", seed, STEPS));
    }
}

#[test]
fn a_seed_repeats_exactly() {
    let run = || run("all", 77, STEPS);
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    assert_ne!(first.log_hash, Simulation::run(78, Options::all_faults(STEPS)).unwrap().log_hash);
}

#[test]
fn planted_bugs_are_found_and_found_again() {
    for (name, canary) in Canary::ALL {
        let options = Options { canary: Some(canary), ..Options::all_faults(STEPS) };
        let failed = (1..=12).find_map(|seed| Simulation::run(seed, options).err());
        let failure = failed.unwrap_or_else(|| panic!("{name} was not found by 12 seeds"));
        assert_eq!(
            Simulation::run(failure.seed, options),
            Err(failure),
            "the same seed fails in the same way"
        );
    }
}
