//! Error messages of the broker to the far side: unsequenced, made again whenever their cause arrives again.

use std::sync::Arc;

use bytes::Bytes;
use duologue_dialog::{Envelope, Fragment, Kind, Security};
use duologue_keys::SessionKey;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, DatabaseId, SessionKeyId, Timestamp};

use super::Refusal;
use crate::instance::Instance;
use crate::system::error_body;
use crate::transmission::{Destination, Question, classify};

impl Instance {
    /// Refuses message `sequence` of a conversation for good: the far side gets an Error, and so does this side, so
    /// that its program can end. If it is the first one, nothing of the conversation stays.
    pub(super) fn refuse_message(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        sequence: u64,
        error: &SqlError,
        now: Timestamp,
    ) {
        self.answer_with_error(handle, envelope, error, now);
        let Some(endpoint) = self.conversations.get(handle) else { return };
        if sequence == 0 && !endpoint.is_initiator {
            self.remove_endpoint(handle);
            return;
        }
        self.fail_endpoint(handle, error, now);
    }

    /// Sends an Error to the far side of an endpoint, protected as the envelope was that it answers.
    pub(super) fn answer_with_error(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        error: &SqlError,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let database = endpoint.database;
        let key = endpoint
            .security
            .secured()
            .and_then(|secured| [&secured.inbound, &secured.outbound].into_iter().flatten().next().cloned());
        let key = key.and_then(|stored| {
            self.keyring.session_key(&self.catalog, database, &stored).ok().map(|key| (stored.id, key))
        });
        if key.is_some() == envelope.security.is_some() {
            self.send_refusal(database, envelope, key.as_ref(), error, now);
        }
    }

    /// Refuses a message of a conversation that is not, or no longer, known here. Its keys are not known either: the
    /// far side of a secured one learns of it only from the link.
    pub(super) fn refuse_unknown(&mut self, envelope: &Envelope, now: Timestamp) -> Refusal {
        let here = self.catalog.databases.values();
        let meant = here
            .map(|found| &found.settings)
            .find(|settings| envelope.to_broker_instance == Some(settings.broker_instance));
        let Some(database) = meant.map(|settings| settings.id) else {
            return sql_error!(11210, envelope.to_service, envelope.from_service).into();
        };
        let error = sql_error!(8462);
        if envelope.kind.is_sequenced() && envelope.security.is_none() {
            self.send_refusal(database, envelope, None, &error, now);
        }
        error.into()
    }

    /// Refuses a message of a conversation whose endpoint here is kept only against replays. Of a secured one, only
    /// whoever holds its key gets an Error.
    pub(super) fn refuse_forgotten(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Refusal {
        let error = sql_error!(8462);
        if envelope.kind.is_sequenced() && self.unseal(handle, envelope, now).is_ok() {
            self.answer_with_error(handle, envelope, &error, now);
        }
        error.into()
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
            sealed_at: now.unix_seconds(),
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
