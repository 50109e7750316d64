//! Faults stop: everything must come to its end, and nothing may be missing.

use std::time::Duration;

use duologue_broker::EndMode;
use duologue_dialog::EndpointState;
use duologue_store::{Key, Store};
use duologue_types::ConversationHandle;

use super::Simulation;
use super::client::State;
use super::cluster::DATABASE;
use crate::node::{Node, ready};

/// Rounds after which everything must have finished.
const ROUNDS: usize = 200_000;
/// Virtual time after which everything must have finished: retries are at most 64 seconds apart.
const LONGEST: Duration = Duration::from_secs(3 * 3600);

impl Simulation {
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.finishing = true;
        self.note("finish", 0, 0);
        self.mend();
        let end = self.now + LONGEST;
        for _ in 0..ROUNDS {
            if self.round()? {
                continue;
            }
            self.check_nobody_sleeps()?;
            if self.has_arrived() && self.end_what_is_left()? {
                continue;
            }
            if self.is_finished() {
                self.model.check_complete()?;
                return self.check_nothing_is_held();
            }
            if self.now >= end || !self.advance_to_next() {
                return Err(self.what_is_left());
            }
        }
        Err(format!("no rest after {ROUNDS} rounds: {}", self.what_is_left()))
    }

    fn mend(&mut self) {
        let machines = self.cluster.machines.len();
        self.network.cut.clear();
        for node in 0..machines {
            self.cluster.machines[node].switch_queue(node, true, self.now);
            for other in (0..machines).filter(|other| *other != node) {
                self.cluster.machines[node].switch_route(other, true, self.now);
                // Without a new connection what was lost goes again when its retry is due.
                if self.chance.happens(500) {
                    self.open_link(node, other);
                }
            }
            self.take_actions(node);
        }
    }

    /// Everything that can happen without the clock moving, once around.
    fn round(&mut self) -> Result<bool, String> {
        self.step += 1;
        let mut acted = false;
        for node in 0..self.cluster.machines.len() {
            // Poison messages may have switched it off in the last steps.
            if !self.cluster.machines[node].queue_is_on(node) {
                self.cluster.machines[node].switch_queue(node, true, self.now);
                acted = true;
            }
        }
        for index in 0..self.clients.len() {
            acted |= self.client_step(index)?;
        }
        for node in 0..self.cluster.machines.len() {
            acted |= self.commit_step(node);
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

    /// Whether everything that can arrive has arrived.
    fn has_arrived(&self) -> bool {
        self.network.is_empty()
            && self.cluster.machines.iter().all(|machine| {
                let mut all = machine.node.instance.conversations().iter();
                machine.is_settled()
                    && all.all(|endpoint| endpoint.outgoing.is_empty() || endpoint.far_end.is_some())
            })
    }

    /// Initiators end what is open; everybody ends what the far side ended or broke.
    fn end_what_is_left(&mut self) -> Result<bool, String> {
        let mut acted = false;
        for node in 0..self.cluster.machines.len() {
            let clock = self.cluster.machines[node].clock(self.now);
            for (handle, is_initiator) in self.open_endpoints(node) {
                let machine = &mut self.cluster.machines[node];
                let ended = machine.node.run(DATABASE, clock, |instance, caller| {
                    instance.end_conversation(caller, handle, &EndMode::Normal).map(ready)
                });
                ended.map_err(|error| format!("an open conversation cannot be ended: {error}"))?;
                let endpoint = handle;
                self.note("end", node, u64::from(endpoint.0.0[0]));
                self.tried_to_end(node, handle, usize::from(!is_initiator));
                acted = true;
            }
            self.take_actions(node);
        }
        Ok(acted)
    }

    fn open_endpoints(&self, node: usize) -> Vec<(ConversationHandle, bool)> {
        use EndpointState::{Conversing, DisconnectedInbound, Error, StartedOutbound};
        let all = self.cluster.machines[node].node.instance.conversations().iter();
        let mut open: Vec<_> = all
            .filter(|endpoint| match endpoint.state() {
                StartedOutbound => true,
                Conversing => endpoint.is_initiator,
                DisconnectedInbound | Error => true,
                _ => false,
            })
            .map(|endpoint| (endpoint.handle, endpoint.is_initiator))
            .collect();
        open.sort_unstable();
        open
    }

    fn tried_to_end(&mut self, node: usize, handle: ConversationHandle, side: usize) {
        let known = self.known[node].iter().find(|known| known.handle == handle).map(|known| known.dialog);
        let begun = self.model.dialogs.iter().position(|dialog| dialog.handle == handle);
        if let Some(dialog) = known.or(begun) {
            self.model.dialogs[dialog].sides[side].tried_to_end = true;
        }
    }

    fn is_finished(&self) -> bool {
        let settled = self.network.is_empty()
            && self.cluster.machines.iter().all(super::cluster::Machine::is_settled)
            && self.clients.iter().all(|client| matches!(client.state, State::Idle | State::Blocked(..)));
        settled
            && self.cluster.machines.iter().all(|machine| {
                let instance = &machine.node.instance;
                let closed = |state| state == EndpointState::Closed;
                instance.figures().queued_messages == 0
                    && instance
                        .conversations()
                        .iter()
                        .all(|endpoint| closed(endpoint.state()) && endpoint.outgoing.is_empty())
            })
    }

    fn check_nothing_is_held(&self) -> Result<(), String> {
        for machine in &self.cluster.machines {
            let instance = &machine.node.instance;
            let held = instance.figures();
            let endpoints = instance.conversations().iter().count();
            let partial = instance.conversations().iter().any(|endpoint| !endpoint.partials.is_empty());
            if held.locks > 0
                || held.transactions > CLIENT_LIMIT
                || partial
                || held.partial_bytes > 0
                || held.timers > 4 * endpoints + 1
            {
                return Err(format!("{} holds too much: {held:?}, {endpoints} endpoints", machine.node.name));
            }
            check_store(&machine.node)?;
        }
        Ok(())
    }

    fn what_is_left(&self) -> String {
        let mut text = String::from("something does not finish:");
        for machine in &self.cluster.machines {
            let instance = &machine.node.instance;
            text.push_str(&format!(" [{} {:?}", machine.node.name, instance.figures()));
            let mut left: Vec<_> = instance
                .conversations()
                .iter()
                .filter(|endpoint| endpoint.state() != EndpointState::Closed || !endpoint.outgoing.is_empty())
                .collect();
            left.sort_unstable_by_key(|endpoint| endpoint.handle);
            for endpoint in left.iter().take(4) {
                text.push_str(&format!(
                    " {}{} far {:?} unsent {:?} expects {:?} acknowledged {:?} saw {} \u{22}{}\u{22}",
                    if endpoint.is_initiator { "initiator " } else { "target " },
                    endpoint.state().code(),
                    endpoint.far_end,
                    endpoint.outgoing.keys().collect::<Vec<_>>(),
                    endpoint.received.expected(),
                    endpoint.sent.acknowledged(),
                    endpoint.conversation,
                    endpoint.transmission_status(),
                ));
            }
            text.push(']');
        }
        text
    }
}

/// Every stored row of a conversation belongs to one that is there.
fn check_store(node: &Node) -> Result<(), String> {
    let rows = node.store.scan(b"", None, usize::MAX).map_err(|error| error.to_string())?;
    for (key, _) in rows {
        let key = Key::parse(&key).map_err(|error| error.to_string())?;
        let (Key::Endpoint(handle) | Key::Transmission { handle, .. } | Key::Partial { handle, .. }) = key
        else {
            continue;
        };
        let found = node.instance.conversations().get(handle);
        let is_known = match key {
            Key::Partial { sequence, .. } => {
                found.is_some_and(|found| found.partials.contains_key(&sequence))
            }
            Key::Transmission { sequence, .. } => {
                found.is_some_and(|found| found.outgoing.contains_key(&sequence))
            }
            _ => found.is_some(),
        };
        if !is_known {
            return Err(format!("{} stores {key:?}, which belongs to nothing", node.name));
        }
    }
    Ok(())
}

/// Transactions that sessions which wait at a queue hold open.
const CLIENT_LIMIT: usize = super::CLIENTS;
