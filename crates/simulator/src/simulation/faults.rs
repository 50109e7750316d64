//! What goes wrong with processes, disks, links and clocks.

use std::sync::Arc;
use std::time::Duration;

use duologue_broker::Endpoint;
use duologue_messages::sql_error;
use duologue_store::Fault;
use duologue_types::ConversationId;

use super::Simulation;
use super::machine::CommitStep;

/// How far a clock may be from the true time, in seconds: two may differ by five minutes.
const FURTHEST: i64 = 140;

impl Simulation {
    /// At each step, perhaps, one fault of each kind.
    pub(super) fn faults(&mut self) -> Result<(), String> {
        let options = self.options;
        let nodes = self.machines.len();
        let node = self.chance.below(nodes);
        let other = (node + 1 + self.chance.below(nodes - 1)) % nodes;
        if self.chance.happens(options.crashes) {
            self.crash(node)?;
        }
        if self.chance.happens(options.partitions) {
            if self.network.cut.contains(&(node, other)) {
                self.mend_link(node, other)?;
            } else {
                self.network.cut.insert((node, other));
                self.notice_dead_link(node, other, false)?;
            }
        }
        if self.chance.happens(options.half_open) {
            let until = self.now + Duration::from_secs(1 + self.chance.below(120) as u64);
            self.network.dead.entry((node, other)).or_insert(until);
            self.note("half-open", node, other as u64);
        }
        if self.chance.happens(options.clock_jumps) {
            self.jump(node);
        }
        self.administer(node)
    }

    fn jump(&mut self, node: usize) {
        let to = self.chance.below(2 * FURTHEST as usize) as i64 - FURTHEST;
        let machine = &mut self.machines[node];
        machine.ahead = to * 1_000_000;
        machine.latest = machine.latest.max(machine.clock(self.now));
        self.traffic.epochs[node] += 1;
        self.note("clock", node, to.unsigned_abs());
        self.fire(node);
    }

    /// One step of a node's commit thread; the disk may fail under it.
    pub(super) fn commit_step(&mut self, node: usize) -> Result<bool, String> {
        if !self.machines[node].is_up() {
            return Ok(false);
        }
        let too_early = self.options.canary == Some(super::Canary::AcknowledgeBeforeDurable);
        let options = self.faults_now();
        let fault = match () {
            () if self.chance.happens(options.crashing_writes) && self.chance.happens(500) => {
                Some(Fault::CrashBeforeFlush)
            }
            () if self.chance.happens(options.crashing_writes) => Some(Fault::CrashAfterFlush),
            () => None,
        };
        if self.chance.happens(options.full_disks) {
            let length = Duration::from_secs(self.chance.below(20) as u64);
            let wholly = self.chance.happens(300);
            self.machines[node].fill_disk(self.now, length, wholly);
            self.note(if wholly { "disk full" } else { "disk nearly full" }, node, length.as_secs());
        }
        let step = self.machines[node].commit_step(self.now, fault, too_early, &mut self.model);
        match step {
            CommitStep::Idle => return Ok(false),
            CommitStep::Done => {
                let durable = self.machines[node].node.instance.durable_up_to().0;
                self.note("commit", node, durable);
                self.take_wishes(node);
            }
            CommitStep::Died => self.crash(node)?,
        }
        Ok(true)
    }

    /// A node's process dies, and starts at once or after a while.
    fn crash(&mut self, node: usize) -> Result<(), String> {
        if !self.machines[node].is_up() {
            return Ok(());
        }
        self.crashes += 1;
        self.note("crash", node, 0);
        for client in self.clients.iter_mut().filter(|client| client.node == node) {
            client.disconnect(&mut self.model);
        }
        self.network.forget_node(node);
        let down = if self.chance.happens(500) { self.chance.below(30_000) as u64 } else { 0 };
        let until = self.now + Duration::from_millis(down);
        self.machines[node].die(until, &mut self.model);
        for other in (0..self.machines.len()).filter(|other| *other != node) {
            // A peer that has something to send notices the reset; another one may not for a while.
            if self.chance.happens(700) {
                self.notice_dead_link(other, node, true)?;
            }
        }
        if down == 0 { self.start(node) } else { Ok(()) }
    }

    /// Starts what is to be up again by now.
    pub(super) fn start_nodes(&mut self) -> Result<(), String> {
        for node in 0..self.machines.len() {
            if self.machines[node].down_until.is_some_and(|until| until <= self.now) {
                self.start(node)?;
            }
        }
        Ok(())
    }

    fn start(&mut self, node: usize) -> Result<(), String> {
        self.note("start", node, 0);
        let machine = &mut self.machines[node];
        machine.start(self.now)?;
        let instance = &machine.node.instance;
        let held = instance.figures();
        if (held.locks, held.transactions, held.waiting_sessions) != (0, 0, 0) {
            return Err(format!("node {node} holds something after its start: {held:?}"));
        }
        self.traffic.restarted(node, instance)?;
        instance
            .audit(machine.clock(self.now))
            .map_err(|reason| format!("node {node} at its start: {reason}"))?;
        for (site, rollbacks) in self.sites.all.iter().zip(&mut self.rollbacks) {
            if site.node == node {
                *rollbacks = 0;
            }
        }
        self.take_wishes(node);
        self.fire(node);
        for other in (0..self.machines.len()).filter(|other| *other != node) {
            if self.chance.happens(700) {
                self.open_link(other, node)?;
            }
        }
        Ok(())
    }

    /// A sender learns that its link is dead; `opens` says whether it gets a new one at once.
    pub(super) fn notice_dead_link(&mut self, node: usize, other: usize, opens: bool) -> Result<(), String> {
        self.note("link down", node, other as u64);
        if !self.machines[node].is_up() {
            return Ok(());
        }
        let address: Arc<str> = self.machines[other].node.address();
        let failure = sql_error!(9754, "the connection was reset");
        let clock = self.machines[node].clock(self.now);
        self.machines[node].node.instance.link_failed(&address, &failure, clock);
        if opens { self.open_link(node, other) } else { Ok(()) }
    }

    fn mend_link(&mut self, node: usize, other: usize) -> Result<(), String> {
        self.network.cut.remove(&(node, other));
        self.network.dead.remove(&(node, other));
        self.open_link(node, other)
    }

    /// The link from one node to another opens anew, as after a connection was lost.
    pub(super) fn open_link(&mut self, node: usize, other: usize) -> Result<(), String> {
        self.note("link up", node, other as u64);
        let can_open = self.machines[node].is_up()
            && self.machines[other].is_up()
            && !self.network.cut.contains(&(node, other));
        if !can_open {
            return Ok(());
        }
        self.network.dead.remove(&(node, other));
        let address = self.machines[other].node.address();
        self.machines[node].node.instance.link_online(&address);
        self.traffic.epochs[node] += 1;
        self.network.pumped.insert((node, address));
        match self.waits_for_old_link(node, other) {
            Some(waiting) => Err(format!("{waiting} has a new link, and does not send again what was lost")),
            None => Ok(()),
        }
    }

    /// After a link opened nobody who uses it waits for an answer to what was lost with the old one.
    fn waits_for_old_link(&self, node: usize, other: usize) -> Option<ConversationId> {
        let goes_there = |endpoint: &&Endpoint| {
            let found = self.model.side_of(endpoint.handle);
            found.is_some_and(|(dialog, side)| {
                self.sites.all[self.model.dialogs[dialog].sites[1 - side]].node == other
            })
        };
        let mut all = self.machines[node].node.instance.conversations().iter().filter(goes_there);
        let found = all.find(|endpoint| endpoint.sent.next_retry().is_some() && endpoint.far_end.is_none());
        found
            .filter(|_| self.options.routes == 0 && self.options.notices == 0)
            .map(|endpoint| endpoint.conversation)
    }
}
