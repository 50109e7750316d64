//! What clippy can't see. Each rule is a check of its own; a finding names file, line and what to do instead.

mod banned;
mod docs;
mod files;
mod shape;

use files::SourceFile;

use crate::steps::Tally;

/// Something to put right.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// One-based; 0 for the file as a whole.
    line: usize,
    text: String,
}

impl Finding {
    fn new(file: &SourceFile, line: usize, text: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, text: text.into() }
    }
}

/// A rule over one file.
struct Rule {
    name: &'static str,
    check: fn(&SourceFile) -> Vec<Finding>,
}

const RULES: [Rule; 7] = [
    Rule { name: "file length", check: shape::length },
    Rule { name: "line width", check: shape::width },
    Rule { name: "tabs and trailing blanks", check: shape::blanks },
    Rule { name: "one title per page", check: shape::title },
    Rule { name: "banned calls", check: banned::calls },
    Rule { name: "docs name files that exist", check: docs::named_files },
    Rule { name: "links lead to files that exist", check: docs::links },
];

/// Checks every file of the project.
pub(crate) fn run() -> Tally {
    let files = match files::read_all() {
        Ok(files) => files,
        Err(error) => {
            println!("{error:#}");
            return Tally::of(false);
        }
    };
    let mut tally = Tally::default();
    for rule in &RULES {
        let findings: Vec<Finding> = files.iter().flat_map(rule.check).collect();
        for finding in &findings {
            println!("{}:{}: {} [{}]", finding.path, finding.line, finding.text, rule.name);
        }
        tally += Tally::of(findings.is_empty());
    }
    tally
}
