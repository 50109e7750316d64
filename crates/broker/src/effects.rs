//! What a committed DDL statement means for what is running.

use duologue_catalog::ddl::Effect;
use duologue_messages::sql_error;
use duologue_store::Key;
use duologue_types::{ConversationHandle, DatabaseId, ObjectId, ServiceId, Timestamp};

use crate::action::Action;
use crate::conversations::Endpoint;
use crate::instance::Instance;
use crate::transmission::{OutgoingKind, OutgoingMessage};

impl Instance {
    pub(crate) fn apply_effect(&mut self, effect: Effect, now: Timestamp) {
        match effect {
            Effect::QueueSwitchedOff { database, queue } => self.wake_all_receivers((database, queue)),
            Effect::QueueDropped { database, queue } => self.drop_queue(database, queue),
            Effect::ServiceMoved { database, service, from, .. } => {
                self.move_service(database, service, from)
            }
            Effect::ServiceDropped { database, service } => {
                self.end_conversations(now, 8470, |found| {
                    found.database == database && found.service == service
                });
            }
            Effect::ContractDropped { database, contract } => {
                self.end_conversations(now, 8487, |found| {
                    found.database == database && found.contract == contract
                });
            }
            Effect::EndpointChanged { .. } | Effect::EndpointDropped { .. } => {
                self.act(Action::ListenerChanged)
            }
            Effect::NewBroker { database } => self.remove_conversations(|found| found.database == database),
            Effect::ErrorBrokerConversations { database } => {
                let handles = self.handles(|found| found.database == database);
                self.fail_all(handles, &sql_error!(9719), now);
            }
            Effect::CertificatesChanged { database } => {
                self.keyring.forget_database(database);
                self.key_exchange = Default::default();
            }
            Effect::EventNotificationDropped { conversation, .. } => self.end_event_dialog(conversation, now),
            Effect::RoutesChanged { database } => self.reroute(database, now),
            Effect::DatabaseDropped { database } => self.drop_database(database),
            Effect::TableDropped { database, table } => self.drop_table(database, table),
            Effect::TableCreated { .. }
            | Effect::TableChanged { .. }
            | Effect::QueueCreated { .. }
            | Effect::QueueSwitchedOn { .. }
            | Effect::QueueChanged { .. }
            | Effect::ServiceCreated { .. }
            | Effect::ServiceChanged { .. }
            | Effect::BrokerEnabled { .. }
            | Effect::BrokerDisabled { .. }
            | Effect::PriorityHonoringChanged { .. }
            | Effect::BindingsChanged { .. }
            | Effect::PermissionsChanged { .. }
            | Effect::EventNotificationCreated { .. }
            | Effect::DatabaseCreated { .. } => {}
        }
    }

    /// After any change of the catalog: what was delayed may go now.
    pub(crate) fn catalog_changed(&mut self, now: Timestamp) {
        self.reclassify(now);
    }

    fn handles(&self, which: impl Fn(&Endpoint) -> bool) -> Vec<ConversationHandle> {
        let mut handles: Vec<_> = self
            .conversations
            .iter()
            .filter(|endpoint| which(endpoint))
            .map(|endpoint| endpoint.handle)
            .collect();
        handles.sort_unstable();
        handles
    }

    fn remove_conversations(&mut self, which: impl Fn(&Endpoint) -> bool) {
        for handle in self.handles(which) {
            self.remove_endpoint(handle);
        }
    }

    /// A service or contract is gone: local far sides get an Error, remote ones when they send again; this side's rows
    /// go.
    fn end_conversations(&mut self, now: Timestamp, number: i32, which: impl Fn(&Endpoint) -> bool) {
        let error = duologue_messages::SqlError::new(number, &[]);
        for handle in self.handles(which) {
            let counterpart = self
                .conversations
                .get(handle)
                .and_then(|endpoint| self.conversations.find(endpoint.conversation, !endpoint.is_initiator));
            if let Some(counterpart) = counterpart {
                self.fail_endpoint(counterpart, &error, now);
            }
            self.forget_endpoint(handle, now);
        }
    }

    fn end_event_dialog(&mut self, handle: ConversationHandle, now: Timestamp) {
        use crate::conversations::LocalEnd;
        use crate::system::END_DIALOG;
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let nothing_to_tell = endpoint.far_end.is_some() || endpoint.local.send_sequence == 0;
        let sequence = endpoint.local.send_sequence;
        endpoint.local.end =
            Some(LocalEnd { sequence: (!nothing_to_tell).then_some(sequence), with_error: false });
        if !nothing_to_tell {
            endpoint.local.send_sequence += 1;
            let message = OutgoingMessage {
                sequence,
                message_type: END_DIALOG.into(),
                kind: OutgoingKind::End,
                body: None,
                enqueued: now,
            };
            self.send_committed(handle, message, now);
        }
        self.save_endpoint(handle);
        self.close_if_finished(handle, now);
    }

    /// A service's messages follow it to its new queue. What an open transaction has received stays: it is gone when
    /// that commits, and follows when it is given back.
    fn move_service(&mut self, database: DatabaseId, service: ServiceId, from: ObjectId) {
        let from = (database, from);
        for order in self.queues.get(&from).map(|queue| queue.of_service(service)).unwrap_or_default() {
            self.follow_service(from, order);
        }
        self.wake_all_receivers(from);
    }

    fn drop_queue(&mut self, database: DatabaseId, queue: ObjectId) {
        self.wake_all_receivers((database, queue));
        let rows = self.queues.remove(&(database, queue));
        for message in rows.iter().flat_map(|found| found.visible(None)) {
            self.batch.delete(Key::Queue { database, queue, order: message.queuing_order });
        }
    }

    fn drop_table(&mut self, database: DatabaseId, table: ObjectId) {
        for row in self.tables.remove(&(database, table)).into_iter().flat_map(|found| found.rows.into_keys())
        {
            self.batch.delete(Key::Table { database, table, row });
        }
    }

    fn drop_database(&mut self, database: DatabaseId) {
        self.remove_conversations(|endpoint| endpoint.database == database);
        let queues: Vec<_> = self.queues.keys().filter(|key| key.0 == database).copied().collect();
        for (database, queue) in queues {
            self.drop_queue(database, queue);
        }
        let tables: Vec<_> = self.tables.keys().filter(|key| key.0 == database).copied().collect();
        for (database, table) in tables {
            self.drop_table(database, table);
        }
        for name in self.notices.forget_database(database) {
            self.batch.delete(Key::Notice { database, name });
        }
        self.keyring.forget_database(database);
    }
}
