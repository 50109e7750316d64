//! The seam between queries and the broker: one consistent view of the instance.

use std::sync::Arc;

use bytes::Bytes;
pub use duologue_broker::BrokerConnection;
use duologue_catalog::Catalog;
use duologue_messages::SqlError;
use duologue_types::{
    BrokerInstance, ContractId, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, Guid,
    MessageTypeId, ObjectId, PrincipalId, ServiceId, SessionId, Timestamp, Value,
};

use crate::state::SessionState;

/// The instance as a transaction sees it: what a query may read.
pub trait Snapshot {
    /// The catalog.
    fn catalog(&self) -> &Catalog;
    /// A user table's rows with their numbers, one value for each column id from 1.
    fn table_rows(&self, database: DatabaseId, table: ObjectId) -> Vec<(u64, Arc<[Value]>)>;
    /// A queue's messages, by arrival.
    fn queue_messages(
        &self,
        database: DatabaseId,
        queue: ObjectId,
    ) -> Box<dyn Iterator<Item = Result<QueueMessage, SqlError>> + '_>;
    /// Conversation endpoints of a database.
    fn conversation_endpoints(&self, database: DatabaseId) -> Vec<ConversationEndpoint>;
    /// Conversation groups of a database.
    fn conversation_groups(&self, database: DatabaseId) -> Vec<ConversationGroup>;
    /// Messages of a database that wait for their transmission.
    fn transmission_queue(&self, database: DatabaseId) -> Result<Vec<TransmissionMessage>, SqlError>;
    /// `GET_TRANSMISSION_STATUS`: why the conversation's messages don't move; `None` without such an endpoint.
    fn transmission_status(&self, database: DatabaseId, handle: ConversationHandle) -> Option<String>;

    /// `sys.dm_broker_connections`.
    fn broker_connections(&self) -> Vec<BrokerConnection> {
        Vec::new()
    }

    /// `sys.dm_broker_queue_monitors`.
    fn queue_monitors(&self) -> Vec<QueueMonitor> {
        Vec::new()
    }

    /// `sys.dm_broker_activated_tasks`.
    fn activated_tasks(&self) -> Vec<ActivatedTask> {
        Vec::new()
    }

    /// Sessions as they last showed themselves; the one that asks may be among them.
    fn other_sessions(&self) -> Vec<OtherSession> {
        Vec::new()
    }
}

/// A row of a queue.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of a queue")]
pub struct QueueMessage {
    pub status: u8,
    pub priority: u8,
    pub queuing_order: i64,
    pub group: ConversationGroupId,
    pub handle: ConversationHandle,
    pub sequence: i64,
    pub service: ServiceId,
    pub contract: ContractId,
    pub message_type: MessageTypeId,
    pub message_type_name: Arc<str>,
    /// `E`, `N` or `X`.
    pub validation: char,
    pub body: Option<Bytes>,
    pub enqueued: Timestamp,
}

/// A row of `sys.conversation_endpoints`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct ConversationEndpoint {
    pub handle: ConversationHandle,
    pub conversation: ConversationId,
    pub is_initiator: bool,
    pub contract: ContractId,
    pub group: ConversationGroupId,
    pub service: ServiceId,
    pub expires: Timestamp,
    /// `SO`, `SI`, `CO` …
    pub state: &'static str,
    pub state_description: &'static str,
    pub far_service: Arc<str>,
    pub far_broker_instance: Option<BrokerInstance>,
    pub principal: PrincipalId,
    pub far_principal: PrincipalId,
    pub outbound_session_key: Guid,
    pub inbound_session_key: Guid,
    pub security_timestamp: Timestamp,
    pub dialog_timer: Option<Timestamp>,
    pub send_sequence: i64,
    /// −1 for none.
    pub end_dialog_sequence: i64,
    pub receive_sequence: i64,
    pub receive_sequence_fragment: i32,
    /// −1 for none.
    pub first_out_of_order: i64,
    /// −1 for none.
    pub last_out_of_order: i64,
    /// −1 for none.
    pub last_out_of_order_fragment: i32,
    pub is_system: bool,
    pub priority: u8,
}

/// A row of `sys.conversation_groups`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct ConversationGroup {
    pub group: ConversationGroupId,
    pub service: ServiceId,
    pub is_system: bool,
}

/// A row of `sys.transmission_queue`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct TransmissionMessage {
    pub handle: ConversationHandle,
    pub to_service: Arc<str>,
    pub to_broker_instance: Option<BrokerInstance>,
    pub service: ServiceId,
    pub contract: ContractId,
    pub enqueued: Timestamp,
    pub sequence: i64,
    pub message_type_name: Arc<str>,
    pub is_error: bool,
    pub is_end: bool,
    pub body: Option<Bytes>,
    /// Empty when no attempt has failed.
    pub status: String,
    pub priority: u8,
}

/// A row of `sys.dm_broker_queue_monitors`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct QueueMonitor {
    pub database: DatabaseId,
    pub queue: ObjectId,
    /// `INACTIVE`, `NOTIFIED`, `RECEIVES_OCCURRING`.
    pub state: &'static str,
    pub last_empty_rowset: Option<Timestamp>,
    pub last_activated: Option<Timestamp>,
    pub tasks_waiting: i32,
}

/// A row of `sys.dm_broker_activated_tasks`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the view")]
pub struct ActivatedTask {
    pub session: SessionId,
    pub database: DatabaseId,
    pub queue: ObjectId,
    pub procedure: String,
    pub execute_as: PrincipalId,
}

/// Another session, for `sys.dm_exec_sessions` and `sys.dm_exec_connections`.
#[derive(Clone, Debug)]
pub struct OtherSession {
    /// What it remembers.
    pub state: SessionState,
    /// Its effective user.
    pub security: duologue_catalog::SecurityContext,
    /// Whether a statement is running.
    pub is_running: bool,
}
