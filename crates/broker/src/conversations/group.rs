//! Conversation groups: GET CONVERSATION GROUP, MOVE CONVERSATION.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_dialog::Verb;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationGroupId, ConversationHandle, ServiceId};

use super::Caller;
use crate::instance::{Attempt, Instance};
use crate::transaction::{ObjectKey, Resource};

impl Instance {
    /// The service of a group as the caller sees it; `None` when nobody has the group.
    pub(crate) fn service_of_group(
        &self,
        caller: Caller<'_>,
        group: ConversationGroupId,
    ) -> Result<Option<ServiceId>, SqlError> {
        if let Some(found) = self.conversations.group(group) {
            return match found.database == caller.database() {
                true => Ok(Some(found.service)),
                false => Err(sql_error!(8414, group)),
            };
        }
        let created = self.transactions.get(&caller.transaction).into_iter().flat_map(|open| {
            open.created.values().filter(|endpoint| {
                open.drafts.get(&endpoint.handle).map_or(&endpoint.local, |draft| &draft.local).group == group
            })
        });
        Ok(created.map(|endpoint| endpoint.service).next())
    }

    /// GET CONVERSATION GROUP: the next group with ready messages, locked; `None` when there is none.
    pub fn get_conversation_group(
        &mut self,
        caller: Caller<'_>,
        queue: ObjectKey,
    ) -> Result<Option<ConversationGroupId>, SqlError> {
        let catalog = self.catalog_for(Some(caller.transaction));
        let _granted = catalog.require(caller.security, Permission::Receive, Securable::Object(queue.1))?;
        self.check_queue_enabled(queue)?;
        Ok(self.lock_next_group(caller.transaction, queue))
    }

    /// MOVE CONVERSATION: to another group of the same service.
    pub fn move_conversation(
        &mut self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        group: ConversationGroupId,
    ) -> Result<Attempt<()>, SqlError> {
        let service = self.usable_endpoint(caller, handle)?.0.service;
        match self.service_of_group(caller, group)? {
            None => return Err(sql_error!(8436, group)),
            Some(other) if other != service => return Err(sql_error!(8439, group)),
            Some(_) => {}
        }
        self.require_receive_on_service(caller, service)?;
        if let Some(blocked) = self.lock_conversation(caller, handle)? {
            return Ok(Attempt::Blocked(blocked));
        }
        if let Some(blocked) = self.lock(caller.transaction, Resource::Group(group))? {
            return Ok(Attempt::Blocked(blocked));
        }
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        endpoint.state_with(local).check(Verb::Move)?;
        self.change_local(caller.transaction, handle, |draft| draft.local.group = group);
        Ok(Attempt::Ready(()))
    }

    /// RECEIVE on the queue of a service of the current database: what SEND, END and MOVE ask for.
    pub(crate) fn require_receive_on_service(
        &self,
        caller: Caller<'_>,
        service: ServiceId,
    ) -> Result<(), SqlError> {
        let catalog = self.catalog_for(Some(caller.transaction));
        let database = catalog.databases.get(&caller.database()).ok_or_else(|| sql_error!(8442))?;
        let service = database.services.get(service.0).ok_or_else(|| sql_error!(8468))?;
        catalog.require(caller.security, Permission::Receive, Securable::Object(service.queue)).map(|_| ())
    }
}
