//! The XML declaration: `<?xml version="1.0" encoding="…" standalone="…"?>`.
//!
//! It is read by hand because it belongs to the bytes, not to the tree: it names their encoding and is dropped
//! from the value.

use duologue_messages::SqlError;

use crate::errors::{Position, parse_error};

/// A declaration longer than this is refused; it has three short fields.
pub(crate) const MAX_BYTES: usize = 1024;

/// What a declaration says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// Name of the encoding as written.
    pub(crate) encoding: Option<String>,
    /// Bytes of the declaration, `?>` included.
    pub(crate) length: usize,
}

impl Declaration {
    /// Refuses an encoding that two-byte text can't have (9402) or that nobody knows (9401).
    pub(crate) fn check_utf16(&self, text: &str) -> Result<(), SqlError> {
        self.check(text, is_utf16)
    }

    /// Refuses an encoding that single-byte text can't have (9402) or that nobody knows (9401).
    pub(crate) fn check_single_byte(&self, text: &str) -> Result<(), SqlError> {
        self.check(text, |name| !is_utf16(name))
    }

    fn check(&self, text: &str, fits: fn(&str) -> bool) -> Result<(), SqlError> {
        let Some(name) = self.encoding.as_deref() else { return Ok(()) };
        let at = Position::at(text, self.length - 1);
        if !is_utf16(name) && encoding_rs::Encoding::for_label(name.as_bytes()).is_none() {
            return Err(parse_error!(9401, at));
        }
        if fits(name) { Ok(()) } else { Err(parse_error!(9402, at)) }
    }
}

/// Whether `name` is one of the two-byte encodings.
pub(crate) fn is_utf16(name: &str) -> bool {
    ["utf-16", "utf-16le", "utf-16be", "ucs-2", "iso-10646-ucs-2", "unicode"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Reads the declaration `text` begins with, if it begins with one.
///
/// # Errors
/// 9441 for a malformed declaration, 9442 for a malformed encoding name.
pub(crate) fn read(text: &str) -> Result<Option<Declaration>, SqlError> {
    let Some(rest) = text.strip_prefix("<?xml") else { return Ok(None) };
    if !rest.starts_with([' ', '\t', '\r', '\n']) {
        // `<?xml-stylesheet …?>` is an ordinary processing instruction.
        return Ok(None);
    }
    let malformed = |offset: usize| parse_error!(9441, Position::at(text, offset));
    let end = rest.find("?>").filter(|end| *end <= MAX_BYTES).ok_or_else(|| malformed("<?xml".len()))?;
    let fields = fields(&rest[..end]).ok_or_else(|| malformed("<?xml".len()))?;
    let length = text.len() - rest.len() + end + "?>".len();
    let encoding = check_fields(&fields).ok_or_else(|| malformed(length - 1))?;
    if encoding.is_some_and(|name| !is_encoding_name(name)) {
        return Err(parse_error!(9442, Position::at(text, length - 1)));
    }
    Ok(Some(Declaration { encoding: encoding.map(str::to_owned), length }))
}

/// `name = "value"` pairs, in order; None when the text is anything else.
fn fields(mut text: &str) -> Option<Vec<(&str, &str)>> {
    let mut fields = Vec::new();
    loop {
        text = text.trim_ascii_start();
        if text.is_empty() {
            return Some(fields);
        }
        let (name, rest) = text.split_once('=')?;
        let rest = rest.trim_ascii_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        fields.push((name.trim_ascii_end(), value));
        text = rest;
    }
}

/// The encoding of a declaration whose fields are right and in order: version, encoding?, standalone?.
fn check_fields<'a>(fields: &[(&'a str, &'a str)]) -> Option<Option<&'a str>> {
    let (version, rest) = fields.split_first()?;
    if version.0 != "version" || !version.1.starts_with("1.") {
        return None;
    }
    match rest {
        [] => Some(None),
        [("encoding", name)] => Some(Some(name)),
        [("standalone", "yes" | "no")] => Some(None),
        [("encoding", name), ("standalone", "yes" | "no")] => Some(Some(name)),
        _ => None,
    }
}

fn is_encoding_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '-'))
}
