//! Inputs made from a corpus: the corpus itself first, then changed pieces of it.

use crate::random::Random;
use crate::text;

/// The longest input that mutations grow to, in bytes.
pub const MAX_INPUT: usize = 16 * 1024;
/// Changes that one input gets at most.
const MAX_CHANGES: usize = 6;
/// How often a repeated piece repeats at most: enough for every limit on depth.
const MAX_REPEATS: usize = 2000;

/// Numbers at which code tends to go wrong.
const INTERESTING: [i64; 18] = [
    0,
    1,
    -1,
    2,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    i64::MAX,
    i64::MIN,
];

/// An endless series of inputs, the same for the same seed, name and corpus.
pub struct Mutator {
    random: Random,
    corpus: Vec<Vec<u8>>,
    is_text: bool,
    unchanged: usize,
}

impl Mutator {
    /// Mutations of `corpus` for the target `name`; `is_text` keeps most changes to whole words.
    pub fn new(seed: u64, name: &str, is_text: bool, corpus: Vec<Vec<u8>>) -> Self {
        Self { random: Random::new(seed, name), corpus, is_text, unchanged: 0 }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        if let Some(input) = self.corpus.get(self.unchanged) {
            self.unchanged += 1;
            return input.clone();
        }
        let mut input = self.random.pick(&self.corpus).cloned().unwrap_or_default();
        for _ in 0..=self.random.below(MAX_CHANGES) {
            self.change(&mut input);
            input.truncate(MAX_INPUT);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        if self.is_text && !self.random.once_in(4) {
            let other = self.random.pick(&self.corpus).map_or(&[][..], Vec::as_slice);
            *input = text::change(&mut self.random, input, other);
        } else {
            self.change_bytes(input);
        }
    }

    fn change_bytes(&mut self, input: &mut Vec<u8>) {
        match self.random.below(9) {
            0 | 1 => self.flip_bit(input),
            2 => self.set_byte(input),
            3 => self.write_number(input),
            4 => self.insert_noise(input),
            5 => drop(input.drain(self.random.range(input.len()))),
            6 => input.truncate(self.random.below(input.len())),
            7 => self.repeat(input),
            _ => self.splice(input),
        }
    }

    fn flip_bit(&mut self, input: &mut [u8]) {
        let at = self.random.below(input.len());
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << self.random.below(8);
        }
    }

    fn set_byte(&mut self, input: &mut [u8]) {
        let at = self.random.below(input.len());
        if let Some(byte) = input.get_mut(at) {
            *byte = self.random.byte();
        }
    }

    /// Overwrites 1, 2, 4 or 8 bytes with an interesting number, or with one near the input's own length.
    fn write_number(&mut self, input: &mut [u8]) {
        let length = i64::try_from(input.len()).unwrap_or(i64::MAX);
        let number = match self.random.below(3) {
            0 => length.wrapping_add(i64::try_from(self.random.below(9)).unwrap_or(0) - 4),
            _ => self.random.pick(&INTERESTING).copied().unwrap_or_default(),
        };
        let mut bytes = number.to_le_bytes();
        let width = 1 << self.random.below(4);
        let field = &mut bytes[..width];
        if self.random.once_in(2) {
            field.reverse();
        }
        let at = self.random.below(input.len());
        let room = input.len().saturating_sub(at).min(field.len());
        if let Some(place) = input.get_mut(at..at + room) {
            place.copy_from_slice(&field[..room]);
        }
    }

    fn insert_noise(&mut self, input: &mut Vec<u8>) {
        let at = self.random.below(input.len() + 1);
        let noise: Vec<u8> = (0..=self.random.below(8)).map(|_| self.random.byte()).collect();
        input.splice(at..at, noise);
    }

    /// Repeats a piece in place, now and then very often.
    fn repeat(&mut self, input: &mut Vec<u8>) {
        let range = self.random.range(input.len());
        let piece = input[range.clone()].to_vec();
        let most = if self.random.once_in(8) { MAX_REPEATS } else { 3 };
        let times = (1 + self.random.below(most)).min(MAX_INPUT / piece.len().max(1));
        input.splice(range.end..range.end, piece.repeat(times));
    }

    /// Puts a piece of another input of the corpus in place of a piece of this one.
    fn splice(&mut self, input: &mut Vec<u8>) {
        let Some(other) = self.random.pick(&self.corpus) else { return };
        let piece = other[self.random.range(other.len())].to_vec();
        input.splice(self.random.range(input.len()), piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(seed: u64, is_text: bool) -> Vec<Vec<u8>> {
        let corpus = vec![b"SELECT 1".to_vec(), Vec::new(), vec![0xFF; 300]];
        let mut mutator = Mutator::new(seed, "sample", is_text, corpus);
        (0..3000).map(|_| mutator.next_input()).collect()
    }

    #[test]
    fn inputs_repeat_for_a_seed_and_only_for_that() {
        for is_text in [false, true] {
            assert_eq!(inputs(1, is_text), inputs(1, is_text));
            assert_ne!(inputs(1, is_text), inputs(2, is_text));
        }
    }

    #[test]
    fn the_corpus_comes_first_and_what_follows_differs_within_bounds() {
        for is_text in [false, true] {
            let inputs = inputs(3, is_text);
            assert_eq!(inputs[..2], [b"SELECT 1".to_vec(), Vec::new()]);
            assert!(inputs.iter().all(|input| input.len() <= MAX_INPUT));
            let mut different = inputs.clone();
            different.sort();
            different.dedup();
            assert!(different.len() > 1000, "{}", different.len());
            assert!(inputs.iter().any(|input| input.len() > 4000), "some are long");
        }
    }

    #[test]
    fn an_empty_corpus_still_makes_inputs() {
        let mut mutator = Mutator::new(1, "none", true, Vec::new());
        assert!((0..1000).any(|_| !mutator.next_input().is_empty()));
    }
}
