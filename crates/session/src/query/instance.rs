//! The broker's instance as queries see it.

use std::sync::Arc;

use duologue_broker::{Endpoint, Instance, OutgoingKind, OutgoingMessage};
use duologue_catalog::Catalog;
use duologue_messages::SqlError;
use duologue_types::{ConversationHandle, DatabaseId, ObjectId, Timestamp, TransactionId, Value};

use super::snapshot::{
    BrokerConnection, ConversationEndpoint, ConversationGroup, OtherSession, QueueMessage, Snapshot,
    TransmissionMessage,
};

/// An instance as one of its transactions sees it. Conversations are the committed ones.
#[derive(Clone, Copy)]
pub struct InstanceSnapshot<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// The statement's transaction, if it has one.
    pub transaction: Option<TransactionId>,
}

impl Snapshot for InstanceSnapshot<'_> {
    fn catalog(&self) -> &Catalog {
        self.instance.catalog_for(self.transaction)
    }

    fn table_rows(&self, database: DatabaseId, table: ObjectId) -> Vec<(u64, Arc<[Value]>)> {
        self.instance.table_rows(self.transaction, (database, table))
    }

    fn queue_messages(
        &self,
        database: DatabaseId,
        queue: ObjectId,
    ) -> Box<dyn Iterator<Item = Result<QueueMessage, SqlError>> + '_> {
        let messages = self.instance.queue_messages((database, queue), self.transaction);
        Box::new(messages.map(|message| message.map(|message| QueueMessage::from(&message))))
    }

    fn conversation_endpoints(&self, database: DatabaseId) -> Vec<ConversationEndpoint> {
        let mut found: Vec<&Endpoint> = self.endpoints(database).collect();
        found.sort_unstable_by_key(|endpoint| (endpoint.begun, endpoint.handle));
        found.into_iter().map(conversation_endpoint).collect()
    }

    fn conversation_groups(&self, database: DatabaseId) -> Vec<ConversationGroup> {
        let groups = self.instance.conversations().groups().filter(|(_, group)| group.database == database);
        let shown = |(id, group): (_, &duologue_broker::Group)| {
            let member = group.members.first().and_then(|handle| self.instance.conversations().get(*handle));
            let is_system = member.is_some_and(|endpoint| endpoint.system.is_some());
            ConversationGroup { group: id, service: group.service, is_system }
        };
        let mut shown: Vec<_> = groups.map(shown).collect();
        shown.sort_unstable_by_key(|group| group.group);
        shown
    }

    fn transmission_queue(&self, database: DatabaseId) -> Result<Vec<TransmissionMessage>, SqlError> {
        let outgoing = |endpoint| outgoing(self.instance, endpoint);
        let mut rows: Vec<_> = self.endpoints(database).flat_map(outgoing).collect::<Result<_, _>>()?;
        rows.sort_by_key(|row: &TransmissionMessage| (row.enqueued, row.handle, row.sequence));
        Ok(rows)
    }

    fn transmission_status(&self, database: DatabaseId, handle: ConversationHandle) -> Option<String> {
        let endpoint = self.instance.conversations().get(handle)?;
        let shown = endpoint.database == database && !endpoint.forgotten;
        shown.then(|| endpoint.transmission_status().to_owned())
    }

    fn other_sessions(&self) -> Vec<OtherSession> {
        let facts = self.instance.sessions().filter_map(|(_, entry)| entry.facts.downcast_ref());
        facts.cloned().collect()
    }

    fn broker_connections(&self) -> Vec<BrokerConnection> {
        self.instance.broker_connections().cloned().collect()
    }
}

impl<'a> InstanceSnapshot<'a> {
    fn endpoints(&self, database: DatabaseId) -> impl Iterator<Item = &'a Endpoint> {
        let all = self.instance.conversations().iter();
        all.filter(move |endpoint| endpoint.database == database && !endpoint.forgotten)
    }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<&duologue_broker::QueueMessage> for QueueMessage {
    fn from(message: &duologue_broker::QueueMessage) -> Self {
        Self {
            status: message.status as u8,
            priority: message.priority,
            queuing_order: number(message.queuing_order),
            group: message.group,
            handle: message.handle,
            sequence: number(message.sequence),
            service: message.service,
            contract: message.contract,
            message_type: message.message_type,
            message_type_name: message.message_type_name.clone(),
            validation: char::from(message.validation),
            body: message.body.clone(),
            enqueued: message.enqueued,
        }
    }
}

fn conversation_endpoint(endpoint: &Endpoint) -> ConversationEndpoint {
    let state = endpoint.state();
    let expected = endpoint.received.expected();
    let last = endpoint.received.last_out_of_order();
    let fragment = |fragment| i32::try_from(fragment).unwrap_or(i32::MAX);
    ConversationEndpoint {
        handle: endpoint.handle,
        conversation: endpoint.conversation,
        is_initiator: endpoint.is_initiator,
        contract: endpoint.contract,
        group: endpoint.local.group,
        service: endpoint.service,
        expires: endpoint.expires,
        state: state.code(),
        state_description: state.description(),
        far_service: endpoint.far_service.clone(),
        far_broker_instance: endpoint.far_broker_instance,
        principal: endpoint.principal,
        far_principal: endpoint.far_principal,
        outbound_session_key: endpoint.outbound_key_id(),
        inbound_session_key: endpoint.inbound_key_id(),
        // A target that is closed shows here when it goes.
        security_timestamp: endpoint.purge_after.unwrap_or(Timestamp::NONE),
        dialog_timer: endpoint.local.timer,
        send_sequence: number(endpoint.local.send_sequence),
        end_dialog_sequence: endpoint.local.end.and_then(|end| end.sequence).map_or(-1, number),
        receive_sequence: number(expected.sequence),
        receive_sequence_fragment: fragment(expected.fragment),
        first_out_of_order: endpoint.received.first_out_of_order().map_or(-1, number),
        last_out_of_order: last.map_or(-1, |last| number(last.sequence)),
        last_out_of_order_fragment: last.map_or(-1, |last| fragment(last.fragment)),
        is_system: endpoint.system.is_some(),
        priority: endpoint.priority,
    }
}

fn outgoing<'a>(
    instance: &'a Instance,
    endpoint: &'a Endpoint,
) -> impl Iterator<Item = Result<TransmissionMessage, SqlError>> + 'a {
    let row = |message: OutgoingMessage| TransmissionMessage {
        handle: endpoint.handle,
        to_service: endpoint.far_service.clone(),
        to_broker_instance: endpoint.far_broker_instance,
        service: endpoint.service,
        contract: endpoint.contract,
        enqueued: message.enqueued,
        sequence: number(message.sequence),
        message_type_name: message.message_type,
        is_error: message.kind == OutgoingKind::Error,
        is_end: message.kind == OutgoingKind::End,
        body: message.body,
        status: endpoint.transmission_status().to_owned(),
        priority: endpoint.priority,
    };
    instance.outgoing_messages(endpoint).map(move |message| message.map(row))
}
