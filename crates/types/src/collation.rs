//! Collations: how text compares.

use std::cmp::Ordering;

/// How text compares. Blanks at the end never count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Collation {
    /// `SQL_Latin1_General_CP1_CI_AS`, the default: case does not count, accents decide between equal letters.
    #[default]
    CaseInsensitive,
    /// `Latin1_General_BIN2`: by code point. Names that travel between brokers compare so.
    Binary,
}

/// Characters that are no letters, in their order; digits follow, then letters. The blank is first, so that a
/// shorter text sorts before its continuation as padding with blanks would have it.
const SYMBOLS: &[u8] = b" !\"#$%&'()*,-./:;?@[\\]^_`{|}~+<=>0123456789";
/// Weight of the letter A: all symbols are below it.
const FIRST_LETTER: u32 = 0x100;
/// Weights of characters outside the Latin alphabet start here.
const OTHERS: u32 = 0x200;

/// Capital letters with accents, after the letter they sort with.
const ACCENTED: [&str; 20] = [
    "AÀÁÂÃÄÅĀĂĄÆ",
    "CÇĆĈĊČ",
    "DĎĐÐ",
    "EÈÉÊËĒĔĖĘĚ",
    "GĜĞĠĢ",
    "HĤĦ",
    "IÌÍÎÏĨĪĬĮİ",
    "JĴ",
    "KĶ",
    "LĹĻĽĿŁ",
    "NÑŃŅŇ",
    "OÒÓÔÕÖØŌŎŐŒ",
    "RŔŖŘ",
    "SŚŜŞŠß",
    "TŢŤŦÞ",
    "UÙÚÛÜŨŪŬŮŰŲ",
    "WŴ",
    "YÝŶŸ",
    "ZŹŻŽ",
    "FƑ",
];

/// Where a character sorts: by letter first, between equal letters by accent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Weight {
    /// Below 2²⁴ and never zero.
    pub(crate) primary: u32,
    pub(crate) accent: u8,
}

const ASCII_PRIMARY: [u16; 128] = ascii_primaries();

const fn ascii_primaries() -> [u16; 128] {
    let mut primaries = [0; 128];
    let mut code = 0;
    while code < 128 {
        primaries[code] = match code as u8 {
            letter @ b'A'..=b'Z' => FIRST_LETTER as u16 + (letter - b'A') as u16,
            letter @ b'a'..=b'z' => FIRST_LETTER as u16 + (letter - b'a') as u16,
            // Control characters sort between the blank and the other symbols.
            control @ (0..=31 | 127) => 2 + (control % 32) as u16 + if control == 127 { 31 } else { 0 },
            symbol => symbol_weight(symbol),
        };
        code += 1;
    }
    primaries
}

const fn symbol_weight(symbol: u8) -> u16 {
    let mut index = 0;
    while index < SYMBOLS.len() {
        if SYMBOLS[index] == symbol {
            return if index == 0 { 1 } else { 0x40 + index as u16 };
        }
        index += 1;
    }
    0xff
}

impl Collation {
    /// The collation with that name, in any case: the default one, or any binary one for [`Collation::Binary`].
    /// `None` for names that Duologue does not know.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let is_default = matches!(
            name.as_str(),
            "SQL_LATIN1_GENERAL_CP1_CI_AS" | "LATIN1_GENERAL_CI_AS" | "DATABASE_DEFAULT"
        );
        if is_default || (name.starts_with("LATIN1_GENERAL_") && name.contains("_CI_AS")) {
            return Some(Self::CaseInsensitive);
        }
        (name.ends_with("_BIN") || name.ends_with("_BIN2")).then_some(Self::Binary)
    }

    /// The collation's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaseInsensitive => "SQL_Latin1_General_CP1_CI_AS",
            Self::Binary => "Latin1_General_BIN2",
        }
    }

    pub(crate) fn weight(self, character: char) -> Weight {
        match self {
            Self::Binary => Weight { primary: u32::from(character) + 1, accent: 0 },
            Self::CaseInsensitive => case_insensitive(character),
        }
    }

    /// Order of two texts.
    pub fn compare(self, left: &str, right: &str) -> Ordering {
        let weights = |text| trimmed(text).chars().map(move |character| self.weight(character));
        let primaries = |text| weights(text).map(|weight| weight.primary);
        let accents = |text| weights(text).map(|weight| weight.accent);
        primaries(left).cmp(primaries(right)).then_with(|| accents(left).cmp(accents(right)))
    }

    /// Whether two characters are the same.
    pub(crate) fn equal(self, left: char, right: char) -> bool {
        left == right || self.weight(left) == self.weight(right)
    }

    /// Appends bytes that sort as the text does, and that no longer text of the same order begins with.
    pub(crate) fn push_key(self, text: &str, key: &mut Vec<u8>) {
        for character in trimmed(text).chars() {
            key.extend_from_slice(&self.weight(character).primary.to_be_bytes()[1..]);
        }
        key.extend_from_slice(&[0; 3]);
        if self == Self::CaseInsensitive && !text.is_ascii() {
            // Accents decide only where all letters are equal, so both keys have as many of them.
            key.extend(trimmed(text).chars().map(|character| self.weight(character).accent + 1));
        }
        key.push(0);
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(' ')
}

fn case_insensitive(character: char) -> Weight {
    if let Some(&primary) = ASCII_PRIMARY.get(character as usize) {
        return Weight { primary: u32::from(primary), accent: 0 };
    }
    let mut capitals = character.to_uppercase();
    let capital = match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => character,
    };
    for group in ACCENTED {
        if let Some(accent) = group.chars().position(|member| member == capital) {
            let letter = group.as_bytes()[0] - b'A';
            return Weight { primary: FIRST_LETTER + u32::from(letter), accent: accent as u8 };
        }
    }
    Weight { primary: OTHERS + u32::from(capital), accent: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_sort_like_a_dictionary() {
        let sorted = [
            "", "_", "1", "10", "2", "a", "ab", "B", "coop", "cöop", "Coopa", "é1", "f", "Z", "Ω", "я", "日",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(Collation::CaseInsensitive.compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        for (left, right) in [("ABC", "abc"), ("a", "A   "), ("É", "é"), ("Straße", "STRAßE"), ("", "  ")]
        {
            assert_eq!(Collation::CaseInsensitive.compare(left, right), Ordering::Equal, "{left} {right}");
        }
        assert_eq!(Collation::CaseInsensitive.compare("e", "é"), Ordering::Less);
        assert_eq!(Collation::Binary.compare("B", "a"), Ordering::Less);
        assert_eq!(Collation::Binary.compare("a ", "a"), Ordering::Equal);
    }

    #[test]
    fn ascii_characters_have_weights_of_their_own() {
        let mut weights: Vec<u16> = ASCII_PRIMARY.to_vec();
        weights.sort_unstable();
        weights.dedup();
        assert_eq!(weights.len(), 128 - 26);
        assert!(!weights.contains(&0xff) && weights[0] > 0);
    }

    #[test]
    fn names_are_found() {
        assert_eq!(Collation::from_name("sql_latin1_general_cp1_ci_as"), Some(Collation::CaseInsensitive));
        assert_eq!(Collation::from_name("Latin1_General_100_BIN2"), Some(Collation::Binary));
        assert_eq!(Collation::from_name("Klingon_CI_AS"), None);
    }

    proptest! {
        #[test]
        fn keys_sort_as_texts_do(left in "[ -~éÉÀßΩ\t]{0,6}", right in "[ -~éÉÀßΩ\t]{0,6}") {
            for collation in [Collation::CaseInsensitive, Collation::Binary] {
                let key = |text: &str| {
                    let mut key = Vec::new();
                    collation.push_key(text, &mut key);
                    key
                };
                prop_assert_eq!(key(&left).cmp(&key(&right)), collation.compare(&left, &right));
            }
        }
    }
}
