//! `LIKE` patterns.

use std::cmp::Ordering;

use crate::collation::Collation;

/// A pattern of `LIKE` and `PATINDEX`: `%`, `_`, `[a-z]`, `[^a-z]`, with an escape character.
#[derive(Clone, Debug)]
pub struct LikePattern {
    elements: Vec<Element>,
}

#[derive(Clone, Debug)]
enum Element {
    /// `%`.
    Anything,
    /// `_`.
    AnyCharacter,
    Character(char),
    Set {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// A `[` without its end, or an escape character at the end: matches nothing.
    Nothing,
}

impl LikePattern {
    /// Reads a pattern; none is wrong, some match nothing.
    pub fn new(pattern: &str, escape: Option<char>) -> Self {
        let characters: Vec<char> = pattern.chars().collect();
        let mut rest = characters.as_slice();
        let mut elements = Vec::new();
        while let [first, after @ ..] = rest {
            let (element, remaining) = match *first {
                escaping if Some(escaping) == escape => match after {
                    [literal, after @ ..] => (Element::Character(*literal), after),
                    [] => (Element::Nothing, after),
                },
                '%' => (Element::Anything, after),
                '_' => (Element::AnyCharacter, after),
                '[' => set(after, escape).unwrap_or((Element::Nothing, &[])),
                literal => (Element::Character(literal), after),
            };
            // Several % are one.
            let repeats = matches!((&element, elements.last()), (Element::Anything, Some(Element::Anything)));
            if !repeats {
                elements.push(element);
            }
            rest = remaining;
        }
        Self { elements }
    }

    /// Whether the whole of `text` matches. Blanks at the end of `text` count; for `varchar` try without them too.
    pub fn matches(&self, text: &str, collation: Collation) -> bool {
        let characters: Vec<char> = text.chars().collect();
        let (mut position, mut element) = (0, 0);
        // Where to go on when the characters after the last % turn out wrong: it takes one more of them.
        let mut retry = None;
        loop {
            match self.elements.get(element) {
                Some(Element::Anything) => {
                    element += 1;
                    retry = Some((element, position));
                    continue;
                }
                Some(next) if characters.get(position).is_some_and(|c| next.accepts(*c, collation)) => {
                    element += 1;
                    position += 1;
                    continue;
                }
                None if position == characters.len() => return true,
                _ => {}
            }
            match retry {
                Some((after, start)) if start < characters.len() => {
                    retry = Some((after, start + 1));
                    (element, position) = (after, start + 1);
                }
                _ => return false,
            }
        }
    }
}

/// The set after a `[`, and what follows its `]`.
fn set(after: &[char], escape: Option<char>) -> Option<(Element, &[char])> {
    let (is_negated, mut rest) = match after {
        ['^', rest @ ..] => (true, rest),
        _ => (false, after),
    };
    let mut ranges = Vec::new();
    loop {
        let (first, remaining) = match rest {
            [']', remaining @ ..] if !ranges.is_empty() => {
                return Some((Element::Set { is_negated, ranges }, remaining));
            }
            [escaping, literal, remaining @ ..] if Some(*escaping) == escape => (*literal, remaining),
            [first, remaining @ ..] => (*first, remaining),
            [] => return None,
        };
        let (last, remaining) = match remaining {
            ['-', last, remaining @ ..] if *last != ']' => (*last, remaining),
            _ => (first, remaining),
        };
        ranges.push((first, last));
        rest = remaining;
    }
}

impl Element {
    fn accepts(&self, character: char, collation: Collation) -> bool {
        match self {
            Self::AnyCharacter => true,
            Self::Character(literal) => collation.equal(*literal, character),
            Self::Set { is_negated, ranges } => {
                let weight = collation.weight(character);
                let is_within = |(first, last): &(char, char)| {
                    collation.weight(*first).cmp(&weight) != Ordering::Greater
                        && weight.cmp(&collation.weight(*last)) != Ordering::Greater
                };
                ranges.iter().any(is_within) != *is_negated
            }
            Self::Anything | Self::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        let cases: &[(&str, &str, bool)] = &[
            ("abc", "ABC", true),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "%b%", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("", "%", true),
            ("", "_", false),
            ("", "", true),
            ("aXbXc", "a%b%c", true),
            ("mississippi", "m%iss%ip%", true),
            ("mississippi", "m%iss%ipx%", false),
            ("a5", "a[0-9]", true),
            ("ab", "a[^0-9]", true),
            ("a5", "a[^0-9]", false),
            ("a-", "a[x-]", true),
            ("a]", "a[]]", true),
            ("50%", "50[%]", true),
            ("50x", "50[%]", false),
            ("50%", "50!%", true),
            ("50%x", "50!%", false),
            ("a[b", "a![b", true),
            ("a[b", "a[b", false),
            ("//tgt.example/AuditSink", "//tgt%/audit_ink", true),
        ];
        for (text, pattern, expected) in cases {
            let found = LikePattern::new(pattern, Some('!')).matches(text, Collation::CaseInsensitive);
            assert_eq!(found, *expected, "{text} LIKE {pattern}");
        }
        assert!(!LikePattern::new("ABC", None).matches("abc", Collation::Binary));
    }

    proptest! {
        #[test]
        fn a_literal_between_percents_is_a_search(text in "[ab]{0,8}", part in "[ab]{0,3}") {
            let pattern = LikePattern::new(&format!("%{part}%"), None);
            prop_assert_eq!(pattern.matches(&text, Collation::Binary), text.contains(&part));
        }

        #[test]
        fn no_pattern_panics(text in ".{0,8}", pattern in ".{0,8}") {
            LikePattern::new(&pattern, Some('a')).matches(&text, Collation::CaseInsensitive);
        }
    }
}
