//! The error value that travels from its point of detection to the client, a message body or a log line.

use std::fmt;

use crate::table::lookup;

/// An error or informational message as a client sees it: `Msg number, Level severity, State state, Line line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// Number in the message table; 50000 and above are the user's own.
    pub number: i32,
    /// 0–10 informational, 11–16 the user's to correct, 17–25 resources and internal.
    pub severity: u8,
    /// Distinguishes places that raise one number.
    pub state: u8,
    /// One-based line in the batch or module; 0 until the statement that failed fills it in.
    pub line: u32,
    /// Module in which the error was raised; empty for a batch.
    pub procedure: String,
    /// The text with its placeholders filled.
    pub text: String,
}

impl SqlError {
    /// Builds the error `number` with `arguments` filled into its placeholders in order. Prefer `sql_error!`,
    /// which refuses a number that the table lacks at compile time.
    pub fn new(number: i32, arguments: &[&dyn fmt::Display]) -> Self {
        let (severity, text) = match lookup(number) {
            Some(message) => (message.severity, message.fill(arguments)),
            None => (16, format!("Error {number} has no text in the message table.")),
        };
        Self { number, severity, state: 1, line: 0, procedure: String::new(), text }
    }

    /// The same error with another state.
    #[must_use]
    pub fn with_state(mut self, state: u8) -> Self {
        self.state = state;
        self
    }

    /// The same error, raised at `line` unless a line is known already.
    #[must_use]
    pub fn at_line(mut self, line: u32) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Msg {}, Level {}, State {}: {}", self.number, self.severity, self.state, self.text)
    }
}

impl std::error::Error for SqlError {}

/// `sql_error!(8426, handle)`: the error with that number, its placeholders filled. A number that is not in the
/// table does not compile.
#[macro_export]
macro_rules! sql_error {
    ($number:literal $(, $argument:expr)* $(,)?) => {{
        const _: () = assert!($crate::exists($number), "no such number in the message table");
        $crate::SqlError::new($number, &[$(&$argument as &dyn ::std::fmt::Display),*])
    }};
}
