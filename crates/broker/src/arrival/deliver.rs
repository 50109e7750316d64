//! A complete message meets its endpoint: contract and validation, then the queue.

use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::objects::{SentBy, Validation};
use duologue_dialog::{Envelope, Kind};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, MessageTypeId, Timestamp};

use crate::conversations::{Endpoint, FarEnd};
use crate::instance::Instance;
use crate::priorities::validation_letter;
use crate::queues::{MessageStatus, QueueMessage};
use crate::system::{DIALOG_TIMER, END_DIALOG, ERROR, error_body};

/// A complete message for an endpoint of this instance, from near or far.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) sequence: u64,
    pub(crate) kind: Kind,
    pub(crate) message_type: Arc<str>,
    pub(crate) body: Option<Bytes>,
}

impl Incoming {
    pub(super) fn from_envelope(envelope: &Envelope, body: Bytes) -> Self {
        Self {
            sequence: envelope.sequence,
            kind: envelope.kind,
            message_type: envelope.message_type.clone(),
            body: envelope.has_body.then_some(body),
        }
    }
}

/// A message type of the endpoint's database, as queue rows name it.
struct TypeOfMessage {
    id: MessageTypeId,
    validation: u8,
}

impl Instance {
    /// Puts a message into its endpoint's queue. An error is the message's fault, for its sender.
    pub(crate) fn deliver(
        &mut self,
        handle: ConversationHandle,
        message: Incoming,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        if endpoint.system.is_some() {
            self.deliver_to_broker(handle, &message, now);
            return Ok(());
        }
        let listens = endpoint.local.end.is_none() && endpoint.far_end.is_none();
        match message.kind {
            Kind::EndDialog => {
                self.finish_far_side(handle, FarEnd::Ended);
                if listens {
                    self.enqueue_system(handle, END_DIALOG, 2, b'E', message.sequence, None, now);
                }
            }
            Kind::Error | Kind::BrokerError => {
                self.finish_far_side(handle, FarEnd::Error);
                if listens {
                    self.enqueue_system(handle, ERROR, 1, b'X', message.sequence, message.body, now);
                }
            }
            Kind::Message if listens => {
                let found = self.check_message(endpoint, &message)?;
                self.enqueue_message(handle, message, &found, now);
            }
            // A side that has ended gets nothing any more.
            Kind::Message | Kind::Acknowledgement => {}
        }
        self.save_endpoint(handle);
        Ok(())
    }

    /// An error ends the conversation for this side: the Error message says why.
    pub(crate) fn fail_endpoint(&mut self, handle: ConversationHandle, error: &SqlError, now: Timestamp) {
        let body = error_body(-error.number, &error.text);
        let sequence =
            self.conversations.get(handle).map_or(0, |endpoint| endpoint.received.expected().sequence);
        let message =
            Incoming { sequence, kind: Kind::BrokerError, message_type: ERROR.into(), body: Some(body) };
        // An Error is never refused.
        let _ = self.deliver(handle, message, now);
        self.close_if_finished(handle, now);
    }

    /// A conversation timer fired.
    pub(crate) fn deliver_timer(&mut self, handle: ConversationHandle, now: Timestamp) {
        self.enqueue_system(handle, DIALOG_TIMER, 5, b'E', 0, None, now);
    }

    pub(crate) fn finish_far_side(&mut self, handle: ConversationHandle, end: FarEnd) {
        if let Some(endpoint) = self.conversations.get_mut(handle)
            && endpoint.far_end.is_none()
        {
            endpoint.far_end = Some(end);
        }
        self.delete_unread_partials(handle);
        self.hold_if_finished(handle);
    }

    /// Contract, direction and validation, as the receiving database defines them.
    fn check_message(&self, endpoint: &Endpoint, message: &Incoming) -> Result<TypeOfMessage, SqlError> {
        let database = self.catalog.databases.get(&endpoint.database).ok_or_else(|| sql_error!(8462))?;
        let name = &*message.message_type;
        let contract = database.contracts.get(endpoint.contract.0).ok_or_else(|| sql_error!(8487))?;
        let found = database.message_types.find(name).ok_or_else(|| sql_error!(8428, name))?;
        match contract.sent_by(found.id) {
            None => return Err(sql_error!(8498, name)),
            Some(SentBy::Target) if !endpoint.is_initiator => return Err(sql_error!(8457, name)),
            Some(SentBy::Initiator) if endpoint.is_initiator => return Err(sql_error!(8437, name)),
            Some(_) => {}
        }
        match (found.validation, &message.body) {
            (Validation::Empty, Some(_)) => Err(sql_error!(8430)),
            (Validation::WellFormedXml, Some(body)) => {
                duologue_xml::check_well_formed(body).map_err(|reason| {
                    let initiator = u8::from(!endpoint.is_initiator);
                    sql_error!(9615, name, reason.text, endpoint.conversation, initiator, message.sequence)
                })
            }
            _ => Ok(()),
        }?;
        Ok(TypeOfMessage { id: found.id, validation: validation_letter(found.validation) })
    }

    fn enqueue_message(
        &mut self,
        handle: ConversationHandle,
        message: Incoming,
        found: &TypeOfMessage,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let Some(queue) = self.queue_of(endpoint) else { return };
        let row = QueueMessage {
            queuing_order: 0,
            status: MessageStatus::Ready,
            priority: endpoint.priority,
            group: endpoint.local.group,
            handle,
            sequence: message.sequence,
            service: endpoint.service,
            contract: endpoint.contract,
            message_type: found.id,
            message_type_name: message.message_type,
            validation: found.validation,
            enqueued: now,
            body: message.body,
        };
        self.enqueue(queue, row);
    }

    #[expect(clippy::too_many_arguments, reason = "each is a column of the row")]
    fn enqueue_system(
        &mut self,
        handle: ConversationHandle,
        message_type: &str,
        id: i32,
        validation: u8,
        sequence: u64,
        body: Option<Bytes>,
        now: Timestamp,
    ) {
        let found = TypeOfMessage { id: MessageTypeId(id), validation };
        let message = Incoming { sequence, kind: Kind::Message, message_type: message_type.into(), body };
        self.enqueue_message(handle, message, &found, now);
    }
}
