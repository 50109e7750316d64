//! Calls that belong to the edge, or to nobody.

use super::Finding;
use super::files::SourceFile;

/// A call that is not allowed outside some folders.
struct Ban {
    /// How it looks in the code.
    calls: &'static [&'static str],
    /// Folders where it is right.
    allowed: &'static [&'static str],
    /// What to do instead.
    instead: &'static str,
}

const BINARY: &str = "crates/duologue/";
const BENCH: &str = "crates/bench/";
const JOURNAL: &str = "crates/store-journal/";
/// The lock of the data directory, which every engine on files takes.
const DIRECTORY: &str = "crates/store/src/directory.rs";
const SERVER: &str = "crates/server/";
const TORTURE: &str = "crates/torture/";
const XTASK: &str = "xtask/";
const SIMULATOR_BINARY: &str = "crates/simulator/src/main.rs";

const BANS: [Ban; 5] = [
    Ban {
        calls: &["Instant::now", "SystemTime::now", "UNIX_EPOCH.elapsed"],
        allowed: &[SERVER, BINARY, BENCH, TORTURE, XTASK, SIMULATOR_BINARY],
        instead: "take the time as an argument: only the server has a clock",
    },
    Ban {
        calls: &["thread::spawn", "thread::sleep", "thread::Builder"],
        allowed: &[JOURNAL, SERVER, BINARY, BENCH, TORTURE, XTASK],
        instead: "return what is to be done: only the server and the journal have threads",
    },
    Ban {
        calls: &["println!", "eprintln!", "print!(", "eprint!("],
        allowed: &[BINARY, BENCH, TORTURE, XTASK, SIMULATOR_BINARY],
        instead: "use tracing in the server, return text elsewhere",
    },
    Ban {
        calls: &["std::fs", "fs::File", "File::open", "File::create"],
        allowed: &[
            "crates/store-embedded/",
            JOURNAL,
            DIRECTORY,
            "crates/testkit/",
            SERVER,
            BINARY,
            BENCH,
            TORTURE,
            XTASK,
        ],
        instead: "take or return bytes: only the store and the server have files",
    },
    Ban {
        calls: &["len().to_le_bytes", "len().to_be_bytes", "usize).to_le_bytes", "usize).to_be_bytes"],
        allowed: &[],
        instead: "convert to a type of fixed width first: a usize is not the same everywhere",
    },
];

/// Calls in code; tests may do as they like.
pub(super) fn calls(file: &SourceFile) -> Vec<Finding> {
    let is_test =
        file.path.contains("/tests/") || file.path.contains("/examples/") || file.path.ends_with("tests.rs");
    // This file spells every one of them.
    if file.extension() != "rs" || is_test || file.path == "xtask/src/tidy/banned.rs" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for ban in BANS.iter().filter(|ban| !ban.allowed.iter().any(|folder| file.path.starts_with(folder))) {
        for (number, line) in file.code() {
            if let Some(call) = ban.calls.iter().find(|call| line.contains(**call)) {
                findings.push(Finding::new(file, number, format!("`{call}`: {}", ban.instead)));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_banned_by_folder() {
        let findings = |path: &str, text: &str| calls(&SourceFile::sample(path, text)).len();
        assert_eq!(findings("crates/broker/src/lib.rs", "let t = Instant::now();\n"), 1);
        assert_eq!(findings("crates/server/src/lib.rs", "let t = Instant::now();\n"), 0);
        assert_eq!(findings("crates/broker/src/lib.rs", "// Instant::now()\n"), 0, "a comment");
        assert_eq!(findings("crates/broker/src/lib.rs", "#[cfg(test)]\nmod t { println!(); }\n"), 0, "tests");
        assert_eq!(findings("crates/broker/tests/a.rs", "std::fs::read()\n"), 0, "tests");
        assert_eq!(findings("crates/server/src/lib.rs", "x.len().to_le_bytes()\n"), 1, "allowed nowhere");
    }
}
