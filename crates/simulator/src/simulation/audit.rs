//! What is looked at between steps.

use std::time::Duration;

use duologue_broker::ReceiveFilter;
use duologue_dialog::{EndpointState, LAST_RETRY};

use duologue_types::Timestamp;

use super::client::{State, Waits};
use super::{Canary, Simulation};

impl Simulation {
    /// Nobody may stand in line at a queue that has something for him, unless somebody was woken and is on his way.
    pub(super) fn check_nobody_sleeps(&self, node: usize) -> Result<(), String> {
        let instance = &self.machines[node].node.instance;
        for (index, site) in self.sites.all.iter().enumerate().filter(|(_, site)| site.node == node) {
            let own = || self.clients.iter().filter(|client| client.site == index);
            if own().any(|client| client.woken) {
                continue;
            }
            for client in own() {
                let State::Blocked(_, _, Waits::InLine(filter)) = &client.state else { continue };
                let asleep = match filter {
                    ReceiveFilter::Any => instance.has_free_group(site.queue),
                    other => {
                        let queue = instance.queue(site.queue);
                        queue.is_some_and(|queue| queue.has_ready(*other))
                    }
                };
                if asleep {
                    return Err(format!("somebody sleeps at the queue of site {index}, which has messages"));
                }
            }
        }
        Ok(())
    }

    /// Everything that is true at any moment, of one node.
    pub(super) fn audit(&self, node: usize) -> Result<(), String> {
        let machine = &self.machines[node];
        if !machine.is_up() {
            return Ok(());
        }
        let instance = &machine.node.instance;
        let clock = machine.clock(self.now);
        instance.audit(clock)?;
        let open = self.clients.iter().filter(|client| client.node == node && client.is_open()).count();
        let held = instance.figures();
        if held.transactions != open {
            return Err(format!("{} transactions are open, of {open} sessions", held.transactions));
        }
        if machine.is_stored() && self.options.canary != Some(Canary::AcknowledgeBeforeDurable) {
            instance.audit_store()?;
        }
        self.audit_timers(node)
    }

    /// Timers whose message has no room on a full disk wait a little more.
    fn longest_pause(&self) -> Duration {
        match (self.options.full_disks, self.options.clock_jumps) {
            (0, _) => Duration::ZERO,
            (_, 0) => Duration::from_secs(60),
            // So does one whose clock went back meanwhile.
            _ => Duration::from_secs(400),
        }
    }

    /// Timers that must be set are set, and none is overdue.
    fn audit_timers(&self, node: usize) -> Result<(), String> {
        let machine = &self.machines[node];
        let clock = machine.clock(self.now);
        for endpoint in machine.node.instance.conversations().iter() {
            let Some((dialog, side)) = self.model.side_of(endpoint.handle) else { continue };
            let is_open = endpoint.local.end.is_none() && !endpoint.forgotten;
            let expected = self.model.timer_of(dialog, side, machine.latest).filter(|_| is_open);
            if expected.is_some() && endpoint.local.timer != expected {
                return Err(format!(
                    "the timer of side {side} of dialog {dialog} is {:?}",
                    endpoint.local.timer
                ));
            }
            let is_late = endpoint.sent.next_retry().is_some_and(|due| due > clock + LAST_RETRY);
            if is_late && self.options.clock_jumps == 0 {
                return Err(format!("side {side} of dialog {dialog} waits too long to send again"));
            }
            let is_alive = !matches!(endpoint.state(), EndpointState::Closed | EndpointState::Error);
            let overdue = |due: Timestamp| due + self.longest_pause() < clock;
            if is_open && endpoint.local.timer.is_some_and(overdue) {
                return Err(format!("the timer of side {side} of dialog {dialog} is overdue"));
            }
            if is_open && is_alive && endpoint.far_end.is_none() && overdue(endpoint.expires) {
                return Err(format!("the lifetime of side {side} of dialog {dialog} is over"));
            }
        }
        Ok(())
    }
}
