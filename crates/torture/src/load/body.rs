//! Message bodies: each says whose it is, and the rest follows from that.

use anyhow::Context;

use crate::chance::Chance;

pub(super) const STAMP_BYTES: usize = 8;
/// More than one fragment.
const LONG: u64 = 150_000;
const SHORT: u64 = 2_000;
/// Senders from this number on send bodies of half a megabyte and more.
pub(super) const FIRST_HEAVY: u32 = 1000;
const HEAVY: u64 = 500_000;

/// Who sent a message, as his which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    pub(super) sender: u32,
    pub(super) number: u32,
}

impl Stamp {
    /// The stamp at the beginning of a body.
    pub(super) fn of(body: &[u8]) -> anyhow::Result<Self> {
        let words = body.as_chunks::<4>().0;
        let word = |index: usize| words.get(index).map(|word| u32::from_le_bytes(*word));
        let (sender, number) = word(0).zip(word(1)).context("a message without a stamp came")?;
        Ok(Self { sender, number })
    }

    /// The whole body.
    pub(super) fn body(self) -> Vec<u8> {
        let mut chance = Chance::new(u64::from(self.sender) << 32 | u64::from(self.number));
        let length = match (self.sender >= FIRST_HEAVY, chance.one_in(40)) {
            (true, _) => HEAVY + chance.below(HEAVY),
            (false, true) => chance.below(LONG),
            (false, false) => chance.below(SHORT),
        };
        let length = STAMP_BYTES + usize::try_from(length).unwrap_or_default();
        let mut body = Vec::with_capacity(length);
        body.extend(self.sender.to_le_bytes());
        body.extend(self.number.to_le_bytes());
        body.resize_with(length, || chance.below(256) as u8);
        body
    }
}
