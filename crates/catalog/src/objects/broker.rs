//! Message types, contracts, queues, services, routes, bindings, priorities.

use duologue_types::{
    BrokerInstance, ContractId, MessageTypeId, ObjectId, PrincipalId, PriorityId, RemoteServiceBindingId,
    RouteId, SchemaId, ServiceId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a message body must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Validation {
    /// Anything, NULL included.
    None,
    /// NULL only.
    Empty,
    /// Well-formed XML; NULL passes too.
    WellFormedXml,
}

/// `sys.service_message_types`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageType {
    /// Ids of user-created ones start at 65536.
    pub id: MessageTypeId,
    /// Compared by bytes.
    pub name: String,
    /// Owner.
    pub owner: PrincipalId,
    /// Checked where the message is accepted for its target.
    pub validation: Validation,
}

/// Which side of a conversation may send a message type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum SentBy {
    Initiator,
    Target,
    Any,
}

/// A row of `sys.service_contract_message_usages`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContractMessage {
    /// The message type.
    pub message_type: MessageTypeId,
    /// Who may send it.
    pub sent_by: SentBy,
}

/// `sys.service_contracts`; immutable once created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contract {
    /// Ids of user-created ones start at 65536.
    pub id: ContractId,
    /// Compared by bytes.
    pub name: String,
    /// Owner.
    pub owner: PrincipalId,
    /// At least one is sent by the initiator or by any.
    pub messages: Vec<ContractMessage>,
}

impl Contract {
    /// Who may send `message_type`, if the contract holds it.
    pub fn sent_by(&self, message_type: MessageTypeId) -> Option<SentBy> {
        self.messages.iter().find(|usage| usage.message_type == message_type).map(|usage| usage.sent_by)
    }
}

/// Whose rights an activated procedure has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ExecuteAs {
    /// The queue's owner; `execute_as_principal_id` shows −2.
    Owner,
    /// SELF is resolved to a user when the statement runs.
    User(PrincipalId),
}

/// `ACTIVATION ( … )` of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// `STATUS`.
    pub enabled: bool,
    /// Bracketed name as the catalog shows it, `[schema].[procedure]`.
    pub procedure: Option<String>,
    /// `MAX_QUEUE_READERS`, 0–32767.
    pub max_readers: i16,
    /// `EXECUTE AS`.
    pub execute_as: Option<ExecuteAs>,
}

/// `sys.service_queues`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queue {
    /// `object_id`.
    pub id: ObjectId,
    /// Unique among all objects of its schema.
    pub name: String,
    /// Its schema.
    pub schema: SchemaId,
    /// Owner if not the schema's.
    pub owner: Option<PrincipalId>,
    /// `STATUS`: off means that nothing enters or leaves.
    pub enabled: bool,
    /// `RETENTION`.
    pub retention: bool,
    /// `POISON_MESSAGE_HANDLING`.
    pub poison_message_handling: bool,
    /// `ACTIVATION`, if ever specified.
    pub activation: Option<Activation>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last altered.
    pub modified: Timestamp,
    /// Part of every database; not droppable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_system: bool,
}

/// `sys.services` with `sys.service_contract_usages`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Ids of user-created ones start at 65536.
    pub id: ServiceId,
    /// Compared by bytes.
    pub name: String,
    /// Owner: its certificate is the service's identity.
    pub owner: PrincipalId,
    /// Where its messages arrive.
    pub queue: ObjectId,
    /// Contracts for which it may be the target.
    pub contracts: Vec<ContractId>,
}

/// `sys.routes`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Route {
    /// From 65536, which is `AutoCreatedLocal`.
    pub id: RouteId,
    /// Local name.
    pub name: String,
    /// Owner.
    pub owner: PrincipalId,
    /// Service it leads to; `None` matches every service. Compared by bytes.
    pub remote_service_name: Option<String>,
    /// Broker instance it leads to.
    pub broker_instance: Option<BrokerInstance>,
    /// The moment after which it is skipped.
    pub expires: Option<Timestamp>,
    /// `LOCAL`, `TRANSPORT` or `TCP://host:port`.
    pub address: String,
    /// The mirroring partner.
    pub mirror_address: Option<String>,
}

/// `sys.remote_service_bindings`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoteServiceBinding {
    /// From 65536.
    pub id: RemoteServiceBindingId,
    /// Local name.
    pub name: String,
    /// Owner.
    pub owner: PrincipalId,
    /// Service whose dialogs it secures; one binding for each name. Compared by bytes.
    pub remote_service_name: String,
    /// The user whose certificate stands for that service.
    pub remote_principal: PrincipalId,
    /// `ANONYMOUS = ON`.
    pub anonymous: bool,
}

/// `sys.conversation_priorities`; `None` is ANY.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BrokerPriority {
    /// From 65536.
    pub id: PriorityId,
    /// Local name.
    pub name: String,
    /// Contract it applies to.
    pub contract: Option<ContractId>,
    /// Local service it applies to.
    pub local_service: Option<ServiceId>,
    /// Remote service it applies to. Compared by bytes.
    pub remote_service_name: Option<String>,
    /// 1–10.
    pub level: u8,
}
