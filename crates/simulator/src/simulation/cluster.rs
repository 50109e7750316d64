//! The nodes with their clocks and commit threads.

use std::time::Duration;

use duologue_broker::Action;
use duologue_catalog::Permission;
use duologue_catalog::ddl::queues::QueueOptions;
use duologue_catalog::objects::Validation;
use duologue_store::{CommitSequence, Store, WriteBatch};
use duologue_types::{SessionId, Timestamp};

use super::model::{Deed, Fate, Model};
use super::random::Chance;
use crate::node::Node;
use crate::setup::{Party, Protection};

/// The database of every node.
pub(crate) const DATABASE: &str = "db";

/// How the dialogs from one node to another are secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    Clear,
    Anonymous,
    Full,
}

/// A node with what the outside of a broker has.
pub(crate) struct Machine {
    pub(crate) node: Node,
    /// What its clock shows beyond the true time.
    pub(crate) ahead: Duration,
    /// A batch on its way to the disk: not yet stored (only the canary holds one), or stored and not reported.
    flight: Option<(Option<WriteBatch>, CommitSequence)>,
    stored: CommitSequence,
    pending: Vec<(CommitSequence, Vec<Deed>)>,
}

pub(crate) struct Cluster {
    pub(crate) machines: Vec<Machine>,
    pub(crate) modes: Vec<Vec<Mode>>,
}

pub(crate) fn service(node: usize) -> String {
    format!("S{node}")
}

pub(crate) fn queue(node: usize) -> String {
    format!("S{node}Queue")
}

impl Cluster {
    pub(crate) fn new(count: usize, now: Timestamp, chance: &mut Chance) -> Self {
        let mut modes = vec![vec![Mode::Clear; count]; count];
        for (from, to) in pairs(count) {
            modes[from][to] = chance.pick(&[Mode::Clear, Mode::Anonymous, Mode::Full]).unwrap_or(Mode::Clear);
        }
        let machines = (0..count)
            .map(|index| {
                let mut node = Node::create(&format!("n{index}"), chance.number(), now);
                set_up(&mut node, index, &modes, now);
                node.flush(now);
                let stored = node.instance.durable_up_to();
                node.instance.take_actions();
                Machine { node, ahead: Duration::ZERO, flight: None, stored, pending: Vec::new() }
            })
            .collect();
        Self { machines, modes }
    }
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |from| (0..count).filter(move |to| *to != from).map(move |to| (from, to)))
}

fn set_up(node: &mut Node, index: usize, modes: &[Vec<Mode>], now: Timestamp) {
    let mut party = Party { node, database: DATABASE, now };
    party.create_database();
    party.contract(Validation::None);
    party.master_key(true);
    party.user("own");
    party.certificate("own", "own", index, Protection::MasterKey, true);
    party.service(&service(index), "own", &["Contract"]);
    party.grant_on_service(Permission::Send, &service(index), "public");
    party.endpoint(index + 3);
    for far in (0..modes.len()).filter(|far| *far != index) {
        let user = format!("far{far}");
        party.user(&user);
        party.certificate(&user, &user, far, Protection::Absent, true);
        party.route(&service(far), &format!("TCP://n{far}:4022"));
        match modes[index][far] {
            Mode::Clear => {}
            mode => party.binding(&service(far), &user, mode == Mode::Anonymous),
        }
    }
}

impl Machine {
    /// What its clock shows.
    pub(crate) fn clock(&self, now: Timestamp) -> Timestamp {
        now + self.ahead
    }

    /// What a committing transaction did is settled when its client is told.
    pub(crate) fn commits(&mut self, sequence: CommitSequence, deeds: Vec<Deed>, model: &mut Model) {
        let told = sequence <= self.node.instance.durable_up_to();
        let fate = if told { Fate::Done } else { Fate::Committing };
        for deed in &deeds {
            model.settle(*deed, fate);
        }
        if !told {
            self.pending.push((sequence, deeds));
        }
    }

    /// One step of the commit thread: to the disk, or the report. Says whether there was something to do.
    pub(crate) fn commit_step(&mut self, now: Timestamp, too_early: bool, model: &mut Model) -> bool {
        match self.flight.take() {
            Some((Some(batch), _)) => self.write(&batch),
            Some((None, sequence)) => self.report(sequence, now, model),
            None => {
                let Some((batch, sequence)) = self.node.instance.take_batch() else { return false };
                if too_early {
                    self.report(sequence, now, model);
                    self.flight = Some((Some(batch), sequence));
                } else {
                    self.write(&batch);
                    self.stored = sequence;
                    self.flight = Some((None, sequence));
                }
            }
        }
        true
    }

    fn write(&mut self, batch: &WriteBatch) {
        self.node.store.commit(batch).expect("the store takes every batch");
    }

    fn report(&mut self, sequence: CommitSequence, now: Timestamp, model: &mut Model) {
        let clock = self.clock(now);
        self.node.instance.durable(sequence, clock);
        self.settle_up_to(sequence, Fate::Done, model);
    }

    fn settle_up_to(&mut self, sequence: CommitSequence, fate: Fate, model: &mut Model) {
        let (told, waiting) =
            std::mem::take(&mut self.pending).into_iter().partition(|(own, _)| *own <= sequence);
        self.pending = waiting;
        let told: Vec<(CommitSequence, Vec<Deed>)> = told;
        for deed in told.into_iter().flat_map(|(_, deeds)| deeds) {
            model.settle(deed, fate);
        }
    }

    /// The process dies: what was not stored never happened. It starts again.
    pub(crate) fn crash(&mut self, now: Timestamp, model: &mut Model) -> Result<(), String> {
        self.flight = None;
        self.settle_up_to(self.stored, Fate::Done, model);
        self.settle_up_to(CommitSequence(u64::MAX), Fate::Undone, model);
        let clock = self.clock(now);
        self.node.restart(clock).map_err(|error| format!("{} does not start: {error}", self.node.name))?;
        self.stored = self.node.instance.durable_up_to();
        Ok(())
    }

    /// Whether nothing is on its way to the disk.
    pub(crate) fn is_settled(&self) -> bool {
        self.flight.is_none() && self.pending.is_empty()
    }

    /// What the broker asks for: addresses to send to, sessions to wake.
    pub(crate) fn actions(&mut self) -> (Vec<std::sync::Arc<str>>, Vec<SessionId>) {
        let mut addresses = Vec::new();
        let mut sessions = Vec::new();
        for action in self.node.instance.take_actions() {
            match action {
                Action::Pump(address) => addresses.push(address),
                Action::Wake(session) => sessions.push(session),
                Action::Flush | Action::ListenerChanged | Action::Log(_) | Action::EndSession(_) => {}
            }
        }
        (addresses, sessions)
    }

    /// Switches the node's queue on or off.
    pub(crate) fn switch_queue(&mut self, index: usize, on: bool, now: Timestamp) {
        let clock = self.clock(now);
        let options = QueueOptions { status: Some(on), ..QueueOptions::default() };
        let mut party = Party { node: &mut self.node, database: DATABASE, now: clock };
        party.alter_queue(&queue(index), &options);
    }

    /// Drops the route to another node, or makes it again.
    pub(crate) fn switch_route(&mut self, far: usize, on: bool, now: Timestamp) {
        let clock = self.clock(now);
        let name = service(far);
        let exists = self
            .node
            .database(DATABASE)
            .routes
            .iter()
            .any(|route| route.remote_service_name.as_deref() == Some(name.as_str()));
        let mut party = Party { node: &mut self.node, database: DATABASE, now: clock };
        match (exists, on) {
            (false, true) => party.route(&name, &format!("TCP://n{far}:4022")),
            (true, false) => party.drop_route(&name),
            _ => {}
        }
    }

    pub(crate) fn queue_is_on(&self, index: usize) -> bool {
        let name = queue(index);
        self.node.database(DATABASE).queues.iter().any(|found| found.name == name && found.enabled)
    }
}
