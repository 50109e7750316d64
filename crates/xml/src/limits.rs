//! What is refused before it is parsed.
//!
//! The parser compares every attribute with those before it on its element, and copies and compares the namespaces in
//! scope for every element that declares one. A message from a stranger may not use that: a quick scan adds up the
//! comparisons that the text would cost, and the depth.

use duologue_messages::SqlError;

use crate::errors::{Position, parse_error};
use crate::tree::{self, MAX_DEPTH};

/// Comparisons of names a text may cost: a second or two.
const MAX_COMPARISONS: u64 = 500_000_000;

/// Checks `text`, which need not be well formed: what the scan does not understand is left to the parser.
///
/// # Errors
/// 6335 for more than [`MAX_DEPTH`] levels, 9480 for a text that costs too much.
pub(crate) fn check(text: &str) -> Result<(), SqlError> {
    // Namespaces in scope at each open element.
    let mut open: Vec<u64> = vec![0];
    let mut comparisons = 0_u64;
    let mut offset = 0;
    while let Some(start) = text[offset..].find('<').map(|found| offset + found) {
        let rest = &text[start..];
        if let Some(length) = skipped(rest) {
            offset = start + length;
            continue;
        }
        let tag = Tag::read(rest);
        offset = start + tag.length;
        if tag.is_end {
            if open.len() > 1 {
                open.pop();
            }
            continue;
        }
        let in_scope = open.last().copied().unwrap_or_default() + tag.namespaces;
        comparisons += tag.attributes * tag.attributes / 2;
        comparisons += if tag.namespaces > 0 { in_scope * in_scope } else { 0 };
        if comparisons > MAX_COMPARISONS {
            return Err(parse_error!(9480, Position::at(text, start)));
        }
        if !tag.is_empty {
            open.push(in_scope);
        }
        if open.len() > MAX_DEPTH + 1 {
            return Err(tree::too_deep());
        }
    }
    Ok(())
}

/// The length of a comment, CDATA section or instruction that `rest` begins with; all of it when it has no end.
fn skipped(rest: &str) -> Option<usize> {
    let end = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
        .into_iter()
        .find_map(|(start, end)| rest.starts_with(start).then_some(end))?;
    Some(rest.find(end).map_or(rest.len(), |found| found + end.len()))
}

/// A start or end tag.
struct Tag {
    length: usize,
    is_end: bool,
    is_empty: bool,
    /// Values in quotes: attributes and namespace declarations.
    attributes: u64,
    namespaces: u64,
}

impl Tag {
    fn read(rest: &str) -> Self {
        let bytes = rest.as_bytes();
        let mut tag = Self {
            length: bytes.len(),
            is_end: rest.starts_with("</"),
            is_empty: false,
            attributes: 0,
            namespaces: 0,
        };
        let mut quote = None;
        for (index, byte) in bytes.iter().enumerate() {
            match (quote, byte) {
                (Some(open), byte) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => {
                    quote = Some(byte);
                    tag.attributes += 1;
                }
                (None, b'>') => {
                    tag.is_empty = bytes[..index].ends_with(b"/");
                    tag.length = index + 1;
                    return tag;
                }
                (None, b'x') if bytes[index..].starts_with(b"xmlns") => tag.namespaces += 1,
                (None, _) => {}
            }
        }
        tag
    }
}
