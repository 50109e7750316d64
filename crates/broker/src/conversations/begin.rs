//! BEGIN DIALOG.

use std::collections::BTreeMap;

use duologue_catalog::objects::{Contract, Service};
use duologue_catalog::permissions::{Permission, Securable};
use duologue_dialog::{MAX_LIFETIME_SECONDS, ReceiveHalf, SendHalf, expires_at};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{
    BrokerInstance, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, PrincipalId,
    Timestamp, TransactionId,
};

use super::{Caller, DialogSecurity, Endpoint, LocalHalf, SystemUse};
use crate::admission::ENDPOINTS;
use crate::instance::{Attempt, Instance};
use crate::priorities::priority_in;
use crate::transaction::Resource;
use crate::transmission::Transmission;

/// `RELATED_CONVERSATION` or `RELATED_CONVERSATION_GROUP`.
#[derive(Clone, Copy, Debug)]
pub enum RelatedConversation {
    /// Join the group of this conversation.
    Conversation(ConversationHandle),
    /// Join this group, which comes into being if nobody has it.
    Group(ConversationGroupId),
}

/// The statement with its names and values.
#[derive(Clone, Copy, Debug)]
pub struct BeginDialog<'a> {
    /// FROM SERVICE.
    pub from_service: &'a str,
    /// TO SERVICE.
    pub to_service: &'a str,
    /// A broker identifier or `CURRENT DATABASE`.
    pub broker_instance: Option<&'a str>,
    /// ON CONTRACT; `DEFAULT` when absent.
    pub contract: Option<&'a str>,
    /// WITH RELATED_…
    pub related: Option<RelatedConversation>,
    /// WITH LIFETIME in seconds.
    pub lifetime: Option<i64>,
    /// WITH ENCRYPTION.
    pub encryption: bool,
}

/// What a new endpoint needs besides its handle and conversation.
pub(crate) struct NewEndpoint<'a> {
    pub(crate) database: DatabaseId,
    pub(crate) service: &'a Service,
    pub(crate) contract: &'a Contract,
    pub(crate) is_initiator: bool,
    pub(crate) far_service: &'a str,
    pub(crate) far_broker_instance: Option<BrokerInstance>,
    pub(crate) begun: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) far_is_local: bool,
    pub(crate) encryption: bool,
    pub(crate) priority: u8,
    pub(crate) owner: PrincipalId,
    pub(crate) system: Option<SystemUse>,
}

impl Endpoint {
    pub(crate) fn new(
        handle: ConversationHandle,
        conversation: ConversationId,
        group: ConversationGroupId,
        new: &NewEndpoint<'_>,
    ) -> Self {
        Self {
            handle,
            conversation,
            is_initiator: new.is_initiator,
            database: new.database,
            service: new.service.id,
            contract: new.contract.id,
            far_service: new.far_service.into(),
            far_broker_instance: new.far_broker_instance,
            begun: new.begun,
            expires: new.expires,
            far_is_local: new.far_is_local,
            far_saw_first_ack: false,
            forgotten: false,
            priority: new.priority,
            system: new.system,
            encryption: new.encryption,
            principal: new.owner,
            far_principal: PrincipalId(0),
            security: DialogSecurity::Undecided,
            local: LocalHalf { group, send_sequence: 0, end: None, timer: None },
            received: ReceiveHalf::new(),
            far_end: None,
            sent: SendHalf::new(),
            purge_after: None,
            outgoing: BTreeMap::new(),
            partials: Default::default(),
            transmission: Transmission::default(),
        }
    }
}

impl Instance {
    /// BEGIN DIALOG: makes the initiator's endpoint, visible to others once the transaction commits. No check that
    /// the target exists, no network.
    pub fn begin_dialog(
        &mut self,
        caller: Caller<'_>,
        request: BeginDialog<'_>,
    ) -> Result<Attempt<ConversationHandle>, SqlError> {
        let catalog = self.catalog_for(Some(caller.transaction));
        let database = catalog.databases.get(&caller.database()).ok_or_else(|| sql_error!(8442))?;
        let service = database.services.find(request.from_service).cloned();
        let service = service.ok_or_else(|| sql_error!(8423, request.from_service))?;
        let contract_name = request.contract.unwrap_or("DEFAULT");
        let contract = database.contracts.find(contract_name).cloned();
        let contract = contract.ok_or_else(|| sql_error!(8425, contract_name))?;
        let _granted =
            catalog.require(caller.security, Permission::Receive, Securable::Object(service.queue))?;
        let _granted =
            catalog.require(caller.security, Permission::References, Securable::Contract(contract.id))?;
        let expires = lifetime(request.lifetime, caller.now)?;
        let far_broker_instance = match request.broker_instance {
            Some(text) => Some(broker_instance(text, database.settings.broker_instance)?),
            None => None,
        };
        let priority = priority_in(database, &contract, &service, request.to_service);
        if let Some(blocked) = self.admit(caller.transaction, caller.database(), ENDPOINTS)? {
            return Ok(Attempt::Blocked(blocked));
        }
        let group = match self.related_group(caller, request.related, &service)? {
            Some(group) => group,
            None => ConversationGroupId(self.new_guid()),
        };
        if let Some(blocked) = self.lock(caller.transaction, Resource::Group(group))? {
            return Ok(Attempt::Blocked(blocked));
        }
        let new = NewEndpoint {
            database: caller.database(),
            service: &service,
            contract: &contract,
            is_initiator: true,
            far_service: request.to_service,
            far_broker_instance,
            begun: caller.now,
            expires,
            far_is_local: false,
            encryption: request.encryption,
            priority,
            owner: service.owner,
            system: None,
        };
        Ok(Attempt::Ready(self.create_endpoint(caller.transaction, group, &new)))
    }

    /// Makes an initiator's endpoint in a transaction.
    pub(crate) fn create_endpoint(
        &mut self,
        transaction: TransactionId,
        group: ConversationGroupId,
        new: &NewEndpoint<'_>,
    ) -> ConversationHandle {
        let handle = ConversationHandle(self.new_guid());
        let conversation = ConversationId(self.new_guid());
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.create_endpoint(Endpoint::new(handle, conversation, group, new));
        }
        handle
    }

    /// The group that RELATED_… names, which must be the FROM SERVICE's (9610).
    fn related_group(
        &self,
        caller: Caller<'_>,
        related: Option<RelatedConversation>,
        service: &Service,
    ) -> Result<Option<ConversationGroupId>, SqlError> {
        let (group, other, clause, value) = match related {
            None => return Ok(None),
            Some(RelatedConversation::Conversation(handle)) => {
                let (endpoint, local) = self.usable_endpoint(caller, handle)?;
                (local.group, Some(endpoint.service), "RELATED_CONVERSATION", handle.0)
            }
            Some(RelatedConversation::Group(group)) => {
                (group, self.service_of_group(caller, group)?, "RELATED_CONVERSATION_GROUP", group.0)
            }
        };
        match other {
            Some(other) if other != service.id => {
                let catalog = self.catalog_for(Some(caller.transaction));
                let other =
                    catalog.databases.get(&caller.database()).and_then(|found| found.services.get(other.0));
                let other = other.map_or("", |found| found.name.as_str());
                Err(sql_error!(9610, service.name, other, clause, value))
            }
            _ => Ok(Some(group)),
        }
    }
}

fn lifetime(seconds: Option<i64>, now: Timestamp) -> Result<Timestamp, SqlError> {
    let seconds = seconds.unwrap_or(i64::from(MAX_LIFETIME_SECONDS));
    match u32::try_from(seconds) {
        Ok(valid) if (1..=MAX_LIFETIME_SECONDS).contains(&valid) => Ok(expires_at(now, valid)),
        _ => Err(sql_error!(8411, seconds, 1, MAX_LIFETIME_SECONDS)),
    }
}

/// A broker instance as statements write it.
pub(crate) fn broker_instance(text: &str, current: BrokerInstance) -> Result<BrokerInstance, SqlError> {
    if text.len() > 256 {
        return Err(sql_error!(8413, text));
    }
    if text.eq_ignore_ascii_case("CURRENT DATABASE") {
        return Ok(current);
    }
    text.parse().map(BrokerInstance).map_err(|_| sql_error!(1093, text))
}
