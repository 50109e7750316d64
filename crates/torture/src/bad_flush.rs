//! Flushes and writes that fail under load: strace answers in the operating system's place.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::chance::Chance;
use crate::load::{Load, Strength, Tally};
use crate::pair::Pair;
use crate::server::Build;

const PATIENCE: Duration = Duration::from_secs(180);
/// `duologue serve`: the store failed.
const EXIT_STORE: i32 = 4;
/// System calls that may fail.
const CALLS: [&str; 2] = ["fdatasync,fsync", "pwrite64"];
/// Calls that a start makes and that must succeed.
const START: u64 = 60;

/// Whether this machine has what the proof needs.
pub fn is_possible() -> bool {
    let mut command = Command::new("strace");
    let tried = command.args(["-f", "-e", "trace=none", "true"]);
    tried.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// So many times one of the servers meets an I/O error in a flush or write: it stops with its exit code, and what it
/// had answered for is there after the next start.
pub fn run(build: &Build, folder: &Path, rounds: u32, seed: u64) -> anyhow::Result<Tally> {
    let mut pair = Pair::start(build, folder)?;
    let mut chance = Chance::new(seed);
    let mut tallies = Vec::new();
    for round in 0..rounds {
        let load = Load::start(&pair, Strength::default(), seed + u64::from(round))?;
        let Pair { near, far, .. } = &mut pair;
        let server = if chance.one_in(2) { near } else { far };
        let calls = CALLS[usize::from(chance.one_in(2))];
        server.kill()?;
        server.trace(failing(calls, START + chance.below(200)));
        server.restart().context("a start met the error, which was to come later")?;
        let status = server.ended(PATIENCE)?;
        ensure!(status.code() == Some(EXIT_STORE), "a failed {calls} ended the server with {status}");
        server.trace(Vec::new());
        server.restart()?;
        load.progress(2, 2, PATIENCE).with_context(|| pair.state())?;
        let tally = load.finish(&pair).with_context(|| pair.state())?;
        ensure!(tally.is_clean(), "messages went wrong: {tally}");
        tallies.push(tally);
    }
    Ok(tallies.into_iter().sum())
}

/// From one call on every one fails with EIO.
fn failing(calls: &str, from: u64) -> Vec<String> {
    let inject = format!("inject={calls}:error=EIO:when={from}+");
    let trace = format!("trace={calls}");
    ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]
        .map(str::to_owned)
        .to_vec()
}
