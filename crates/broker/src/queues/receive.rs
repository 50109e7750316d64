//! RECEIVE.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationGroupId, ConversationHandle, TransactionId};

use super::key_of;
use super::message::{QueueMessage, QueuedMessage};
use super::queue::ReceiveFilter;
use crate::conversations::Caller;
use crate::instance::{Attempt, Instance};
use crate::transaction::{ObjectKey, Resource};

/// The statement with its values.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveRequest {
    /// FROM.
    pub queue: ObjectKey,
    /// TOP; everything that the group has when absent.
    pub top: Option<u64>,
    /// WHERE.
    pub filter: ReceiveFilter,
}

impl Instance {
    /// RECEIVE: messages of one conversation group, which stays locked to the end of the transaction. Without WHERE
    /// locked groups are passed over; with it the statement waits for the lock. Empty when nothing is ready.
    pub fn receive(
        &mut self,
        caller: Caller<'_>,
        request: ReceiveRequest,
    ) -> Result<Attempt<Vec<QueueMessage>>, SqlError> {
        let catalog = self.catalog_for(Some(caller.transaction));
        let _granted =
            catalog.require(caller.security, Permission::Receive, Securable::Object(request.queue.1))?;
        self.check_queue_enabled(request.queue)?;
        let (group, only) = match request.filter {
            ReceiveFilter::Any => match self.lock_next_group(caller.transaction, request.queue) {
                Some(group) => (group, None),
                None => return Ok(Attempt::Ready(Vec::new())),
            },
            ReceiveFilter::Group(group) => {
                self.check_group_of_queue(caller, request.queue, group)?;
                (group, None)
            }
            ReceiveFilter::Conversation(handle) => {
                (self.group_of_queue_conversation(caller, request.queue, handle)?, Some(handle))
            }
        };
        if let Some(blocked) = self.lock(caller.transaction, Resource::Group(group))? {
            return Ok(Attempt::Blocked(blocked));
        }
        self.take_messages(caller.transaction, request, group, only).map(Attempt::Ready)
    }

    /// Locks the first group in service order that is free or the transaction's own.
    pub(crate) fn lock_next_group(
        &mut self,
        transaction: TransactionId,
        queue: ObjectKey,
    ) -> Option<ConversationGroupId> {
        let found = self.queues.get_mut(&queue)?;
        let locks = &self.locks;
        let own = locks.groups_of(transaction).filter_map(|group| found.place_of(group)).min();
        let is_locked = |group| locks.is_held_by_other(Resource::Group(group), Some(transaction));
        let (_, _, group) = found.first_free(is_locked).into_iter().chain(own).min()?;
        self.locks.try_acquire(transaction, Resource::Group(group)).then_some(group)
    }

    fn take_messages(
        &mut self,
        transaction: TransactionId,
        request: ReceiveRequest,
        group: ConversationGroupId,
        only: Option<ConversationHandle>,
    ) -> Result<Vec<QueueMessage>, SqlError> {
        let limit = request.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX));
        let Some(queue) = self.queues.get_mut(&request.queue) else { return Ok(Vec::new()) };
        let Some(open) = self.transactions.get_mut(&transaction) else { return Ok(Vec::new()) };
        let orders = queue.in_receive_order(group, only, limit);
        let mut messages = Vec::with_capacity(orders.len());
        for order in orders {
            let ended = |message: &QueuedMessage| {
                open.drafts
                    .get(&message.handle)
                    .is_some_and(|draft| draft.cleanup || draft.local.end.is_some())
            };
            match queue.get(order) {
                // END CONVERSATION in this transaction deletes them when it commits.
                Some(message) if ended(message) => {}
                Some(message) => {
                    let body = self.bodies.read(&key_of(request.queue, order), &message.body)?;
                    messages.push(message.with_body(body));
                    queue.take(order, transaction);
                    open.take(request.queue, order);
                }
                None => {}
            }
        }
        if !messages.is_empty() {
            open.received_from.insert(request.queue);
        }
        self.pass_on_wakes(request.queue, group, &messages);
        Ok(messages)
    }

    /// Commit of a received message: gone, or kept where the queue retains.
    pub(crate) fn finish_received(&mut self, queue: ObjectKey, order: u64) {
        let retention = self
            .catalog
            .databases
            .get(&queue.0)
            .and_then(|database| database.queues.get(queue.1.0))
            .is_some_and(|found| found.retention);
        if !retention {
            self.delete_from_queue(queue, order);
            return;
        }
        if self.queues.get_mut(&queue).and_then(|found| found.retain(order)).is_some() {
            self.rewrite(queue, order);
        }
    }

    /// Puts received messages back that their transaction did not keep.
    pub(crate) fn give_back(&mut self, messages: &[(ObjectKey, u64)]) {
        for (queue, order) in messages {
            let Some(found) = self.queues.get_mut(queue) else { continue };
            found.give_back(*order);
            let whose = found.get(*order).map(|message| (message.group, message.handle));
            self.follow_service(*queue, *order);
            if let Some((group, handle)) = whose {
                self.wake_for_message(*queue, group, handle);
            }
        }
    }

    /// 8436 unless the group belongs to a service of this queue.
    fn check_group_of_queue(
        &self,
        caller: Caller<'_>,
        queue: ObjectKey,
        group: ConversationGroupId,
    ) -> Result<(), SqlError> {
        let service = self.service_of_group(caller, group).ok().flatten();
        let catalog = self.catalog_for(Some(caller.transaction));
        let services = catalog.databases.get(&queue.0).map(|database| &database.services);
        let found = service.zip(services).and_then(|(service, services)| services.get(service.0));
        match found {
            Some(service) if service.queue == queue.1 => Ok(()),
            _ => Err(sql_error!(8436, group)),
        }
    }

    /// The group of a conversation of this queue, or 8426.
    fn group_of_queue_conversation(
        &self,
        caller: Caller<'_>,
        queue: ObjectKey,
        handle: ConversationHandle,
    ) -> Result<ConversationGroupId, SqlError> {
        let (endpoint, local) = self.usable_endpoint(caller, handle)?;
        let catalog = self.catalog_for(Some(caller.transaction));
        let service =
            catalog.databases.get(&queue.0).and_then(|database| database.services.get(endpoint.service.0));
        match service {
            Some(service) if service.queue == queue.1 && local.end.is_none() => Ok(local.group),
            _ => Err(sql_error!(8426, handle)),
        }
    }
}
