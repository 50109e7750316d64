//! Running commands and counting what passed.

use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// How many checks passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// One check.
    pub(crate) fn of(passed: bool) -> Self {
        Self { passed: usize::from(passed), failed: usize::from(!passed) }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs a step under a heading and says how it went.
pub(crate) fn step(name: &str, run: impl FnOnce() -> Tally) -> Tally {
    println!("\n== {name}");
    let start = Instant::now();
    let tally = run();
    let seconds = start.elapsed().as_secs_f64();
    println!("-- {name}: {} passed, {} failed, {seconds:.1} s", tally.passed, tally.failed);
    tally
}

/// Runs cargo; success counts as one check.
pub(crate) fn cargo(arguments: &[&str]) -> Tally {
    command("cargo", arguments, &[])
}

/// Runs a program in the project's folder; success counts as one check.
pub(crate) fn command(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Tally {
    let status =
        Command::new(program).args(arguments).envs(environment.iter().copied()).current_dir(root()).status();
    match status {
        Ok(status) => Tally::of(status.success()),
        Err(error) => {
            println!("cannot run {program}: {error}");
            Tally::of(false)
        }
    }
}

/// Runs cargo's tests, shows their output and counts the tests themselves.
pub(crate) fn cargo_tests(arguments: &[&str]) -> Tally {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root()).stdout(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            println!("cannot run cargo: {error}");
            return Tally::of(false);
        }
    };
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("{line}");
            tally += test_result(&line).unwrap_or_default();
        }
    }
    let is_success = child.wait().is_ok_and(|status| status.success());
    if !is_success && tally.failed == 0 {
        // It did not compile, or a test ended the process.
        tally.failed = 1;
    }
    tally
}

/// The counts in `test result: ok. 7 passed; 0 failed; …`.
fn test_result(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    let count = |label: &str| {
        let before = counts.split(label).next()?;
        before.rsplit(' ').find(|word| !word.is_empty())?.parse().ok()
    };
    Some(Tally { passed: count(" passed;")?, failed: count(" failed;")? })
}

/// Whether a program of that name is on the path.
pub(crate) fn is_installed(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_a_test_run() {
        let line = "test result: FAILED. 18 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.19s";
        assert_eq!(test_result(line), Some(Tally { passed: 18, failed: 2 }));
        assert_eq!(test_result("test sql::x ... ok"), None);
    }
}
