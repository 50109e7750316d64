//! Makes the envelopes that a link takes: messages fragment by fragment, acknowledgements on the way or alone.

use std::sync::Arc;

use bytes::Bytes;
use duologue_dialog::{
    DEFAULT_FRAGMENT_SIZE, Envelope, Fragment, Kind, Position, Security, fragments, remaining_seconds,
};
use duologue_keys::SessionKey;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, Timestamp};

use super::{Destination, FirstAck, OutgoingKind};
use crate::arrival::broken;
use crate::conversations::{DialogSecurity, Endpoint};
use crate::instance::Instance;
use crate::timers::Due;

/// Brokers that a message may pass.
const HOPS: u8 = 16;
/// What one conversation sends before the next one's turn.
const TURN_BYTES: usize = 256 * 1024;

impl Instance {
    /// For a link that is open: encoded envelopes of about `max_bytes`, conversations in turn. Empty: nothing is due.
    pub fn collect_outgoing(&mut self, address: &str, max_bytes: usize, now: Timestamp) -> Vec<Bytes> {
        let mut collected = self.links.take_unsequenced(address);
        let mut total: usize = collected.iter().map(Bytes::len).sum();
        while total < max_bytes
            && let Some(handle) = self.links.next_due(address)
        {
            let turn = TURN_BYTES.min(max_bytes - total);
            match self.collect_conversation(address, handle, turn, now) {
                // It waits for its keys to be stored, or for another link.
                Ok(envelopes) if envelopes.is_empty() => self.settle_if_acknowledged(handle),
                Ok(envelopes) => {
                    total += envelopes.iter().map(Bytes::len).sum::<usize>();
                    collected.extend(envelopes);
                    self.continue_later(address, handle);
                }
                Err(reason) => self.delay(handle, reason, now),
            }
        }
        self.submit(now);
        collected
    }

    /// A conversation that has more takes its place in turn again.
    fn continue_later(&mut self, address: &str, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        if next_position(endpoint).is_some() {
            // The link is there: the conversation was in turn on it.
            let _ = self.links.push_due(&Arc::from(address), handle);
        } else {
            self.settle_if_acknowledged(handle);
        }
    }

    /// A link need not know of a conversation that waits for no acknowledgement.
    pub(crate) fn settle_if_acknowledged(&mut self, handle: ConversationHandle) {
        if self.conversations.get(handle).is_some_and(|endpoint| endpoint.sent.is_settled()) {
            self.links.settle(handle);
        }
    }

    fn collect_conversation(
        &mut self,
        address: &str,
        handle: ConversationHandle,
        max_bytes: usize,
        now: Timestamp,
    ) -> Result<Vec<Bytes>, SqlError> {
        if self.conversations.get(handle).is_none() {
            return Ok(Vec::new());
        }
        let destination = self.destination(handle, now)?;
        if !matches!(&destination, Destination::Remote(found) if **found == *address) {
            // Routes changed while it waited for its turn.
            self.transmit(handle, now);
            return Ok(Vec::new());
        }
        if !self.prepare_security(handle, now)? {
            return Ok(Vec::new());
        }
        let key = self.outbound_key(handle)?;
        let mut envelopes = Vec::new();
        let mut total = 0;
        while total < max_bytes && self.recall_next(handle)? {
            let Some((envelope, position)) = self.next_envelope(handle, now) else { break };
            let last = envelope.fragment.last;
            let bytes = self.seal_and_encode(envelope, key.as_deref())?;
            total += bytes.len();
            envelopes.push(bytes);
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                endpoint.sent.on_sent(position, last, now);
                endpoint.transmission.acknowledge = None;
                endpoint.transmission.status = None;
            }
            if last {
                self.leave_outgoing(handle, position.sequence);
            }
        }
        if let Some(envelope) = self.acknowledgement_alone(handle, now) {
            let key = self.acknowledging_key(handle)?;
            envelopes.push(self.seal_and_encode(envelope, key.as_deref())?);
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                endpoint.transmission.acknowledge = None;
                if endpoint.outgoing.is_empty() {
                    endpoint.transmission.status = None;
                }
            }
        }
        if !envelopes.is_empty()
            && let Some(endpoint) = self.conversations.get_mut(handle)
            && endpoint.transmission.first_ack == FirstAck::Durable
        {
            endpoint.transmission.first_ack = FirstAck::Told;
        }
        let retry = self.conversations.get(handle).and_then(|endpoint| endpoint.sent.next_retry());
        if let Some(at) = retry {
            self.timers.arm(at, Due::Retry(handle));
        }
        self.close_if_finished(handle, now);
        Ok(envelopes)
    }

    fn seal_and_encode(
        &mut self,
        mut envelope: Envelope,
        key: Option<&SessionKey>,
    ) -> Result<Bytes, SqlError> {
        match (key, &envelope.security) {
            (Some(key), Some(_)) => self.seal(&mut envelope, key),
            (None, None) => {}
            // A secured dialog never speaks in clear.
            _ => return Err(sql_error!(28050)),
        }
        envelope.encode().map_err(|error| broken(&error))
    }

    /// Has the body of the next message to send in memory; false when there is none.
    fn recall_next(&mut self, handle: ConversationHandle) -> Result<bool, SqlError> {
        let Some(position) = self.conversations.get(handle).and_then(next_position) else { return Ok(false) };
        self.recall_outgoing(handle, position.sequence)?;
        Ok(true)
    }

    /// The next fragment to send, in clear.
    fn next_envelope(&self, handle: ConversationHandle, now: Timestamp) -> Option<(Envelope, Position)> {
        let endpoint = self.conversations.get(handle)?;
        let position = next_position(endpoint)?;
        let message = endpoint.outgoing.get(&position.sequence)?;
        let whole = message.body.here()?;
        let length = whole.map_or(0, |body| body.len() as u64);
        let (kind, size) = match message.kind {
            OutgoingKind::Data => (Kind::Message, DEFAULT_FRAGMENT_SIZE),
            OutgoingKind::End => (Kind::EndDialog, DEFAULT_FRAGMENT_SIZE),
            OutgoingKind::Error => (Kind::Error, DEFAULT_FRAGMENT_SIZE),
        };
        let (fragment, bytes) = fragments(length, size).at(position.fragment)?;
        let start = usize::try_from(fragment.offset).ok()?;
        let body = whole.map(|body| body.slice(start..start + bytes as usize)).unwrap_or_default();
        let mut envelope = self.envelope_of(endpoint, kind, now)?;
        if kind == Kind::Message {
            envelope.message_type = message.message_type.clone();
        }
        envelope.sequence = position.sequence;
        envelope.fragment = fragment;
        envelope.has_body = whole.is_some();
        envelope.body = body;
        envelope.security = outbound_security(endpoint);
        Some((envelope, position))
    }

    /// An acknowledgement that no message took along.
    fn acknowledgement_alone(&self, handle: ConversationHandle, now: Timestamp) -> Option<Envelope> {
        let endpoint = self.conversations.get(handle)?;
        endpoint.transmission.acknowledge?;
        let mut envelope = self.envelope_of(endpoint, Kind::Acknowledgement, now)?;
        envelope.contract = "".into();
        envelope.security = acknowledging_security(endpoint);
        Some(envelope)
    }

    /// What all envelopes of an endpoint have in common.
    fn envelope_of(&self, endpoint: &Endpoint, kind: Kind, now: Timestamp) -> Option<Envelope> {
        let database = self.catalog.databases.get(&endpoint.database)?;
        Some(Envelope {
            kind,
            conversation_id: endpoint.conversation,
            from_initiator: endpoint.is_initiator,
            from_service: database.services.get(endpoint.service.0)?.name.as_str().into(),
            from_broker_instance: database.settings.broker_instance,
            to_service: endpoint.far_service.clone(),
            to_broker_instance: endpoint.far_broker_instance,
            contract: database.contracts.get(endpoint.contract.0)?.name.as_str().into(),
            message_type: "".into(),
            sequence: 0,
            fragment: Fragment::whole(0),
            has_body: false,
            initiator_saw_first_ack: endpoint.is_initiator
                && endpoint.transmission.first_ack >= FirstAck::Durable,
            time_to_live: remaining_seconds(endpoint.expires, now),
            sealed_at: now.unix_seconds(),
            seconds_consumed: 0,
            priority: endpoint.priority,
            hops_remaining: HOPS,
            security: None,
            acknowledgement: endpoint.transmission.acknowledge,
            body: Bytes::new(),
        })
    }

    fn outbound_key(&mut self, handle: ConversationHandle) -> Result<Option<Arc<SessionKey>>, SqlError> {
        self.session_key_of(handle, |secured| secured.outbound.clone())
    }

    /// The key of an acknowledgement: that of the messages it acknowledges.
    fn acknowledging_key(&mut self, handle: ConversationHandle) -> Result<Option<Arc<SessionKey>>, SqlError> {
        self.session_key_of(handle, |secured| secured.inbound.clone().or_else(|| secured.outbound.clone()))
    }

    fn session_key_of(
        &mut self,
        handle: ConversationHandle,
        choose: impl Fn(&crate::conversations::SecuredDialog) -> Option<crate::conversations::StoredSessionKey>,
    ) -> Result<Option<Arc<SessionKey>>, SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(None) };
        let database = endpoint.database;
        match endpoint.security.secured().and_then(choose) {
            Some(stored) => self.keyring.session_key(&self.catalog, database, &stored).map(Some),
            None => Ok(None),
        }
    }
}

/// The next fragment that may be sent: durable, within the window, and the far side still takes it.
fn next_position(endpoint: &Endpoint) -> Option<Position> {
    let position = endpoint.sent.next_to_send()?;
    let sendable = position.sequence < endpoint.transmission.sendable_below && endpoint.far_end.is_none();
    (sendable && endpoint.outgoing.contains_key(&position.sequence)).then_some(position)
}

fn outbound_security(endpoint: &Endpoint) -> Option<Security> {
    let DialogSecurity::Secured(secured) = &endpoint.security else { return None };
    let key = secured.outbound.as_ref()?;
    let header = secured.header.clone().unwrap_or_default();
    Some(Security { session_key_id: key.id, header, salt: [0; 12] })
}

fn acknowledging_security(endpoint: &Endpoint) -> Option<Security> {
    let DialogSecurity::Secured(secured) = &endpoint.security else { return None };
    let key = secured.inbound.as_ref().or(secured.outbound.as_ref())?;
    Some(Security { session_key_id: key.id, header: Bytes::new(), salt: [0; 12] })
}
