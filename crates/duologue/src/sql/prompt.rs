//! Where lines come from: script files inside one another, standard input, the prompt.

use std::collections::VecDeque;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// Files that include one another at most this deep.
const MAX_INCLUDES: usize = 32;

/// What is read when the files are at their end.
enum Base {
    Nothing,
    /// Standard input that is a file or a pipe.
    Pipe,
    Prompt(Box<DefaultEditor>),
}

/// A line, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    Line(String),
    /// Ctrl-C at the prompt: the batch is to be forgotten.
    Interrupted,
    End,
}

/// The source of lines.
pub(super) struct Lines {
    files: Vec<VecDeque<String>>,
    base: Base,
}

impl Lines {
    /// The lines of a text, and nothing behind them.
    pub(super) fn of_text(text: &str) -> Self {
        Self { files: vec![split(text)], base: Base::Nothing }
    }

    /// Standard input: with a prompt when it is a terminal; the lines of `first` come before it.
    pub(super) fn of_standard_input(first: Option<&str>) -> anyhow::Result<Self> {
        let base = if std::io::stdin().is_terminal() {
            let mut editor = DefaultEditor::new().context("cannot set up the prompt")?;
            // A history that can't be read is one that is not there yet.
            let _ = history_file().map(|path| editor.load_history(&path));
            Base::Prompt(Box::new(editor))
        } else {
            Base::Pipe
        };
        Ok(Self { files: first.map(split).into_iter().collect(), base })
    }

    /// Whether a person is typing.
    pub(super) fn is_interactive(&self) -> bool {
        matches!(self.base, Base::Prompt(_))
    }

    /// Reads `path` before the rest of what is being read.
    pub(super) fn include(&mut self, path: &Path) -> anyhow::Result<()> {
        if self.files.len() >= MAX_INCLUDES {
            bail!("'{}': scripts include one another more than {MAX_INCLUDES} deep", path.display());
        }
        self.files.push(split(&read_script(path)?));
        Ok(())
    }

    /// The next line; `number` is shown at the prompt.
    pub(super) fn next(&mut self, number: usize) -> anyhow::Result<Input> {
        while let Some(file) = self.files.last_mut() {
            if let Some(line) = file.pop_front() {
                return Ok(Input::Line(line));
            }
            self.files.pop();
        }
        match &mut self.base {
            Base::Nothing => Ok(Input::End),
            Base::Pipe => {
                let mut line = String::new();
                let length =
                    std::io::stdin().lock().read_line(&mut line).context("cannot read standard input")?;
                let line = line.trim_end_matches(['\n', '\r']).to_owned();
                Ok(if length == 0 { Input::End } else { Input::Line(line) })
            }
            Base::Prompt(editor) => match editor.readline(&format!("{number}> ")) {
                Ok(line) => {
                    let _ = editor.add_history_entry(&line);
                    Ok(Input::Line(line))
                }
                Err(ReadlineError::Interrupted) => Ok(Input::Interrupted),
                Err(ReadlineError::Eof) => Ok(Input::End),
                Err(error) => Err(error).context("cannot read from the prompt"),
            },
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if let (Base::Prompt(editor), Some(path)) = (&mut self.base, history_file()) {
            // A history that can't be kept is no reason to fail.
            let _ = editor.append_history(&path);
        }
    }
}

fn history_file() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".duologue_history"))
}

fn split(text: &str) -> VecDeque<String> {
    text.lines().map(str::to_owned).collect()
}

/// The text of a script file: UTF-8 or UTF-16 by its mark, else the western code page that old scripts are in.
pub(super) fn read_script(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))?;
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(&bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_before_the_rest() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("inner.sql");
        std::fs::write(&path, "two\r\nthree").expect("a file");
        let mut lines = Lines::of_text("one\nfour");
        let mut seen = vec![lines.next(1).expect("one")];
        lines.include(&path).expect("inner");
        seen.extend((0..4).map(|_| lines.next(1).expect("a line")));
        let expected = ["one", "two", "three", "four"].map(|line| Input::Line(line.to_owned()));
        assert_eq!(seen[..4], expected);
        assert_eq!(seen[4], Input::End);
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loop.sql");
        std::fs::write(&path, "x\ny").expect("a file");
        let mut lines = Lines::of_text("");
        let includes = (0..100).take_while(|_| lines.include(&path).is_ok()).count();
        assert_eq!(includes, MAX_INCLUDES - 1);
    }

    #[test]
    fn scripts_in_every_encoding() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.sql");
        let utf16: Vec<u8> = "\u{feff}ä€".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [utf16, "\u{feff}ä€".as_bytes().to_vec(), "ä€".as_bytes().to_vec(), vec![0xE4, 0x80]]
        {
            std::fs::write(&path, bytes).expect("a file");
            assert_eq!(read_script(&path).expect("text"), "ä€");
        }
    }
}
