//! Service Broker: definitions, conversations and event notifications.

use super::{
    ExecuteAsClause, Expr, Ident, NameOrVariable, ObjectName, SelectItem, StringOrVariable, Variable,
};

#[derive(Clone, Debug, PartialEq)]
pub enum BrokerStatement {
    CreateMessageType(CreateMessageType),
    AlterMessageType { name: Ident, validation: Validation },
    CreateContract(CreateContract),
    CreateQueue(CreateQueue),
    AlterQueue(AlterQueue),
    CreateService(CreateService),
    AlterService(AlterService),
    CreateRoute { name: Ident, authorization: Option<Ident>, options: RouteOptions },
    AlterRoute { name: Ident, options: RouteOptions },
    CreateRemoteServiceBinding(CreateRemoteServiceBinding),
    AlterRemoteServiceBinding { name: Ident, options: RemoteServiceBindingOptions },
    CreateBrokerPriority { name: Ident, options: BrokerPriorityOptions },
    AlterBrokerPriority { name: Ident, options: BrokerPriorityOptions },
    BeginDialog(BeginDialog),
    BeginConversationTimer { handle: Expr, timeout: Expr },
    Send(Send),
    Receive(Receive),
    GetConversationGroup(GetConversationGroup),
    MoveConversation { handle: Expr, group: Expr },
    EndConversation { handle: Expr, mode: EndConversationMode },
    CreateEventNotification(CreateEventNotification),
    DropEventNotification { names: Vec<Ident>, scope: EventNotificationScope },
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateMessageType {
    pub name: Ident,
    pub authorization: Option<Ident>,
    /// Default NONE.
    pub validation: Validation,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub enum Validation {
    #[default]
    None,
    Empty,
    WellFormedXml,
    /// `VALID_XML WITH SCHEMA COLLECTION name`.
    ValidXml(ObjectName),
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateContract {
    pub name: Ident,
    pub authorization: Option<Ident>,
    pub message_types: Vec<ContractMessageType>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ContractMessageType {
    pub name: Ident,
    pub sent_by: SentBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SentBy {
    Initiator,
    Target,
    Any,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateQueue {
    pub name: ObjectName,
    pub options: QueueOptions,
    pub filegroup: Option<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterQueue {
    pub name: ObjectName,
    pub action: AlterQueueAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterQueueAction {
    Set(QueueOptions),
    /// `REBUILD [WITH (MAXDOP = n)]`.
    Rebuild,
    /// `REORGANIZE [WITH (LOB_COMPACTION = ON|OFF)]`.
    Reorganize,
    MoveTo(Ident),
}

/// None everywhere: not written.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct QueueOptions {
    pub status: Option<bool>,
    pub retention: Option<bool>,
    pub activation: Option<Activation>,
    /// `POISON_MESSAGE_HANDLING (STATUS = …)`.
    pub poison_message_handling: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Activation {
    /// `ACTIVATION (DROP)`: ALTER only.
    Drop,
    Set(ActivationOptions),
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ActivationOptions {
    pub status: Option<bool>,
    pub procedure: Option<ObjectName>,
    /// 0 to 32767, checked.
    pub max_queue_readers: Option<u16>,
    /// SELF, OWNER or a user.
    pub execute_as: Option<ExecuteAsClause>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateService {
    pub name: Ident,
    pub authorization: Option<Ident>,
    pub queue: ObjectName,
    pub contracts: Vec<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterService {
    pub name: Ident,
    pub queue: Option<ObjectName>,
    pub changes: Vec<ServiceContractChange>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ServiceContractChange {
    Add(Ident),
    Drop(Ident),
}

/// Texts as written; the rules between options are the executor's (9659–9662, 9743–9747).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RouteOptions {
    pub service_name: Option<String>,
    pub broker_instance: Option<String>,
    /// Seconds.
    pub lifetime: Option<i64>,
    pub address: Option<String>,
    pub mirror_address: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateRemoteServiceBinding {
    pub name: Ident,
    pub authorization: Option<Ident>,
    pub service_name: String,
    pub options: RemoteServiceBindingOptions,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoteServiceBindingOptions {
    pub user: Option<Ident>,
    pub anonymous: Option<bool>,
}

/// None: not written. ANY is `Some(None)`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerPriorityOptions {
    pub contract: Option<Option<Ident>>,
    pub local_service: Option<Option<Ident>>,
    pub remote_service: Option<Option<String>>,
    /// 1 to 10, checked; `DEFAULT` is 5.
    pub level: Option<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BeginDialog {
    pub handle: Variable,
    pub from_service: NameOrVariable,
    pub to_service: StringOrVariable,
    /// A broker identifier or `CURRENT DATABASE`.
    pub broker_instance: Option<StringOrVariable>,
    pub contract: Option<NameOrVariable>,
    pub related: Option<RelatedConversation>,
    /// Seconds.
    pub lifetime: Option<Expr>,
    /// Default ON.
    pub encryption: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RelatedConversation {
    /// `RELATED_CONVERSATION = handle`.
    Conversation(Expr),
    /// `RELATED_CONVERSATION_GROUP = group`.
    Group(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    /// One, or several in parentheses.
    pub handles: Vec<Expr>,
    /// None: `DEFAULT`.
    pub message_type: Option<NameOrVariable>,
    /// None: no body, which is not the same as a NULL (8433).
    pub body: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Receive {
    pub top: Option<Expr>,
    pub items: Vec<SelectItem>,
    pub queue: ObjectName,
    /// A table variable.
    pub into: Option<Variable>,
    pub filter: Option<ReceiveFilter>,
}

/// `WHERE conversation_handle | conversation_group_id = value`; the value is a literal or variable.
#[derive(Clone, Debug, PartialEq)]
pub enum ReceiveFilter {
    Conversation(Expr),
    Group(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct GetConversationGroup {
    pub variable: Variable,
    pub queue: ObjectName,
}

#[derive(Clone, Debug, PartialEq)]
pub enum EndConversationMode {
    Normal,
    /// `WITH ERROR = code DESCRIPTION = text`.
    Error {
        code: Expr,
        description: Expr,
    },
    Cleanup,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateEventNotification {
    pub name: Ident,
    pub scope: EventNotificationScope,
    pub fan_in: bool,
    /// Events and groups, upper case.
    pub events: Vec<Ident>,
    pub service_name: String,
    /// A broker identifier or `current database`.
    pub broker_instance: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum EventNotificationScope {
    Server,
    Database,
    Queue(ObjectName),
}
