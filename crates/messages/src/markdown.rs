//! The page `docs/errors.md`.

use std::fmt::Write;

use crate::table::MESSAGES;

const INTRODUCTION: &str = "\
# Messages

Every message number that Duologue knows, as `SELECT * FROM sys.messages` shows them. Numbers below 49900 and their
texts are SQL Server's, so that programs which compare numbers keep working; 49900 and above are Duologue's own.
Severities of 10 and below inform (several of those texts are values of `transmission_status`); 11–16 are for the
user to correct; 17 and above concern the server. *Log* marks what is also written to the server's log. Words such as
`%.*ls` and `%d` stand for values, `%S_MSG` for a kind of object.

This page is rendered from the table in `crates/messages`; its tests keep it current.

| Number | Severity | Log | Text |
|---:|---:|---|---|
";

/// The page `docs/errors.md`: one table row for each message.
pub fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for message in MESSAGES {
        let log = if message.is_event_logged { "log" } else { "" };
        let text = message.text.replace('|', "\\|");
        // Writing to a String does not fail.
        let _ = writeln!(page, "| {} | {} | {log} | `{text}` |", message.number, message.severity);
    }
    page
}
