//! Collations on the wire (2.2.5.1.2) and the encoding of `char`, `varchar` and `text` that follows from them.
//!
//! Five bytes: a little-endian `u32` of LCID (20 bits), comparison flags (bit 26 is UTF-8) and version, then the
//! sort id.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::error::ProtocolError;
use crate::reader::Reader;

const FLAG_UTF8: u32 = 1 << 26;
const LCID_MASK: u32 = 0x000F_FFFF;

/// A collation's five bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Collation(pub [u8; 5]);

impl Collation {
    /// `SQL_Latin1_General_CP1_CI_AS`, which everything the server sends carries.
    pub const DEFAULT: Self = Self([0x09, 0x04, 0xD0, 0x00, 0x34]);

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        reader.array().map(Self)
    }

    /// Encoding of single-byte text. Unknown locales fall back to code page 1252.
    fn encoding(self) -> &'static Encoding {
        let [a, b, c, d, _] = self.0;
        let info = u32::from_le_bytes([a, b, c, d]);
        if info & FLAG_UTF8 != 0 { encoding_rs::UTF_8 } else { code_page(info & LCID_MASK) }
    }

    /// Text of that collation; what the encoding does not know becomes U+FFFD.
    pub fn decode_text(self, bytes: &[u8]) -> Cow<'_, str> {
        self.encoding().decode_without_bom_handling(bytes).0
    }
}

/// ANSI code page of a Windows locale.
fn code_page(lcid: u32) -> &'static Encoding {
    match lcid & 0xFFFF {
        0x0804 | 0x1004 => return encoding_rs::GBK,
        0x0404 | 0x0C04 | 0x1404 => return encoding_rs::BIG5,
        0x0C1A | 0x281A => return encoding_rs::WINDOWS_1251,
        _ => {}
    }
    match lcid & 0x03FF {
        0x05 | 0x0E | 0x15 | 0x18 | 0x1A | 0x1B | 0x1C | 0x24 => encoding_rs::WINDOWS_1250,
        0x02 | 0x19 | 0x22 | 0x23 | 0x2F => encoding_rs::WINDOWS_1251,
        0x08 => encoding_rs::WINDOWS_1253,
        0x1F => encoding_rs::WINDOWS_1254,
        0x0D => encoding_rs::WINDOWS_1255,
        0x01 | 0x20 | 0x29 => encoding_rs::WINDOWS_1256,
        0x25..=0x27 => encoding_rs::WINDOWS_1257,
        0x2A => encoding_rs::WINDOWS_1258,
        0x1E => encoding_rs::WINDOWS_874,
        0x11 => encoding_rs::SHIFT_JIS,
        0x12 => encoding_rs::EUC_KR,
        _ => encoding_rs::WINDOWS_1252,
    }
}

/// Appends `text` in code page 1252, `?` for what it lacks, as SQL Server converts.
pub(crate) fn put_code_page_text(out: &mut Vec<u8>, mut text: &str) {
    let mut encoder = encoding_rs::WINDOWS_1252.new_encoder();
    loop {
        out.reserve(text.len() + 1);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(text, out, true);
        text = &text[read..];
        match result {
            encoding_rs::EncoderResult::InputEmpty => return,
            // Two `?` for a character outside the BMP: it is two UTF-16 units.
            encoding_rs::EncoderResult::Unmappable(c) => out.extend(std::iter::repeat_n(b'?', c.len_utf16())),
            encoding_rs::EncoderResult::OutputFull => {}
        }
    }
}
