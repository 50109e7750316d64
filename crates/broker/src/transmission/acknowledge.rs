//! What the far side has acknowledged leaves the transmission queue.

use duologue_dialog::Envelope;
use duologue_store::Key;
use duologue_types::{ConversationHandle, Timestamp};

use super::FirstAck;
use crate::conversations::DialogSecurity;
use crate::instance::{AfterDurable, Instance};

impl Instance {
    /// Settles the messages that an envelope acknowledges. The first acknowledgement also tells which broker
    /// instance answers: from then on the conversation keeps to it.
    pub(crate) fn take_acknowledgement(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        now: Timestamp,
    ) {
        let Some(up_to) = envelope.acknowledgement else { return };
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let first_ack_was_seen = endpoint.sent.first_ack_seen();
        let progress = match endpoint.sent.on_acknowledged(up_to, now) {
            Ok(progress) => progress,
            Err(error) => {
                let error = crate::arrival::broken(&error);
                self.log_arrival(envelope.conversation_id, &error, now);
                return;
            }
        };
        if !progress.moved {
            return;
        }
        if endpoint.far_end.is_none() {
            endpoint.transmission.status = None;
        }
        endpoint.far_broker_instance.get_or_insert(envelope.from_broker_instance);
        if endpoint.sent.first_ack_seen()
            && let DialogSecurity::Secured(secured) = &mut endpoint.security
        {
            secured.header = None;
        }
        let is_first_ack = endpoint.sent.first_ack_seen() && !first_ack_was_seen;
        for sequence in progress.messages {
            if endpoint.outgoing.remove(&sequence).is_some() {
                self.batch.delete(Key::Transmission { handle, sequence });
            }
        }
        self.settle_if_acknowledged(handle);
        if is_first_ack && let Some(endpoint) = self.conversations.get_mut(handle) {
            endpoint.transmission.first_ack = FirstAck::Arrived;
            self.after_durable(AfterDurable::FirstAcknowledged(handle));
        }
        self.release_to_send(handle, 0, now);
    }
}
