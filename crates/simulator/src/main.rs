//! `duologue-simulator --seeds 1..100 --steps 3000 [--faults all|calm|loss|…] [--canary durable|wakes|…]`, or with
//! `--messages 1000000` in place of an end: until so many were sent, of each class with `--faults each`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers")]

use std::process::ExitCode;
use std::time::Instant;

use duologue_simulator::{CLASSES, Canary, Options, Report, Simulation};

struct Arguments {
    first: u64,
    end: u64,
    steps: usize,
    messages: u64,
    classes: Vec<String>,
    canary: Option<Canary>,
}

fn arguments() -> Option<Arguments> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| given.iter().position(|word| word == name).and_then(|at| given.get(at + 1));
    let steps = value("--steps").map_or(Some(3000), |text| text.parse().ok())?;
    let canary = match value("--canary") {
        None => None,
        Some(name) => Some(Canary::named(name)?),
    };
    let classes = match value("--faults").map_or("all", String::as_str) {
        "each" => CLASSES.iter().chain(&["all"]).map(|name| (*name).to_owned()).collect(),
        name => vec![name.to_owned()],
    };
    Options::class(classes.first()?, steps)?;
    let messages = value("--messages").map_or(Some(u64::MAX), |text| text.parse().ok())?;
    let (first, end) = match value("--seeds") {
        Some(seeds) => seeds.split_once("..")?,
        None if messages < u64::MAX => ("1", "18446744073709551615"),
        None => ("1", "100"),
    };
    Some(Arguments { first: first.parse().ok()?, end: end.parse().ok()?, steps, messages, classes, canary })
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        let canaries: Vec<_> = Canary::ALL.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "usage: duologue-simulator [--seeds 1..100] [--messages 1000000] [--steps 3000]\n       \
             [--faults all|each|{}]\n       [--canary {}]",
            CLASSES.join("|"),
            canaries.join("|")
        );
        return ExitCode::from(2);
    };
    let failures: u64 = arguments.classes.iter().map(|class| run_class(class, &arguments)).sum();
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one class of faults and tells what came of it; returns the failures.
fn run_class(class: &str, arguments: &Arguments) -> u64 {
    let Some(options) = Options::class(class, arguments.steps) else { return 1 };
    let options = Options { canary: arguments.canary, ..options };
    let start = Instant::now();
    let (mut runs, mut failures, mut total) = (0u64, 0u64, Report::default());
    for seed in arguments.first..arguments.end {
        if total.sent >= arguments.messages {
            break;
        }
        runs += 1;
        match Simulation::run(seed, options) {
            Ok(report) => add(&mut total, &report),
            Err(failure) => {
                failures += 1;
                println!("{class}: {failure}");
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{class}: {runs} seeds, {failures} failed; {} messages in {} dialogs, {} envelopes, {} sent again, {} crashes, \
         {} events, {} lingering; {seconds:.1} s, {:.1} seeds/s, {:.0} messages/s",
        total.sent,
        total.dialogs,
        total.envelopes,
        total.repeated,
        total.crashes,
        total.events,
        total.lingering,
        runs as f64 / seconds,
        total.sent as f64 / seconds,
    );
    failures
}

fn add(total: &mut Report, report: &Report) {
    total.sent += report.sent;
    total.dialogs += report.dialogs;
    total.envelopes += report.envelopes;
    total.repeated += report.repeated;
    total.crashes += report.crashes;
    total.events += report.events;
    total.lingering += report.lingering;
}
