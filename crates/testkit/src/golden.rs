//! Expected files beside the scripts that produce them.

use std::fs;
use std::path::{Path, PathBuf};

/// A script whose output is not the expected one.
#[derive(Debug)]
pub struct Mismatch {
    /// The script.
    pub script: PathBuf,
    /// The first line that differs, expected and found.
    pub difference: String,
}

/// Runs every file of `folder` with that extension and compares what it prints with the `.out` file beside it; with
/// `UPDATE_EXPECT` set it writes that file. Returns how many there were, and those that differ.
///
/// # Errors
/// When the folder or a file cannot be read or written.
pub fn check_folder(
    folder: &Path,
    extension: &str,
    run: impl Fn(&str) -> String,
) -> std::io::Result<(usize, Vec<Mismatch>)> {
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    scripts.retain(|path| path.extension().is_some_and(|found| found == extension));
    scripts.sort();
    let mut mismatches = Vec::new();
    for script in &scripts {
        let found = run(&fs::read_to_string(script)?);
        let beside = script.with_extension("out");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&beside, &found)?;
            continue;
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if let Some(difference) = difference(&expected, &found) {
            mismatches.push(Mismatch { script: script.clone(), difference });
        }
    }
    Ok((scripts.len(), mismatches))
}

fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut left, mut right) = (expected.lines(), found.lines());
    for line in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (expected, found) if expected != found => {
                let shown = |line: Option<&str>| line.unwrap_or("<end>").to_owned();
                return Some(format!(
                    "line {line}\n  expected: {}\n  found:    {}",
                    shown(expected),
                    shown(found)
                ));
            }
            _ => {}
        }
    }
    Some("line ends differ".into())
}
