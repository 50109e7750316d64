//! Every fuzz target for a moment: finds what breaks at once, not what hides.

use crate::steps::{Tally, command, is_installed, root};

const SECONDS: &str = "-max_total_time=10";

/// Runs each target of `fuzz/` briefly. Without cargo-fuzz or targets it says so and counts nothing.
pub(crate) fn smoke() -> Tally {
    let folder = root().join("fuzz/fuzz_targets");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no fuzz/fuzz_targets");
        return Tally::default();
    };
    if !is_installed("cargo-fuzz") {
        println!("skipped: cargo-fuzz is not installed");
        return Tally::default();
    }
    let mut targets: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    targets.sort();
    let mut tally = Tally::default();
    for target in targets {
        // No sanitizer: the pinned toolchain is stable, and there is no unsafe code to look into.
        tally += command("cargo", &["fuzz", "run", "--sanitizer", "none", &target, "--", SECONDS], &[]);
    }
    tally
}
