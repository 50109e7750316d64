//! From the bytes of a message body to text: which encoding, by byte order mark, by shape, by declaration.

use duologue_messages::SqlError;

use crate::declaration::{self, Declaration};
use crate::errors::{Position, parse_error};

/// How a sequence of bytes holds characters, before its declaration is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two bytes a unit, low byte first: what SQL Server's own `nvarchar` and `xml` bodies are.
    Utf16Le,
    /// Two bytes a unit, high byte first.
    Utf16Be,
    /// One byte a unit: UTF-8 unless a declaration names another code page.
    SingleByte,
}

/// The encoding of `bytes` and the length of the byte order mark to skip. Without a mark a zero byte beside the
/// first character tells UTF-16: broker bodies made from `nvarchar` carry no mark.
pub fn sniff_encoding(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::SingleByte, 3),
        [low, 0, ..] if *low != 0 => (Encoding::Utf16Le, 0),
        [0, high, ..] if *high != 0 => (Encoding::Utf16Be, 0),
        _ => (Encoding::SingleByte, 0),
    }
}

/// The text in `bytes`, its declaration still in place.
///
/// # Errors
/// 9401 and 9402 for a declared encoding that is unknown or can't be that of these bytes, 9420 for bytes that
/// are no characters, 9400 for half a character at the end.
pub fn decode_bytes(bytes: &[u8]) -> Result<String, SqlError> {
    let (encoding, mark) = sniff_encoding(bytes);
    let body = &bytes[mark..];
    match encoding {
        Encoding::Utf16Le => decode_utf16(body, u16::from_le_bytes),
        Encoding::Utf16Be => decode_utf16(body, u16::from_be_bytes),
        Encoding::SingleByte => decode_single_byte(body),
    }
}

fn decode_utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, SqlError> {
    let pairs = body.chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let mut text = String::with_capacity(body.len() / 2);
    for character in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(parse_error!(9420, Position::at(&text, text.len()))),
        }
    }
    if is_cut {
        return Err(parse_error!(9400, Position::at(&text, text.len())));
    }
    if let Some(declaration) = declaration::read(&text)? {
        declaration.check_utf16(&text)?;
    }
    Ok(text)
}

fn decode_single_byte(body: &[u8]) -> Result<String, SqlError> {
    // A declaration is ASCII in every single-byte encoding, so it can be read before the encoding is known.
    let prolog: String = body.iter().take(declaration::MAX_BYTES).map(|&byte| char::from(byte)).collect();
    let declared = declaration::read(&prolog)?;
    match declared.as_ref().and_then(|declaration| declaration.encoding.as_deref()) {
        None => decode_utf8(body),
        Some(name) if name.eq_ignore_ascii_case("utf-8") => decode_utf8(body),
        Some(name) => decode_code_page(body, name, declared.as_ref(), &prolog),
    }
}

fn decode_utf8(body: &[u8]) -> Result<String, SqlError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(invalid) => {
            let valid = String::from_utf8_lossy(&body[..invalid.valid_up_to()]);
            Err(parse_error!(9420, Position::at(&valid, valid.len())))
        }
    }
}

fn decode_code_page(
    body: &[u8],
    name: &str,
    declared: Option<&Declaration>,
    prolog: &str,
) -> Result<String, SqlError> {
    let at = Position::at(prolog, declared.map_or(0, |declaration| declaration.length - 1));
    if declaration::is_utf16(name) {
        return Err(parse_error!(9402, at));
    }
    let Some(encoding) = encoding_rs::Encoding::for_label(name.as_bytes()) else {
        return Err(parse_error!(9401, at));
    };
    let (text, has_errors) = encoding.decode_without_bom_handling(body);
    if has_errors {
        let valid = text.find('\u{FFFD}').unwrap_or(text.len());
        return Err(parse_error!(9420, Position::at(&text, valid)));
    }
    Ok(text.into_owned())
}
