//! The bytes behind character values: UTF-16LE for the national types, code page 1252 for the others.

/// What code page 1252 has at 0x80–0x9F; its five holes stand for themselves.
const HIGH_CONTROLS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn to_code_page_byte(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ (0..=0x7f | 0xa0..=0xff) => Some(code as u8),
        _ => HIGH_CONTROLS.iter().position(|&high| high == character).map(|index| 0x80 + index as u8),
    }
}

fn from_code_page_byte(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH_CONTROLS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// The bytes of a `varchar`: code page 1252, `?` for what it lacks.
pub fn encode_varchar(text: &str) -> Vec<u8> {
    text.chars().map(|character| to_code_page_byte(character).unwrap_or(b'?')).collect()
}

/// The text of a `varchar`'s bytes.
pub fn decode_varchar(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| from_code_page_byte(byte)).collect()
}

/// The bytes of an `nvarchar`: UTF-16LE without byte order mark.
pub fn encode_nvarchar(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text of an `nvarchar`'s bytes. Half a unit at the end is filled up with a zero byte as SQL Server does; a
/// lone surrogate becomes U+FFFD.
pub fn decode_nvarchar(bytes: &[u8]) -> String {
    let unit = |pair: &[u8]| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
    char::decode_utf16(bytes.chunks(2).map(unit))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// `text` as a `varchar` can hold it.
pub(crate) fn narrow(text: &str) -> String {
    text.chars()
        .map(|character| if to_code_page_byte(character).is_some() { character } else { '?' })
        .collect()
}

/// Length in UTF-16 units: what `nvarchar(n)` and `LEN` count.
pub fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// The first `length` UTF-16 units of `text`; a character that is cut in half becomes U+FFFD.
pub fn utf16_prefix(text: &str, length: usize) -> String {
    let mut prefix = String::new();
    let mut room = length;
    for character in text.chars() {
        if character.len_utf16() > room {
            if room > 0 {
                prefix.push(char::REPLACEMENT_CHARACTER);
            }
            break;
        }
        room -= character.len_utf16();
        prefix.push(character);
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_page_1252_round_trips() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(encode_varchar(&decode_varchar(&bytes)), bytes);
        assert_eq!(encode_varchar("€ža"), [0x80, 0x9e, b'a']);
        assert_eq!(encode_varchar("日本"), b"??");
        assert_eq!(narrow("é日"), "é?");
    }

    #[test]
    fn utf16_is_counted_and_cut_in_units() {
        assert_eq!(utf16_length("a😀é"), 4);
        assert_eq!(utf16_prefix("a😀é", 3), "a😀");
        assert_eq!(utf16_prefix("a😀é", 2), "a\u{fffd}");
        assert_eq!(decode_nvarchar(&[0x41]), "A");
        assert_eq!(decode_nvarchar(&[0x00, 0xd8]), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn nvarchar_round_trips(text in ".*") {
            prop_assert_eq!(decode_nvarchar(&encode_nvarchar(&text)), text.clone());
            prop_assert_eq!(encode_nvarchar(&text).len(), 2 * utf16_length(&text));
        }
    }
}
