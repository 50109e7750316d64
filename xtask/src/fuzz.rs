//! Every fuzz target for a while: led by coverage where cargo-fuzz is installed, otherwise the long form of the smoke
//! test that `cargo test` runs anyway.

use crate::steps::{Tally, command, is_installed, root};

const DEFAULT_SECONDS: u64 = 10;
/// What the smoke's cheapest targets manage in a second, unoptimised.
const EXECUTIONS_PER_SECOND: u64 = 50_000;

/// Runs every target as long as `cargo xtask fuzz [seconds]` says, 10 s without a number.
pub(crate) fn smoke() -> Tally {
    let seconds = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_SECONDS);
    if is_installed("cargo-fuzz") {
        return targets().iter().fold(Tally::default(), |mut tally, target| {
            tally += cargo_fuzz(target, seconds);
            tally
        });
    }
    println!("cargo-fuzz is not installed: the smoke test runs instead, without coverage to lead it");
    let executions = seconds.saturating_mul(EXECUTIONS_PER_SECOND).to_string();
    let arguments = ["test", "--package", "duologue-fuzz-smoke", "--test", "smoke", "--", "--nocapture"];
    command("cargo", &arguments, &[("DUOLOGUE_FUZZ_EXECUTIONS", &executions)])
}

/// The names in `fuzz/fuzz_targets`; a test of `duologue-fuzz-smoke` sees to it that they are all.
fn targets() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("fuzz/fuzz_targets")).into_iter().flatten();
    let mut targets: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    targets.sort();
    targets
}

fn cargo_fuzz(target: &str, seconds: u64) -> Tally {
    // libFuzzer keeps what it finds in the first folder; the checked-in seeds stay as they are.
    let found = format!("fuzz/target/corpus/{target}");
    if let Err(error) = std::fs::create_dir_all(root().join(&found)) {
        println!("cannot make {found}: {error}");
        return Tally::of(false);
    }
    let seeds = format!("fuzz/corpus/{target}");
    let time = format!("-max_total_time={seconds}");
    // No sanitizer: the pinned toolchain is stable, and there is no unsafe code to look into.
    let arguments = [
        "fuzz",
        "run",
        "--sanitizer",
        "none",
        target,
        &found,
        &seeds,
        "--",
        &time,
        // Findings are said all the same; progress is thousands of lines.
        "-verbosity=0",
        "-timeout=10",
        "-max_len=16384",
    ];
    command("cargo", &arguments, &[])
}
