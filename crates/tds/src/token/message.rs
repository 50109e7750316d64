//! ERROR and INFO (2.2.7.10, 2.2.7.13).

use bytes::BufMut;
use duologue_messages::SqlError;

use super::id;
use crate::dialect::Dialect;
use crate::writer::{put_b_varchar, put_u16_length, put_us_varchar};

/// UTF-16 units of a message's text; keeps the token below 64 KiB.
const MAX_TEXT_UNITS: u16 = 8000;

/// An ERROR token.
pub(crate) fn put_error(out: &mut Vec<u8>, error: &SqlError, server: &str, dialect: Dialect) {
    put_message(out, id::ERROR, error.severity, error, server, dialect);
}

/// An INFO token. Severity 10 goes out as 0, as SQL Server sends it.
pub(crate) fn put_info(out: &mut Vec<u8>, info: &SqlError, server: &str, dialect: Dialect) {
    let severity = if info.severity >= 10 { 0 } else { info.severity };
    put_message(out, id::INFO, severity, info, server, dialect);
}

fn put_message(out: &mut Vec<u8>, id: u8, class: u8, error: &SqlError, server: &str, dialect: Dialect) {
    out.put_u8(id);
    put_u16_length(out, |out| {
        out.put_i32_le(error.number);
        out.put_u8(error.state);
        out.put_u8(class);
        put_us_varchar(out, &error.text, MAX_TEXT_UNITS);
        put_b_varchar(out, server);
        put_b_varchar(out, &error.procedure);
        if dialect.has_wide_counts() {
            out.put_u32_le(error.line);
        } else {
            out.put_u16_le(u16::try_from(error.line).unwrap_or(u16::MAX));
        }
    });
}
