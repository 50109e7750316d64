//! What must hold in an instance between any two calls, whatever happened before: for simulation and tests.
//!
//! Most of what an instance keeps in memory is derived from its rows, for speed. A fault there is often healed by the
//! next retry or restart, and then no client ever sees it; here it is seen at once.

mod rows;

use std::collections::HashSet;

use duologue_dialog::{EndpointState, WINDOW};
use duologue_types::{ConversationHandle, Timestamp};

use crate::arrival::PartialMessage;
use crate::conversations::Endpoint;
use crate::instance::{AfterDurable, Instance};
use crate::timers::Due;
use crate::transaction::{ObjectKey, Resource};

/// Timers of a conversation, one of each kind.
const TIMERS_OF_A_CONVERSATION: usize = 4;
/// Session keys of a conversation, one for each direction.
const KEYS_OF_A_CONVERSATION: usize = 2;

impl Instance {
    /// Looks for contradictions; the error names the first one. `now` is what the clock showed in the last call.
    pub fn audit(&self, now: Timestamp) -> Result<(), String> {
        self.audit_timers()?;
        self.audit_groups()?;
        let mut partial_bytes = 0;
        for endpoint in self.conversations.iter() {
            let name = |reason: &str| format!("{} of {:?}: {reason}", endpoint.handle, endpoint.state());
            self.audit_endpoint(endpoint, now).map_err(|reason| name(&reason))?;
            self.audit_transmission(endpoint).map_err(|reason| name(&reason))?;
            partial_bytes += endpoint.partials.values().map(|partial| partial.held()).sum::<usize>();
        }
        if partial_bytes != self.partial_bytes.held() {
            let held = self.partial_bytes.held();
            return Err(format!(
                "{held} bytes of incomplete messages are counted, there are {partial_bytes}"
            ));
        }
        self.audit_queues()?;
        self.audit_transactions()
    }

    fn audit_timers(&self) -> Result<(), String> {
        let endpoints = self.conversations.iter().count();
        if self.timers.len() > TIMERS_OF_A_CONVERSATION * endpoints + 1 {
            return Err(format!("{} timers for {endpoints} endpoints", self.timers.len()));
        }
        if self.keyring.open_session_keys() > KEYS_OF_A_CONVERSATION * endpoints {
            return Err(format!(
                "{} session keys for {endpoints} endpoints",
                self.keyring.open_session_keys()
            ));
        }
        let is_gone = |handle: &ConversationHandle| self.conversations.get(*handle).is_none();
        if let Some(handle) = self.links.handles().find(is_gone) {
            return Err(format!("{handle} uses a link, and is gone"));
        }
        if let Some(handle) = self.notices.questions().find(is_gone) {
            return Err(format!("{handle} asks for something, and is gone"));
        }
        if !self.links.delayed.is_empty() && self.timers.moment(Due::Reclassify).is_none() {
            return Err("delayed conversations are not looked at again".into());
        }
        match self.after_durable.keys().next() {
            Some(first) if *first <= self.durable => Err(format!("{first:?} is durable and was not told")),
            _ => Ok(()),
        }
    }

    fn audit_groups(&self) -> Result<(), String> {
        for (id, group) in self.conversations.groups() {
            for member in &group.members {
                let found = self.conversations.get(*member);
                if found.is_none_or(|found| found.local.group != id || found.forgotten) {
                    return Err(format!("{member} is in group {id} and does not know of it"));
                }
            }
        }
        Ok(())
    }

    fn audit_endpoint(&self, endpoint: &Endpoint, now: Timestamp) -> Result<(), String> {
        let handle = endpoint.handle;
        if self.conversations.find(endpoint.conversation, endpoint.is_initiator) != Some(handle) {
            return Err("its conversation does not lead to it".into());
        }
        let members = self.conversations.group(endpoint.local.group).map(|group| &group.members);
        let is_member = members.is_some_and(|members| members.contains(&handle));
        if is_member == endpoint.forgotten {
            return Err("it is not in its group, or forgotten and still there".into());
        }
        let set = |due: Due| self.timers.moment(due);
        match endpoint.local.timer {
            // Later than it says: it was due, and waits for room on a full disk.
            Some(at) if set(Due::DialogTimer(handle)).is_none_or(|set| set < at) => {
                return Err("its conversation timer is not set".into());
            }
            Some(_) if endpoint.local.end.is_some() => return Err("it has ended and keeps its timer".into()),
            _ => {}
        }
        if endpoint.state() != EndpointState::Closed
            && endpoint.far_end.is_none()
            && !endpoint.forgotten
            && endpoint.expires > now
            && set(Due::Lifetime(handle)).is_none_or(|set| set < endpoint.expires)
        {
            return Err("its lifetime has no timer".into());
        }
        if let Some(at) = endpoint.purge_after
            && set(Due::Purge(handle)) != Some(at)
        {
            return Err("nothing removes it when it may go".into());
        }
        rows::audit_row(endpoint)?;
        let stored: usize = endpoint.received.partials().map(|(_, partial)| partial.stored() as usize).sum();
        let held: usize = endpoint.partials.values().map(PartialMessage::fragments).sum();
        let listens = endpoint.local.end.is_none() && endpoint.far_end.is_none() && !endpoint.forgotten;
        if held > stored || listens && held != stored {
            return Err(format!("it has {held} fragments of {stored}"));
        }
        let before_gap = endpoint.received.expected().fragment as usize;
        if stored.saturating_sub(before_gap) > WINDOW {
            return Err(format!("{stored} fragments are kept behind a gap"));
        }
        Ok(())
    }

    /// Every message that does not move has a reason, and something that will look at it again.
    fn audit_transmission(&self, endpoint: &Endpoint) -> Result<(), String> {
        let handle = endpoint.handle;
        let transmission = &endpoint.transmission;
        let first = endpoint.outgoing.keys().next().copied();
        if endpoint.forgotten {
            return if first.is_none() { Ok(()) } else { Err("it is forgotten, and keeps messages".into()) };
        }
        if first.is_some_and(|first| first < endpoint.sent.acknowledged().sequence) {
            return Err(format!("it keeps message {first:?}, which is acknowledged"));
        }
        let sendable = endpoint.outgoing.range(..transmission.sendable_below()).next().is_some();
        self.audit_after_durable(endpoint)?;
        let is_looked_at = self.links.delayed.contains(&handle) || self.links.is_due_somewhere(handle);
        let is_closed = endpoint.state() == EndpointState::Closed;
        if transmission.status.is_some() && endpoint.outgoing.is_empty() && !is_looked_at && !is_closed {
            return Err(format!("it has nothing to send, and a status: {}", endpoint.transmission_status()));
        }
        let waits_for_answer = endpoint.sent.next_retry().is_some();
        if waits_for_answer
            && sendable
            && endpoint.far_end.is_none()
            && self.timers.moment(Due::Retry(handle)).is_none_or(|at| Some(at) > endpoint.sent.next_retry())
            && !self.links.is_due_somewhere(handle)
            && !self.links.delayed.contains(&handle)
        {
            return Err("what it has sent is not sent again if it is lost".into());
        }
        let explained = transmission.status.is_some() && self.links.delayed.contains(&handle);
        let moves = waits_for_answer || transmission.keys_pending || self.links.is_due_somewhere(handle);
        if sendable && endpoint.far_end.is_none() && !explained && !moves && !endpoint.forgotten {
            return Err(format!(
                "message {first:?} does not move, with status {:?} {}",
                endpoint.transmission_status(),
                if self.links.delayed.contains(&handle) { "(delayed)" } else { "(not looked at again)" },
            ));
        }
        if endpoint.far_end.is_some() && sendable && transmission.status.is_none() {
            return Err("it keeps messages that nobody takes, and does not say so".into());
        }
        if transmission.acknowledge.is_some()
            && !transmission.keys_pending
            && !self.links.is_due_somewhere(handle)
            && !self.links.delayed.contains(&handle)
            && !endpoint.far_is_local
        {
            return Err("it owes an acknowledgement that does not go".into());
        }
        Ok(())
    }

    /// What waits for a commit is remembered until that is durable.
    fn audit_after_durable(&self, endpoint: &Endpoint) -> Result<(), String> {
        let own = endpoint.handle;
        let waiting = || self.after_durable.values().flatten();
        let owed =
            waiting().filter(|what| matches!(what, AfterDurable::Acknowledge(of, _) if *of == own)).count();
        if owed != endpoint.transmission.owed as usize {
            return Err(format!("it owes {} acknowledgements, {owed} will come", endpoint.transmission.owed));
        }
        let last = endpoint
            .outgoing
            .keys()
            .next_back()
            .filter(|last| **last >= endpoint.transmission.sendable_below());
        let will_go = |last: u64| {
            waiting().any(|what| matches!(what, AfterDurable::Send(of, below) if *of == own && *below > last))
        };
        if last.is_some_and(|last| !will_go(*last)) {
            return Err(format!("message {last:?} is not sent when it is durable"));
        }
        let keys_come = || waiting().any(|what| matches!(what, AfterDurable::UseKeys(of) if *of == own));
        if endpoint.transmission.keys_pending && !keys_come() {
            return Err("it waits for keys that do not come".into());
        }
        Ok(())
    }

    fn audit_queues(&self) -> Result<(), String> {
        for (key, queue) in &self.queues {
            queue.audit().map_err(|reason| format!("queue {key:?}: {reason}"))?;
            for (order, transaction) in queue.taken() {
                let open = self.transactions.get(&transaction);
                if open.is_none_or(|open| !open.taken.contains(&(*key, order))) {
                    return Err(format!(
                        "queue {key:?}: row {order} is taken by {transaction:?}, which is gone"
                    ));
                }
            }
            if let Some(group) =
                queue.groups_aside().find(|group| !self.locks.is_held(Resource::Group(*group)))
            {
                return Err(format!("queue {key:?}: group {group} stands aside, and nobody has it locked"));
            }
            let rows = queue.visible(None);
            self.audit_rows(*key, rows.map(|row| (row.handle, row.group)))?;
        }
        Ok(())
    }

    fn audit_rows(
        &self,
        queue: ObjectKey,
        rows: impl Iterator<Item = (ConversationHandle, duologue_types::ConversationGroupId)>,
    ) -> Result<(), String> {
        for (handle, group) in rows {
            let Some(endpoint) = self.conversations.get(handle) else {
                return Err(format!("queue {queue:?} has a row of {handle}, which is gone"));
            };
            if endpoint.forgotten || endpoint.local.end.is_some() {
                return Err(format!("queue {queue:?} has a row of {handle}, which has ended"));
            }
            if endpoint.local.group != group {
                return Err(format!("queue {queue:?} has a row of {handle} in another group"));
            }
        }
        Ok(())
    }

    fn audit_transactions(&self) -> Result<(), String> {
        self.locks.audit()?;
        let open: HashSet<_> = self.transactions.keys().copied().collect();
        if let Some(holder) = self.locks.transactions().find(|holder| !open.contains(holder)) {
            return Err(format!("{holder:?} holds or waits for a lock, and is gone"));
        }
        // Nothing of the broker's own waits while nobody holds the catalog.
        if !self.deferred.is_empty() && !self.locks.is_held(Resource::Catalog) {
            return Err("a change of the broker's own is not made".into());
        }
        Ok(())
    }
}
