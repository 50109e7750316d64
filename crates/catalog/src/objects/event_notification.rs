//! Event notifications.

use duologue_types::{ConversationHandle, EventNotificationId, LoginId, ObjectId, PrincipalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What an event notification of a database listens on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EventScope {
    /// The whole database.
    Database,
    /// One queue.
    Queue(ObjectId),
}

/// `sys.event_notifications` with its rows of `sys.events`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventNotification {
    /// `object_id`.
    pub id: EventNotificationId,
    /// Unique within its scope.
    pub name: String,
    /// Name with its scope, under which it is found: see [`EventNotification::scoped_name_of`].
    pub scoped_name: String,
    /// Database or queue.
    pub scope: EventScope,
    /// Owner, whose certificate is the identity of its dialog.
    pub owner: PrincipalId,
    /// When it was created.
    pub created: Timestamp,
    /// Event type numbers (`sys.event_notification_event_types.type`), groups expanded.
    pub events: Vec<i32>,
    /// Groups that were named at creation, for `event_group_type`: (event, group).
    pub groups: Vec<(i32, i32)>,
    /// Target service.
    pub service_name: String,
    /// Target broker instance as text, or `current database` resolved to this database's.
    pub broker_instance: String,
    /// `WITH FAN_IN`.
    pub fan_in: bool,
    /// The login that created it, kept for FAN_IN.
    pub creator: LoginId,
    /// Its exclusive conversation.
    pub conversation: ConversationHandle,
}

impl EventNotification {
    /// The unique form of `name` within `scope`.
    pub fn scoped_name_of(scope: EventScope, name: &str) -> String {
        match scope {
            EventScope::Database => format!("database/{name}"),
            EventScope::Queue(queue) => format!("queue {queue}/{name}"),
        }
    }
}

/// `sys.server_event_notifications`; its conversation lives in `msdb`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerEventNotification {
    /// `object_id`.
    pub id: EventNotificationId,
    /// Unique in the instance.
    pub name: String,
    /// The login that created it.
    pub owner: LoginId,
    /// When it was created.
    pub created: Timestamp,
    /// Event type numbers, groups expanded.
    pub events: Vec<i32>,
    /// (event, group) for groups named at creation.
    pub groups: Vec<(i32, i32)>,
    /// Target service.
    pub service_name: String,
    /// Target broker instance as text.
    pub broker_instance: String,
    /// `WITH FAN_IN`.
    pub fan_in: bool,
    /// Its exclusive conversation, in `msdb`.
    pub conversation: ConversationHandle,
}
