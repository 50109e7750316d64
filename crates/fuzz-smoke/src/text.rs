//! Changes to text, token by token: most random bytes end in the lexer, and the grammar would see little.

use crate::mutate::MAX_INPUT;
use crate::random::Random;

/// Marks and words that any of our languages may trip over.
const DICTIONARY: [&str; 28] = [
    "(",
    ")",
    "[",
    "]",
    "'",
    "\"",
    "N'",
    "--",
    "/*",
    "*/",
    "<",
    ">",
    "=",
    ".",
    ",",
    ";",
    "@",
    "::",
    "0x",
    "-",
    "1e308",
    "9223372036854775808",
    "2147483648",
    "0.0000000001",
    "\u{feff}",
    "\u{1f600}",
    "\u{0}",
    "\n",
];

/// `input` after one change; `other` lends tokens.
pub(crate) fn change(random: &mut Random, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut tokens = tokens(input);
    let range = random.range(tokens.len());
    match random.below(6) {
        0 => drop(tokens.drain(range)),
        1 => {
            let run = tokens[range.clone()].to_vec();
            let most = if random.once_in(10) { MAX_INPUT / run.concat().len().max(1) } else { 2 };
            tokens.splice(range.end..range.end, run.repeat(1 + random.below(most)));
        }
        2 => {
            let to = random.below(tokens.len());
            if range.start < tokens.len() {
                tokens.swap(range.start, to);
            }
        }
        3 => {
            let word = random.pick(&DICTIONARY).copied().unwrap_or_default();
            tokens.insert(random.below(tokens.len() + 1), word.as_bytes());
        }
        _ => {
            let others = self::tokens(other);
            let run = others[random.range(others.len())].to_vec();
            let at = if random.once_in(2) { range.start..range.start } else { range };
            tokens.splice(at, run);
        }
    }
    tokens.concat()
}

/// Words, runs of blanks, and single marks; together they are the whole of `text`.
fn tokens(text: &[u8]) -> Vec<&[u8]> {
    text.chunk_by(|left, right| class(*left) != 0 && class(*left) == class(*right)).collect()
}

fn class(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'@' | b'#' | b'$' | 0x80.. => 1,
        b' ' | b'\t' | b'\r' | b'\n' => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_blanks_and_marks() {
        let found: Vec<&[u8]> = tokens(b"IF @a  <>((2");
        let expected: [&[u8]; 8] = [b"IF", b" ", b"@a", b"  ", b"<", b">", b"(", b"("];
        assert_eq!(found[..8], expected);
        assert_eq!(found.concat(), b"IF @a  <>((2");
        assert!(tokens(b"").is_empty());
    }
}
