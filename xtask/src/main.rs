//! Chores of the project: `cargo xtask <name>`.

// A developer's tool talks to the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

mod clients;
mod fuzz;
mod steps;
mod tidy;

use steps::{Tally, cargo, cargo_tests, step};

const HELP: &str = "\
cargo xtask ci        what every change must pass: format, lints, tidy, docs, tests
cargo xtask test      everything: ci, fuzzing for a moment, real clients against the real binary
cargo xtask tidy      what clippy can't see: lengths, banned calls, docs that name files
cargo xtask clients [NAME]…  real clients against the real binary; names: see tests/clients/README.md
cargo xtask torture [OPTION]…  servers killed, cut off, out of disk and crowded, under load; --help says more
cargo xtask fuzz      every fuzz target for ten seconds";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return ExitCode::FAILURE;
    };
    let tally = match name.as_str() {
        "ci" => ci(),
        "test" => test(),
        "tidy" => tidy::run(),
        "clients" => clients::run(rest),
        "fuzz" => fuzz::smoke(),
        "torture" => torture(rest),
        "help" | "--help" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("no chore is named '{other}'\n\n{HELP}");
            return ExitCode::FAILURE;
        }
    };
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What every change must pass. Each step runs whatever came of the others: one run shows everything.
fn ci() -> Tally {
    let mut tally = Tally::default();
    tally += step("format", || cargo(&["fmt", "--all", "--check"]));
    tally += step("lints", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    tally += step("tidy", tidy::run);
    tally += step("documentation", documentation);
    tally += step("licences and bans", licences);
    tally += step("tests", || cargo_tests(&["test", "--workspace", "--no-fail-fast"]));
    tally
}

/// Everything: the tests of every crate hold the golden scripts, the blocking specs and the simulation's smoke.
fn test() -> Tally {
    let mut tally = ci();
    tally += step("fuzz targets", fuzz::smoke);
    tally += step("clients", || clients::run(&[]));
    tally
}

/// Long proofs on processes of the profile that is built here; options go to the program.
fn torture(options: &[String]) -> Tally {
    let built = cargo(&["build", "--package", "duologue", "--package", "duologue-torture"]);
    if built.failed > 0 {
        return built;
    }
    let run = ["run", "--package", "duologue-torture", "--"];
    let options = options.iter().map(String::as_str);
    cargo(&run.into_iter().chain(options).collect::<Vec<_>>())
}

fn documentation() -> Tally {
    steps::command(
        "cargo",
        &["doc", "--workspace", "--no-deps", "--quiet"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )
}

fn licences() -> Tally {
    if !steps::is_installed("cargo-deny") {
        println!("skipped: cargo-deny is not installed");
        return Tally::default();
    }
    // Advisories need the network and change without us; they are checked before a release.
    cargo(&["deny", "check", "bans", "licenses", "sources"])
}
