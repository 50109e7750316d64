//! Messages of the table as log lines.

use duologue_broker::LogEntry;
use duologue_messages::SqlError;

/// Severities up to this one inform.
const INFORMATION: u8 = 10;
/// Severities up to this one are somebody's mistake, above it the server's trouble.
const MISTAKE: u8 = 16;

/// Writes an instance's entry.
pub(crate) fn entry(entry: &LogEntry) {
    write(entry.number, entry.severity, &entry.text);
}

/// Writes a message.
pub(crate) fn message(message: &SqlError) {
    write(message.number, message.severity, &message.text);
}

fn write(number: i32, severity: u8, text: &str) {
    match severity {
        0..=INFORMATION => tracing::info!(number, severity, "{text}"),
        11..=MISTAKE => tracing::warn!(number, severity, "{text}"),
        _ => tracing::error!(number, severity, "{text}"),
    }
}
