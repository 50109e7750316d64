//! The security decision for a conversation whose target is another instance, made once, when its first message is
//! prepared, and stored before that message goes.

use std::sync::Arc;

use duologue_catalog::objects::RemoteServiceBinding;
use duologue_keys::SessionKey;
use duologue_keys::dialog_security_header::build_header;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, SessionKeyId, Timestamp};

use crate::conversations::{DialogSecurity, SecuredDialog, StoredSessionKey, SystemUse};
use crate::instance::{AfterDurable, Instance};
use crate::keyring::{Chosen, ChosenWithKey};

/// What protects a conversation.
enum Decision {
    Clear,
    Secured { source: Option<ChosenWithKey>, destination: Chosen, anonymous: bool },
}

impl Instance {
    /// Whether the conversation's messages may be sealed and sent now. `false`: its keys are being stored, and the
    /// conversation comes back when they are durable.
    pub(crate) fn prepare_security(
        &mut self,
        handle: ConversationHandle,
        now: Timestamp,
    ) -> Result<bool, SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(false) };
        if endpoint.transmission.keys_pending {
            return Ok(false);
        }
        let has_messages = endpoint.outgoing.range(..endpoint.transmission.sendable_below).next().is_some();
        let decided = match &endpoint.security {
            DialogSecurity::Undecided => !has_messages && !endpoint.is_initiator,
            DialogSecurity::None => true,
            // A target acknowledges with the initiator's key; its own is made for its first message.
            DialogSecurity::Secured(secured) => {
                secured.outbound.is_some() || !has_messages || secured.anonymous
            }
        };
        if decided {
            return Ok(true);
        }
        let decision = if endpoint.is_initiator {
            self.decide_as_initiator(handle, now)?
        } else {
            self.decide_as_target(handle, now)?
        };
        self.store_decision(handle, decision, now)?;
        Ok(false)
    }

    /// The binding for a service in a database.
    pub(crate) fn binding_for(
        &self,
        database: duologue_types::DatabaseId,
        service: &str,
    ) -> Option<Arc<RemoteServiceBinding>> {
        let found = self.catalog.databases.get(&database)?;
        found.remote_service_bindings.iter().find(|binding| binding.remote_service_name == service).cloned()
    }

    /// The table of outcomes: binding × ENCRYPTION × certificates.
    fn decide_as_initiator(
        &mut self,
        handle: ConversationHandle,
        now: Timestamp,
    ) -> Result<Decision, SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(Decision::Clear) };
        let (database, owner) = (endpoint.database, endpoint.principal);
        let wants_encryption = endpoint.encryption || endpoint.system == Some(SystemUse::EventNotification);
        let Some(binding) = self.binding_for(database, &endpoint.far_service) else {
            return if wants_encryption { Err(sql_error!(9727)) } else { Ok(Decision::Clear) };
        };
        let catalog = self.catalog.clone();
        let destination = self.keyring.pick_destination(&catalog, database, binding.remote_principal, now)?;
        let source = match binding.anonymous {
            true => None,
            false => Some(self.keyring.pick_signing(&catalog, database, owner, now)?),
        };
        Ok(Decision::Secured { source, destination, anonymous: binding.anonymous })
    }

    /// A target answers under the identity that the initiator addressed, to the user that owns the initiator's
    /// certificate; the certificates are picked anew.
    fn decide_as_target(&mut self, handle: ConversationHandle, now: Timestamp) -> Result<Decision, SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(Decision::Clear) };
        if endpoint.security.secured().is_none() {
            return Ok(Decision::Clear);
        }
        let (database, own, far) = (endpoint.database, endpoint.principal, endpoint.far_principal);
        let catalog = self.catalog.clone();
        let destination = self.keyring.pick_destination(&catalog, database, far, now)?;
        let source = self.keyring.pick_signing(&catalog, database, own, now)?;
        Ok(Decision::Secured { source: Some(source), destination, anonymous: false })
    }

    fn store_decision(
        &mut self,
        handle: ConversationHandle,
        decision: Decision,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let (database, conversation) = (endpoint.database, endpoint.conversation);
        let inbound = endpoint.security.secured().and_then(|secured| secured.inbound.clone());
        let (security, far_principal) = match decision {
            Decision::Clear => (DialogSecurity::None, None),
            Decision::Secured { source, destination, anonymous } => {
                let master_key =
                    self.keyring.master_key(&self.catalog, database).ok_or_else(|| sql_error!(28050))?;
                let id = SessionKeyId(self.new_guid());
                let key = SessionKey::generate(&mut *self.random);
                let source = source.as_ref();
                let header = build_header(
                    now,
                    &mut *self.random,
                    &mut self.key_exchange,
                    source.map(|found| (&*found.chosen.certificate, &*found.private_key)),
                    &destination.certificate,
                    &key,
                    id,
                    conversation,
                )
                .map_err(|_| sql_error!(9641))?;
                let wrapped = key.wrap(id, &master_key, &mut *self.random).into_bytes();
                let stored = StoredSessionKey { id, wrapped: wrapped.into() };
                self.keyring.keep_session_key(&stored, key);
                let outbound = Some(stored);
                let secured = SecuredDialog { anonymous, outbound, inbound, header: Some(header) };
                (DialogSecurity::Secured(secured), Some(destination.row.owner))
            }
        };
        let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
        endpoint.security = security;
        if let Some(far) = far_principal {
            endpoint.far_principal = far;
        }
        endpoint.transmission.keys_pending = true;
        self.save_endpoint(handle);
        self.after_durable(AfterDurable::UseKeys(handle));
        Ok(())
    }
}
