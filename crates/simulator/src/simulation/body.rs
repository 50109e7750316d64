//! Message bodies: a number, then a text that may never be seen in clear where the dialog is secured.

use bytes::Bytes;

use super::random::Chance;

/// Repeated to the end of every body.
pub(crate) const MARKER: &[u8] = b"CONFIDENTIAL";

/// Mostly small, so that many can be sent; some take two fragments and more.
pub(crate) fn size(chance: &mut Chance) -> usize {
    match chance.below(1000) {
        0..950 => 12 + chance.below(40),
        950..994 => chance.below(3_000),
        994..999 => 60_000 + chance.below(20_000),
        _ => 120_000 + chance.below(200_000),
    }
}

pub(crate) fn make(number: usize, size: usize) -> Bytes {
    let mut body = format!("{number}|").into_bytes();
    let size = size.max(body.len() + MARKER.len());
    body.reserve_exact(size - body.len());
    while body.len() < size {
        let rest = MARKER.len().min(size - body.len());
        body.extend_from_slice(&MARKER[..rest]);
    }
    body.into()
}

/// The number of an intact body.
pub(crate) fn check(body: Option<&[u8]>) -> Result<usize, String> {
    let body = body.ok_or("a body is NULL that was not")?;
    let bar = body.iter().take(20).position(|byte| *byte == b'|').ok_or("a body has no number")?;
    let number = std::str::from_utf8(&body[..bar]).ok().and_then(|text| text.parse().ok());
    let intact = body[bar + 1..].chunks(MARKER.len()).all(|part| MARKER.starts_with(part));
    number.filter(|_| intact).ok_or_else(|| "a body is damaged".into())
}

/// Whether the text is to be read in an envelope. Long bodies repeat it, so their end is enough.
pub(crate) fn is_visible(envelope: &[u8]) -> bool {
    let tail = &envelope[envelope.len().saturating_sub(64)..];
    tail.windows(MARKER.len()).any(|part| part == MARKER)
}

/// A document of the broker's own, which is UTF-16.
pub(crate) fn document(body: Option<&[u8]>) -> String {
    let units = body.unwrap_or_default().chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect()
}

/// The text of the first element of that name.
pub(crate) fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let start = document.find(&format!("<{name}>"))? + name.len() + 2;
    document[start..].split("</").next()
}

/// The code of an Error document.
pub(crate) fn error_code(body: Option<&[u8]>) -> i32 {
    element(&document(body), "Code").and_then(|code| code.parse().ok()).unwrap_or(0)
}
