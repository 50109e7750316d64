//! `CAST(… AS xml)`: from text or bytes to the normal form.

use duologue_messages::SqlError;

use crate::{declaration, encoding, limits, tree, write};

/// The type of the text, which decides which declared encodings it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// `nchar`, `nvarchar`: a declaration may say UTF-16 only.
    Unicode,
    /// `char`, `varchar`: a declaration may not say UTF-16.
    SingleByte,
}

/// What happens to text that is whitespace only: `CONVERT(xml, …, style)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Whitespace {
    /// Style 0: dropped, unless `xml:space="preserve"` is in force or it is written as a reference or CDATA.
    #[default]
    Strip,
    /// Style 1: kept.
    Preserve,
}

/// The normal form of `text`.
///
/// # Errors
/// `XML parsing: line %d, character %d, …` (9400–9480), 6335 for more than [`tree::MAX_DEPTH`] levels, 6359 for a
/// document type declaration.
pub fn parse_text(text: &str, kind: TextKind, whitespace: Whitespace) -> Result<String, SqlError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if let Some(declared) = declaration::read(text)? {
        match kind {
            TextKind::Unicode => declared.check_utf16(text)?,
            TextKind::SingleByte => declared.check_single_byte(text)?,
        }
    }
    normalise(text, whitespace)
}

/// The normal form of the text in `bytes`, as `CAST(varbinary AS xml)` finds it; see [`encoding::decode_bytes`].
///
/// # Errors
/// As [`parse_text`], and those of the encoding.
pub fn parse_bytes(bytes: &[u8], whitespace: Whitespace) -> Result<String, SqlError> {
    normalise(&encoding::decode_bytes(bytes)?, whitespace)
}

/// Whether a message body is what `VALIDATION = WELL_FORMED_XML` asks for: the error says why it is not.
///
/// # Errors
/// As [`parse_bytes`].
pub fn check_well_formed(bytes: &[u8]) -> Result<(), SqlError> {
    parse_bytes(bytes, Whitespace::Preserve).map(drop)
}

fn normalise(text: &str, whitespace: Whitespace) -> Result<String, SqlError> {
    let (blank, rest) = split_declaration(text)?;
    limits::check(rest)?;
    // Blanks in place of the declaration keep the positions in later errors right.
    let wrapped = tree::wrap(&[blank.as_str(), rest].concat());
    let document = tree::parse(&wrapped)?;
    let normal = write::document(document.root_element(), whitespace)?;
    match normal.strip_prefix(&blank) {
        Some(without_blank) if !blank.is_empty() => Ok(without_blank.to_owned()),
        _ => Ok(normal),
    }
}

/// Blanks and line ends as long as the declaration of `text`, and what follows it.
fn split_declaration(text: &str) -> Result<(String, &str), SqlError> {
    let Some(declared) = declaration::read(text)? else { return Ok((String::new(), text)) };
    let (prolog, rest) = text.split_at(declared.length);
    let blank = prolog.chars().map(|next| if next == '\n' { '\n' } else { ' ' }).collect();
    Ok((blank, rest))
}
