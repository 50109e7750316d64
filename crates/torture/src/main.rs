//! `cargo xtask torture`: the long runs.

// A developer's tool talks to the terminal.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use duologue_torture::crowd::{self, Size};
use duologue_torture::storm::{self, Fault};
use duologue_torture::{Build, bad_flush, full_disk};

/// Servers that are killed, stopped, cut off, out of disk and crowded, under load
#[derive(Parser)]
struct Arguments {
    /// The server's binary [default: the one beside this program]
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Engine of the store; may be given more than once [default: the default engine]
    #[arg(long)]
    store: Vec<String>,
    /// Rounds of each proof that has rounds
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// Where the pseudo-random choices begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Sessions that wait at a time, in the proof with crowds
    #[arg(long, default_value_t = 10_000)]
    waiting: usize,
    /// These proofs only
    #[arg(long, value_enum)]
    only: Vec<Proof>,
    /// Where data directories are made [default: the system's place for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Proof {
    Kill,
    Stop,
    Link,
    FullDisk,
    BadFlush,
    Crowd,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let engines: Vec<Option<String>> = match arguments.store.as_slice() {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    for engine in engines {
        for proof in Proof::value_variants() {
            if arguments.only.is_empty() || arguments.only.contains(proof) {
                prove(&arguments, engine.clone(), *proof)?;
            }
        }
    }
    Ok(())
}

fn prove(arguments: &Arguments, engine: Option<String>, proof: Proof) -> anyhow::Result<()> {
    let name = format!("{proof:?} on {}", engine.as_deref().unwrap_or("the default engine"));
    let folder = match &arguments.folder {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    }?;
    let build = Build { binary: binary(arguments)?, engine };
    let started = Instant::now();
    let outcome = run(arguments, &build, proof, folder.path());
    let seconds = started.elapsed().as_secs();
    // What is left of a failure is worth a look.
    let outcome = outcome.inspect_err(|_| println!("FAIL {name}; see {}", folder.keep().display()));
    println!("PASS {name}, {seconds} s: {}", outcome.with_context(|| name.clone())?);
    Ok(())
}

fn binary(arguments: &Arguments) -> anyhow::Result<PathBuf> {
    Ok(match &arguments.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("duologue"),
    })
}

fn run(
    arguments: &Arguments,
    build: &Build,
    proof: Proof,
    folder: &std::path::Path,
) -> anyhow::Result<String> {
    let (rounds, seed) = (arguments.rounds, arguments.seed);
    let storm = |fault| {
        let mut told = |outcome: &storm::Outcome| println!("     {outcome}");
        storm::run(build, folder, fault, rounds, seed, &mut told).map(|outcome| outcome.to_string())
    };
    match proof {
        Proof::Kill => storm(Fault::Kill),
        Proof::Stop => storm(Fault::Stop),
        Proof::Link => storm(Fault::Link),
        Proof::FullDisk => full_disk::run(build, folder, rounds, seed).map(|tally| tally.to_string()),
        Proof::BadFlush => bad_flush::run(build, folder, rounds, seed).map(|tally| tally.to_string()),
        Proof::Crowd => {
            let size = Size {
                silent: 5000,
                halves: 1000,
                babblers: 4,
                deaf: 50,
                waiting: arguments.waiting,
                measured: Duration::from_secs(5),
            };
            let mut told = |figure: &crowd::Figure| println!("     {figure}");
            crowd::run(build, folder, size, &mut told).map(|figures| format!("{} crowds", figures.len()))
        }
    }
}
