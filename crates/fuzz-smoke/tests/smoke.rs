//! Every target over its corpus and mutations of it.
//!
//! | variable | meaning |
//! |---|---|
//! | `DUOLOGUE_FUZZ_EXECUTIONS` | executions of the cheapest targets; the others have a cost |
//! | `DUOLOGUE_FUZZ_SEED` | which mutations |
//! | `DUOLOGUE_FUZZ_TARGET` | only this target |
//! | `DUOLOGUE_FUZZ_TRACE` | a file that holds the input under way, for what ends the process |

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use duologue_fuzz_smoke::{Mutator, TARGETS, Target};

const EXECUTIONS: u64 = 60_000;
const SEED: u64 = 1;
/// An input of 16 KiB that takes longer, on a busy machine and without optimisation, is an attack on our time.
const MAX_DURATION: Duration = Duration::from_secs(10);

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// The files of the target's corpus, in the order of their names.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = fuzz_folder().join("corpus").join(target.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files: BTreeSet<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Why a target does not take an input.
fn complaint(target: &Target, input: &[u8]) -> Option<String> {
    let start = Instant::now();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        return Some(text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned());
    }
    let elapsed = start.elapsed();
    (elapsed > MAX_DURATION).then(|| format!("took {elapsed:?}"))
}

fn fuzz(target: &Target, executions: u64, seed: u64) -> Result<(), String> {
    let trace = env::var_os("DUOLOGUE_FUZZ_TRACE");
    let corpus = corpus(target);
    let executions = (executions / u64::from(target.cost)).max(corpus.len() as u64 + 1);
    let mut mutator = Mutator::new(seed, target.name, target.is_text, corpus);
    let start = Instant::now();
    for execution in 0..executions {
        let input = mutator.next_input();
        if let Some(trace) = &trace {
            fs::write(trace, &input).unwrap();
        }
        if let Some(complaint) = complaint(target, &input) {
            let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(format!(
                "{} with seed {seed}, execution {execution}: {complaint}\n\
                 to repeat: xxd -r -p > fuzz/corpus/{}/found <<< {hex}",
                target.name, target.name
            ));
        }
    }
    println!("{:28} {executions:8} executions {:8.2} s", target.name, start.elapsed().as_secs_f64());
    Ok(())
}

#[test]
fn every_target_takes_everything() {
    let executions = number("DUOLOGUE_FUZZ_EXECUTIONS", EXECUTIONS);
    let seed = number("DUOLOGUE_FUZZ_SEED", SEED);
    let only = env::var("DUOLOGUE_FUZZ_TARGET").ok();
    let chosen: Vec<Target> =
        TARGETS.into_iter().filter(|target| only.as_deref().is_none_or(|only| only == target.name)).collect();
    assert!(!chosen.is_empty(), "no target is named {only:?}");
    let next = AtomicUsize::new(0);
    let findings = Mutex::new(Vec::new());
    let work = || {
        while let Some(target) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            // A thread of its own names the target when the stack overflows, where nothing can be caught.
            let thread = thread::Builder::new().name(target.name.to_owned());
            let outcome = thread::scope(|scope| {
                thread.spawn_scoped(scope, || fuzz(target, executions, seed)).unwrap().join()
            });
            let outcome =
                outcome.unwrap_or_else(|_| Err(format!("{}: the fuzzer itself failed", target.name)));
            findings.lock().unwrap().extend(outcome.err());
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let findings = findings.into_inner().unwrap();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
}

/// Names of the entries of a folder of `fuzz/`, without extension.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz_folder().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_target_is_known_to_cargo_fuzz_and_has_a_corpus() {
    let table: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(table.len(), TARGETS.len(), "two targets have one name");
    assert_eq!(names("fuzz_targets"), table);
    assert_eq!(names("corpus"), table);
    let manifest = fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let name = target.name;
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "fuzz/Cargo.toml lacks {name}");
        let file = fs::read_to_string(fuzz_folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(file.contains(&format!("\"{name}\"")), "fuzz_targets/{name}.rs runs another target");
        assert!(!corpus(&target).is_empty(), "{name}");
    }
}
