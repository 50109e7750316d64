//! Messages from other brokers.
//!
//! A message is taken, in this order: it decodes; its endpoint exists or can be opened; its seal opens; what it
//! acknowledges is settled; duplicates, gaps and fragments are sorted out; the contract and the body's validation
//! are checked; it is queued. All of that is one batch, and the acknowledgement goes when the batch is durable. A
//! message that is not taken is answered on the link that brought it, with the reason; the sender tries again.

mod deliver;
mod fragments;
mod open;
mod refuse;
mod unseal;

use bytes::Bytes;
use duologue_dialog::{Arrival, Envelope, EnvelopeError, Kind};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, ConversationId, Timestamp};

pub(crate) use deliver::Incoming;
pub(crate) use fragments::PartialMessage;
pub(crate) use open::target_contract;

use crate::instance::{AfterDurable, Instance};

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
    /// Takes one dialog message that a peer sent; the answer goes back on the same link.
    pub fn arrive(&mut self, bytes: &Bytes, now: Timestamp) -> Option<Rejection> {
        let envelope = match Envelope::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                let error = broken(&error);
                self.log(&error);
                return None;
            }
        };
        let rejection = self.take_envelope(&envelope, now).err().map(|refusal| {
            let reason = match refusal {
                Refusal::Rejected(reason) => reason,
                Refusal::Fatal(reason) => reason,
            };
            self.log(&reason);
            Rejection {
                conversation: envelope.conversation_id,
                from_initiator: envelope.from_initiator,
                sequence: envelope.sequence,
                reason,
            }
        });
        self.submit(now);
        rejection
    }

    /// A peer did not take a message of ours: whoever looks at the transmission queue can read why.
    pub fn rejected(&mut self, rejection: &Rejection) {
        let handle = self.conversations.find(rejection.conversation, rejection.from_initiator);
        let Some(endpoint) = handle.and_then(|handle| self.conversations.get_mut(handle)) else { return };
        if endpoint.outgoing.contains_key(&rejection.sequence) {
            endpoint.transmission.status = Some(sql_error!(49905, rejection.reason.text));
        }
    }

    fn take_envelope(&mut self, envelope: &Envelope, now: Timestamp) -> Result<(), Refusal> {
        match self.conversations.find(envelope.conversation_id, !envelope.from_initiator) {
            Some(handle) => self.take_for_endpoint(handle, envelope, now),
            None if envelope.from_initiator && matches!(envelope.kind, Kind::Message | Kind::EndDialog) => {
                self.open_target(envelope, now)
            }
            None if envelope.kind.is_sequenced() => Err(sql_error!(8462).into()),
            None => Err(sql_error!(11209, envelope.from_service).into()),
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
        {
            endpoint.far_saw_first_ack = true;
        }
        let outcome = self.take_content(handle, envelope, body, now);
        self.save_endpoint(handle);
        self.close_if_finished(handle, now);
        outcome
    }

    /// What the message says of itself must be what the endpoint knows.
    fn check_header(&mut self, handle: ConversationHandle, envelope: &Envelope) -> Result<(), Refusal> {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
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
        let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
        let before = endpoint.received.clone();
        match endpoint.received.arrive(envelope)? {
            Arrival::AcknowledgementOnly | Arrival::TooFarAhead => return Ok(()),
            Arrival::Duplicate => {
                self.log_duplicate();
            }
            Arrival::OutOfOrder => self.keep_fragment(handle, envelope, body),
            Arrival::InOrder { released } => {
                self.keep_fragment(handle, envelope, body);
                for sequence in released {
                    let Some(message) = self.assemble(handle, sequence) else { continue };
                    if let Err(error) = self.deliver(handle, message, now) {
                        if let Some(endpoint) = self.conversations.get_mut(handle) {
                            endpoint.received = before;
                        }
                        return Err(Refusal::Fatal(self.refuse_message(handle, envelope, error, now)));
                    }
                }
            }
            Arrival::Error { discarded } => {
                self.delete_partials(handle, &discarded);
                let message = Incoming::from_envelope(envelope, body);
                // An Error is never refused.
                let _ = self.deliver(handle, message, now);
            }
        }
        self.owe_acknowledgement(handle);
        Ok(())
    }

    /// Acknowledges what has arrived once it is durable.
    pub(crate) fn owe_acknowledgement(&mut self, handle: ConversationHandle) {
        let owed =
            self.conversations.get_mut(handle).and_then(|endpoint| endpoint.received.take_acknowledgement());
        if let Some(position) = owed {
            self.after_durable(AfterDurable::Acknowledge(handle, position));
        }
    }

    fn log_duplicate(&mut self) {
        let error = sql_error!(11218);
        self.log(&error);
    }
}
