//! Length-prefixed text and patched lengths, beside what [`bytes::BufMut`] writes.

use bytes::BufMut;

/// UTF-16LE of `text`.
pub(crate) fn put_utf16(out: &mut Vec<u8>, text: &str) {
    for unit in text.encode_utf16() {
        out.put_u16_le(unit);
    }
}

/// At most `limit` units of `text`, never half a surrogate pair; returns how many were written.
fn put_utf16_prefix(out: &mut Vec<u8>, text: &str, limit: usize) -> usize {
    let mut written = 0;
    for character in text.chars() {
        let units = character.len_utf16();
        if written + units > limit {
            break;
        }
        put_utf16(out, character.encode_utf8(&mut [0; 4]));
        written += units;
    }
    written
}

/// B_VARCHAR; what does not fit 255 units is cut off.
pub(crate) fn put_b_varchar(out: &mut Vec<u8>, text: &str) {
    let at = out.len();
    out.push(0);
    let units = put_utf16_prefix(out, text, usize::from(u8::MAX));
    out[at] = units as u8;
}

/// US_VARCHAR of at most `limit` units; the rest is cut off.
pub(crate) fn put_us_varchar(out: &mut Vec<u8>, text: &str, limit: u16) {
    let at = out.len();
    out.put_u16_le(0);
    let units = put_utf16_prefix(out, text, usize::from(limit));
    out[at..at + 2].copy_from_slice(&(units as u16).to_le_bytes());
}

/// Writes `body` behind its length in a `u16`. Every caller's body is bounded well below 64 KiB.
pub(crate) fn put_u16_length(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.put_u16_le(0);
    body(out);
    let length = u16::try_from(out.len() - at - 2).expect("token bodies are bounded below 64 KiB");
    out[at..at + 2].copy_from_slice(&length.to_le_bytes());
}
