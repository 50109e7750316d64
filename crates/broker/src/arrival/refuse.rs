//! Error messages of the broker to the far side: unsequenced, made again whenever their cause arrives again.

use std::sync::Arc;

use bytes::Bytes;
use duologue_dialog::{Envelope, Fragment, Kind, Security};
use duologue_keys::SessionKey;
use duologue_messages::SqlError;
use duologue_types::{ConversationHandle, DatabaseId, SessionKeyId, Timestamp};

use crate::instance::Instance;
use crate::system::error_body;
use crate::transmission::{Destination, Question, classify};

impl Instance {
    /// Refuses a message of an open conversation for good: the far side gets an Error, and so does this side, so
    /// that its program can end. Returns the error.
    pub(super) fn refuse_message(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        error: SqlError,
        now: Timestamp,
    ) -> SqlError {
        let Some(endpoint) = self.conversations.get(handle) else { return error };
        let database = endpoint.database;
        let first_message = !endpoint.is_initiator && !endpoint.received.received_first();
        let key = endpoint
            .security
            .secured()
            .and_then(|secured| [&secured.inbound, &secured.outbound].into_iter().flatten().next().cloned());
        let key = key.and_then(|stored| {
            self.keyring.session_key(&self.catalog, database, &stored).ok().map(|key| (stored.id, key))
        });
        self.send_refusal(database, envelope, key.as_ref(), &error, now);
        if !first_message {
            self.fail_endpoint(handle, &error, now);
        }
        error
    }

    /// Sends an Error in answer to an envelope, protected with the session key of that envelope.
    pub(super) fn send_refusal(
        &mut self,
        database: DatabaseId,
        envelope: &Envelope,
        key: Option<&(SessionKeyId, Arc<SessionKey>)>,
        error: &SqlError,
        now: Timestamp,
    ) {
        let Some(found) = self.catalog.databases.get(&database).cloned() else { return };
        let question = Question {
            service: &envelope.from_service,
            broker_instance: Some(envelope.from_broker_instance),
            conversation: envelope.conversation_id,
            now,
            may_ask: false,
        };
        let Destination::Remote(address) = classify(&self.catalog, &found, question) else { return };
        let mut answer = Envelope {
            kind: Kind::BrokerError,
            conversation_id: envelope.conversation_id,
            from_initiator: !envelope.from_initiator,
            from_service: envelope.to_service.clone(),
            from_broker_instance: found.settings.broker_instance,
            to_service: envelope.from_service.clone(),
            to_broker_instance: Some(envelope.from_broker_instance),
            contract: envelope.contract.clone(),
            message_type: "".into(),
            sequence: 0,
            fragment: Fragment::whole(0),
            has_body: true,
            initiator_saw_first_ack: false,
            time_to_live: envelope.remaining_lifetime(),
            seconds_consumed: 0,
            priority: envelope.priority,
            hops_remaining: envelope.hops_remaining.max(1),
            security: key.map(|(id, _)| Security {
                session_key_id: *id,
                header: Bytes::new(),
                salt: [0; 12],
            }),
            acknowledgement: None,
            body: Bytes::new(),
        };
        let body = error_body(-error.number, &error.text);
        answer.fragment = Fragment::whole(body.len() as u64);
        answer.body = body;
        if let Some((_, key)) = key {
            self.seal(&mut answer, key);
        }
        if let Ok(bytes) = answer.encode() {
            self.send_unsequenced(&address, bytes);
        }
    }

    /// Seals an envelope's body in place, with a fresh salt.
    pub(crate) fn seal(&mut self, envelope: &mut Envelope, key: &SessionKey) {
        let sealed = key.seal(&mut *self.random, &envelope.associated_data(), &envelope.body);
        if let Some(security) = &mut envelope.security {
            security.salt = sealed.salt.0;
        }
        envelope.body = sealed.body.into();
    }
}
