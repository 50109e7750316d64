//! Pages that name files: the files must be there.

use super::Finding;
use super::files::SourceFile;
use crate::steps::root;

/// Names in backquotes that begin with one of these are paths from the project's folder.
const FOLDERS: [&str; 7] = ["crates/", "docs/", "tests/", "xtask/", "fuzz/", ".ci/", ".config/"];

/// Paths in backquotes.
pub(super) fn named_files(file: &SourceFile) -> Vec<Finding> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for name in quoted(line).filter(|name| is_path(name)) {
            if !root().join(name.trim_end_matches('/')).exists() {
                findings.push(Finding::new(file, number, format!("`{name}` does not exist")));
            }
        }
    }
    findings
}

/// What stands between backquotes.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A path, not a pattern (`*`), a placeholder (`<name>`), or a path with something behind it.
fn is_path(name: &str) -> bool {
    FOLDERS.iter().any(|folder| name.starts_with(folder))
        && name.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '/' | '.' | '-' | '_'))
}

/// Targets of links that are files, relative to the page.
pub(super) fn links(file: &SourceFile) -> Vec<Finding> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let page = root().join(&file.path);
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for target in link_targets(line) {
            let exists = page.parent().is_some_and(|folder| folder.join(target).exists());
            if !exists {
                findings.push(Finding::new(file, number, format!("the link to '{target}' leads nowhere")));
            }
        }
    }
    findings
}

/// Files that `[text](file#part)` leads to; not addresses, not parts of the same page.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        let is_file = !target.is_empty() && !target.contains("://") && !target.contains(' ');
        is_file.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_pages() {
        let page = "Look at `xtask/src/main.rs`, `xtask/src/none.rs`, `crates/*/src` and `cargo xtask ci`.\n";
        let findings = named_files(&SourceFile::sample("README.md", page));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].text, "`xtask/src/none.rs` does not exist");
    }

    #[test]
    fn links_in_pages() {
        let page = "[a](xtask/Cargo.toml) [b](https://example.org/x) [c](none.md#part) [d](#part)\n";
        let findings = links(&SourceFile::sample("README.md", page));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].text, "the link to 'none.md' leads nowhere");
    }
}
