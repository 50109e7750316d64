//! SEND.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::objects::SentBy;
use duologue_dialog::{MAX_MESSAGE_LENGTH, Verb};
use duologue_messages::{SqlError, sql_error};
use duologue_types::ConversationHandle;

use super::Caller;
use crate::admission::QUEUED_MESSAGES;
use crate::instance::{Attempt, Instance};
use crate::transmission::{OutgoingKind, OutgoingMessage};

/// The statement with its values.
#[derive(Clone, Debug)]
pub struct SendRequest<'a> {
    /// One handle, or several that all get the message; `None` is NULL.
    pub handles: &'a [Option<ConversationHandle>],
    /// MESSAGE TYPE; `DEFAULT` when absent.
    pub message_type: &'a str,
    /// The body; a zero-length one counts as none.
    pub body: Option<Bytes>,
}

impl Instance {
    /// SEND: all handles or none.
    pub fn send(&mut self, caller: Caller<'_>, request: &SendRequest<'_>) -> Result<Attempt<()>, SqlError> {
        let handles = distinct_handles(request.handles)?;
        for (position, handle) in handles.iter().enumerate() {
            if self.endpoint_seen_by(caller, *handle).is_none() {
                return Err(match handles.len() {
                    1 => sql_error!(8426, handle),
                    _ => sql_error!(8435, handle, position + 1),
                });
            }
        }
        // Before the lock: nobody without rights may hold up others' conversations.
        for handle in &handles {
            let service = self.usable_endpoint(caller, *handle)?.0.service;
            self.require_receive_on_service(caller, service)?;
        }
        if let Some(blocked) = self.admit(caller.transaction, caller.database(), QUEUED_MESSAGES)? {
            return Ok(Attempt::Blocked(blocked));
        }
        for handle in &handles {
            if let Some(blocked) = self.lock_conversation(caller, *handle)? {
                return Ok(Attempt::Blocked(blocked));
            }
        }
        if request.body.as_ref().is_some_and(|body| body.len() as u64 > MAX_MESSAGE_LENGTH) {
            return Err(sql_error!(8459, MAX_MESSAGE_LENGTH));
        }
        for handle in &handles {
            self.check_send(caller, *handle, request.message_type)?;
        }
        let message_type: Arc<str> = request.message_type.into();
        let body = request.body.clone().filter(|body| !body.is_empty());
        for handle in handles {
            self.queue_outgoing(caller, handle, OutgoingKind::Data, message_type.clone(), body.clone());
        }
        Ok(Attempt::Ready(()))
    }

    /// Whether this side may send this type now.
    fn check_send(
        &self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        message_type: &str,
    ) -> Result<(), SqlError> {
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        self.require_receive_on_service(caller, endpoint.service)?;
        endpoint.state_with(local).check(Verb::Send)?;
        let catalog = self.catalog_for(Some(caller.transaction));
        let database = catalog.databases.get(&caller.database()).ok_or_else(|| sql_error!(8442))?;
        let found =
            database.message_types.find(message_type).ok_or_else(|| sql_error!(8428, message_type))?;
        let contract = database.contracts.get(endpoint.contract.0).ok_or_else(|| sql_error!(8425, ""))?;
        match contract.sent_by(found.id) {
            None => return Err(sql_error!(8431, message_type)),
            Some(SentBy::Target) if endpoint.is_initiator => return Err(sql_error!(8432, message_type)),
            Some(SentBy::Initiator) if !endpoint.is_initiator => return Err(sql_error!(8434, message_type)),
            Some(_) => {}
        }
        let queue = database
            .services
            .get(endpoint.service.0)
            .and_then(|service| database.queues.get(service.queue.0));
        match queue {
            Some(queue) if queue.retention && !queue.enabled => Err(sql_error!(9618, queue.name)),
            _ => Ok(()),
        }
    }

    /// Numbers a message and gives it to the transaction; the group's lock is held. Returns its number.
    pub(crate) fn queue_outgoing(
        &mut self,
        caller: Caller<'_>,
        handle: ConversationHandle,
        kind: OutgoingKind,
        message_type: Arc<str>,
        body: Option<Bytes>,
    ) -> u64 {
        let mut sequence = 0;
        self.change_local(caller.transaction, handle, |draft| {
            sequence = draft.local.send_sequence;
            draft.local.send_sequence += 1;
        });
        let message = OutgoingMessage { sequence, message_type, kind, body, enqueued: caller.now };
        if let Some(open) = self.transactions.get_mut(&caller.transaction) {
            open.sends.push((handle, message));
        }
        sequence
    }
}

/// The handles, none NULL and none twice.
fn distinct_handles(handles: &[Option<ConversationHandle>]) -> Result<Vec<ConversationHandle>, SqlError> {
    let mut seen = BTreeSet::new();
    let mut distinct = Vec::with_capacity(handles.len());
    for (index, handle) in handles.iter().enumerate() {
        let position = index + 1;
        let Some(handle) = handle else {
            return Err(if handles.len() == 1 { sql_error!(8418) } else { sql_error!(8441, position) });
        };
        if !seen.insert(*handle) {
            return Err(sql_error!(8451, handle, position));
        }
        distinct.push(*handle);
    }
    Ok(distinct)
}
