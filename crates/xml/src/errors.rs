//! Parser findings as SQL Server's numbers: `XML parsing: line %d, character %d, <reason>`.

use duologue_messages::{SqlError, sql_error};
use roxmltree::{Error, TextPos};

use crate::xquery::Method;

/// A place in the text the client sent: both one-based, characters as UTF-16 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) character: u32,
}

impl Position {
    /// Where byte `offset` of `text` is.
    pub(crate) fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let start_of_line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let units = before[start_of_line..].encode_utf16().count() + 1;
        Self {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            character: u32::try_from(units).unwrap_or(u32::MAX),
        }
    }
}

/// Builds `parse_error!(9410, position)`: the two numbers every text of this family takes.
macro_rules! parse_error {
    ($number:literal, $position:expr) => {{
        let position: Position = $position;
        duologue_messages::sql_error!($number, position.line, position.character)
    }};
}
pub(crate) use parse_error;

/// The SQL Server error for what roxmltree found in `text`, which was parsed behind `prefix` bytes of wrapping.
pub(crate) fn from_parser(error: &Error, text: &str, prefix: usize) -> SqlError {
    let offset = offset_of(error, text, prefix);
    let at = Position::at(text, offset);
    let rest = text.get(offset..).unwrap_or_default();
    if rest.is_empty() && !matches!(error, Error::NodesLimitReached) {
        return parse_error!(9400, at);
    }
    if rest.starts_with("<!DOCTYPE") {
        return sql_error!(6359);
    }
    match error {
        Error::UnexpectedEndOfStream | Error::UnclosedRootNode | Error::NoRootNode => parse_error!(9400, at),
        Error::UnexpectedCloseTag(..) | Error::UnexpectedEntityCloseTag(_) => parse_error!(9436, at),
        Error::UnknownNamespace(..) => parse_error!(9459, at),
        Error::DuplicatedNamespace(..) => parse_error!(9458, at),
        Error::DuplicatedAttribute(..) => parse_error!(9437, at),
        Error::InvalidXmlPrefixUri(_)
        | Error::UnexpectedXmlUri(_)
        | Error::UnexpectedXmlnsUri(_)
        | Error::InvalidElementNamePrefix(_) => parse_error!(9439, at),
        Error::UnknownEntityReference(..) => parse_error!(9448, at),
        Error::MalformedEntityReference(_) => malformed_reference(rest, at),
        Error::InvalidAttributeValue(_) => parse_error!(9415, at),
        Error::UnexpectedDeclaration(_) => parse_error!(9438, at),
        Error::InvalidName(_) => parse_error!(9455, at),
        Error::NonXmlChar(..) => parse_error!(9420, at),
        Error::InvalidChar(b'"' | b'\'', b'<', _) => parse_error!(9415, at),
        Error::InvalidChar(expected, ..) => expected_character(*expected, at),
        Error::InvalidChar2(expected, ..) => expected_class(expected, at),
        Error::InvalidComment(_) => parse_error!(9424, at),
        Error::InvalidCharacterData(_) => parse_error!(9454, at),
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            parse_error!(9480, at)
        }
        _ => incorrect_syntax(rest, at),
    }
}

/// The byte of `text` an error points at; errors without a position are about its end.
fn offset_of(error: &Error, text: &str, prefix: usize) -> usize {
    let TextPos { row, col } = match error {
        Error::UnexpectedEndOfStream | Error::UnclosedRootNode | Error::NoRootNode => return text.len(),
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => return 0,
        other => other.pos(),
    };
    let skipped = if row == 1 { prefix } else { 0 };
    let column = (col as usize).saturating_sub(1).saturating_sub(skipped);
    let line_start = match row {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(row as usize - 2).map_or(text.len(), |(newline, _)| newline + 1),
    };
    text[line_start..].char_indices().nth(column).map_or(text.len(), |(byte, _)| line_start + byte)
}

/// `&` that does not start a reference: the reason depends on how far it got.
fn malformed_reference(rest: &str, at: Position) -> SqlError {
    let body = rest.strip_prefix('&').unwrap_or(rest);
    let Some(number) = body.strip_prefix('#') else {
        let starts_name = body.starts_with(|first: char| first.is_alphabetic() || first == '_');
        return if starts_name { parse_error!(9411, at) } else { parse_error!(9421, at) };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(hexadecimal) => (hexadecimal, 16),
        None => (number, 10),
    };
    let after = digits.trim_start_matches(|digit: char| digit.is_digit(radix));
    match (after.starts_with(';') && after.len() < digits.len(), radix) {
        (true, _) => parse_error!(9420, at),
        (false, 16) => parse_error!(9416, at),
        (false, _) => parse_error!(9417, at),
    }
}

fn expected_character(expected: u8, at: Position) -> SqlError {
    match expected {
        b'=' => parse_error!(9414, at),
        b'"' | b'\'' => parse_error!(9413, at),
        b'?' => parse_error!(9453, at),
        b'>' => parse_error!(9412, at),
        _ => parse_error!(9422, at),
    }
}

fn expected_class(expected: &str, at: Position) -> SqlError {
    match expected {
        "a quote" => parse_error!(9413, at),
        "a whitespace" => parse_error!(9410, at),
        _ => parse_error!(9422, at),
    }
}

/// What the construct that could not be read was meant to be.
fn incorrect_syntax(rest: &str, at: Position) -> SqlError {
    match rest.as_bytes() {
        [b'<', b'!', b'[', ..] => parse_error!(9423, at),
        [b'<', b'!', b'-', ..] => parse_error!(9424, at),
        [b'<', b'?', ..] => parse_error!(9451, at),
        _ => parse_error!(9422, at),
    }
}

/// 2209: `near` is where the query stops making sense.
pub(crate) fn syntax(method: Method, near: &str) -> SqlError {
    sql_error!(2209, method.prefix(), near)
}

/// 2395: neither built nor known.
pub(crate) fn no_function(method: Method, namespace: &str, name: &str) -> SqlError {
    sql_error!(2395, method.prefix(), namespace, name)
}

/// 2374: an atomic value where a path goes on, or as a row of `nodes()`.
pub(crate) fn node_required(method: Method) -> SqlError {
    sql_error!(2374, method.prefix(), method.name())
}

/// 9502: the session knows no such column.
pub(crate) fn no_column(name: &str) -> SqlError {
    sql_error!(9502, name)
}

/// 8623: a query that multiplies its steps.
pub(crate) fn too_much_work() -> SqlError {
    sql_error!(8623)
}
