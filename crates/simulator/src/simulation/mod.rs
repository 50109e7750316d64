//! The simulation: brokers, clients, a network, disks and clocks, and what goes wrong with them, all from one seed.
//!
//! First everything happens at random for a number of steps, and each step's outcome is held against the model; then
//! faults stop, and everything must finish.

mod administration;
mod audit;
mod body;
mod canary;
mod client;
mod faults;
mod finish;
mod keys;
mod machine;
mod model;
mod network;
mod notices;
mod options;
mod random;
mod sites;
mod statements;
mod steps;
mod traffic;

use std::collections::VecDeque;
use std::sync::Arc;

use duologue_types::{SessionId, Timestamp};

pub use options::{CLASSES, Canary, Options};

use client::{Client, Known};
use machine::Machine;
use model::{Direction, Model};
use network::Network;
use random::Chance;
use sites::Sites;
use traffic::Traffic;

use crate::node::Node;

/// Sessions at each site.
const CLIENTS: usize = 4;
/// The last events, shown with a failure.
const REMEMBERED: usize = 60;

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
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
    /// Envelopes that arrived somewhere, and fragments that were sent again.
    pub envelopes: u64,
    /// See `envelopes`.
    pub repeated: u64,
    /// Deaths of processes that were survived.
    pub crashes: u64,
    /// Events that were raised, and noticed elsewhere.
    pub events: u64,
    /// Closed targets that stay until their lifetime is over, for nobody ever said that they need not.
    pub lingering: u64,
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

/// A line of the log: step, what happened, where, and a number.
type Event = (usize, &'static str, usize, u64);

/// One run.
pub struct Simulation {
    options: Options,
    seed: u64,
    chance: Chance,
    now: Timestamp,
    began: Timestamp,
    machines: Vec<Machine>,
    /// Where each node listens.
    addresses: Vec<Arc<str>>,
    sites: Sites,
    clients: Vec<Client>,
    known: Vec<Vec<Known>>,
    /// Rollbacks in a row of transactions that received, by site.
    rollbacks: Vec<u8>,
    /// The newest certificate of each site.
    generations: Vec<usize>,
    model: Model,
    network: Network,
    traffic: Traffic,
    finishing: bool,
    step: usize,
    hash: u64,
    events: VecDeque<Event>,
    envelopes: u64,
    crashes: u64,
    lingering: u64,
    /// Some envelope was not taken: poison messages may switch a queue off even without faults.
    is_refused: bool,
}

impl Simulation {
    /// Runs a seed to its end.
    pub fn run(seed: u64, options: Options) -> Result<Report, Box<Failure>> {
        let mut simulation = Self::new(seed, options);
        match simulation.play() {
            Ok(()) => Ok(simulation.report()),
            Err(rule) => {
                let show = |(step, what, place, number): Event| format!("{step:>6} {what} {place} {number}");
                let events = std::mem::take(&mut simulation.events).into_iter().map(show).collect();
                Err(Box::new(Failure { seed, step: simulation.step, rule, events }))
            }
        }
    }

    fn new(seed: u64, options: Options) -> Self {
        let mut chance = Chance::new(seed);
        let began = Timestamp::from_unix_seconds(1_800_000_000);
        let databases = sites::plan(&mut chance);
        let mut nodes: Vec<Node> = (0..databases.len())
            .map(|index| Node::create(&format!("n{index}"), chance.number(), began))
            .collect();
        let sites = sites::make(&mut nodes, &databases, began, &mut chance);
        let count = sites.all.len();
        let clients = (0..count * CLIENTS)
            .map(|index| {
                let number = i32::try_from(1000 + index).unwrap_or(i32::MAX);
                let site = index % count;
                Client::new(site, sites.all[site].node, SessionId(number))
            })
            .collect();
        let addresses = nodes.iter().map(Node::address).collect();
        let machines = nodes.len();
        let mut simulation = Self {
            options,
            seed,
            chance,
            now: began,
            began,
            machines: nodes.into_iter().map(|node| Machine::new(node, began)).collect(),
            addresses,
            sites,
            clients,
            known: vec![Vec::new(); count],
            rollbacks: vec![0; count],
            generations: vec![0; count],
            model: Model::new(count),
            network: Network::default(),
            traffic: Traffic::new(machines),
            finishing: false,
            step: 0,
            hash: 0xcbf2_9ce4_8422_2325,
            events: VecDeque::new(),
            envelopes: 0,
            crashes: 0,
            lingering: 0,
            is_refused: false,
        };
        simulation.set_up();
        simulation
    }

    /// The first disks are written without faults.
    fn set_up(&mut self) {
        if self.options.notices > 0 {
            self.set_up_notices();
        }
        for machine in &mut self.machines {
            machine.node.flush(self.now);
            machine.node.instance.take_actions();
            machine.begin();
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
            repeated: self.traffic.repeated,
            crashes: self.crashes,
            events: self.model.events.iter().map(Direction::len).sum(),
            lingering: self.lingering,
            virtual_seconds: (self.now - self.began).as_secs(),
        }
    }

    fn play(&mut self) -> Result<(), String> {
        while self.step < self.options.steps {
            self.step += 1;
            self.random_step()?;
            self.look_around()?;
        }
        self.finish()
    }

    /// Adds an event to the log.
    fn note(&mut self, what: &'static str, place: usize, number: u64) {
        let mut mix =
            |value: u64| self.hash = (self.hash.rotate_left(5) ^ value).wrapping_mul(0x0100_0000_01b3);
        what.bytes().for_each(|byte| mix(u64::from(byte)));
        mix(place as u64);
        mix(number);
        if self.events.len() >= REMEMBERED {
            self.events.pop_front();
        }
        self.events.push_back((self.step, what, place, number));
    }

    fn faults_now(&self) -> Options {
        match self.finishing {
            true => Options { canary: self.options.canary, ..Options::calm(0) },
            false => self.options,
        }
    }
}
