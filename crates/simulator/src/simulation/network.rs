//! The network: packets under way, links that are cut, and links whose sender does not know that they are dead.

use std::collections::{BTreeMap, BTreeSet};
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
    pub(crate) payload: Payload,
}

#[derive(Default)]
pub(crate) struct Network {
    /// In the order in which they arrive.
    packets: BTreeMap<(Timestamp, u64), Packet>,
    sent: u64,
    /// Directed links that cannot be opened now.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    /// Directed links that swallow everything, and when their sender notices.
    pub(crate) dead: BTreeMap<(usize, usize), Timestamp>,
    /// What brokers asked to send: node and address.
    pub(crate) pumped: BTreeSet<(usize, Arc<str>)>,
}

impl Network {
    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let packet = self.packets.keys().next().map(|(due, _)| *due);
        packet.into_iter().chain(self.dead.values().copied()).min()
    }

    /// Links whose senders notice now that they are dead.
    pub(crate) fn noticed(&mut self, now: Timestamp) -> Vec<(usize, usize)> {
        let due: Vec<_> = self.dead.iter().filter(|(_, at)| **at <= now).map(|(link, _)| *link).collect();
        for link in &due {
            self.dead.remove(link);
        }
        due
    }

    /// What is under way to or from a node is lost with its process.
    pub(crate) fn forget_node(&mut self, node: usize) {
        self.packets.retain(|_, packet| packet.from != node && packet.to != node);
        self.dead.retain(|(from, to), _| *from != node && *to != node);
        self.pumped.retain(|(from, _)| *from != node);
    }

    pub(crate) fn send_envelope(
        &mut self,
        link: (usize, usize),
        envelope: &Bytes,
        now: Timestamp,
        options: &Options,
        chance: &mut Chance,
    ) {
        let copies = 1 + usize::from(chance.happens(options.duplication));
        for _ in 0..copies {
            self.send(link, Payload::Envelope(envelope.clone()), now, options, chance);
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
        let swallowed = self.cut.contains(&(from, to)) || self.dead.contains_key(&(from, to));
        let lost = swallowed || chance.happens(options.loss);
        if lost || self.packets.len() >= LIMIT {
            return;
        }
        let longest = match () {
            () if chance.happens(options.delay) => 90_000_000,
            () if chance.happens(options.reordering) => 20_000,
            () => 0,
        };
        let due = now + Duration::from_micros(500 + chance.below(longest) as u64);
        self.sent += 1;
        self.packets.insert((due, self.sent), Packet { from, to, payload });
    }

    /// The next packet that is due.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Packet> {
        let (due, _) = *self.packets.keys().next()?;
        if due > now {
            return None;
        }
        self.packets.pop_first().map(|(_, packet)| packet)
    }
}
