//! A node with what surrounds a broker: its clock, its commit thread, its disk, and the process that may die.

use std::sync::Arc;
use std::time::Duration;

use duologue_broker::Action;
use duologue_store::{CommitSequence, Fault, Store, StoreError, WriteBatch};
use duologue_types::{SessionId, Timestamp};

use super::model::{Deed, Fate, Model};
use crate::node::Node;

/// A node and its surroundings.
pub(crate) struct Machine {
    pub(crate) node: Node,
    /// What its clock shows beyond the true time, in microseconds; below 0 it is behind.
    pub(crate) ahead: i64,
    /// The latest that its clock ever showed.
    pub(crate) latest: Timestamp,
    /// The process is dead, and starts again at this moment.
    pub(crate) down_until: Option<Timestamp>,
    /// The disk has no room before this moment; `true`: it takes nothing at all.
    full_until: Option<(Timestamp, bool)>,
    /// A batch on its way to the disk: not yet stored (only the canary holds one), or stored and not reported.
    flight: Option<(Option<WriteBatch>, CommitSequence)>,
    stored: CommitSequence,
    pending: Vec<(CommitSequence, Vec<Deed>)>,
}

/// What a step of the commit thread came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CommitStep {
    /// There was nothing to do.
    Idle,
    /// A batch is on the disk, or was reported.
    Done,
    /// The store failed, and with it the process.
    Died,
}

/// What a broker asked the outside to do.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) pump: Vec<Arc<str>>,
    pub(crate) wake: Vec<SessionId>,
}

impl Machine {
    pub(crate) fn new(node: Node, now: Timestamp) -> Self {
        let stored = node.instance.durable_up_to();
        Self {
            node,
            ahead: 0,
            latest: now,
            down_until: None,
            full_until: None,
            flight: None,
            stored,
            pending: Vec::new(),
        }
    }

    /// What it was made of is on its disk.
    pub(crate) fn begin(&mut self) {
        self.stored = self.node.instance.durable_up_to();
    }

    /// What its clock shows.
    pub(crate) fn clock(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.ahead))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.down_until.is_none()
    }

    /// How long until something is due by its clock.
    pub(crate) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        match self.down_until {
            Some(start) => Some(start),
            None => self.node.instance.next_timer().map(|due| now + (due - self.clock(now))),
        }
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

    /// One step of the commit thread: to the disk, or the report.
    pub(crate) fn commit_step(
        &mut self,
        now: Timestamp,
        fault: Option<Fault>,
        too_early: bool,
        model: &mut Model,
    ) -> CommitStep {
        match self.flight.take() {
            Some((Some(batch), sequence)) => return self.write(&batch, sequence, fault),
            Some((None, sequence)) => self.report(sequence, now, model),
            None => {
                let Some((batch, sequence)) = self.node.instance.take_batch() else {
                    return CommitStep::Idle;
                };
                if too_early {
                    self.report(sequence, now, model);
                    self.flight = Some((Some(batch), sequence));
                    return CommitStep::Done;
                }
                self.flight = Some((None, sequence));
                return self.write(&batch, sequence, fault);
            }
        }
        CommitStep::Done
    }

    /// A disk that is wholly full ends the process as every other failure does: statements were decided on top of the
    /// batch.
    fn write(&mut self, batch: &WriteBatch, sequence: CommitSequence, fault: Option<Fault>) -> CommitStep {
        let store = &self.node.store;
        if let Some(fault) = fault {
            store.inject(store.commits() + 1, fault);
        }
        let outcome = store.commit(batch);
        let is_stored = match &outcome {
            Ok(()) => true,
            Err(StoreError::Full { .. }) => false,
            Err(_) => fault == Some(Fault::CrashAfterFlush),
        };
        if is_stored {
            self.stored = sequence;
        }
        if outcome.is_ok() { CommitStep::Done } else { CommitStep::Died }
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

    /// The process dies: what was not stored never happened.
    pub(crate) fn die(&mut self, until: Timestamp, model: &mut Model) {
        self.flight = None;
        self.settle_up_to(self.stored, Fate::Done, model);
        self.settle_up_to(CommitSequence(u64::MAX), Fate::Undone, model);
        self.down_until = Some(until);
        self.node.instance.take_actions();
    }

    /// The process starts again.
    pub(crate) fn start(&mut self, now: Timestamp) -> Result<(), String> {
        let clock = self.clock(now);
        self.down_until = None;
        self.full_until = self.full_until.filter(|(until, _)| *until > now);
        self.node.restart(clock).map_err(|error| format!("{} does not start: {error}", self.node.name))?;
        self.set_room();
        self.stored = self.node.instance.durable_up_to();
        Ok(())
    }

    /// The disk has no room for a while: none at all, or only for what makes room.
    pub(crate) fn fill_disk(&mut self, now: Timestamp, length: Duration, wholly: bool) {
        self.full_until = Some((now + length, wholly));
        self.set_room();
    }

    /// There is room again, if it is time for that.
    pub(crate) fn clear_disk(&mut self, now: Timestamp) {
        if self.full_until.is_some_and(|(until, _)| until <= now) {
            self.full_until = None;
            self.set_room();
        }
    }

    fn set_room(&self) {
        self.node.store.set_full(self.full_until.is_some_and(|(_, wholly)| wholly));
        self.node.store.set_room(self.full_until.is_none());
    }

    /// Whether its disk has room.
    pub(crate) fn has_room(&self) -> bool {
        self.full_until.is_none()
    }

    /// Whether definitions can be changed.
    pub(crate) fn takes_definitions(&self) -> bool {
        self.is_up() && self.has_room()
    }

    /// Whether nothing is on its way to the disk.
    pub(crate) fn is_settled(&self) -> bool {
        self.flight.is_none() && self.pending.is_empty()
    }

    /// Whether everything that was ever submitted is stored.
    pub(crate) fn is_stored(&self) -> bool {
        self.is_up() && self.flight.is_none() && self.node.instance.last_submitted() <= self.stored
    }

    /// What the broker asks for.
    pub(crate) fn wishes(&mut self) -> Wishes {
        let mut wishes = Wishes::default();
        for action in self.node.instance.take_actions() {
            match action {
                Action::Pump(address) => wishes.pump.push(address),
                Action::Wake(session) => wishes.wake.push(session),
                Action::Flush | Action::ListenerChanged | Action::Log(_) | Action::EndSession(_) => {}
            }
        }
        wishes
    }
}
