//! The files of the project, as git sees them: tracked, and new ones that are not ignored.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::steps::root;

/// A text file.
pub(super) struct SourceFile {
    /// From the project's folder, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl SourceFile {
    /// The ending of its name.
    pub(super) fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
    }

    /// Lines with their one-based numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lines of a Rust file before its tests, without comments.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

#[cfg(test)]
impl SourceFile {
    pub(super) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

const TEXT: [&str; 9] = ["rs", "md", "toml", "sql", "py", "js", "spec", "yml", "yaml"];

/// Every text file.
pub(super) fn read_all() -> anyhow::Result<Vec<SourceFile>> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("cannot run git")?;
    if !listed.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr));
    }
    let mut files = Vec::new();
    for path in String::from_utf8_lossy(&listed.stdout).lines() {
        let file = SourceFile { path: path.to_owned(), text: String::new() };
        if !TEXT.contains(&file.extension()) {
            continue;
        }
        // A file that is listed and gone was deleted and not yet committed; one that is no text is a fixture.
        if let Ok(text) = std::fs::read_to_string(root().join(path)) {
            files.push(SourceFile { text, ..file });
        }
    }
    Ok(files)
}
