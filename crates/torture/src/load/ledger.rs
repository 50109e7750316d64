//! What was sent, with which answer, and what of it was received.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;

use super::body::{STAMP_BYTES, Stamp};

/// What the sender knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// The server said that it is safe.
    Answered,
    /// The connection broke before the answer.
    Unknown,
    /// Refused or rolled back.
    Never,
}

#[derive(Clone, Copy)]
struct Sent {
    fate: Fate,
    /// Where the transaction begins that it was sent in.
    first: u32,
    dialog: u32,
    received: u32,
    /// A receiver was told that his transaction is committed.
    is_taken: bool,
}

/// The messages of one load.
#[derive(Default)]
pub(crate) struct Ledger {
    senders: BTreeMap<u32, Vec<Sent>>,
    /// The last number received, by sender and dialog.
    last: BTreeMap<(u32, u32), u32>,
    tally: Tally,
    refused: u64,
    refusal: Option<String>,
}

/// A message that is in the receivers' table.
pub(crate) struct Receipt {
    stamp: Stamp,
    bytes: usize,
}

impl Receipt {
    pub(crate) fn read(stamp: &[u8], bytes: usize) -> anyhow::Result<Self> {
        Ok(Self { stamp: Stamp::of(stamp)?, bytes })
    }
}

/// Messages in their numbers. All but the first five must be 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Sent and answered.
    pub answered: u64,
    /// Sent, and the connection broke before the answer.
    pub unknown: u64,
    /// Of those, the ones that came.
    pub unknown_came: u64,
    /// Rolled back or refused.
    pub withdrawn: u64,
    /// In the receivers' table.
    pub received: u64,
    /// Answered, and never received.
    pub lost: u64,
    /// Received again.
    pub duplicated: u64,
    /// Received after a later one of their conversation.
    pub out_of_order: u64,
    /// Rolled back or refused, and received.
    pub risen: u64,
    /// Messages of a transaction that came in part.
    pub torn: u64,
    /// A receiver's commit was answered, and its rows are gone.
    pub forgotten: u64,
    /// Of another length, or never sent by anybody.
    pub damaged: u64,
}

impl Tally {
    /// Whether nothing went wrong.
    pub fn is_clean(&self) -> bool {
        let wrong = [
            self.lost,
            self.duplicated,
            self.out_of_order,
            self.risen,
            self.torn,
            self.forgotten,
            self.damaged,
        ];
        wrong == [0; 7]
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, next| Self {
            answered: sum.answered + next.answered,
            unknown: sum.unknown + next.unknown,
            unknown_came: sum.unknown_came + next.unknown_came,
            withdrawn: sum.withdrawn + next.withdrawn,
            received: sum.received + next.received,
            lost: sum.lost + next.lost,
            duplicated: sum.duplicated + next.duplicated,
            out_of_order: sum.out_of_order + next.out_of_order,
            risen: sum.risen + next.risen,
            torn: sum.torn + next.torn,
            forgotten: sum.forgotten + next.forgotten,
            damaged: sum.damaged + next.damaged,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, unknown, unknown_came, withdrawn, received, .. } = self;
        write!(
            f,
            "{answered} answered, {unknown} unanswered ({unknown_came} came), {withdrawn} withdrawn; "
        )?;
        write!(f, "{received} received, {} lost, {} duplicated, ", self.lost, self.duplicated)?;
        write!(f, "{} out of order, {} risen, ", self.out_of_order, self.risen)?;
        write!(f, "{} torn, {} forgotten, {} damaged", self.torn, self.forgotten, self.damaged)
    }
}

impl Ledger {
    /// The sender's next messages, in one transaction, of which nothing is known yet.
    pub(super) fn begin(&mut self, sender: u32, dialog: u32, count: u32) -> Vec<Stamp> {
        let sent = self.senders.entry(sender).or_default();
        let first = u32::try_from(sent.len()).unwrap_or(u32::MAX);
        let entry = Sent { fate: Fate::Unknown, first, dialog, received: 0, is_taken: false };
        sent.resize(sent.len() + count as usize, entry);
        (first..first + count).map(|number| Stamp { sender, number }).collect()
    }

    /// The transaction is committed.
    pub(super) fn answered(&mut self, stamps: &[Stamp]) {
        self.decide(stamps, Fate::Answered);
    }

    /// The transaction is not, and will not be.
    pub(super) fn withdrawn(&mut self, stamps: &[Stamp]) {
        self.decide(stamps, Fate::Never);
    }

    /// The server answered with an error.
    pub(super) fn refuse(&mut self, stamps: &[Stamp], reason: String) {
        self.withdrawn(stamps);
        self.refused += 1;
        self.refusal.get_or_insert(reason);
    }

    pub(super) fn refused(&self) -> (u64, Option<String>) {
        (self.refused, self.refusal.clone())
    }

    fn decide(&mut self, stamps: &[Stamp], fate: Fate) {
        for stamp in stamps {
            if let Some(sent) = self.find(*stamp) {
                sent.fate = fate;
            }
        }
    }

    /// A receiver's transaction with these messages is committed.
    pub(super) fn taken(&mut self, stamps: &[Stamp]) {
        for stamp in stamps {
            if let Some(sent) = self.find(*stamp) {
                sent.is_taken = true;
            }
        }
    }

    /// A body whose content differs from what was sent.
    pub(super) fn damaged(&mut self) {
        self.tally.damaged += 1;
    }

    /// A row of the receivers' table, in their order.
    pub(super) fn note_receipt(&mut self, receipt: Receipt) {
        let Receipt { stamp, bytes } = receipt;
        self.tally.received += 1;
        let Some(sent) = self.find(stamp).filter(|_| bytes == stamp.body().len()) else {
            self.tally.damaged += 1;
            return;
        };
        sent.received += 1;
        let (is_again, is_risen, dialog) = (sent.received > 1, sent.fate == Fate::Never, sent.dialog);
        let last = self.last.entry((stamp.sender, dialog)).or_default();
        let is_late = stamp.number < *last;
        *last = stamp.number.max(*last);
        self.tally.duplicated += u64::from(is_again);
        self.tally.risen += u64::from(is_risen && !is_again);
        self.tally.out_of_order += u64::from(is_late && !is_again);
    }

    fn find(&mut self, stamp: Stamp) -> Option<&mut Sent> {
        self.senders.get_mut(&stamp.sender)?.get_mut(stamp.number as usize)
    }

    /// Everything has been read that will ever come.
    pub(super) fn close(&mut self) -> Tally {
        let mut tally = self.tally;
        for sent in self.senders.values() {
            for one in sent {
                let has_come = one.received > 0;
                let count = match one.fate {
                    Fate::Answered => &mut tally.answered,
                    Fate::Unknown => &mut tally.unknown,
                    Fate::Never => &mut tally.withdrawn,
                };
                *count += 1;
                tally.lost += u64::from(one.fate == Fate::Answered && !has_come);
                tally.unknown_came += u64::from(one.fate == Fate::Unknown && has_come);
                tally.forgotten += u64::from(one.is_taken && !has_come);
                tally.torn += u64::from(has_come != (sent[one.first as usize].received > 0));
            }
        }
        tally
    }
}

// Receipts name their sender and number in so many bytes; the table's column has that width.
const _: () = assert!(STAMP_BYTES == 8);

#[cfg(test)]
mod tests {
    use super::*;

    fn receipts(ledger: &mut Ledger, numbers: &[u32]) {
        for &number in numbers {
            let stamp = Stamp { sender: 0, number };
            ledger.note_receipt(Receipt { stamp, bytes: stamp.body().len() });
        }
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        let answered = ledger.begin(0, 0, 2);
        ledger.answered(&answered);
        ledger.begin(0, 0, 2);
        let rolled_back = ledger.begin(0, 0, 1);
        ledger.withdrawn(&rolled_back);
        ledger
    }

    #[test]
    fn unanswered_ones_may_come_or_not() {
        for numbers in [&[0, 1][..], &[0, 1, 2, 3]] {
            let mut ledger = ledger();
            receipts(&mut ledger, numbers);
            let tally = ledger.close();
            assert!(tally.is_clean(), "{tally}");
            assert_eq!((tally.answered, tally.unknown, tally.withdrawn), (2, 2, 1));
        }
    }

    #[test]
    fn every_wrong_is_counted() {
        let check = |numbers: &[u32], expected: Tally| {
            let mut ledger = ledger();
            receipts(&mut ledger, numbers);
            let mut found = ledger.close();
            (found.answered, found.unknown, found.withdrawn) = (0, 0, 0);
            (found.unknown_came, found.received) = (0, 0);
            assert_eq!(found, expected, "{numbers:?}");
        };
        check(&[1], Tally { lost: 1, torn: 1, ..Tally::default() });
        check(&[0, 1, 1], Tally { duplicated: 1, ..Tally::default() });
        check(&[1, 0], Tally { out_of_order: 1, ..Tally::default() });
        check(&[0, 1, 3], Tally { torn: 1, ..Tally::default() });
        check(&[0, 1, 4], Tally { risen: 1, ..Tally::default() });
        check(&[0, 1, 9], Tally { damaged: 1, ..Tally::default() });
    }
}
