//! The network: packets under way, and links that may be cut.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duologue_broker::Rejection;
use duologue_types::Timestamp;

use super::options::Options;
use super::random::Chance;

/// Packets that may be under way; beyond it the network loses them.
const LIMIT: usize = 20_000;

/// What travels.
pub(crate) enum Payload {
    /// An envelope.
    Envelope(Bytes),
    /// The answer of a broker that did not take one.
    Rejection(Box<Rejection>),
}

pub(crate) struct Packet {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) due: Timestamp,
    pub(crate) payload: Payload,
}

#[derive(Default)]
pub(crate) struct Network {
    packets: Vec<Packet>,
    /// Directed links that carry nothing now.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    /// What brokers asked to send: node and address.
    pub(crate) pumped: BTreeSet<(usize, Arc<str>)>,
}

impl Network {
    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.packets.iter().map(|packet| packet.due).min()
    }

    pub(crate) fn send_envelope(
        &mut self,
        (from, to): (usize, usize),
        envelope: &Bytes,
        now: Timestamp,
        options: &Options,
        chance: &mut Chance,
    ) {
        let copies = 1 + usize::from(chance.happens(options.duplication));
        for _ in 0..copies {
            let payload = Payload::Envelope(envelope.clone());
            self.send((from, to), payload, now, options, chance);
        }
    }

    pub(crate) fn send(
        &mut self,
        (from, to): (usize, usize),
        payload: Payload,
        now: Timestamp,
        options: &Options,
        chance: &mut Chance,
    ) {
        let lost = chance.happens(options.loss) || self.cut.contains(&(from, to));
        if lost || self.packets.len() >= LIMIT {
            return;
        }
        let longest = if chance.happens(options.delay) { 90_000 } else { 20 };
        let due = now + Duration::from_millis(chance.below(longest) as u64);
        self.packets.push(Packet { from, to, due, payload });
    }

    /// Some packet that is due, whichever was sent first.
    pub(crate) fn take(&mut self, now: Timestamp, chance: &mut Chance) -> Option<Packet> {
        let due: Vec<usize> =
            (0..self.packets.len()).filter(|index| self.packets[*index].due <= now).collect();
        let index = chance.pick(&due)?;
        Some(self.packets.swap_remove(index))
    }
}
