//! What differs from run to run gets a name: GUIDs in the order in which they appear.

use std::collections::HashMap;

const GUID_LENGTH: usize = 36;

/// `text` with every GUID, in either case, as `<guid 1>`, `<guid 2>` …; the zero GUID stays.
pub(crate) fn normalize(text: &str, known: &mut HashMap<String, usize>) -> String {
    let mut normalized = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let guid = rest.get(..GUID_LENGTH).filter(|text| is_guid(text) && !is_zero(text));
        match guid {
            Some(guid) => {
                let next = known.len() + 1;
                let number = *known.entry(guid.to_ascii_uppercase()).or_insert(next);
                normalized.push_str(&format!("<guid {number}>"));
                rest = &rest[GUID_LENGTH..];
            }
            None => {
                normalized.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    normalized
}

fn is_guid(text: &str) -> bool {
    text.bytes().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_get_numbers() {
        let text = "a 0F8FAD5B-D9CB-469F-A165-70867728950E b 0f8fad5b-d9cb-469f-a165-70867728950e \
                    7c9e6679-7425-40de-944b-e07fc1f90ae7 00000000-0000-0000-0000-000000000000é";
        let expected = "a <guid 1> b <guid 1> <guid 2> 00000000-0000-0000-0000-000000000000é";
        assert_eq!(normalize(text, &mut HashMap::new()), expected);
    }
}
