//! Targets in this instance: the message goes straight into their queue, in the batch that commits it.

use bytes::Bytes;
use duologue_catalog::PUBLIC;
use duologue_dialog::{Envelope, Fragment, Kind, Position};
use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::{ConversationHandle, DatabaseId, Timestamp};

use super::{Destination, OutgoingKind, OutgoingMessage};
use crate::arrival::{Incoming, target_contract};
use crate::conversations::{DialogSecurity, Endpoint, NewEndpoint, SystemUse};
use crate::instance::Instance;

/// Why a message did not reach a target of this instance.
enum LocalRefusal {
    /// It waits in the transmission queue with this status.
    Delayed(SqlError),
    /// The conversation ends with this error for its sender.
    Fatal(SqlError),
}

impl From<SqlError> for LocalRefusal {
    fn from(error: SqlError) -> Self {
        Self::Delayed(error)
    }
}

impl Instance {
    /// Delivers a message that is being committed, if its target is here and takes it now. `false`: it goes through
    /// the transmission queue.
    pub(crate) fn try_local_delivery(
        &mut self,
        handle: ConversationHandle,
        message: &OutgoingMessage,
        now: Timestamp,
    ) -> bool {
        // What is queued goes first.
        let is_first_in_line = self
            .conversations
            .get(handle)
            .is_some_and(|endpoint| endpoint.outgoing.is_empty() && endpoint.far_end.is_none());
        if !is_first_in_line {
            return false;
        }
        let Ok(Destination::Local(database)) = self.destination(handle, now) else { return false };
        match self.deliver_locally(handle, database, message, now) {
            Ok(()) => {
                self.settle_local(handle, message.sequence, now);
                true
            }
            Err(LocalRefusal::Fatal(error)) => {
                self.settle_local(handle, message.sequence, now);
                self.fail_endpoint(handle, &error, now);
                true
            }
            Err(LocalRefusal::Delayed(reason)) => {
                self.delay(handle, reason, now);
                false
            }
        }
    }

    /// Delivers what waits in the transmission queue for a target of this instance.
    pub(crate) fn deliver_pending(
        &mut self,
        handle: ConversationHandle,
        database: DatabaseId,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        loop {
            let Some(endpoint) = self.conversations.get_mut(handle) else { return Ok(()) };
            endpoint.transmission.acknowledge = None;
            let below = endpoint.transmission.sendable_below;
            let next = endpoint.outgoing.range(..below).next();
            let Some((sequence, message)) = next.filter(|_| endpoint.far_end.is_none()) else {
                endpoint.transmission.status = None;
                self.hold_if_finished(handle);
                return Ok(());
            };
            let body = self.bodies.read(&Key::Transmission { handle, sequence: *sequence }, &message.body)?;
            let message = message.with_body(body);
            let outcome = self.deliver_locally(handle, database, &message, now);
            if let Err(LocalRefusal::Delayed(reason)) = outcome {
                return Err(reason);
            }
            self.batch.delete(Key::Transmission { handle, sequence: message.sequence });
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                endpoint.outgoing.remove(&message.sequence);
            }
            self.settle_local(handle, message.sequence, now);
            if let Err(LocalRefusal::Fatal(error)) = outcome {
                self.fail_endpoint(handle, &error, now);
            }
            self.save_endpoint(handle);
            self.close_if_finished(handle, now);
        }
    }

    /// Within one instance the commit is the acknowledgement.
    fn settle_local(&mut self, handle: ConversationHandle, sequence: u64, now: Timestamp) {
        if let Some(endpoint) = self.conversations.get_mut(handle) {
            // Everything before was delivered before, so this acknowledges exactly the message.
            let _ = endpoint.sent.on_acknowledged(Position::message(sequence + 1), now);
            if endpoint.security == DialogSecurity::Undecided {
                endpoint.security = DialogSecurity::None;
            }
            endpoint.transmission.status = None;
        }
    }

    fn deliver_locally(
        &mut self,
        handle: ConversationHandle,
        database: DatabaseId,
        message: &OutgoingMessage,
        now: Timestamp,
    ) -> Result<(), LocalRefusal> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let (conversation, is_initiator) = (endpoint.conversation, endpoint.is_initiator);
        let (target, is_new) = match self.conversations.find(conversation, !is_initiator) {
            Some(target) if self.conversations.get(target).is_some_and(|found| found.far_is_local) => {
                (target, false)
            }
            // It was opened from outside, by somebody who knows the conversation's id.
            Some(_) => return Err(sql_error!(9793).into()),
            None if is_initiator && message.sequence == 0 => {
                (self.open_local_target(handle, database, now)?, true)
            }
            None => return Err(LocalRefusal::Fatal(sql_error!(8462))),
        };
        if let Err(refused) = self.check_target_takes(target) {
            if is_new {
                self.remove_endpoint(target);
            }
            return Err(refused.into());
        }
        let outcome = self.hand_over(target, message, now);
        if outcome.is_err() && is_new {
            self.remove_endpoint(target);
        } else if is_new {
            self.note_local_far_side(handle, database);
        }
        outcome.map_err(LocalRefusal::Fatal)
    }

    /// From its first message on the conversation stays with the target that took it.
    fn note_local_far_side(&mut self, initiator: ConversationHandle, database: DatabaseId) {
        let found = self.catalog.databases.get(&database).map(|found| found.settings.broker_instance);
        if let Some(endpoint) = self.conversations.get_mut(initiator) {
            endpoint.far_is_local = true;
            endpoint.far_broker_instance = found;
        }
    }

    /// The target's queue must be on.
    fn check_target_takes(&self, target: ConversationHandle) -> Result<(), SqlError> {
        let queue = self.conversations.get(target).and_then(|endpoint| self.queue_of(endpoint));
        let enabled = queue.and_then(|(database, queue)| {
            self.catalog.databases.get(&database)?.queues.get(queue.0).map(|found| found.enabled)
        });
        if enabled == Some(true) { Ok(()) } else { Err(sql_error!(28021)) }
    }

    fn hand_over(
        &mut self,
        target: ConversationHandle,
        message: &OutgoingMessage,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let kind = match message.kind {
            OutgoingKind::Data => Kind::Message,
            OutgoingKind::End => Kind::EndDialog,
            OutgoingKind::Error => Kind::Error,
        };
        let incoming = Incoming {
            sequence: message.sequence,
            kind,
            message_type: message.message_type.clone(),
            body: message.body.clone(),
        };
        let Some(endpoint) = self.conversations.get_mut(target) else { return Ok(()) };
        let before = endpoint.received.clone();
        let _ = endpoint.received.arrive(&local_arrival(endpoint, kind, message.sequence));
        let _ = endpoint.received.take_acknowledgement();
        let outcome = self.deliver(target, incoming, now);
        if outcome.is_err() {
            if let Some(endpoint) = self.conversations.get_mut(target) {
                endpoint.received = before;
            }
            if let Err(error) = &outcome
                && message.sequence > 0
            {
                self.fail_endpoint(target, error, now);
            }
        }
        self.save_endpoint(target);
        self.close_if_finished(target, now);
        outcome
    }

    /// Opens the target's endpoint for a dialog within the instance: authorised by the owner of the initiating
    /// service; its body is never sealed.
    fn open_local_target(
        &mut self,
        initiator: ConversationHandle,
        database: DatabaseId,
        now: Timestamp,
    ) -> Result<ConversationHandle, LocalRefusal> {
        let Some(endpoint) = self.conversations.get(initiator) else { return Err(sql_error!(8462).into()) };
        let found = self.catalog.databases.get(&database).cloned().ok_or_else(|| sql_error!(9793))?;
        let service = found.services.find(&endpoint.far_service).cloned().ok_or_else(|| sql_error!(9796))?;
        let own = self.catalog.databases.get(&endpoint.database).cloned().ok_or_else(|| sql_error!(9791))?;
        let own_service = own.services.get(endpoint.service.0).cloned().ok_or_else(|| sql_error!(8470))?;
        let contract_name = own.contracts.get(endpoint.contract.0).map(|contract| contract.name.clone());
        self.check_local_security(initiator, database, now)?;
        self.check_local_send(initiator, database, &service)?;
        let Some(endpoint) = self.conversations.get(initiator) else { return Err(sql_error!(8462).into()) };
        let contract = target_contract(&found, &service, &contract_name.unwrap_or_default());
        let contract = contract.map_err(LocalRefusal::Fatal)?;
        let (conversation, expires, encryption) =
            (endpoint.conversation, endpoint.expires, endpoint.encryption);
        let new = NewEndpoint {
            database,
            service: &service,
            contract: &contract,
            is_initiator: false,
            far_service: &own_service.name,
            far_broker_instance: Some(own.settings.broker_instance),
            begun: now,
            expires,
            far_is_local: true,
            encryption,
            priority: self.priority_of(database, &contract, &service, &own_service.name),
            owner: service.owner,
            system: None,
        };
        let target = self.create_target_endpoint(&new, conversation);
        if let Some(endpoint) = self.conversations.get_mut(target) {
            endpoint.security = DialogSecurity::None;
        }
        Ok(target)
    }

    /// A binding is honoured here too: its certificates must be usable. Without one, ENCRYPTION = ON between two
    /// databases asks for a master key in both.
    fn check_local_security(
        &mut self,
        initiator: ConversationHandle,
        database: DatabaseId,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(initiator) else { return Ok(()) };
        let (own, owner, encryption) = (endpoint.database, endpoint.principal, endpoint.encryption);
        let catalog = self.catalog.clone();
        if let Some(binding) = self.binding_for(own, &endpoint.far_service) {
            self.keyring.pick_destination(&catalog, own, binding.remote_principal, now)?;
            if !binding.anonymous {
                self.keyring.pick_signing(&catalog, own, owner, now)?;
            }
        } else if encryption && own != database {
            for of in [own, database] {
                self.keyring.master_key(&catalog, of).ok_or_else(|| sql_error!(28050))?;
            }
        }
        Ok(())
    }

    /// SEND on the target service, for the owner of the initiating service. In another database that owner is
    /// somebody only if his own database is trusted (916).
    fn check_local_send(
        &self,
        initiator: ConversationHandle,
        database: DatabaseId,
        service: &duologue_catalog::objects::Service,
    ) -> Result<(), LocalRefusal> {
        let Some(endpoint) = self.conversations.get(initiator) else { return Ok(()) };
        let allowed = match endpoint.database == database {
            true => self.catalog.principal_has_send(database, endpoint.principal, service.id),
            false => {
                let user = self.user_in_other_database(endpoint, database)?;
                self.catalog.principal_has_send(database, user, service.id)
            }
        };
        let public = self.catalog.principal_has_send(database, PUBLIC, service.id);
        if allowed || public || endpoint.system == Some(SystemUse::ConfigurationNotice) {
            Ok(())
        } else {
            Err(LocalRefusal::Fatal(sql_error!(8494, service.name)))
        }
    }

    fn user_in_other_database(
        &self,
        endpoint: &Endpoint,
        database: DatabaseId,
    ) -> Result<duologue_types::PrincipalId, SqlError> {
        use duologue_catalog::permissions::SecurityContext;
        let context = SecurityContext::for_user(&self.catalog, endpoint.database, endpoint.principal);
        match context.enter(&self.catalog, database) {
            Ok(entered) => Ok(entered.user),
            Err(error) => Err(sql_error!(28005, error.number, error.state, error.text)),
        }
    }
}

/// A message within the instance as the receiving half sees it: whole and in order.
fn local_arrival(endpoint: &Endpoint, kind: Kind, sequence: u64) -> Envelope {
    Envelope {
        kind,
        conversation_id: endpoint.conversation,
        from_initiator: !endpoint.is_initiator,
        from_service: endpoint.far_service.clone(),
        from_broker_instance: endpoint.far_broker_instance.unwrap_or_default(),
        to_service: Default::default(),
        to_broker_instance: None,
        contract: Default::default(),
        message_type: Default::default(),
        sequence,
        fragment: Fragment::whole(0),
        has_body: false,
        initiator_saw_first_ack: false,
        time_to_live: 0,
        sealed_at: 0,
        seconds_consumed: 0,
        priority: 5,
        hops_remaining: 0,
        security: None,
        acknowledgement: None,
        body: Bytes::new(),
    }
}
