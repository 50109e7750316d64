//! What a commit does to conversations: merges local halves, sends, closes.

use std::mem::take;

use duologue_dialog::REPLAY_PROTECTION;
use duologue_store::Key;
use duologue_types::{ConversationHandle, Timestamp};

use super::{Endpoint, FarEnd, LocalEnd};
use crate::codec::end_of_row;
use crate::instance::{AfterDurable, Instance};
use crate::priorities::validation_letter;
use crate::queues::{MessageStatus, QueueMessage};
use crate::timers::Due;
use crate::transaction::{EndpointDraft, ObjectKey, Transaction};
use crate::transmission::{OutgoingKind, OutgoingMessage, Transmission};

impl Instance {
    /// Applies the conversation part of a transaction that commits.
    pub(crate) fn apply_conversations(&mut self, open: &mut Transaction, now: Timestamp) {
        let created = take(&mut open.created);
        let drafts = take(&mut open.drafts);
        let touched: Vec<_> = created.keys().chain(drafts.keys()).copied().collect();
        for (_, endpoint) in created {
            self.add_endpoint(endpoint);
        }
        for (handle, draft) in drafts {
            if draft.cleanup {
                self.forget_endpoint(handle, now);
            } else {
                self.merge_local_half(handle, draft);
            }
        }
        for (handle, message) in take(&mut open.sends) {
            self.send_committed(handle, message, now);
        }
        for handle in touched {
            self.save_endpoint(handle);
            self.close_if_finished(handle, now);
        }
    }

    /// Makes an endpoint part of the shared state.
    pub(crate) fn add_endpoint(&mut self, mut endpoint: Endpoint) {
        let handle = endpoint.handle;
        endpoint.far_service = self.names.shared(&endpoint.far_service);
        self.timers.arm(endpoint.expires, Due::Lifetime(handle));
        self.conversations.insert(endpoint);
        self.save_endpoint(handle);
    }

    /// Forgets an endpoint with everything it has in queues.
    pub(crate) fn remove_endpoint(&mut self, handle: ConversationHandle) {
        self.delete_conversation_rows(handle);
        self.delete_all_partials(handle);
        let Some(endpoint) = self.conversations.remove(handle) else { return };
        self.batch.delete(Key::Endpoint(handle));
        for sequence in endpoint.outgoing.keys() {
            self.batch.delete(Key::Transmission { handle, sequence: *sequence });
        }
        self.keyring.forget_session_keys(&endpoint);
        self.links.forget(handle);
        self.timers.disarm(handle);
        self.forget_question(handle);
    }

    /// Forgets this side of a conversation: no statement sees it any more. A target that was opened from outside stays
    /// closed for as long as a recorded first message is fresh enough to open it again.
    pub(crate) fn forget_endpoint(&mut self, handle: ConversationHandle, now: Timestamp) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        if endpoint.forgotten {
            return;
        }
        if endpoint.is_initiator || endpoint.far_is_local {
            self.remove_endpoint(handle);
            return;
        }
        self.delete_conversation_rows(handle);
        self.delete_all_partials(handle);
        self.discard_outgoing(handle);
        self.links.forget(handle);
        self.timers.disarm(handle);
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        endpoint.local.end = Some(LocalEnd { sequence: None, with_error: false });
        endpoint.local.timer = None;
        endpoint.far_end.get_or_insert(FarEnd::Error);
        endpoint.transmission = Transmission::default();
        endpoint.forgotten = true;
        let kept_until = now + REPLAY_PROTECTION;
        endpoint.purge_after = Some(kept_until);
        let group = endpoint.local.group;
        self.conversations.leave(handle, group);
        self.timers.arm(kept_until, Due::Purge(handle));
        self.save_endpoint(handle);
    }

    fn delete_all_partials(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let sequences: Vec<_> = endpoint.partials.keys().copied().collect();
        self.delete_partials(handle, &sequences);
    }

    fn merge_local_half(&mut self, handle: ConversationHandle, draft: EndpointDraft) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let mut local = draft.local;
        if !draft.sets_timer && local.end.is_none() {
            local.timer = endpoint.local.timer;
        }
        let before = std::mem::replace(&mut endpoint.local, local.clone());
        let (database, service) = (endpoint.database, endpoint.service);
        if before.group != local.group {
            self.conversations.leave(handle, before.group);
            self.conversations.join(handle, database, service, local.group);
            self.move_conversation_rows(handle);
        }
        if let Some(due) = local.timer {
            self.timers.arm(due, Due::DialogTimer(handle));
        }
        if before.end.is_none() && local.end.is_some() {
            self.delete_unread_partials(handle);
            self.delete_conversation_rows(handle);
        }
    }

    /// Takes a committed message on its way: into the target's queue if that is here, else into the transmission
    /// queue.
    pub(crate) fn send_committed(
        &mut self,
        handle: ConversationHandle,
        message: OutgoingMessage,
        now: Timestamp,
    ) {
        let Some(endpoint) = self.conversations.get_mut(handle).filter(|found| !found.forgotten) else {
            return;
        };
        if message.kind == OutgoingKind::Error {
            endpoint.sent.discard_queued();
        }
        let sequence = endpoint.sent.assign();
        debug_assert_eq!(sequence, message.sequence, "drafts number messages as the endpoint does");
        if endpoint.far_end.is_some() && message.kind != OutgoingKind::Data {
            // The far side finished between the statement and this commit: there is nobody left to tell.
            if let Some(end) = &mut endpoint.local.end {
                end.sequence = None;
            }
            return;
        }
        if message.kind == OutgoingKind::Error {
            self.discard_outgoing(handle);
        }
        self.retain_sent(handle, &message);
        if self.try_local_delivery(handle, &message, now) {
            return;
        }
        self.queue_for_transmission(handle, message);
        self.after_durable(AfterDurable::Send(handle, sequence + 1));
    }

    fn queue_for_transmission(&mut self, handle: ConversationHandle, mut message: OutgoingMessage) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let sequence = message.sequence;
        message.message_type = self.names.shared(&message.message_type);
        let row = message.encode();
        let body = self.bodies.hold(end_of_row(&row, message.body.as_ref()));
        self.batch.put(Key::Transmission { handle, sequence }, row);
        endpoint.outgoing.insert(sequence, Box::new(message.with_body(body)));
        if self.bodies.is_exceeded() && message.body.is_some() {
            self.after_durable(AfterDurable::LeaveOutgoing(handle, sequence));
        }
    }

    /// Drops what waits in the transmission queue.
    pub(crate) fn discard_outgoing(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        for sequence in take(&mut endpoint.outgoing).into_keys() {
            self.batch.delete(Key::Transmission { handle, sequence });
        }
    }

    /// An endpoint that is closed goes: at once, or after the time in which a replayed first message could open it
    /// again.
    pub(crate) fn close_if_finished(&mut self, handle: ConversationHandle, now: Timestamp) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        if endpoint.state() != duologue_dialog::EndpointState::Closed {
            return;
        }
        if endpoint.is_initiator || endpoint.far_is_local {
            let owes_last_word = endpoint.owes_last_word();
            if owes_last_word || endpoint.transmission.owes_acknowledgement() {
                // It goes once the acknowledgement is on its way: the far side waits for that.
                self.discard_outgoing(handle);
                self.delete_conversation_rows(handle);
                self.save_endpoint(handle);
                if owes_last_word {
                    self.say_last_word(handle, now);
                }
            } else {
                self.remove_endpoint(handle);
            }
            return;
        }
        let saw_first_ack = endpoint.far_saw_first_ack.then_some(now);
        let kept_until = duologue_dialog::closed_target_kept_until(saw_first_ack, endpoint.expires);
        endpoint.purge_after.get_or_insert(kept_until);
        let kept_until = endpoint.purge_after.unwrap_or(kept_until);
        self.timers.arm(kept_until, Due::Purge(handle));
        self.delete_all_partials(handle);
        self.discard_outgoing(handle);
        self.delete_conversation_rows(handle);
        self.save_endpoint(handle);
    }

    /// The queue of an endpoint's service.
    pub(crate) fn queue_of(&self, endpoint: &Endpoint) -> Option<ObjectKey> {
        let database = self.catalog.databases.get(&endpoint.database)?;
        Some((endpoint.database, database.services.get(endpoint.service.0)?.queue))
    }

    fn delete_conversation_rows(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let queues: Vec<ObjectKey> = match self.queue_of(endpoint) {
            Some(queue) => vec![queue],
            // The service is gone: its rows are still somewhere.
            None => self.queues.keys().filter(|key| key.0 == endpoint.database).copied().collect(),
        };
        for queue in queues {
            let orders = self.queues.get(&queue).map(|found| found.of_conversation(handle));
            for order in orders.unwrap_or_default() {
                self.delete_from_queue(queue, order);
            }
            self.wake_receivers_of_conversation(queue, handle);
        }
    }

    fn move_conversation_rows(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let (Some(queue), group) = (self.queue_of(endpoint), endpoint.local.group) else { return };
        let Some(found) = self.queues.get_mut(&queue) else { return };
        for order in found.move_conversation(handle, group) {
            self.rewrite(queue, order);
        }
        self.wake_for_message(queue, group, handle);
    }

    /// RETENTION: a copy of a sent message stays in the sender's own queue.
    fn retain_sent(&mut self, handle: ConversationHandle, message: &OutgoingMessage) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let Some(queue) = self.queue_of(endpoint) else { return };
        let Some(database) = self.catalog.databases.get(&queue.0) else { return };
        let retains = database.queues.get(queue.1.0).is_some_and(|found| found.retention);
        if !retains || endpoint.local.end.is_some() {
            return;
        }
        let found = database.message_types.find(&message.message_type);
        let copy = QueueMessage {
            queuing_order: 0,
            status: MessageStatus::RetainedSent,
            priority: endpoint.priority,
            group: endpoint.local.group,
            handle,
            sequence: message.sequence,
            service: endpoint.service,
            contract: endpoint.contract,
            message_type: found.map_or(Default::default(), |found| found.id),
            message_type_name: message.message_type.clone(),
            validation: found.map_or(b'N', |found| validation_letter(found.validation)),
            enqueued: message.enqueued,
            body: message.body.clone(),
        };
        self.enqueue(queue, copy);
    }
}
