//! The sending half of an endpoint: numbers, acknowledgements, and what to transmit next.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::{Buf, BufMut};
use duologue_messages::sql_error;
use duologue_types::Timestamp;

use crate::envelope::{EnvelopeError, MAX_SEQUENCE};
use crate::position::Position;
use crate::record::{DamagedRecord, RECORD_VERSION};
use crate::retry::RetrySchedule;

/// How many fragments of one direction may be under way unacknowledged, and how far ahead of a gap a receiver
/// keeps what arrives; a sender that keeps to it is never dropped for being too far ahead.
pub const WINDOW: usize = 64;

/// What one side has to send. The messages themselves are the caller's transmission queue, by sequence
/// number.
///
/// Durable (see [`SendHalf::encode`]): the next number, the acknowledgement, and what was discarded. Not
/// durable: what is under way and the retry schedule; a half that was just decoded transmits from the
/// acknowledgement on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SendHalf {
    next_sequence: u64,
    acknowledged: Position,
    discarded_before: u64,
    cursor: Position,
    in_flight: VecDeque<Position>,
    retry: RetrySchedule,
}

impl SendHalf {
    /// The half of a new endpoint.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the number of a sequenced message that is being queued.
    pub fn assign(&mut self) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1).min(MAX_SEQUENCE + 1);
        sequence
    }

    /// The number that [`SendHalf::assign`] gives next: `send_sequence`.
    pub const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Everything before this place is durable at the far side.
    pub const fn acknowledged(&self) -> Position {
        self.acknowledged
    }

    /// Whether nothing waits for an acknowledgement.
    pub const fn is_settled(&self) -> bool {
        self.acknowledged.sequence == self.next_sequence
    }

    /// Whether the first message is acknowledged whole. Until then every envelope carries the security
    /// header, and from then on the initiator sets [`crate::Envelope::initiator_saw_first_ack`].
    pub const fn first_ack_seen(&self) -> bool {
        self.acknowledged.sequence > 0
    }

    /// END CONVERSATION WITH ERROR: what is queued so far is never sent (again); the Error comes next.
    pub fn discard_queued(&mut self) {
        self.discarded_before = self.next_sequence;
        self.rewind();
    }

    /// The fragment to transmit now: `None` when everything is sent or [`WINDOW`] fragments are under way.
    pub fn next_to_send(&self) -> Option<Position> {
        let waiting = self.cursor.sequence < self.next_sequence && self.in_flight.len() < WINDOW;
        waiting.then_some(self.cursor)
    }

    /// The fragment at `position` was handed to a connection. `last` says whether the message ends with it.
    /// Anything but the place that [`SendHalf::next_to_send`] named is ignored: the plan changed meanwhile.
    pub fn on_sent(&mut self, position: Position, last: bool, now: Timestamp) {
        if Some(position) != self.next_to_send() {
            return;
        }
        self.in_flight.push_back(position);
        self.cursor = position.after(last);
        self.retry.arm(now);
    }

    /// Takes a cumulative acknowledgement. A stale one changes nothing; one of something that was never
    /// assigned is error 28010.
    pub fn on_acknowledged(&mut self, up_to: Position, now: Timestamp) -> Result<Progress, EnvelopeError> {
        if up_to > Position::message(self.next_sequence) {
            let highest = i128::from(self.next_sequence) - 1;
            return Err(sql_error!(28010, highest, up_to.sequence, up_to.fragment).into());
        }
        let before = self.acknowledged;
        if up_to <= before {
            return Ok(Progress { messages: before.sequence..before.sequence, moved: false });
        }
        self.acknowledged = up_to;
        self.cursor = self.cursor.max(up_to);
        while self.in_flight.front().is_some_and(|sent| *sent < up_to) {
            self.in_flight.pop_front();
        }
        self.retry.reset();
        if !self.in_flight.is_empty() {
            self.retry.arm(now);
        }
        Ok(Progress { messages: before.sequence..up_to.sequence, moved: true })
    }

    /// When [`SendHalf::retry_due`] becomes true.
    pub const fn next_retry(&self) -> Option<Timestamp> {
        self.retry.due()
    }

    /// Whether what is under way has waited long enough.
    pub fn retry_due(&self, now: Timestamp) -> bool {
        self.retry.due().is_some_and(|due| due <= now)
    }

    /// Sends everything unacknowledged again, and waits twice as long for it.
    pub fn on_retry(&mut self) {
        self.rewind();
        self.retry.back_off();
    }

    /// A connection to the far side opened: what was under way may be lost, and is sent again at once.
    pub fn on_reconnected(&mut self) {
        self.rewind();
        self.retry.reset();
    }

    fn rewind(&mut self) {
        self.in_flight.clear();
        self.cursor = self.acknowledged.max(Position::message(self.discarded_before));
    }

    /// Appends the durable form, 29 bytes (`docs/formats/dialog.md`).
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_u8(RECORD_VERSION);
        out.put_u64_le(self.next_sequence);
        out.put_u64_le(self.acknowledged.sequence);
        out.put_u32_le(self.acknowledged.fragment);
        out.put_u64_le(self.discarded_before);
    }

    /// Reads the durable form from the front of `from`.
    pub fn decode(from: &mut impl Buf) -> Result<Self, DamagedRecord> {
        if from.try_get_u8()? != RECORD_VERSION {
            return Err(DamagedRecord);
        }
        let next_sequence = from.try_get_u64_le()?;
        let acknowledged = Position { sequence: from.try_get_u64_le()?, fragment: from.try_get_u32_le()? };
        let discarded_before = from.try_get_u64_le()?;
        let plausible = next_sequence <= MAX_SEQUENCE + 1
            && acknowledged <= Position::message(next_sequence)
            && discarded_before <= next_sequence;
        if !plausible {
            return Err(DamagedRecord);
        }
        let mut half = Self { next_sequence, acknowledged, discarded_before, ..Self::default() };
        half.rewind();
        Ok(half)
    }
}

/// What an acknowledgement brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Messages that are acknowledged whole by it: to delete from the transmission queue. May be empty.
    pub messages: Range<u64>,
    /// Whether it acknowledged anything new, be it a fragment.
    pub moved: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn half_with(messages: u64) -> SendHalf {
        let mut half = SendHalf::new();
        (0..messages).for_each(|expected| assert_eq!(half.assign(), expected));
        half
    }

    fn send_all(half: &mut SendHalf, now: Timestamp) -> Vec<u64> {
        let mut sent = Vec::new();
        while let Some(position) = half.next_to_send() {
            half.on_sent(position, true, now);
            sent.push(position.sequence);
        }
        sent
    }

    #[test]
    fn retries_at_4_8_16_32_and_every_64_seconds() {
        let mut half = half_with(1);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(send_all(&mut half, second(now)), [0]);
            let due = half.next_retry().expect("something is under way").unix_seconds();
            assert!(!half.retry_due(second(due - 1)) && half.retry_due(second(due)));
            waits.push(due - now);
            now = due;
            half.on_retry();
        }
        assert_eq!(waits, [4, 8, 16, 32, 64, 64, 64]);
        half.on_reconnected();
        send_all(&mut half, second(now));
        assert_eq!(half.next_retry(), Some(second(now + 4)));
    }

    #[test]
    fn acknowledgements_are_cumulative_and_reset_the_retry() {
        let mut half = half_with(3);
        assert_eq!(send_all(&mut half, second(0)), [0, 1, 2]);
        half.on_retry();
        assert_eq!(send_all(&mut half, second(4)), [0, 1, 2]);
        let progress = half.on_acknowledged(Position::message(2), second(5)).unwrap();
        assert_eq!(progress, Progress { messages: 0..2, moved: true });
        assert_eq!(half.next_retry(), Some(second(9)));
        assert!(!half.on_acknowledged(Position::message(1), second(6)).unwrap().moved);
        assert_eq!(half.on_acknowledged(Position::message(4), second(6)).unwrap_err().number, 28010);
        half.on_acknowledged(Position::message(3), second(7)).unwrap();
        assert!(half.is_settled() && half.first_ack_seen());
        assert_eq!(half.next_retry(), None);
    }

    #[test]
    fn the_window_opens_with_acknowledged_fragments() {
        let mut half = half_with(1);
        let mut sent = 0;
        while let Some(position) = half.next_to_send() {
            half.on_sent(position, false, second(0));
            sent += 1;
        }
        assert_eq!(sent, WINDOW);
        half.on_acknowledged(Position { sequence: 0, fragment: 10 }, second(0)).unwrap();
        assert_eq!(half.next_to_send(), Some(Position { sequence: 0, fragment: 64 }));
        assert!(!half.first_ack_seen());
    }

    #[test]
    fn an_error_overtakes_what_is_queued_also_after_a_restart() {
        let mut half = half_with(3);
        half.discard_queued();
        assert_eq!(half.assign(), 3);
        let mut bytes = Vec::new();
        half.encode(&mut bytes);
        let mut decoded = SendHalf::decode(&mut bytes.as_slice()).unwrap();
        assert_eq!(decoded, half);
        assert_eq!(send_all(&mut decoded, second(0)), [3]);
        assert_eq!(decoded.on_acknowledged(Position::message(4), second(1)).unwrap().messages, 0..4);
        for length in 0..bytes.len() {
            assert_eq!(SendHalf::decode(&mut &bytes[..length]), Err(DamagedRecord));
        }
    }
}
