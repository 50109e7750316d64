//! Faults stop: everything must come to its end, and nothing may be missing.

use std::time::Duration;

use duologue_broker::{Attempt, EndMode, Endpoint, SystemUse};
use duologue_dialog::{EndpointState, REPLAY_PROTECTION};
use duologue_types::{ConversationHandle, Timestamp};

use super::Simulation;
use super::client::State;
use super::machine::Machine;

/// Rounds after which everything must have finished.
const ROUNDS: usize = 200_000;
/// What a client does in a round, at most.
const STEPS: usize = 100;
/// Virtual time after which everything must have finished: a dialog whose far side is gone waits half an hour.
const LONGEST: Duration = Duration::from_secs(3 * 3600);
/// After this everything that can arrive has arrived: retries are at most 64 seconds apart, and a question may have to
/// be asked and answered before.
const ARRIVAL: Duration = Duration::from_secs(200);
/// Timers that were set before a clock went backwards are late by as much.
const ARRIVAL_AFTER_JUMPS: Duration = Duration::from_secs(600);

impl Simulation {
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.finishing = true;
        self.note("finish", 0, 0);
        self.mend()?;
        let began = self.now;
        let arrival = if self.options.clock_jumps > 0 { ARRIVAL_AFTER_JUMPS } else { ARRIVAL };
        for _ in 0..ROUNDS {
            if self.round()? {
                continue;
            }
            for node in 0..self.machines.len() {
                self.check_nobody_sleeps(node)?;
            }
            if self.now - began > arrival && !self.has_arrived(true) {
                return Err(format!("does not arrive: {}", self.what_is_left()));
            }
            if self.has_arrived(false) && self.end_what_is_left()? {
                continue;
            }
            if self.is_finished() {
                self.model.check_complete()?;
                return self.check_nothing_stays();
            }
            if self.now - began > LONGEST || !self.advance_to_next()? {
                return Err(format!("does not finish: {}", self.what_is_left()));
            }
        }
        Err(format!("no rest after {ROUNDS} rounds: {}", self.what_is_left()))
    }

    fn mend(&mut self) -> Result<(), String> {
        let nodes = self.machines.len();
        self.network.cut.clear();
        self.network.dead.clear();
        for node in 0..nodes {
            self.machines[node].clear_disk(Timestamp::MAX);
            if self.machines[node].down_until.is_some() {
                self.machines[node].down_until = Some(self.now);
            }
        }
        self.start_nodes()?;
        for site in 0..self.sites.all.len() {
            self.put_right(site);
        }
        for node in 0..nodes {
            for other in (0..nodes).filter(|other| *other != node) {
                // Without a new connection what was lost goes again when its retry is due.
                if !self.options.sends_once() && self.chance.happens(500) {
                    self.open_link(node, other)?;
                }
            }
        }
        Ok(())
    }

    /// Everything that can happen without the clock moving, once around.
    fn round(&mut self) -> Result<bool, String> {
        self.step += 1;
        let mut acted = false;
        for site in 0..self.sites.all.len() {
            // Poison messages may have switched it off in the last steps.
            if !self.sites.all[site].queue_is_on(&self.machines[self.sites.all[site].node].node) {
                self.switch_queue(site, true);
                acted = true;
            }
            if self.options.notices > 0 {
                acted |= self.answer_question(site)? || self.read_events(site)?;
            }
        }
        for index in 0..self.clients.len() {
            for _ in 0..STEPS {
                if !self.client_step(index)? {
                    break;
                }
                acted = true;
            }
        }
        for node in 0..self.machines.len() {
            while self.commit_step(node)? {
                acted = true;
            }
        }
        let pumped: Vec<_> = self.network.pumped.iter().cloned().collect();
        for (node, address) in pumped {
            acted |= self.pump(node, &address)?;
        }
        while self.deliver()? {
            acted = true;
        }
        Ok(acted)
    }

    /// Whether everything that can arrive has arrived; of dialogs that cannot fail, `only_whole` ones.
    fn has_arrived(&self, only_whole: bool) -> bool {
        let counts = |endpoint: &Endpoint| {
            let dialog = self.model.side_of(endpoint.handle).map(|(dialog, _)| &self.model.dialogs[dialog]);
            // A new dialog has no far side yet; one that ended and is gone takes nothing any more.
            let has_taker =
                endpoint.is_initiator && !endpoint.sent.first_ack_seen() || !self.has_lost_far_side(endpoint);
            has_taker && (!only_whole || dialog.is_some_and(|dialog| !dialog.may_fail))
        };
        self.machines.iter().all(Machine::is_settled)
            && self.machines.iter().all(|machine| {
                let mut all = machine.node.instance.conversations().iter().filter(|found| counts(found));
                all.all(|endpoint| endpoint.outgoing.is_empty() || endpoint.far_end.is_some())
            })
    }

    /// Initiators end what is open; everybody ends what the far side ended, broke or forgot.
    fn end_what_is_left(&mut self) -> Result<bool, String> {
        let mut acted = false;
        for site in 0..self.sites.all.len() {
            let node = self.sites.all[site].node;
            for (handle, mode) in self.endpoints_to_end(site) {
                let machine = &mut self.machines[node];
                let clock = machine.clock(self.now);
                let ended = machine.node.run(&self.sites.all[site].database, clock, |instance, caller| {
                    instance.end_conversation(caller, handle, &mode)
                });
                match ended {
                    Ok(Attempt::Ready(())) => {}
                    Ok(Attempt::Blocked(_)) => return Err("an open conversation is locked in the end".into()),
                    Err(error) => return Err(format!("an open conversation cannot be ended: {error}")),
                }
                self.note("end", site, u64::from(handle.0.0[0]));
                if let Some((dialog, side)) = self.model.side_of(handle) {
                    self.model.dialogs[dialog].sides[side].tried_to_end = true;
                }
                acted = true;
            }
            self.take_wishes(node);
        }
        Ok(acted)
    }

    fn endpoints_to_end(&self, site: usize) -> Vec<(ConversationHandle, EndMode)> {
        use EndpointState::{Conversing, DisconnectedInbound, Error, StartedInbound, StartedOutbound};
        let database = self.sites.all[site].queue.0;
        let all = self.machines[self.sites.all[site].node].node.instance.conversations().iter();
        let mut open: Vec<_> = all
            .filter(|endpoint| endpoint.database == database && endpoint.system.is_none())
            .filter(|endpoint| match endpoint.state() {
                StartedOutbound | DisconnectedInbound | Error => true,
                // Its first message will never come: only a cleanup ends it.
                StartedInbound => self.has_lost_far_side(endpoint),
                Conversing => endpoint.is_initiator || self.has_lost_far_side(endpoint),
                _ => false,
            })
            .filter(|endpoint| self.model.find(endpoint.conversation).is_some())
            .map(|endpoint| match endpoint.state() {
                StartedInbound => (endpoint.handle, EndMode::Cleanup),
                _ => (endpoint.handle, EndMode::Normal),
            })
            .collect();
        open.sort_unstable_by_key(|(handle, _)| *handle);
        open
    }

    /// Nobody tells a side that the other one was cleaned away.
    fn has_lost_far_side(&self, endpoint: &Endpoint) -> bool {
        let is_there = |machine: &Machine| {
            let conversations = machine.node.instance.conversations();
            let far = conversations.find(endpoint.conversation, !endpoint.is_initiator);
            far.and_then(|handle| conversations.get(handle)).is_some_and(|found| !found.forgotten)
        };
        !self.machines.iter().any(is_there)
    }

    fn is_finished(&self) -> bool {
        self.network.is_empty()
            && self.machines.iter().all(Machine::is_settled)
            && self.clients.iter().all(|client| matches!(client.state, State::Idle | State::Blocked(..)))
            && self.machines.iter().all(|machine| {
                let instance = &machine.node.instance;
                let is_over = |endpoint: &Endpoint| {
                    let is_events = self.model.find(endpoint.conversation).is_none();
                    (is_events || endpoint.state() == EndpointState::Closed) && endpoint.outgoing.is_empty()
                };
                instance.figures().queued_messages == 0 && instance.conversations().iter().all(is_over)
            })
    }

    /// Endpoints go after half an hour, with everything that belongs to them.
    fn check_nothing_stays(&mut self) -> Result<(), String> {
        let end = self.now + REPLAY_PROTECTION + Duration::from_secs(600);
        while self.now < end {
            if self.round()? {
                continue;
            }
            if !self.advance_to_next()? {
                break;
            }
        }
        for node in 0..self.machines.len() {
            self.fire(node);
            self.audit(node).map_err(|reason| format!("node {node} in the end: {reason}"))?;
            let instance = &self.machines[node].node.instance;
            let held = instance.figures();
            if held.locks > 0 || held.partial_bytes > 0 || held.queued_messages > 0 {
                return Err(format!("node {node} holds too much: {held:?}"));
            }
            let mut users = 0;
            for endpoint in instance.conversations().iter() {
                if endpoint.system == Some(SystemUse::EventNotification) || self.is_listener(endpoint) {
                    users += 1;
                    continue;
                }
                let waits = endpoint.state() == EndpointState::Closed
                    && !endpoint.is_initiator
                    && !endpoint.far_is_local
                    && !endpoint.far_saw_first_ack
                    && !endpoint.forgotten;
                if !waits {
                    return Err(format!(
                        "node {node} keeps an endpoint: {:?} {:?}",
                        endpoint.state(),
                        endpoint
                    ));
                }
                self.lingering += 1;
                users += 1;
            }
            if held.addresses > users {
                return Err(format!("node {node} still uses {} links", held.addresses));
            }
        }
        Ok(())
    }

    /// The target of an event notification, which lives as long as that.
    fn is_listener(&self, endpoint: &Endpoint) -> bool {
        !endpoint.is_initiator
            && endpoint.state() == EndpointState::Conversing
            && self.model.find(endpoint.conversation).is_none()
    }

    fn what_is_left(&self) -> String {
        let mut text = String::new();
        for machine in &self.machines {
            let instance = &machine.node.instance;
            text.push_str(&format!(" [{} {:?}", machine.node.name, instance.figures()));
            let mut left: Vec<_> = instance
                .conversations()
                .iter()
                .filter(|endpoint| endpoint.state() != EndpointState::Closed || !endpoint.outgoing.is_empty())
                .collect();
            left.sort_unstable_by_key(|endpoint| (endpoint.outgoing.is_empty(), endpoint.handle));
            for endpoint in left.iter().take(4) {
                text.push_str(&describe(endpoint));
            }
            text.push(']');
        }
        text
    }
}

fn describe(endpoint: &Endpoint) -> String {
    format!(
        " {} {} {} far {:?} unsent {:?} expects {:?} acknowledged {:?} \u{22}{}\u{22}",
        endpoint.conversation,
        if endpoint.is_initiator { "initiator" } else { "target" },
        endpoint.state().code(),
        endpoint.far_end,
        endpoint.outgoing.keys().collect::<Vec<_>>(),
        endpoint.received.expected(),
        endpoint.sent.acknowledged(),
        endpoint.transmission_status(),
    )
}
