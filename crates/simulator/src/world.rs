//! A few nodes, a network that delivers at once unless it is told otherwise, and a virtual clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duologue_broker::{Action, LogEntry};
use duologue_types::{SessionId, Timestamp};

use crate::node::Node;
use crate::setup::Party;

/// Rounds after which the brokers must have nothing more to say to each other without the clock moving.
const ROUNDS: usize = 10_000;

/// What a test may do to an envelope.
type Filter = Box<dyn FnMut(usize, &Bytes) -> bool>;

/// Nodes at one moment.
pub struct World {
    /// The nodes; number 0 is named `a`, then `b`, …
    pub nodes: Vec<Node>,
    /// The virtual clock.
    pub now: Timestamp,
    /// Envelopes that travelled, with their sender.
    pub seen: Vec<(usize, Bytes)>,
    /// Says which envelopes arrive: sender and bytes.
    pub passes: Filter,
    /// What was logged, by node.
    pub logged: Vec<(usize, LogEntry)>,
    /// Sessions that were woken, by node.
    pub woken: Vec<(usize, SessionId)>,
}

impl World {
    /// That many new instances.
    pub fn new(nodes: usize, seed: u64) -> Self {
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        let name = |index: usize| char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)).to_string();
        let nodes = (0..nodes).map(|index| Node::create(&name(index), seed + index as u64, now)).collect();
        Self {
            nodes,
            now,
            seen: Vec::new(),
            passes: Box::new(|_, _| true),
            logged: Vec::new(),
            woken: Vec::new(),
        }
    }

    /// A database of a node, for statements.
    pub fn party<'a>(&'a mut self, node: usize, database: &'a str) -> Party<'a> {
        Party { node: &mut self.nodes[node], database, now: self.now }
    }

    /// Lets everything happen that happens without the clock moving.
    pub fn settle(&mut self) {
        for _ in 0..ROUNDS {
            let mut quiet = true;
            for index in 0..self.nodes.len() {
                quiet &= !self.turn(index);
            }
            if quiet {
                return;
            }
        }
        unreachable!("the brokers come to rest")
    }

    fn turn(&mut self, index: usize) -> bool {
        let node = &mut self.nodes[index];
        node.flush(self.now);
        let mut pumped: BTreeMap<Arc<str>, ()> = BTreeMap::new();
        for action in node.instance.take_actions() {
            match action {
                Action::Pump(address) => {
                    pumped.insert(address, ());
                }
                Action::Log(entry) => self.logged.push((index, entry)),
                Action::Wake(session) => self.woken.push((index, session)),
                Action::Flush | Action::ListenerChanged | Action::EndSession(_) => {}
            }
        }
        for address in pumped.keys() {
            loop {
                let envelopes = self.nodes[index].instance.collect_outgoing(address, 1 << 20, self.now);
                self.nodes[index].flush(self.now);
                if envelopes.is_empty() {
                    break;
                }
                for envelope in envelopes {
                    self.carry(index, address, envelope);
                }
            }
        }
        !pumped.is_empty()
    }

    fn carry(&mut self, from: usize, address: &str, envelope: Bytes) {
        self.seen.push((from, envelope.clone()));
        if !(self.passes)(from, &envelope) {
            return;
        }
        let Some(to) = self.nodes.iter().position(|node| *node.address() == *address) else { return };
        let rejection = self.nodes[to].instance.arrive(&envelope, self.now);
        self.nodes[to].flush(self.now);
        if let Some(rejection) = rejection {
            self.nodes[from].instance.rejected(address, &rejection);
        }
    }

    /// Moves the clock, firing what is due on the way.
    pub fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.settle();
        loop {
            let next = self.nodes.iter().filter_map(|node| node.instance.next_timer()).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = next.max(self.now);
            for node in &mut self.nodes {
                node.instance.fire_timers(self.now);
            }
            self.settle();
        }
        self.now = end;
        for node in &mut self.nodes {
            node.instance.fire_timers(end);
        }
        self.settle();
    }

    /// Kills a node and starts it again.
    pub fn restart(&mut self, node: usize) {
        let now = self.now;
        let node = &mut self.nodes[node];
        node.restart(now).expect("the instance opens");
        node.flush(now);
        self.settle();
    }
}
