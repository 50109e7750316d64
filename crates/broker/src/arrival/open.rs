//! The first message of a conversation opens the target's endpoint.

use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::PUBLIC;
use duologue_catalog::objects::{Contract, Service};
use duologue_dialog::{Envelope, Position, expires_at, is_fresh};
use duologue_keys::SessionKey;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{
    ConversationGroupId, ConversationHandle, DatabaseId, PrincipalId, SessionKeyId, Timestamp, format_iso,
};

use super::Refusal;
use super::unseal::{open_body, with_detail};
use crate::admission::ENDPOINTS;
use crate::conversations::{DialogSecurity, Endpoint, NewEndpoint, SecuredDialog};
use crate::instance::Instance;
use crate::transmission::{Destination, Question, classify};

/// Who talks to whom, after the message's seal opened.
pub(super) struct Authenticated {
    /// The session key, for the answer too.
    pub(super) key: Option<(SessionKeyId, Arc<SessionKey>)>,
    /// Stands for this side.
    own: Option<PrincipalId>,
    /// Stands for the far side; `public` without security or anonymous.
    far: PrincipalId,
    anonymous: bool,
    body: Bytes,
}

impl Instance {
    pub(super) fn open_target(&mut self, envelope: &Envelope, now: Timestamp) -> Result<(), Refusal> {
        let database = self.locate_target(envelope, now)?;
        require_fresh(envelope, now)?;
        self.require_room(database, ENDPOINTS)?;
        let identity = self.authenticate(database, envelope, now)?;
        let key = identity.key.clone();
        let handle = match self.authorise(database, envelope, &identity) {
            Ok((service, contract)) => {
                self.create_target(database, &service, &contract, envelope, &identity, now)?
            }
            Err(Refusal::Fatal(error)) => {
                self.send_refusal(database, envelope, key.as_ref(), &error, now);
                return Err(Refusal::Fatal(error));
            }
            Err(rejected) => return Err(rejected),
        };
        let outcome = self
            .require_place_in_queue(handle, envelope)
            .and_then(|()| self.take_content(handle, envelope, identity.body, now));
        let holds_something = self.conversations.get(handle).is_some_and(|endpoint| {
            endpoint.received.expected() > Position::START || !endpoint.partials.is_empty()
        });
        if outcome.is_err() || !holds_something {
            // Nothing was accepted: no trace of the conversation stays.
            self.remove_endpoint(handle);
        } else {
            self.save_endpoint(handle);
        }
        outcome
    }

    /// Where the message belongs, by the routes of msdb.
    fn locate_target(&self, envelope: &Envelope, now: Timestamp) -> Result<DatabaseId, Refusal> {
        let msdb =
            self.catalog.databases.values().find(|found| found.settings.name.eq_ignore_ascii_case("msdb"));
        let msdb = msdb.ok_or_else(|| sql_error!(9788))?;
        if !msdb.settings.broker_enabled {
            return Err(sql_error!(9789).into());
        }
        let question = Question {
            service: &envelope.to_service,
            broker_instance: envelope.to_broker_instance,
            conversation: envelope.conversation_id,
            now,
            may_ask: false,
        };
        match classify(&self.catalog, msdb, question) {
            Destination::Local(database) => Ok(database),
            Destination::Remote(_) => Err(sql_error!(9792).into()),
            Destination::Delayed(reason)
                if reason.number == 9796 && envelope.to_broker_instance.is_some() =>
            {
                self.service_is_missing(envelope)
            }
            Destination::Delayed(_) | Destination::AskForRoute => {
                Err(sql_error!(11210, envelope.to_service, envelope.from_service).into())
            }
        }
    }

    /// The named database is here and does not have the service, or its broker is off.
    fn service_is_missing(&self, envelope: &Envelope) -> Result<DatabaseId, Refusal> {
        let instance = envelope.to_broker_instance;
        let named =
            self.catalog.databases.values().find(|found| Some(found.settings.broker_instance) == instance);
        match named {
            Some(database) if !database.settings.broker_enabled => {
                Err(sql_error!(28012, "broker disabled").into())
            }
            Some(database) => Ok(database.settings.id),
            None => Err(sql_error!(11210, envelope.to_service, envelope.from_service).into()),
        }
    }

    fn authenticate(
        &mut self,
        database: DatabaseId,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<Authenticated, Refusal> {
        let Some(security) = &envelope.security else {
            let body = envelope.body.clone();
            return Ok(Authenticated { key: None, own: None, far: PUBLIC, anonymous: false, body });
        };
        if security.header.is_empty() {
            return Err(sql_error!(11233).into());
        }
        let claimed = self.read_header(database, envelope, security, now)?;
        let (own, far) = (claimed.own, claimed.far);
        self.require_control(database, envelope, own)?;
        let key = self.verify_header(claimed, envelope)?;
        let body = open_body(&key, envelope, security)?;
        Ok(Authenticated {
            key: Some((security.session_key_id, key)),
            own: Some(own),
            far: far.unwrap_or(PUBLIC),
            anonymous: far.is_none(),
            body,
        })
    }

    /// The owner of the certificate that a message is sealed for must control the service, if that is here (28056).
    fn require_control(
        &self,
        database: DatabaseId,
        envelope: &Envelope,
        own: PrincipalId,
    ) -> Result<(), Refusal> {
        let found = self.catalog.databases.get(&database);
        let Some(service) = found.and_then(|found| found.services.find(&envelope.to_service)) else {
            return Ok(());
        };
        if self.catalog.principal_controls_service(database, own, service.id) {
            Ok(())
        } else {
            Err(sql_error!(28056, own, database, envelope.to_service).into())
        }
    }

    /// Service and contract, and whether these identities may use them.
    fn authorise(
        &self,
        database: DatabaseId,
        envelope: &Envelope,
        identity: &Authenticated,
    ) -> Result<(Arc<Service>, Arc<Contract>), Refusal> {
        let found = self.catalog.databases.get(&database).ok_or_else(|| sql_error!(11211, database, ""))?;
        let service_name = &*envelope.to_service;
        let missing = || Refusal::Fatal(sql_error!(8490, service_name));
        let service = found.services.find(service_name).cloned().ok_or_else(missing)?;
        if !self.catalog.principal_may_connect(database, identity.far) {
            return Err(sql_error!(11211, database, envelope.from_service).into());
        }
        if !self.catalog.principal_has_send(database, identity.far, service.id) {
            return Err(Refusal::Fatal(sql_error!(8494, service_name)));
        }
        let contract = target_contract(found, &service, &envelope.contract).map_err(Refusal::Fatal)?;
        Ok((service, contract))
    }

    fn create_target(
        &mut self,
        database: DatabaseId,
        service: &Service,
        contract: &Contract,
        envelope: &Envelope,
        identity: &Authenticated,
        now: Timestamp,
    ) -> Result<ConversationHandle, Refusal> {
        let security = match &identity.key {
            None => DialogSecurity::None,
            Some((id, key)) => {
                let stored = self.wrap_session_key(database, *id, key)?;
                let outbound = identity.anonymous.then(|| stored.clone());
                DialogSecurity::Secured(SecuredDialog {
                    anonymous: identity.anonymous,
                    outbound,
                    inbound: Some(stored),
                    header: None,
                })
            }
        };
        if envelope.remaining_lifetime() == 0 {
            return Err(sql_error!(28011, "message timestamp").into());
        }
        // Not what is left of it: brokers on the way say that, and a short life would shorten the replay protection.
        let expires = expires_at(now, envelope.time_to_live);
        let handle = self.create_target_endpoint(
            &NewEndpoint {
                database,
                service,
                contract,
                is_initiator: false,
                far_service: &envelope.from_service,
                far_broker_instance: Some(envelope.from_broker_instance),
                begun: now,
                expires,
                far_is_local: false,
                encryption: identity.key.is_some(),
                priority: self.priority_of(database, contract, service, &envelope.from_service),
                owner: identity.own.unwrap_or(service.owner),
                system: None,
            },
            envelope.conversation_id,
        );
        if let Some(endpoint) = self.conversations.get_mut(handle) {
            endpoint.security = security;
            endpoint.far_principal = identity.far;
        }
        Ok(handle)
    }

    /// Makes a target's endpoint in a new group.
    pub(crate) fn create_target_endpoint(
        &mut self,
        new: &NewEndpoint<'_>,
        conversation: duologue_types::ConversationId,
    ) -> ConversationHandle {
        let handle = ConversationHandle(self.new_guid());
        let group = ConversationGroupId(self.new_guid());
        self.add_endpoint(Endpoint::new(handle, conversation, group, new));
        handle
    }
}

/// A first message that was sealed long ago may be a replay: the endpoint that it opened once is perhaps forgotten.
fn require_fresh(envelope: &Envelope, now: Timestamp) -> Result<(), Refusal> {
    let sealed_at = Timestamp::from_unix_seconds(envelope.sealed_at);
    if is_fresh(sealed_at, now) {
        return Ok(());
    }
    let detail = format!(
        "The sender's clock showed {}, this broker's shows {} (UTC); they may differ by 5 minutes, and a first message \
         must arrive within 25.",
        format_iso(sealed_at),
        format_iso(now)
    );
    Err(with_detail(sql_error!(28011, "security header timestamp"), &detail).into())
}

/// The contract of a new conversation, as its target's database knows it.
pub(crate) fn target_contract(
    database: &duologue_catalog::Database,
    service: &Service,
    name: &str,
) -> Result<Arc<Contract>, SqlError> {
    let contract = database.contracts.find(name).cloned().ok_or_else(|| sql_error!(8425, name))?;
    if service.contracts.contains(&contract.id) {
        Ok(contract)
    } else {
        Err(sql_error!(8408, service.name, name))
    }
}
