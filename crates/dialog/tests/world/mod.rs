//! A toy broker pair: what a real broker does around the two halves, on maps instead of a store.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use duologue_dialog::{
    Arrival, EndpointState, Envelope, Facts, Fragment, Kind, Position, ReceiveHalf, SendHalf, fragments,
};
use duologue_types::{BrokerInstance, ConversationId, Guid, Timestamp};

const QUICK: Duration = Duration::from_millis(10);
const LATE: Duration = Duration::from_secs(6);
const MOST_STEPS: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Initiator,
    Target,
}

impl Side {
    fn other(self) -> Self {
        if self == Self::Initiator { Self::Target } else { Self::Initiator }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Delivered,
    Lost,
    Twice,
    Late,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// What happens to the n-th packet.
    Packet(usize, Fate),
    /// The side forgets everything but its disk after the n-th step; both reconnect.
    Restart(usize, Side),
    /// Everything at random until so many steps have passed.
    Storm { seed: u64, steps: usize },
}

/// The durable part of an endpoint.
#[derive(Default)]
struct Disk {
    halves: Vec<u8>,
    transmission: BTreeMap<u64, (Kind, Vec<u8>)>,
    stored: BTreeMap<Position, (Kind, Bytes)>,
    delivered: Vec<(Kind, Vec<u8>)>,
    facts: Facts,
}

struct Endpoint {
    side: Side,
    fragment_size: u32,
    send: SendHalf,
    receive: ReceiveHalf,
    disk: Disk,
}

impl Endpoint {
    fn new(side: Side, fragment_size: u32) -> Self {
        let facts = Facts { is_initiator: side == Side::Initiator, ..Facts::default() };
        let disk = Disk { facts, ..Disk::default() };
        let mut endpoint =
            Self { side, fragment_size, send: SendHalf::new(), receive: ReceiveHalf::new(), disk };
        endpoint.commit();
        endpoint
    }

    fn commit(&mut self) {
        self.disk.halves.clear();
        self.send.encode(&mut self.disk.halves);
        self.receive.encode(&mut self.disk.halves);
    }

    fn restart(&mut self) {
        let mut bytes = self.disk.halves.as_slice();
        self.send = SendHalf::decode(&mut bytes).expect("own form");
        self.receive = ReceiveHalf::decode(&mut bytes).expect("own form");
        assert!(bytes.is_empty());
    }

    fn queue(&mut self, kind: Kind, body: Vec<u8>) {
        if kind == Kind::Error {
            self.send.discard_queued();
            self.disk.transmission.clear();
        }
        self.disk.facts.sent_first = true;
        self.disk.facts.ended |= kind != Kind::Message;
        let sequence = self.send.assign();
        self.disk.transmission.insert(sequence, (kind, body));
        self.commit();
    }

    fn transmit(&mut self, now: Timestamp) -> Vec<Bytes> {
        let mut out = Vec::new();
        if self.send.retry_due(now) {
            self.send.on_retry();
        }
        while let Some(position) = self.send.next_to_send() {
            let (kind, body) = &self.disk.transmission[&position.sequence];
            let (fragment, length) =
                fragments(body.len() as u64, self.size_for(*kind)).at(position.fragment).expect("inside");
            let start = fragment.offset as usize;
            let part = Bytes::copy_from_slice(&body[start..start + length as usize]);
            let acknowledgement = self.receive.take_acknowledgement();
            out.push(self.envelope(*kind, position.sequence, fragment, part, acknowledgement));
            self.send.on_sent(position, fragment.last, now);
        }
        if let Some(acknowledgement) = self.receive.take_acknowledgement() {
            let whole = Fragment::whole(0);
            out.push(self.envelope(Kind::Acknowledgement, 0, whole, Bytes::new(), Some(acknowledgement)));
        }
        out
    }

    fn size_for(&self, kind: Kind) -> u32 {
        if kind == Kind::Message { self.fragment_size } else { u32::MAX }
    }

    fn envelope(
        &self,
        kind: Kind,
        sequence: u64,
        fragment: Fragment,
        body: Bytes,
        acknowledgement: Option<Position>,
    ) -> Bytes {
        let named = |name: &str| if kind == Kind::Acknowledgement { "" } else { name }.into();
        Envelope {
            kind,
            conversation_id: ConversationId(Guid([7; 16])),
            from_initiator: self.side == Side::Initiator,
            from_service: "here".into(),
            from_broker_instance: BrokerInstance(Guid([8; 16])),
            to_service: "there".into(),
            to_broker_instance: None,
            contract: named("contract"),
            message_type: if kind == Kind::Message { "type".into() } else { "".into() },
            sequence,
            fragment,
            has_body: kind != Kind::Acknowledgement,
            initiator_saw_first_ack: self.side == Side::Initiator && self.send.first_ack_seen(),
            time_to_live: 1_000_000,
            sealed_at: 0,
            seconds_consumed: 0,
            priority: 5,
            hops_remaining: 16,
            security: None,
            acknowledgement,
            body,
        }
        .encode()
        .expect("valid")
    }

    fn take(&mut self, bytes: &Bytes, now: Timestamp) {
        let envelope = Envelope::decode(bytes).expect("valid");
        if let Some(up_to) = envelope.acknowledgement {
            let progress = self.send.on_acknowledged(up_to, now).expect("never beyond what was sent");
            progress.messages.for_each(|sequence| drop(self.disk.transmission.remove(&sequence)));
            self.disk.facts.end_acknowledged |= self.disk.facts.ended && self.send.is_settled();
        }
        let arrival = self.receive.arrive(&envelope).expect("consistent");
        assert_ne!(arrival, Arrival::TooFarAhead, "a sender that keeps to the window is never too far ahead");
        match arrival {
            Arrival::AcknowledgementOnly | Arrival::Duplicate | Arrival::TooFarAhead => {}
            Arrival::OutOfOrder => self.store(&envelope),
            Arrival::InOrder { released } => {
                self.store(&envelope);
                released.for_each(|sequence| self.deliver(sequence));
            }
            Arrival::Error { discarded } => {
                self.disk.stored.retain(|position, _| !discarded.contains(&position.sequence));
                assert!(self.disk.stored.is_empty());
                self.store(&envelope);
                self.deliver(envelope.sequence);
            }
        }
        self.commit();
    }

    fn store(&mut self, envelope: &Envelope) {
        let before = self.disk.stored.insert(envelope.position(), (envelope.kind, envelope.body.clone()));
        assert!(before.is_none(), "stored twice: {:?}", envelope.position());
    }

    fn deliver(&mut self, sequence: u64) {
        let range = Position::message(sequence)..Position::message(sequence + 1);
        let parts: Vec<Position> = self.disk.stored.range(range).map(|(position, _)| *position).collect();
        let mut message = (Kind::Message, Vec::new());
        for (index, position) in parts.into_iter().enumerate() {
            assert_eq!(position.fragment as usize, index, "a fragment is missing");
            let (kind, bytes) = self.disk.stored.remove(&position).expect("just listed");
            message.0 = kind;
            message.1.extend_from_slice(&bytes);
        }
        let facts = &mut self.disk.facts;
        facts.received_first = true;
        facts.far_ended |= message.0 == Kind::EndDialog;
        facts.failed |= message.0 == Kind::Error;
        self.disk.delivered.push(message);
    }
}

pub(crate) struct World {
    now: Timestamp,
    ends: [Endpoint; 2],
    network: BTreeMap<(Timestamp, usize), (Side, Bytes)>,
    faults: Vec<Fault>,
    random: u64,
    packets: usize,
    steps: usize,
}

impl World {
    pub(crate) fn new(fragment_size: u32, faults: Vec<Fault>) -> Self {
        let ends = [Side::Initiator, Side::Target].map(|side| Endpoint::new(side, fragment_size));
        let now = Timestamp::from_unix_seconds(1_000_000);
        Self { now, ends, network: BTreeMap::new(), faults, random: 0x9e37_79b9, packets: 0, steps: 0 }
    }

    pub(crate) fn queue(&mut self, side: Side, kind: Kind, body: Vec<u8>) {
        self.ends[side as usize].queue(kind, body);
    }

    pub(crate) fn end_with_error(&mut self, side: Side, body: Vec<u8>) {
        self.queue(side, Kind::Error, body);
    }

    /// Until nothing is under way and nothing waits.
    pub(crate) fn run(&mut self) {
        while self.step() {
            assert!(self.steps < MOST_STEPS, "never settles with {:?}", self.faults);
        }
        assert!(
            self.ends.iter().all(|end| end.send.is_settled()),
            "idle with unsent messages: {:?}",
            self.faults
        );
    }

    pub(crate) fn steps_forward(&mut self, steps: usize) {
        for _ in 0..steps {
            self.step();
        }
    }

    pub(crate) fn delivered(&self, side: Side) -> &[(Kind, Vec<u8>)] {
        &self.ends[side as usize].disk.delivered
    }

    pub(crate) fn state(&self, side: Side) -> EndpointState {
        self.ends[side as usize].disk.facts.state()
    }

    pub(crate) fn packets(&self) -> usize {
        self.packets
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Both sides transmit, then one packet arrives or a retry falls due; false when there is neither.
    fn step(&mut self) -> bool {
        for side in [Side::Initiator, Side::Target] {
            for packet in self.ends[side as usize].transmit(self.now) {
                self.put_on_the_way(side.other(), packet);
            }
        }
        let arrival = self.network.first_key_value().map(|(key, _)| *key);
        let retry = self.ends.iter().filter_map(|end| end.send.next_retry()).min();
        match (arrival, retry) {
            (Some(key), retry) if retry.is_none_or(|due| key.0 <= due) => {
                let (side, bytes) = self.network.remove(&key).expect("just seen");
                self.now = self.now.max(key.0);
                self.ends[side as usize].take(&bytes, self.now);
            }
            (_, Some(due)) => self.now = self.now.max(due),
            _ => return false,
        }
        self.restart_as_planned();
        self.steps += 1;
        true
    }

    fn put_on_the_way(&mut self, to: Side, packet: Bytes) {
        let number = self.packets;
        self.packets += 1;
        let fate = self.fate(number);
        let delays = match fate {
            Fate::Delivered => vec![QUICK],
            Fate::Lost => vec![],
            Fate::Twice => vec![QUICK, LATE],
            Fate::Late => vec![LATE],
        };
        for delay in delays {
            self.network.insert((self.now + delay, number), (to, packet.clone()));
        }
    }

    fn fate(&mut self, number: usize) -> Fate {
        for fault in self.faults.clone() {
            match fault {
                Fault::Packet(at, fate) if at == number => return fate,
                Fault::Storm { seed, steps } if self.steps < steps => {
                    return match self.roll(seed) % 10 {
                        0..=1 => Fate::Lost,
                        2 => Fate::Twice,
                        3 => Fate::Late,
                        _ => Fate::Delivered,
                    };
                }
                _ => {}
            }
        }
        Fate::Delivered
    }

    fn restart_as_planned(&mut self) {
        for fault in self.faults.clone() {
            let side = match fault {
                Fault::Restart(step, side) if step == self.steps => side,
                Fault::Storm { seed, steps } if self.steps < steps => match self.roll(seed) % 50 {
                    0 => Side::Initiator,
                    1 => Side::Target,
                    _ => continue,
                },
                _ => continue,
            };
            self.ends[side as usize].restart();
            self.ends.iter_mut().for_each(|end| end.send.on_reconnected());
        }
    }

    /// xorshift; the seed is mixed in once.
    fn roll(&mut self, seed: u64) -> u64 {
        if self.random == 0x9e37_79b9 {
            self.random ^= seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
