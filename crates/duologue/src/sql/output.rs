//! Where results go: standard output or the file of `-o`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

/// A place for text. A reader that went away (`| head`) ends the program quietly, as a write error.
pub(super) struct Output {
    writer: Box<dyn Write + Send>,
}

impl Output {
    /// Standard output, or `path` made anew.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let writer: Box<dyn Write + Send> = match path {
            Some(path) => {
                let file =
                    File::create(path).with_context(|| format!("cannot write '{}'", path.display()))?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        Ok(Self { writer })
    }

    /// Writes a line.
    pub(super) fn line(&mut self, text: &str) -> anyhow::Result<()> {
        writeln!(self.writer, "{text}").context("cannot write the output")
    }

    /// Hands everything on: before a prompt, before waiting, at the end.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        self.writer.flush().context("cannot write the output")
    }
}
