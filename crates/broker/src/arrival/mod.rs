//! Messages from other brokers.
//!
//! A message is taken, in this order: it decodes; its endpoint exists or can be opened; its seal opens; what it
//! acknowledges is settled; duplicates, gaps and fragments are sorted out; the contract and the body's validation
//! are checked; it is queued. All of that is one batch, and the acknowledgement goes when the batch is durable. A
//! message that is not taken is answered on the link that brought it, with the reason; the sender tries again.

mod deliver;
mod fragments;
mod log;
mod open;
mod refuse;
mod unseal;

use std::sync::Arc;

use bytes::Bytes;
use duologue_dialog::{Arrival, Envelope, EnvelopeError, Kind, ReceiveHalf};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, ConversationId, Timestamp};

pub(crate) use deliver::Incoming;
pub(crate) use fragments::{PartialBytes, PartialMessage};
pub(crate) use log::ArrivalLog;
pub(crate) use open::target_contract;

use crate::admission::QUEUED_MESSAGES;
use crate::conversations::FarEnd;
use crate::instance::{AfterDurable, Instance};
use crate::system::{ERROR, error_code};

/// Why a message was not taken, for the broker that sent it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Which side sent it.
    pub from_initiator: bool,
    /// Its number.
    pub sequence: u64,
    /// The reason.
    pub reason: SqlError,
}

/// What becomes of a message that is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The sender may try again: configuration may change.
    Rejected(SqlError),
    /// The conversation is over: its initiator, or sender, gets an Error message with this number.
    Fatal(SqlError),
}

/// An envelope's fault as an error of the table, with the envelope's own text.
pub(crate) fn broken(error: &EnvelopeError) -> SqlError {
    SqlError { text: error.text.clone(), ..SqlError::new(error.number, &[]) }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Self::Rejected(broken(&error))
    }
}

impl From<SqlError> for Refusal {
    fn from(error: SqlError) -> Self {
        Self::Rejected(error)
    }
}

impl Instance {
    /// Takes dialog messages that a peer sent, as one batch; the answers go back on the same link.
    pub fn arrive_all(&mut self, envelopes: &[Bytes], now: Timestamp) -> Vec<Rejection> {
        let rejections = envelopes.iter().filter_map(|envelope| self.take_arrived(envelope, now)).collect();
        self.submit(now);
        rejections
    }

    /// Takes one dialog message.
    pub fn arrive(&mut self, bytes: &Bytes, now: Timestamp) -> Option<Rejection> {
        let rejection = self.take_arrived(bytes, now);
        self.submit(now);
        rejection
    }

    fn take_arrived(&mut self, bytes: &Bytes, now: Timestamp) -> Option<Rejection> {
        if self.is_flooded() {
            return None;
        }
        let envelope = match Envelope::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                // All of them count as one conversation: what an envelope like this says of itself is worth nothing.
                self.log_arrival(ConversationId::default(), &broken(&error), now);
                return None;
            }
        };
        let refused = self.take_envelope(&envelope, now).err();
        refused.and_then(|refusal| {
            let (Refusal::Rejected(reason) | Refusal::Fatal(reason)) = refusal;
            self.log_arrival(envelope.conversation_id, &reason, now);
            // Nobody waits for an answer to what has no number.
            envelope.kind.is_sequenced().then_some(Rejection {
                conversation: envelope.conversation_id,
                from_initiator: envelope.from_initiator,
                sequence: envelope.sequence,
                reason,
            })
        })
    }

    /// A peer did not take a message of ours: whoever looks at the transmission queue can read why. A side that has
    /// ended and whose far side is gone (8462) has nobody to wait for: it closes when it would send again. `address` is
    /// where the link leads that brought this: it says nothing about conversations that go elsewhere.
    pub fn rejected(&mut self, address: &str, rejection: &Rejection) {
        let handle = self.conversations.find(rejection.conversation, rejection.from_initiator);
        let handle = handle.filter(|handle| self.links.is_used_by(address, *handle));
        let Some(endpoint) = handle.and_then(|handle| self.conversations.get_mut(handle)) else { return };
        if !endpoint.outgoing.contains_key(&rejection.sequence) {
            return;
        }
        endpoint.transmission.status = Some(Arc::new(sql_error!(49905, rejection.reason.text)));
        endpoint.transmission.far_side_is_gone = rejection.reason.number == 8462;
    }

    fn take_envelope(&mut self, envelope: &Envelope, now: Timestamp) -> Result<(), Refusal> {
        // Once the initiator saw its first message acknowledged, whoever does not know the conversation has lost it.
        let opens =
            envelope.from_initiator && envelope.kind.is_sequenced() && !envelope.initiator_saw_first_ack;
        match self.conversations.find(envelope.conversation_id, !envelope.from_initiator) {
            Some(handle) if self.conversations.get(handle).is_some_and(|found| found.forgotten) => {
                Err(self.refuse_forgotten(handle, envelope, now))
            }
            Some(handle) => self.take_for_endpoint(handle, envelope, now),
            None if opens => self.open_target(envelope, now),
            None => Err(self.refuse_unknown(envelope, now)),
        }
    }

    fn take_for_endpoint(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.check_header(handle, envelope)?;
        let body = self.unseal(handle, envelope, now)?;
        self.take_acknowledgement(handle, envelope, now);
        if let Some(endpoint) = self.conversations.get_mut(handle)
            && envelope.initiator_saw_first_ack
            && !endpoint.is_initiator
            && !endpoint.far_saw_first_ack
        {
            endpoint.far_saw_first_ack = true;
            endpoint.purge_after = None;
        }
        let outcome = self.take_or_refuse(handle, envelope, body, now);
        self.save_endpoint(handle);
        self.close_if_finished(handle, now);
        outcome
    }

    /// Takes a message if this side still takes any, and its queue is on.
    fn take_or_refuse(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        body: Bytes,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        // An error that was raised here is unknown to the far side as long as it sends.
        let failed_here = endpoint.far_end == Some(FarEnd::Error) && !endpoint.received.is_finished();
        if failed_here && envelope.kind.is_sequenced() {
            let expired = endpoint.expires <= now;
            let error = if expired { sql_error!(8489) } else { sql_error!(8462) };
            self.answer_with_error(handle, envelope, &error, now);
            return Err(Refusal::Fatal(error));
        }
        self.require_place_in_queue(handle, envelope)?;
        self.take_content(handle, envelope, body, now)
    }

    /// Nothing new is taken for a queue that is off, or without room: the sender keeps it and tries again.
    pub(super) fn require_place_in_queue(
        &self,
        handle: ConversationHandle,
        envelope: &Envelope,
    ) -> Result<(), Refusal> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let would_be_queued = endpoint.system.is_none()
            && endpoint.local.end.is_none()
            && endpoint.far_end.is_none()
            && envelope.kind.is_sequenced()
            && envelope.sequence >= endpoint.received.expected().sequence;
        if would_be_queued {
            self.require_room(endpoint.database, QUEUED_MESSAGES)?;
        }
        let queue = self.queue_of(endpoint).filter(|_| would_be_queued);
        match queue.map(|queue| self.check_queue_enabled(queue)) {
            Some(Err(_)) => Err(sql_error!(28021).into()),
            _ => Ok(()),
        }
    }

    /// What the message says of itself must be what the endpoint knows.
    fn check_header(&mut self, handle: ConversationHandle, envelope: &Envelope) -> Result<(), Refusal> {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
        if endpoint.far_is_local {
            // Nothing of a conversation within the instance ever travels.
            return Err(sql_error!(11209, envelope.from_service).into());
        }
        let database = self.catalog.databases.get(&endpoint.database);
        let service = database.and_then(|found| found.services.get(endpoint.service.0));
        let service = service.map_or("", |found| found.name.as_str());
        if *envelope.to_service != *service {
            return Err(sql_error!(11222, envelope.to_service, service).into());
        }
        if envelope.from_service != endpoint.far_service {
            return Err(sql_error!(11221).into());
        }
        match endpoint.far_broker_instance {
            Some(known) if known != envelope.from_broker_instance => Err(sql_error!(11224).into()),
            _ => Ok(()),
        }
    }

    /// Numbers, duplicates, gaps, fragments; then whatever is complete and in order is delivered.
    pub(crate) fn take_content(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        body: Bytes,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.require_room_for_fragment(handle, envelope, &body)?;
        let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
        let before = endpoint.received.clone();
        match endpoint.received.arrive(envelope)? {
            Arrival::AcknowledgementOnly | Arrival::TooFarAhead => return Ok(()),
            Arrival::Duplicate => {
                self.log_arrival(envelope.conversation_id, &sql_error!(11218), now);
            }
            Arrival::OutOfOrder => self.keep_fragment(handle, envelope, body),
            Arrival::InOrder { released } => {
                self.keep_fragment(handle, envelope, body);
                for sequence in released {
                    let Some(message) = self.assemble(handle, sequence) else { continue };
                    if let Err(error) = self.deliver(handle, message, now) {
                        self.not_received(handle, before);
                        self.refuse_message(handle, envelope, sequence, &error, now);
                        return Err(Refusal::Fatal(error));
                    }
                }
            }
            Arrival::Error { discarded } => {
                if let Err(error) = check_error_document(envelope, &body) {
                    self.not_received(handle, before);
                    return Err(self.refuse_error(handle, envelope, error, now));
                }
                self.delete_partials(handle, &discarded);
                let message = Incoming::from_envelope(envelope, body);
                // An Error is never refused.
                let _ = self.deliver(handle, message, now);
            }
        }
        self.owe_acknowledgement(handle);
        Ok(())
    }

    /// A refused message is not acknowledged: the cause of its Error must come again if that gets lost.
    fn not_received(&mut self, handle: ConversationHandle, before: ReceiveHalf) {
        if let Some(endpoint) = self.conversations.get_mut(handle) {
            endpoint.received = before;
        }
    }

    /// An Error that is none: an application's is a bad message, a broker's means nothing.
    fn refuse_error(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        error: SqlError,
        now: Timestamp,
    ) -> Refusal {
        if envelope.kind == Kind::BrokerError {
            return error.into();
        }
        self.refuse_message(handle, envelope, envelope.sequence, &error, now);
        Refusal::Fatal(error)
    }

    /// Acknowledges what has arrived once it is durable.
    pub(crate) fn owe_acknowledgement(&mut self, handle: ConversationHandle) {
        let owed =
            self.conversations.get_mut(handle).and_then(|endpoint| endpoint.received.take_acknowledgement());
        if let Some(position) = owed {
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                endpoint.transmission.owed += 1;
            }
            self.after_durable(AfterDurable::Acknowledge(handle, position));
        }
    }
}

/// Programs believe what an Error document says: an application's has a code above 0, a broker's one below.
fn check_error_document(envelope: &Envelope, body: &[u8]) -> Result<(), SqlError> {
    let wrong = |reason: &str| {
        let initiator = u8::from(envelope.from_initiator);
        sql_error!(9615, ERROR, reason, envelope.conversation_id, initiator, envelope.sequence)
    };
    let code = error_code(body).map_err(|error| wrong(&error.text))?;
    match (envelope.kind, code) {
        (Kind::Error, Some(1..)) | (Kind::BrokerError, Some(..0)) => Ok(()),
        (Kind::Error, _) => Err(wrong("An application's Error document has a Code above 0.")),
        _ => Err(wrong("A broker's Error document has a Code below 0.")),
    }
}
