//! What a DDL statement leaves for others to do: an event to raise, warnings to show, effects after the commit.

use duologue_messages::SqlError;
use duologue_types::{
    ContractId, ConversationHandle, DatabaseId, EndpointId, EventNotificationId, ObjectId, ServiceId,
};

/// The result of a DDL operation.
pub type DdlResult = Result<DdlOutcome, SqlError>;

/// What a successful DDL operation leaves.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct DdlOutcome {
    /// The event that event notifications may listen to.
    pub event: Option<EventFact>,
    /// Messages of severity 10, and the warnings that certificates get at severity 16.
    pub warnings: Vec<SqlError>,
    /// What the broker does once the transaction commits.
    pub effects: Vec<Effect>,
}

impl DdlOutcome {
    pub(crate) fn event(event: EventFact) -> Self {
        Self { event: Some(event), ..Self::default() }
    }

    pub(crate) fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    pub(crate) fn warning(mut self, warning: SqlError) -> Self {
        self.warnings.push(warning);
        self
    }
}

/// What `EVENT_INSTANCE` says about a DDL event besides time, session and command: these elements follow
/// `DatabaseName` in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFact {
    /// Number in `sys.event_notification_event_types`.
    pub event_type: i32,
    /// The database it happened in; `None` for events of the server. `CREATE_DATABASE` and its like name theirs.
    pub database: Option<String>,
    /// Whether the event belongs to the database (its own notifications hear it) or only to the server.
    pub scope: EventFactScope,
    /// `SchemaName`; absent for kinds without schema.
    pub schema_name: Option<String>,
    /// `ObjectName`; absent for events about the database itself.
    pub object_name: Option<String>,
    /// `ObjectType`, such as `TABLE`, `QUEUE`, `SQL USER`.
    pub object_type: Option<&'static str>,
    /// What the event has besides, in order.
    pub extra: Vec<(&'static str, EventValue)>,
}

/// Who hears an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventFactScope {
    /// Notifications ON DATABASE of this database, and those ON SERVER.
    Database(DatabaseId),
    /// Notifications ON SERVER only.
    Server,
}

/// Content of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventValue {
    /// Text.
    Text(String),
    /// Child elements of one name, each with text.
    List(&'static str, Vec<String>),
}

impl EventFact {
    /// The same fact with one more text element.
    pub(crate) fn with(mut self, element: &'static str, text: impl Into<String>) -> Self {
        self.extra.push((element, EventValue::Text(text.into())));
        self
    }

    /// The same fact with one more element that lists things.
    pub(crate) fn with_list(
        mut self,
        element: &'static str,
        item: &'static str,
        values: Vec<String>,
    ) -> Self {
        self.extra.push((element, EventValue::List(item, values)));
        self
    }
}

/// What the broker must do once the transaction that ran the statement has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields name the objects concerned")]
pub enum Effect {
    /// A new queue: it may need a monitor.
    QueueCreated { database: DatabaseId, queue: ObjectId },
    /// STATUS = OFF: waiting receivers fail (9617).
    QueueSwitchedOff { database: DatabaseId, queue: ObjectId },
    /// STATUS = ON: what waits for it may be delivered.
    QueueSwitchedOn { database: DatabaseId, queue: ObjectId },
    /// Activation, retention or poison handling changed.
    QueueChanged { database: DatabaseId, queue: ObjectId },
    /// Its storage may go.
    QueueDropped { database: DatabaseId, queue: ObjectId },
    /// Messages that found no service may find it.
    ServiceCreated { database: DatabaseId, service: ServiceId },
    /// Its contracts changed.
    ServiceChanged { database: DatabaseId, service: ServiceId },
    /// Its messages move to another queue; receivers bound to them fail (8468).
    ServiceMoved { database: DatabaseId, service: ServiceId, from: ObjectId, to: ObjectId },
    /// Its conversations end with error (−8470 to the far side), its messages go.
    ServiceDropped { database: DatabaseId, service: ServiceId },
    /// Its conversations end with error (−8487 to the far side).
    ContractDropped { database: DatabaseId, contract: ContractId },
    /// The listener stops and starts as the endpoint now says.
    EndpointChanged { endpoint: EndpointId },
    /// The listener stops.
    EndpointDropped { endpoint: EndpointId },
    /// Messages flow again.
    BrokerEnabled { database: DatabaseId },
    /// Nothing flows.
    BrokerDisabled { database: DatabaseId },
    /// Every conversation is removed silently; the database's identity has changed.
    NewBroker { database: DatabaseId },
    /// Every conversation ends with error (−9719).
    ErrorBrokerConversations { database: DatabaseId },
    /// HONOR_BROKER_PRIORITY changed.
    PriorityHonoringChanged { database: DatabaseId },
    /// Delayed messages may find a route.
    RoutesChanged { database: DatabaseId },
    /// Delayed messages may find a remote service binding.
    BindingsChanged { database: DatabaseId },
    /// Cached keys may be stale; delayed messages may find a certificate.
    CertificatesChanged { database: DatabaseId },
    /// Delayed deliveries may be allowed now, or no longer.
    PermissionsChanged { database: DatabaseId },
    /// A new notification; the caller began its conversation in `database`, `msdb` for one ON SERVER.
    EventNotificationCreated { database: DatabaseId, notification: EventNotificationId, on_server: bool },
    /// Its exclusive conversation ends.
    EventNotificationDropped { database: DatabaseId, conversation: ConversationHandle },
    /// A new database.
    DatabaseCreated { database: DatabaseId },
    /// Everything of it goes.
    DatabaseDropped { database: DatabaseId },
    /// A new table.
    TableCreated { database: DatabaseId, table: ObjectId },
    /// Its columns changed; rows get the new columns' defaults and lose the dropped ones.
    TableChanged { database: DatabaseId, table: ObjectId },
    /// Its rows go.
    TableDropped { database: DatabaseId, table: ObjectId },
}
