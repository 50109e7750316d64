//! The simulation: brokers, clients, a network, disks and clocks, and what goes wrong with them, all from one seed.
//!
//! First everything happens at random for a number of steps, and each step's outcome is held against the model; then
//! faults stop, and everything must finish.

mod body;
mod client;
mod cluster;
mod finish;
mod model;
mod network;
mod options;
mod random;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duologue_dialog::Envelope;
use duologue_types::{SessionId, Timestamp};

pub use options::{Canary, Options};

use client::{Client, Known, State, Surroundings};
use cluster::{Cluster, DATABASE, queue};
use model::Model;
use network::{Network, Payload};
use random::Chance;

/// Sessions at each node.
const CLIENTS: usize = 5;
/// Dialogs for each hundred steps.
const DIALOGS: usize = 4;
/// The last events, shown with a failure.
const REMEMBERED: usize = 40;

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Seed of the run.
    pub seed: u64,
    /// Hash of the whole event log: equal for equal seeds and options.
    pub log_hash: u64,
    /// Messages that clients sent, received for good, dialogs.
    pub sent: u64,
    /// See `sent`.
    pub received: u64,
    /// See `sent`.
    pub dialogs: usize,
    /// Envelopes that arrived somewhere.
    pub envelopes: u64,
    /// Crashes survived.
    pub crashes: u64,
    /// Virtual seconds that passed.
    pub virtual_seconds: u64,
}

/// A rule that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Seed of the run: the same seed and options fail again.
    pub seed: u64,
    /// The step.
    pub step: usize,
    /// The rule.
    pub rule: String,
    /// The last events before it.
    pub events: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {} step {}: {}", self.seed, self.step, self.rule)?;
        self.events.iter().try_for_each(|event| writeln!(f, "    {event}"))
    }
}

/// One run.
pub struct Simulation {
    options: Options,
    seed: u64,
    chance: Chance,
    now: Timestamp,
    began: Timestamp,
    cluster: Cluster,
    clients: Vec<Client>,
    known: Vec<Vec<Known>>,
    model: Model,
    network: Network,
    finishing: bool,
    step: usize,
    hash: u64,
    events: VecDeque<String>,
    envelopes: u64,
    crashes: u64,
}

impl Simulation {
    /// Runs a seed to its end.
    pub fn run(seed: u64, options: Options) -> Result<Report, Box<Failure>> {
        let mut simulation = Self::new(seed, options);
        match simulation.play() {
            Ok(()) => Ok(simulation.report()),
            Err(rule) => {
                Err(Box::new(Failure { seed, step: simulation.step, rule, events: simulation.events.into() }))
            }
        }
    }

    fn new(seed: u64, options: Options) -> Self {
        let mut chance = Chance::new(seed);
        let began = Timestamp::from_unix_seconds(1_800_000_000);
        let count = 2 + chance.below(2);
        let cluster = Cluster::new(count, began, &mut chance);
        let clients = (0..count * CLIENTS)
            .map(|index| {
                let number = i32::try_from(1000 + index).unwrap_or(i32::MAX);
                Client::new(index % count, SessionId(number))
            })
            .collect();
        Self {
            options,
            seed,
            chance,
            now: began,
            began,
            cluster,
            clients,
            known: vec![Vec::new(); count],
            model: Model::default(),
            network: Network::default(),
            finishing: false,
            step: 0,
            hash: 0xcbf2_9ce4_8422_2325,
            events: VecDeque::new(),
            envelopes: 0,
            crashes: 0,
        }
    }

    fn report(&self) -> Report {
        Report {
            seed: self.seed,
            log_hash: self.hash,
            sent: self.model.sent,
            received: self.model.received,
            dialogs: self.model.dialogs.len(),
            envelopes: self.envelopes,
            crashes: self.crashes,
            virtual_seconds: (self.now - self.began).as_secs(),
        }
    }

    fn play(&mut self) -> Result<(), String> {
        while self.step < self.options.steps {
            self.step += 1;
            self.random_step()?;
            self.check_nobody_sleeps()?;
        }
        self.finish()
    }

    /// Adds an event to the log.
    fn note(&mut self, what: &str, node: usize, number: u64) {
        for byte in what.bytes().chain((node as u64).to_le_bytes()).chain(number.to_le_bytes()) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.events.len() >= REMEMBERED {
            self.events.pop_front();
        }
        self.events.push_back(format!("{:>6} {what} node {node} {number}", self.step));
    }

    fn random_step(&mut self) -> Result<(), String> {
        self.faults()?;
        let machines = self.cluster.machines.len();
        match self.chance.below(100) {
            0..45 => {
                let index = self.chance.below(self.clients.len());
                self.client_step(index)?;
            }
            45..62 => {
                let node = self.chance.below(machines);
                self.commit_step(node);
            }
            62..82 => {
                self.deliver()?;
            }
            82..94 => {
                let pumped: Vec<_> = self.network.pumped.iter().cloned().collect();
                let index = self.chance.below(pumped.len());
                if let Some((node, address)) = pumped.get(index) {
                    self.pump(*node, address)?;
                }
            }
            94..99 => {
                let by = Duration::from_millis(self.chance_below(50));
                self.advance(by);
            }
            _ => {
                self.advance_to_next();
            }
        }
        Ok(())
    }

    /// Nobody may stand in line at a queue that has something for him, unless somebody was woken and is on his way.
    fn check_nobody_sleeps(&self) -> Result<(), String> {
        for (node, machine) in self.cluster.machines.iter().enumerate() {
            let own = || self.clients.iter().filter(|client| client.node == node);
            let key = machine.node.queue(DATABASE, &queue(node));
            let is_on_his_way = own().any(|client| client.woken);
            let in_line = machine.node.instance.figures().waiting_sessions > 0;
            if in_line && !is_on_his_way && machine.node.instance.has_free_group(key) {
                return Err(format!("somebody sleeps at the queue of node {node}, which has messages"));
            }
        }
        Ok(())
    }

    fn chance_below(&mut self, limit: usize) -> u64 {
        self.chance.below(limit) as u64
    }

    fn client_step(&mut self, index: usize) -> Result<bool, String> {
        let dialog_limit = self.options.steps * DIALOGS / 100 + 4;
        let client = &mut self.clients[index];
        let node = client.node;
        let mut around = Surroundings {
            cluster: &mut self.cluster,
            model: &mut self.model,
            chance: &mut self.chance,
            known: &mut self.known,
            now: self.now,
            finishing: self.finishing,
            dialog_limit,
        };
        let acted = client.step(&mut around)?;
        if acted {
            self.note("client", node, index as u64);
        }
        self.take_actions(node);
        Ok(acted)
    }

    fn commit_step(&mut self, node: usize) -> bool {
        let too_early = self.options.canary == Some(Canary::AcknowledgeBeforeDurable);
        let acted = self.cluster.machines[node].commit_step(self.now, too_early, &mut self.model);
        let durable = self.cluster.machines[node].node.instance.durable_up_to().0;
        if acted {
            self.note("commit", node, durable);
        }
        self.take_actions(node);
        acted
    }

    /// Sends what a broker asked to send to an address.
    fn pump(&mut self, node: usize, address: &Arc<str>) -> Result<bool, String> {
        let Some(to) = self.node_at(address) else { return Ok(false) };
        self.network.pumped.remove(&(node, address.clone()));
        if self.network.cut.contains(&(node, to)) {
            return Ok(false);
        }
        let machine = &mut self.cluster.machines[node];
        let clock = machine.clock(self.now);
        let limit = if self.finishing { 1 << 20 } else { 1 + self.chance.below(1 << 18) };
        let envelopes = machine.node.instance.collect_outgoing(address, limit, clock);
        if machine.node.instance.links().has_due(address) {
            self.network.pumped.insert((node, address.clone()));
        }
        for envelope in &envelopes {
            self.check_secrecy(envelope)?;
            self.note("send", node, envelope.len() as u64);
            let faults = self.faults_now();
            self.network.send_envelope((node, to), envelope, self.now, &faults, &mut self.chance);
        }
        self.take_actions(node);
        Ok(!envelopes.is_empty())
    }

    /// A body of a secured dialog is never to be read on the way.
    fn check_secrecy(&self, bytes: &Bytes) -> Result<(), String> {
        let envelope = Envelope::decode(bytes).map_err(|error| format!("a broken envelope: {error}"))?;
        let dialog = self.model.find(envelope.conversation_id).ok_or("an envelope of no known dialog")?;
        if self.model.dialogs[dialog].secured && body::is_visible(bytes) {
            return Err(format!("a body of dialog {dialog}, which is secured, went in clear"));
        }
        Ok(())
    }

    /// One packet arrives.
    fn deliver(&mut self) -> Result<bool, String> {
        let Some(packet) = self.network.take(self.now, &mut self.chance) else { return Ok(false) };
        let clock = self.cluster.machines[packet.to].clock(self.now);
        let address = self.cluster.machines[packet.from].node.address();
        let instance = &mut self.cluster.machines[packet.to].node.instance;
        match packet.payload {
            Payload::Envelope(bytes) => {
                self.envelopes += 1;
                let rejection = instance.arrive(&bytes, clock);
                let number =
                    rejection.as_ref().map_or(0, |found| u64::from(found.reason.number.unsigned_abs()));
                self.note("arrive", packet.to, number);
                if let Some(rejection) = rejection {
                    let faults = self.faults_now();
                    let payload = Payload::Rejection(Box::new(rejection));
                    let back = (packet.to, packet.from);
                    self.network.send(back, payload, self.now, &faults, &mut self.chance);
                }
            }
            Payload::Rejection(rejection) => {
                instance.rejected(&address, &rejection);
                self.note("rejected", packet.to, u64::from(rejection.reason.number.unsigned_abs()));
            }
        }
        self.take_actions(packet.to);
        Ok(true)
    }

    fn faults_now(&self) -> Options {
        if self.finishing { Options::calm(0) } else { self.options }
    }

    fn node_at(&self, address: &str) -> Option<usize> {
        self.cluster.machines.iter().position(|machine| *machine.node.address() == *address)
    }

    fn take_actions(&mut self, node: usize) {
        let (addresses, sessions) = self.cluster.machines[node].actions();
        for address in addresses {
            self.network.pumped.insert((node, address));
        }
        for session in sessions {
            if self.options.canary == Some(Canary::LoseWakes) && self.chance.happens(50) {
                continue;
            }
            let client = self.clients.iter_mut().find(|client| client.session == session);
            if let Some(client) = client
                && matches!(client.state, State::Blocked(..))
            {
                client.woken = true;
            }
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
        for node in 0..self.cluster.machines.len() {
            let machine = &mut self.cluster.machines[node];
            let clock = machine.clock(self.now);
            if machine.node.instance.next_timer().is_some_and(|due| due <= clock) {
                machine.node.instance.fire_timers(clock);
                self.note("timer", node, clock.0.unsigned_abs());
                self.take_actions(node);
            }
        }
    }

    /// To the moment at which something is due, if that is within two hours.
    fn advance_to_next(&mut self) -> bool {
        let timers = self.cluster.machines.iter().filter_map(|machine| {
            let left = machine.node.instance.next_timer()? - machine.clock(self.now);
            Some(self.now + left)
        });
        let next = timers.chain(self.network.next_due()).min();
        match next.filter(|next| *next - self.now < Duration::from_secs(7200)) {
            Some(next) => {
                self.advance(next - self.now);
                true
            }
            None => false,
        }
    }

    fn faults(&mut self) -> Result<(), String> {
        let options = self.options;
        let machines = self.cluster.machines.len();
        let node = self.chance.below(machines);
        let other = (node + 1 + self.chance.below(machines - 1)) % machines;
        if self.chance.happens(options.crashes) {
            self.crash(node)?;
        }
        if self.chance.happens(options.partitions) {
            if self.network.cut.remove(&(node, other)) {
                self.open_link(node, other);
            } else {
                self.network.cut.insert((node, other));
            }
            self.note("link", node, other as u64);
        }
        // Clocks may differ by five minutes.
        if self.chance.happens(options.clock_jumps) && self.cluster.machines[node].ahead.as_secs() < 180 {
            let jump = Duration::from_secs(self.chance_below(120));
            self.cluster.machines[node].ahead += jump;
            self.note("clock", node, jump.as_secs());
        }
        if self.chance.happens(options.administration) {
            self.administer(node, other);
        }
        Ok(())
    }

    fn administer(&mut self, node: usize, other: usize) {
        let what = self.chance.below(4);
        let machine = &mut self.cluster.machines[node];
        match what {
            0 => machine.switch_queue(node, false, self.now),
            1 => machine.switch_queue(node, true, self.now),
            2 => machine.switch_route(other, false, self.now),
            _ => machine.switch_route(other, true, self.now),
        }
        self.note("administer", node, what as u64);
        self.take_actions(node);
    }

    /// The link from one node to another opens anew, as after a connection was lost.
    fn open_link(&mut self, node: usize, other: usize) {
        let address = self.cluster.machines[other].node.address();
        self.cluster.machines[node].node.instance.link_online(&address);
        self.network.pumped.insert((node, address));
    }

    fn crash(&mut self, node: usize) -> Result<(), String> {
        self.crashes += 1;
        self.note("crash", node, 0);
        for client in self.clients.iter_mut().filter(|client| client.node == node) {
            client.disconnect(&mut self.model);
        }
        self.network.pumped.retain(|(from, _)| *from != node);
        self.cluster.machines[node].crash(self.now, &mut self.model)?;
        let held = self.cluster.machines[node].node.instance.figures();
        if (held.locks, held.transactions, held.waiting_sessions) != (0, 0, 0) {
            return Err(format!("node {node} holds something after its start: {held:?}"));
        }
        self.take_actions(node);
        for other in (0..self.cluster.machines.len()).filter(|other| *other != node) {
            if self.chance.happens(700) {
                self.open_link(other, node);
            }
        }
        Ok(())
    }
}
