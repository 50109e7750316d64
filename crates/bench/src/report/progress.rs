//! What is going on, on a terminal's last line.

use std::io::{IsTerminal, Write};

/// Says nothing unless stderr is a terminal.
pub(crate) struct Progress {
    is_terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, what: &str) {
        self.write(&format!("\r\x1b[K{what} …"));
    }

    pub(crate) fn clear(&self) {
        self.write("\r\x1b[K");
    }

    fn write(&self, text: &str) {
        if self.is_terminal {
            let mut stderr = std::io::stderr().lock();
            // It is for somebody who watches; if nobody can, nothing is lost.
            let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
        }
    }
}
