//! `duologue-simulator --seeds 1..100 --steps 3000 [--faults all|calm|loss|…] [--canary durable|wakes]`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers")]

use std::process::ExitCode;
use std::time::Instant;

use duologue_simulator::{Canary, Options, Simulation};

struct Arguments {
    seeds: std::ops::Range<u64>,
    options: Options,
}

fn arguments() -> Option<Arguments> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| given.iter().position(|word| word == name).and_then(|at| given.get(at + 1));
    let steps = value("--steps").map_or(Some(3000), |text| text.parse().ok())?;
    let mut options = Options::class(value("--faults").map_or("all", String::as_str), steps)?;
    options.canary = match value("--canary").map(String::as_str) {
        None => None,
        Some("durable") => Some(Canary::AcknowledgeBeforeDurable),
        Some("wakes") => Some(Canary::LoseWakes),
        Some(_) => return None,
    };
    let (first, end) = value("--seeds").map_or(Some(("1", "100")), |text| text.split_once(".."))?;
    Some(Arguments { seeds: first.parse().ok()?..end.parse().ok()?, options })
}

fn main() -> ExitCode {
    let Some(Arguments { seeds, options }) = arguments() else {
        eprintln!(
            "usage: duologue-simulator [--seeds 1..100] [--steps 3000] [--canary durable|wakes]\n       \
             [--faults all|calm|loss|duplication|delay|crashes|partitions|clocks|administration]"
        );
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let (mut runs, mut failures, mut sent, mut envelopes, mut crashes) = (0u64, 0u64, 0, 0, 0);
    for seed in seeds {
        runs += 1;
        match Simulation::run(seed, options) {
            Ok(report) => {
                sent += report.sent;
                envelopes += report.envelopes;
                crashes += report.crashes;
            }
            Err(failure) => {
                failures += 1;
                println!("{failure}");
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{runs} seeds in {seconds:.1} s: {failures} failures, {sent} messages, {envelopes} envelopes, \
         {crashes} crashes"
    );
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
