//! Conversations: their endpoints and groups, and the statements that begin, use and end them.

mod apply;
mod begin;
mod end;
mod endpoint;
mod group;
mod row;
mod security;
mod send;
mod timer;

use std::collections::HashMap;

use duologue_catalog::permissions::SecurityContext;
use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::{
    ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, ServiceId, Timestamp, TransactionId,
};

pub(crate) use begin::NewEndpoint;
pub use begin::{BeginDialog, RelatedConversation};
pub use end::EndMode;
pub use endpoint::{Endpoint, FarEnd, LocalEnd, LocalHalf, SystemUse};
pub use security::{DialogSecurity, SecuredDialog, StoredSessionKey};
pub use send::SendRequest;

use crate::instance::{Blocked, Instance};
use crate::shrink::shrink_sparse;
use crate::transaction::{EndpointDraft, Resource};

/// Who runs a statement, in which transaction, when.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The statement's transaction.
    pub transaction: TransactionId,
    /// Effective login, database and user.
    pub security: &'a SecurityContext,
    /// Now.
    pub now: Timestamp,
}

impl Caller<'_> {
    /// The current database.
    pub fn database(&self) -> DatabaseId {
        self.security.database
    }
}

/// A conversation group that has members.
#[derive(Debug)]
pub struct Group {
    /// Where it lives.
    pub database: DatabaseId,
    /// All its conversations belong to this service.
    pub service: ServiceId,
    /// Its conversations, ascending. Most groups have one.
    pub members: Vec<ConversationHandle>,
}

/// All committed endpoints.
#[derive(Default)]
pub struct Conversations {
    /// Boxed, so that growing moves pointers.
    endpoints: HashMap<ConversationHandle, Box<Endpoint>>,
    by_conversation: HashMap<(ConversationId, bool), ConversationHandle>,
    groups: HashMap<ConversationGroupId, Group>,
}

impl Conversations {
    /// The endpoint with that handle.
    pub fn get(&self, handle: ConversationHandle) -> Option<&Endpoint> {
        self.endpoints.get(&handle).map(|endpoint| &**endpoint)
    }

    pub(crate) fn get_mut(&mut self, handle: ConversationHandle) -> Option<&mut Endpoint> {
        self.endpoints.get_mut(&handle).map(|endpoint| &mut **endpoint)
    }

    /// One side of a conversation.
    pub fn find(&self, conversation: ConversationId, is_initiator: bool) -> Option<ConversationHandle> {
        self.by_conversation.get(&(conversation, is_initiator)).copied()
    }

    /// The group with that id.
    pub fn group(&self, group: ConversationGroupId) -> Option<&Group> {
        self.groups.get(&group)
    }

    /// All endpoints, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values().map(|endpoint| &**endpoint)
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = (ConversationGroupId, &Group)> {
        self.groups.iter().map(|(id, group)| (*id, group))
    }

    pub(crate) fn insert(&mut self, endpoint: Endpoint) {
        if !endpoint.forgotten {
            self.join(endpoint.handle, endpoint.database, endpoint.service, endpoint.local.group);
        }
        self.by_conversation.insert((endpoint.conversation, endpoint.is_initiator), endpoint.handle);
        self.endpoints.insert(endpoint.handle, Box::new(endpoint));
    }

    pub(crate) fn remove(&mut self, handle: ConversationHandle) -> Option<Endpoint> {
        let endpoint = self.endpoints.remove(&handle)?;
        self.by_conversation.remove(&(endpoint.conversation, endpoint.is_initiator));
        self.leave(handle, endpoint.local.group);
        shrink_sparse(&mut self.endpoints);
        shrink_sparse(&mut self.by_conversation);
        Some(*endpoint)
    }

    pub(crate) fn join(
        &mut self,
        handle: ConversationHandle,
        database: DatabaseId,
        service: ServiceId,
        group: ConversationGroupId,
    ) {
        let new = || Group { database, service, members: Vec::with_capacity(1) };
        let members = &mut self.groups.entry(group).or_insert_with(new).members;
        if let Err(place) = members.binary_search(&handle) {
            members.insert(place, handle);
        }
    }

    pub(crate) fn leave(&mut self, handle: ConversationHandle, group: ConversationGroupId) {
        if let Some(found) = self.groups.get_mut(&group) {
            if let Ok(place) = found.members.binary_search(&handle) {
                found.members.remove(place);
            }
            if found.members.is_empty() {
                self.groups.remove(&group);
                shrink_sparse(&mut self.groups);
            }
        }
    }
}

impl Instance {
    /// The committed conversations.
    pub fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// Which conversation a handle of the current database belongs to, as the caller's transaction sees it.
    pub fn conversation_of(&self, caller: Caller<'_>, handle: ConversationHandle) -> Option<ConversationId> {
        self.endpoint_seen_by(caller, handle).map(|(endpoint, _)| endpoint.conversation)
    }

    /// An endpoint of the current database as the caller's transaction sees it.
    pub(crate) fn endpoint_seen_by(
        &self,
        caller: Caller<'_>,
        handle: ConversationHandle,
    ) -> Option<(&Endpoint, &LocalHalf)> {
        let open = self.transactions.get(&caller.transaction)?;
        let endpoint = open.created.get(&handle).or_else(|| self.conversations.get(handle))?;
        let draft = open.drafts.get(&handle);
        let forgotten = endpoint.forgotten || draft.is_some_and(|draft| draft.cleanup);
        let usable = endpoint.database == caller.database() && !forgotten;
        usable.then(|| (endpoint, draft.map_or(&endpoint.local, |draft| &draft.local)))
    }

    /// The same, or error 8426.
    pub(crate) fn usable_endpoint(
        &self,
        caller: Caller<'_>,
        handle: ConversationHandle,
    ) -> Result<(&Endpoint, &LocalHalf), SqlError> {
        self.endpoint_seen_by(caller, handle).ok_or_else(|| sql_error!(8426, handle))
    }

    /// Locks the group of a conversation. The group may move while the caller waits, so callers look again.
    pub(crate) fn lock_conversation(
        &mut self,
        caller: Caller<'_>,
        handle: ConversationHandle,
    ) -> Result<Option<Blocked>, SqlError> {
        let group = self.usable_endpoint(caller, handle)?.1.group;
        self.lock(caller.transaction, Resource::Group(group))
    }

    /// Changes the local half in the caller's transaction, which holds the group's lock.
    pub(crate) fn change_local(
        &mut self,
        transaction: TransactionId,
        handle: ConversationHandle,
        change: impl FnOnce(&mut EndpointDraft),
    ) {
        let Some(open) = self.transactions.get_mut(&transaction) else { return };
        let draft = open.drafts.get(&handle).cloned().or_else(|| {
            let endpoint = open.created.get(&handle).or_else(|| self.conversations.get(handle))?;
            Some(EndpointDraft { local: endpoint.local.clone(), cleanup: false, sets_timer: false })
        });
        if let Some(mut draft) = draft {
            change(&mut draft);
            open.set_draft(handle, draft);
        }
    }

    /// Has an endpoint's row stored with the current batch, once however often it changes.
    pub(crate) fn save_endpoint(&mut self, handle: ConversationHandle) {
        self.unsaved.insert(handle);
    }

    /// Writes the rows of the endpoints that the current call changed.
    pub(crate) fn write_endpoints(&mut self) {
        for handle in std::mem::take(&mut self.unsaved) {
            if let Some(endpoint) = self.conversations.get(handle) {
                self.batch.put(Key::Endpoint(handle), endpoint.encode());
            }
        }
    }
}
