//! Which messages came: each exactly once.

use anyhow::{bail, ensure};

use super::Stamp;

/// What was sent, and what of it has come.
#[derive(Default)]
pub(crate) struct Ledger {
    /// By sender, by number.
    seen: Vec<Vec<bool>>,
    count: u64,
}

impl Ledger {
    /// Sender `n` has sent `sent[n]` messages, numbered from 0.
    pub(crate) fn new(sent: &[u32]) -> Self {
        Self { seen: sent.iter().map(|&count| vec![false; count as usize]).collect(), count: 0 }
    }

    /// Notes a message's body.
    pub(crate) fn note(&mut self, body: &[u8]) -> anyhow::Result<Stamp> {
        let Some(stamp) = Stamp::of(body) else { bail!("a message without a stamp came") };
        let numbers = self.seen.get_mut(stamp.sender as usize);
        let Some(seen) = numbers.and_then(|numbers| numbers.get_mut(stamp.number as usize)) else {
            bail!("a message came that nobody sent: {stamp:?}");
        };
        ensure!(!*seen, "a message came twice: {stamp:?}");
        *seen = true;
        self.count += 1;
        Ok(stamp)
    }

    /// Messages that have come.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Messages that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.seen.iter().map(|numbers| numbers.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exactly_once() {
        let mut ledger = Ledger::new(&[2, 1]);
        let body = |sender, number| Stamp { sender, number }.bytes();
        for (sender, number) in [(0, 1), (1, 0), (0, 0)] {
            ledger.note(&body(sender, number)).expect("it was sent");
        }
        assert_eq!((ledger.count(), ledger.sent()), (3, 3));
        for (sender, number) in [(0, 1), (0, 2), (2, 0)] {
            ledger.note(&body(sender, number)).expect_err("twice, or never sent");
        }
        ledger.note(b"short").expect_err("no stamp");
    }
}
