//! The receiving half of an endpoint: duplicates, gaps, fragments, and what to acknowledge.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::{Buf, BufMut};
use duologue_messages::sql_error;

use crate::envelope::{Envelope, EnvelopeError, Kind, MAX_SEQUENCE};
use crate::fragment::{MAX_FRAGMENT_LENGTH, MAX_MESSAGE_LENGTH};
use crate::position::Position;
use crate::record::{DamagedRecord, RECORD_VERSION};
use crate::send::WINDOW;

/// What one side has received. The caller stores the bytes: whole messages in the queue, fragments by
/// sequence and index. Change a clone (or the row) inside the transaction that stores them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReceiveHalf {
    next_sequence: u64,
    partials: BTreeMap<u64, Partial>,
    end: Option<u64>,
    finished: bool,
    owes_acknowledgement: bool,
}

/// What to do with an envelope that arrived. All but `TooFarAhead` and `AcknowledgementOnly` are to be
/// acknowledged once the transaction that they cause is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// No message: only the acknowledgement that it carries counts.
    AcknowledgementOnly,
    /// Was here before, or comes after the end: store nothing, acknowledge again.
    Duplicate,
    /// The next fragment in order: store it. The messages `released` are complete and in order now: they
    /// become receivable (status 0). Empty while the fragment's message lacks more.
    InOrder {
        /// Sequence numbers, ascending.
        released: Range<u64>,
    },
    /// Ahead of a gap: store it, with status 2 when its message is whole.
    OutOfOrder,
    /// Further ahead than is kept: drop it; the sender sends it again.
    TooFarAhead,
    /// An Error from the far application or from a broker: takes effect at once, whatever is missing before
    /// it.
    Error {
        /// Messages of which something is stored that is never released: delete their fragments.
        discarded: Vec<u64>,
    },
}

impl ReceiveHalf {
    /// The half of a new endpoint.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place that is expected next, and so the cumulative acknowledgement: `receive_sequence` and
    /// `receive_sequence_frag`.
    pub fn expected(&self) -> Position {
        let fragment = self.partials.get(&self.next_sequence).map_or(0, |partial| partial.next_fragment);
        Position { sequence: self.next_sequence, fragment }
    }

    /// Whether the first message is here whole.
    pub const fn received_first(&self) -> bool {
        self.next_sequence > 0
    }

    /// Whether the far side's EndDialog (in sequence) or an Error was taken: nothing more is expected.
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Messages of which something is stored and that are not released, by sequence number.
    pub fn partials(&self) -> impl Iterator<Item = (u64, &Partial)> {
        self.partials.iter().map(|(sequence, partial)| (*sequence, partial))
    }

    /// `first_out_of_order_sequence`: the first message of which something is stored behind a gap.
    pub fn first_out_of_order(&self) -> Option<u64> {
        let behind_gap =
            |(sequence, partial): &(u64, &Partial)| *sequence > self.next_sequence || partial.bitmap != 0;
        self.partials().find(behind_gap).map(|(sequence, _)| sequence)
    }

    /// `last_out_of_order_sequence` and `last_out_of_order_frag`: the last fragment that is stored behind a
    /// gap.
    pub fn last_out_of_order(&self) -> Option<Position> {
        self.first_out_of_order()?;
        let (sequence, partial) = self.partials.last_key_value()?;
        Some(Position { sequence: *sequence, fragment: partial.last_stored() })
    }

    /// Takes note of an envelope that passed every other check. An error means that it contradicts what
    /// arrived before: drop it, the half is unchanged.
    pub fn arrive(&mut self, envelope: &Envelope) -> Result<Arrival, EnvelopeError> {
        match envelope.kind {
            Kind::Acknowledgement => Ok(Arrival::AcknowledgementOnly),
            Kind::BrokerError if self.finished => Ok(Arrival::Duplicate),
            Kind::BrokerError => Ok(self.fail()),
            _ if self.finished => Ok(self.arrive_after_end(envelope.sequence)),
            Kind::Error => Ok(self.arrive_error(envelope.sequence)),
            Kind::Message | Kind::EndDialog => self.arrive_fragment(envelope),
        }
    }

    /// The acknowledgement that is owed since the last one was taken; ask after the commit. It rides on an
    /// envelope of the other direction or goes alone.
    pub fn take_acknowledgement(&mut self) -> Option<Position> {
        std::mem::take(&mut self.owes_acknowledgement).then(|| self.expected())
    }

    /// Whether [`ReceiveHalf::take_acknowledgement`] has something.
    pub const fn owes_acknowledgement(&self) -> bool {
        self.owes_acknowledgement
    }

    /// Nothing counts any more, but the sender must be able to settle: whatever it still sends is
    /// acknowledged.
    fn arrive_after_end(&mut self, sequence: u64) -> Arrival {
        self.next_sequence = self.next_sequence.max(sequence.saturating_add(1));
        self.owes_acknowledgement = true;
        Arrival::Duplicate
    }

    fn arrive_error(&mut self, sequence: u64) -> Arrival {
        self.owes_acknowledgement = true;
        if sequence < self.next_sequence {
            return Arrival::Duplicate;
        }
        self.next_sequence = sequence.saturating_add(1);
        self.fail()
    }

    fn fail(&mut self) -> Arrival {
        self.finished = true;
        self.end = None;
        Arrival::Error { discarded: std::mem::take(&mut self.partials).into_keys().collect() }
    }

    fn arrive_fragment(&mut self, envelope: &Envelope) -> Result<Arrival, EnvelopeError> {
        let sequence = envelope.sequence;
        let index = envelope.fragment.index;
        let arriving = Partial::of(envelope)?;
        if sequence < self.next_sequence {
            self.owes_acknowledgement = true;
            return Ok(Arrival::Duplicate);
        }
        self.check_end(envelope)?;
        let mut partial = self.partials.get(&sequence).copied().unwrap_or(arriving);
        if (partial.total_length, partial.fragment_size) != (arriving.total_length, arriving.fragment_size) {
            return Err(inconsistent());
        }
        if partial.has(index) {
            self.owes_acknowledgement = true;
            return Ok(Arrival::Duplicate);
        }
        let in_order = self.expected() == Position { sequence, fragment: index };
        if !in_order && !self.has_room(sequence) || !partial.store(index) {
            return Ok(Arrival::TooFarAhead);
        }
        self.partials.insert(sequence, partial);
        self.owes_acknowledgement = true;
        if envelope.kind == Kind::EndDialog {
            self.end = Some(sequence);
        }
        Ok(if in_order { Arrival::InOrder { released: self.release() } } else { Arrival::OutOfOrder })
    }

    /// An EndDialog is the last message of its direction, and there is one.
    fn check_end(&self, envelope: &Envelope) -> Result<(), EnvelopeError> {
        let later_exists = self.partials.last_key_value().is_some_and(|(last, _)| *last > envelope.sequence);
        let contradicts = match (self.end, envelope.kind) {
            (Some(end), Kind::EndDialog) => end != envelope.sequence,
            (Some(end), _) => envelope.sequence >= end,
            (None, Kind::EndDialog) => later_exists || self.partials.contains_key(&envelope.sequence),
            (None, _) => false,
        };
        if contradicts { Err(inconsistent()) } else { Ok(()) }
    }

    /// Whether one more fragment may be kept behind a gap.
    fn has_room(&self, sequence: u64) -> bool {
        let window = WINDOW as u64;
        let kept = |(held, partial): (u64, &Partial)| {
            let before_gap = if held == self.next_sequence { partial.next_fragment } else { 0 };
            u64::from(partial.stored() - before_gap)
        };
        sequence - self.next_sequence < window && self.partials().map(kept).sum::<u64>() < window
    }

    fn release(&mut self) -> Range<u64> {
        let first = self.next_sequence;
        while self.partials.get(&self.next_sequence).is_some_and(Partial::is_whole) {
            self.partials.remove(&self.next_sequence);
            self.next_sequence += 1;
        }
        if self.end.is_some_and(|end| end < self.next_sequence) {
            self.end = None;
            self.finished = true;
        }
        first..self.next_sequence
    }

    /// Appends the durable form (`docs/formats/dialog.md`).
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_u8(RECORD_VERSION);
        out.put_u64_le(self.next_sequence);
        out.put_u8(u8::from(self.finished));
        out.put_u64_le(self.end.map_or(0, |end| end + 1));
        out.put_u8(u8::try_from(self.partials.len()).unwrap_or(u8::MAX));
        for (sequence, partial) in &self.partials {
            out.put_u64_le(*sequence);
            partial.encode(out);
        }
    }

    /// Reads the durable form from the front of `from`.
    pub fn decode(from: &mut impl Buf) -> Result<Self, DamagedRecord> {
        if from.try_get_u8()? != RECORD_VERSION {
            return Err(DamagedRecord);
        }
        let next_sequence = from.try_get_u64_le()?;
        let finished = match from.try_get_u8()? {
            flag @ 0..=1 => flag == 1,
            _ => return Err(DamagedRecord),
        };
        let end = from.try_get_u64_le()?.checked_sub(1);
        let mut half = Self { next_sequence, finished, end, ..Self::default() };
        for _ in 0..from.try_get_u8()? {
            let sequence = from.try_get_u64_le()?;
            half.partials.insert(sequence, Partial::decode(from)?);
        }
        if half.is_plausible() { Ok(half) } else { Err(DamagedRecord) }
    }

    fn is_plausible(&self) -> bool {
        let window = self.next_sequence..self.next_sequence.saturating_add(WINDOW as u64);
        let keeps_nothing = self.end.is_none() && self.partials.is_empty();
        self.next_sequence <= MAX_SEQUENCE + 1
            && (!self.finished || keeps_nothing)
            && self.end.is_none_or(|end| self.partials.keys().next_back() == Some(&end))
            && self.partials.keys().all(|sequence| window.contains(sequence))
            && !self.partials.get(&self.next_sequence).is_some_and(Partial::is_whole)
    }
}

/// Which fragments of a message are stored: all before `next_fragment`, and by bitmap some of the 64 after
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    /// Bytes of the whole message.
    pub total_length: u64,
    /// Bytes of every fragment but the last.
    pub fragment_size: u32,
    /// The first fragment that is missing.
    pub next_fragment: u32,
    /// Bit `i`: fragment `next_fragment + 1 + i` is stored.
    pub bitmap: u64,
}

impl Partial {
    /// The empty state of the message to which `envelope` belongs.
    fn of(envelope: &Envelope) -> Result<Self, EnvelopeError> {
        let fragment_size = envelope.fragment.size(envelope.fragment_length()).ok_or_else(inconsistent)?;
        Ok(Self { total_length: envelope.fragment.total_length, fragment_size, next_fragment: 0, bitmap: 0 })
    }

    /// How many fragments the message has.
    pub fn fragment_count(&self) -> u32 {
        let count = self.total_length.div_ceil(u64::from(self.fragment_size)).max(1);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether every fragment is stored.
    pub fn is_whole(&self) -> bool {
        self.next_fragment == self.fragment_count()
    }

    /// How many fragments are stored.
    pub const fn stored(&self) -> u32 {
        self.next_fragment + self.bitmap.count_ones()
    }

    /// Whether fragment `index` is stored.
    pub fn has(&self, index: u32) -> bool {
        index < self.next_fragment || self.bit(index).is_some_and(|bit| self.bitmap & bit != 0)
    }

    fn last_stored(&self) -> u32 {
        match self.bitmap.checked_ilog2() {
            Some(highest) => self.next_fragment + 1 + highest,
            None => self.next_fragment.saturating_sub(1),
        }
    }

    fn bit(&self, index: u32) -> Option<u64> {
        index.checked_sub(self.next_fragment + 1).and_then(|distance| 1u64.checked_shl(distance))
    }

    /// False when the fragment is too far behind the gap.
    fn store(&mut self, index: u32) -> bool {
        if index != self.next_fragment {
            let bit = self.bit(index);
            self.bitmap |= bit.unwrap_or(0);
            return bit.is_some();
        }
        let run = self.bitmap.trailing_ones();
        self.next_fragment += 1 + run;
        self.bitmap = self.bitmap.checked_shr(run + 1).unwrap_or(0);
        true
    }

    fn encode(&self, out: &mut impl BufMut) {
        out.put_u64_le(self.total_length);
        out.put_u32_le(self.fragment_size);
        out.put_u32_le(self.next_fragment);
        out.put_u64_le(self.bitmap);
    }

    fn decode(from: &mut impl Buf) -> Result<Self, DamagedRecord> {
        let partial = Self {
            total_length: from.try_get_u64_le()?,
            fragment_size: from.try_get_u32_le()?,
            next_fragment: from.try_get_u32_le()?,
            bitmap: from.try_get_u64_le()?,
        };
        let sizes = (1..=MAX_FRAGMENT_LENGTH).contains(&partial.fragment_size)
            && partial.total_length <= MAX_MESSAGE_LENGTH;
        let count = if sizes { partial.fragment_count() } else { 0 };
        let inside = partial.next_fragment <= count && (partial.bitmap == 0 || partial.last_stored() < count);
        if sizes && inside { Ok(partial) } else { Err(DamagedRecord) }
    }
}

fn inconsistent() -> EnvelopeError {
    sql_error!(11221).into()
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
