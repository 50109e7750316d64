//! What happens one step at a time: somebody, chosen at random, goes on with what he does.

use std::time::Duration;

use bytes::Bytes;
use duologue_dialog::Envelope;
use duologue_messages::sql_error;

use super::client::{State, Surroundings};
use super::machine::Machine;
use super::network::{Packet, Payload};
use super::{Canary, Simulation};

/// Steps between two looks at whether somebody sleeps, and at everything.
const GLANCE: usize = 4;
const LOOK: usize = 48;
/// Nothing is looked for that is due later than this.
const FORESIGHT: Duration = Duration::from_secs(7200);

impl Simulation {
    pub(super) fn random_step(&mut self) -> Result<(), String> {
        self.faults()?;
        match self.chance.below(100) {
            0..40 => {
                let index = self.chance.below(self.clients.len());
                for _ in 0..1 + self.chance.below(5) {
                    if !self.client_step(index)? {
                        break;
                    }
                }
            }
            40..58 => {
                let node = self.chance.below(self.machines.len());
                for _ in 0..1 + self.chance.below(3) {
                    self.commit_step(node)?;
                }
            }
            58..78 => {
                self.advance(Duration::from_millis(1))?;
                for _ in 0..1 + self.chance.below(24) {
                    if !self.deliver()? {
                        break;
                    }
                }
            }
            78..94 => {
                let place = self.chance.below(self.network.pumped.len());
                if let Some((node, address)) = self.network.pumped.iter().nth(place).cloned() {
                    self.pump(node, &address)?;
                }
            }
            94..99 => {
                let by = Duration::from_millis(self.chance.below(50) as u64);
                self.advance(by)?;
            }
            _ if !self.options.sends_once() || self.is_at_rest() => {
                self.advance_to_next()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether nothing is under way that time could overtake.
    fn is_at_rest(&self) -> bool {
        self.network.is_empty()
            && self.network.pumped.is_empty()
            && self.machines.iter().all(Machine::is_stored)
    }

    pub(super) fn look_around(&mut self) -> Result<(), String> {
        let node = self.chance.below(self.machines.len());
        if self.step.is_multiple_of(GLANCE) {
            self.check_nobody_sleeps(node)?;
        }
        if self.step.is_multiple_of(LOOK) {
            // A transaction may commit a timer whose moment has come meanwhile.
            self.fire(node);
            self.audit(node).map_err(|reason| format!("node {node}: {reason}"))?;
        }
        Ok(())
    }

    pub(super) fn client_step(&mut self, index: usize) -> Result<bool, String> {
        let client = &mut self.clients[index];
        let node = client.node;
        if !self.machines[node].is_up() {
            return Ok(false);
        }
        let mut around = Surroundings {
            machines: &mut self.machines,
            sites: &self.sites,
            model: &mut self.model,
            chance: &mut self.chance,
            known: &mut self.known,
            rollbacks: &mut self.rollbacks,
            now: self.now,
            finishing: self.finishing,
            options: &self.options,
        };
        let acted = client.step(&mut around)?;
        if acted {
            self.note("client", node, index as u64);
            self.take_wishes(node);
        }
        Ok(acted)
    }

    /// Sends what a broker asked to send to an address, if the way is open.
    pub(super) fn pump(&mut self, node: usize, address: &std::sync::Arc<str>) -> Result<bool, String> {
        let key = (node, address.clone());
        let to = self.addresses.iter().position(|own| own == address);
        let open = to.filter(|to| self.machines[*to].is_up() && !self.network.cut.contains(&(node, *to)));
        let machine = &mut self.machines[node];
        let clock = machine.clock(self.now);
        let Some(to) = open else {
            if machine.node.instance.links().has_due(address) {
                let failure = sql_error!(9754, "nobody listens");
                machine.node.instance.link_failed(address, &failure, clock);
            } else {
                self.network.pumped.remove(&key);
            }
            return Ok(false);
        };
        self.network.pumped.remove(&key);
        let limit = if self.finishing { 1 << 20 } else { 1 + self.chance.below(1 << 18) };
        let envelopes = machine.node.instance.collect_outgoing(address, limit, clock);
        if machine.node.instance.links().has_due(address) {
            self.network.pumped.insert(key);
        }
        for bytes in &envelopes {
            self.send(node, to, bytes)?;
        }
        self.take_wishes(node);
        Ok(!envelopes.is_empty())
    }

    fn send(&mut self, node: usize, to: usize, bytes: &Bytes) -> Result<(), String> {
        let envelope = Envelope::decode(bytes).map_err(|error| format!("a broken envelope: {error}"))?;
        let seen = self.as_sent(bytes, &envelope);
        let clock = self.machines[node].clock(self.now);
        let instance = &self.machines[node].node.instance;
        self.traffic.leaves(node, (&seen, &envelope), instance, &self.model, clock)?;
        if self.traffic.repeated > 0 && self.options.sends_once() && !self.is_refused {
            return Err(format!("{} was sent twice, and nothing was lost", envelope.conversation_id));
        }
        self.note("send", node, bytes.len() as u64);
        let faults = self.faults_now();
        self.network.send_envelope((node, to), bytes, self.now, &faults, &mut self.chance);
        Ok(())
    }

    /// One packet arrives.
    pub(super) fn deliver(&mut self) -> Result<bool, String> {
        let Some(Packet { from, to, payload }) = self.network.take(self.now) else { return Ok(false) };
        let clock = self.machines[to].clock(self.now);
        if !self.machines[to].is_up() {
            return Ok(true);
        }
        match payload {
            Payload::Envelope(bytes) => self.take_envelope(from, to, bytes)?,
            Payload::Rejection(rejection) => {
                let number = u64::from(rejection.reason.number.unsigned_abs());
                let address = self.addresses[from].clone();
                self.machines[to].node.instance.rejected(&address, &rejection);
                self.note("rejected", to, number);
            }
        }
        debug_assert!(clock <= self.machines[to].latest, "its clock was seen");
        self.take_wishes(to);
        Ok(true)
    }

    fn take_envelope(&mut self, from: usize, to: usize, bytes: Bytes) -> Result<(), String> {
        self.envelopes += 1;
        let envelope = Envelope::decode(&bytes).map_err(|error| format!("a broken envelope: {error}"))?;
        let taken = self.as_taken(to, bytes, &envelope);
        let machine = &mut self.machines[to];
        let clock = machine.clock(self.now);
        let rejection = machine.node.instance.arrive(&taken, clock);
        let is_answered = envelope.kind.is_sequenced();
        let counts = rejection.is_none() && (is_answered || self.options.protection_is_steady());
        self.traffic.arrived(&envelope, &machine.node.instance, counts)?;
        if is_answered && rejection.is_none() && machine.has_room() {
            self.traffic.check_kept(&envelope, &machine.node.instance)?;
        }
        let number = rejection.as_ref().map_or(0, |found| u64::from(found.reason.number.unsigned_abs()));
        self.note("arrive", to, number);
        if let Some(rejection) = rejection {
            self.is_refused = true;
            let faults = self.faults_now();
            let payload = Payload::Rejection(Box::new(rejection));
            self.network.send((to, from), payload, self.now, &faults, &mut self.chance);
        }
        Ok(())
    }

    pub(super) fn take_wishes(&mut self, node: usize) {
        let wishes = self.machines[node].wishes();
        for address in wishes.pump {
            self.network.pumped.insert((node, address));
        }
        for session in wishes.wake {
            if self.options.canary == Some(Canary::LoseWakes) && self.chance.happens(50) {
                continue;
            }
            let client =
                self.clients.iter_mut().find(|client| client.session == session && client.node == node);
            if let Some(client) = client
                && matches!(client.state, State::Blocked(..))
            {
                client.woken = true;
            }
        }
    }

    /// Time passes; whatever is due happens.
    pub(super) fn advance(&mut self, by: Duration) -> Result<(), String> {
        self.now = self.now + by;
        for node in 0..self.machines.len() {
            let machine = &mut self.machines[node];
            machine.latest = machine.latest.max(machine.clock(self.now));
            machine.clear_disk(self.now);
            self.fire(node);
        }
        for (node, other) in self.network.noticed(self.now) {
            self.notice_dead_link(node, other, true)?;
        }
        self.start_nodes()
    }

    /// Fires the timers that are due at a node.
    pub(super) fn fire(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        if !machine.is_up() {
            return;
        }
        let mut clock = machine.clock(self.now);
        if self.options.canary == Some(Canary::FireLate) {
            clock.0 -= 30_000_000;
        }
        if machine.node.instance.next_timer().is_some_and(|due| due <= clock) {
            machine.node.instance.fire_timers(clock);
            self.note("timer", node, clock.0.unsigned_abs());
            self.take_wishes(node);
        }
    }

    /// To the moment at which something is due, if that is soon.
    pub(super) fn advance_to_next(&mut self) -> Result<bool, String> {
        let timers = self.machines.iter().filter_map(|machine| machine.next_due(self.now));
        let next = timers.chain(self.network.next_due()).min();
        match next.filter(|next| *next - self.now < FORESIGHT) {
            Some(next) => self.advance(next - self.now)?,
            None => return Ok(false),
        }
        let is_late = |machine: &Machine| machine.next_due(self.now).is_some_and(|due| due <= self.now);
        match self.machines.iter().find(|machine| is_late(machine)) {
            Some(machine) => Err(format!("something is due at {} and does not happen", machine.node.name)),
            None => Ok(true),
        }
    }
}
