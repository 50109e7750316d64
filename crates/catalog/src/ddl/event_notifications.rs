//! CREATE and DROP EVENT NOTIFICATION.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, EventNotificationId, Guid};

use super::context::{DdlContext, MAX_REMOTE_NAME, ObjectName, cannot, check_length, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::events::{EventType, ExpandedEvents, NotificationScope, QUEUE_ACTIVATION, expand};
use crate::objects::{EventNotification, EventScope, Queue, ServerEventNotification};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "event notification";
const OBJECT_TYPE: &str = "EVENT NOTIFICATION";

/// Where ON SERVER notifications keep their conversations.
const MSDB: duologue_types::DatabaseId = duologue_types::DatabaseId(4);

/// `ON …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationTarget {
    /// `ON SERVER`.
    Server,
    /// `ON DATABASE`.
    Database,
    /// `ON QUEUE`.
    Queue(ObjectName),
}

/// `CREATE EVENT NOTIFICATION`.
#[derive(Clone, Debug)]
pub struct CreateEventNotification {
    /// Unique within what it is on.
    pub name: String,
    /// `ON`.
    pub on: NotificationTarget,
    /// `WITH FAN_IN`.
    pub fan_in: bool,
    /// `FOR`: events and groups.
    pub events: Vec<String>,
    /// `TO SERVICE`.
    pub service_name: String,
    /// A GUID or `current database`.
    pub broker_instance: String,
}

/// `CREATE EVENT NOTIFICATION`; `conversation` is the handle of its exclusive dialog, which the caller begins.
/// Event 74.
pub fn create_event_notification(
    cx: &mut DdlContext<'_>,
    spec: &CreateEventNotification,
    conversation: ConversationHandle,
) -> DdlResult {
    check_name(&spec.name)?;
    check_length(&spec.service_name, MAX_REMOTE_NAME)?;
    match &spec.on {
        NotificationTarget::Server => create_on_server(cx, spec, conversation),
        NotificationTarget::Database => {
            let expanded = expand(&spec.events, NotificationScope::Database)?;
            let _granted = cx.require_in_database(Permission::CreateDatabaseDdlEventNotification)?;
            create_in_database(cx, spec, EventScope::Database, expanded, conversation)
        }
        NotificationTarget::Queue(queue) => {
            let expanded = expand(&spec.events, NotificationScope::Queue)?;
            let queue = notified_queue(cx, queue)?;
            let is_activated = queue.activation.as_ref().is_some_and(|activation| activation.enabled);
            if is_activated && expanded.events.contains(&QUEUE_ACTIVATION) {
                return Err(sql_error!(9718, queue.name));
            }
            create_in_database(cx, spec, EventScope::Queue(queue.id), expanded, conversation)
        }
    }
}

fn create_in_database(
    cx: &mut DdlContext<'_>,
    spec: &CreateEventNotification,
    scope: EventScope,
    expanded: ExpandedEvents,
    conversation: ConversationHandle,
) -> DdlResult {
    let database = cx.db()?;
    let scoped_name = EventNotification::scoped_name_of(scope, &spec.name);
    if database.event_notifications.find(&scoped_name).is_some() {
        return Err(sql_error!(15530, NOUN, spec.name));
    }
    let broker_instance = broker_instance(spec, database.settings.broker_instance.0)?;
    let id = EventNotificationId(cx.draft.take_object_id(cx.database));
    let notification = EventNotification {
        id,
        name: spec.name.clone(),
        scoped_name,
        scope,
        owner: cx.security.user,
        created: cx.now,
        events: expanded.events,
        groups: expanded.groups,
        service_name: spec.service_name.clone(),
        broker_instance,
        fan_in: spec.fan_in,
        creator: cx.login(),
        conversation,
    };
    cx.draft.put(cx.database, notification);
    let effect =
        Effect::EventNotificationCreated { database: cx.database, notification: id, on_server: false };
    Ok(DdlOutcome::event(cx.event(74, OBJECT_TYPE, &spec.name)).effect(effect))
}

fn create_on_server(
    cx: &mut DdlContext<'_>,
    spec: &CreateEventNotification,
    conversation: ConversationHandle,
) -> DdlResult {
    let expanded = expand(&spec.events, NotificationScope::Server)?;
    require_on_server(cx, &expanded)?;
    if cx.catalog().server.event_notifications.find(&spec.name).is_some() {
        return Err(sql_error!(15530, NOUN, spec.name));
    }
    let broker_instance = broker_instance(spec, cx.db()?.settings.broker_instance.0)?;
    let id = EventNotificationId(cx.draft.take_server_object_id());
    let notification = ServerEventNotification {
        id,
        name: spec.name.clone(),
        owner: cx.login(),
        created: cx.now,
        events: expanded.events,
        groups: expanded.groups,
        service_name: spec.service_name.clone(),
        broker_instance,
        fan_in: spec.fan_in,
        conversation,
    };
    cx.draft.put(cx.database, notification);
    let effect = Effect::EventNotificationCreated { database: MSDB, notification: id, on_server: true };
    Ok(DdlOutcome::event(cx.server_event(74, OBJECT_TYPE, &spec.name)).effect(effect))
}

/// DDL events and trace events need a permission each.
fn require_on_server(cx: &DdlContext<'_>, expanded: &ExpandedEvents) -> Result<(), SqlError> {
    let is_trace = |number: &i32| EventType::by_number(*number).is_some_and(EventType::is_trace);
    if expanded.events.iter().any(|event| !is_trace(event)) {
        let _granted = cx.require(Permission::CreateDdlEventNotification, Securable::Server)?;
    }
    if expanded.events.iter().any(is_trace) {
        let _granted = cx.require(Permission::CreateTraceEventNotification, Securable::Server)?;
    }
    Ok(())
}

/// ALTER on the queue is needed; missing and forbidden look alike.
fn notified_queue(cx: &DdlContext<'_>, name: &ObjectName) -> Result<std::sync::Arc<Queue>, SqlError> {
    let found = cx.db()?.find_queue(cx.security.user, name.schema.as_deref(), &name.name);
    let found = found.filter(|queue| cx.has(Permission::Alter, Securable::Object(queue.id)));
    found.ok_or_else(|| cannot("find", "queue", &name.name))
}

/// The target's identity as text: a GUID, or this database's; anything else is 1093.
fn broker_instance(spec: &CreateEventNotification, current: Guid) -> Result<String, SqlError> {
    let text = spec.broker_instance.trim();
    if text.eq_ignore_ascii_case("current database") {
        return Ok(current.to_string());
    }
    let parsed: Guid = text.parse().map_err(|_| sql_error!(1093, spec.broker_instance))?;
    Ok(parsed.to_string())
}

/// `DROP EVENT NOTIFICATION` of one name: its owner may, and who may alter what it is on. Event 76.
pub fn drop_event_notification(cx: &mut DdlContext<'_>, name: &str, on: &NotificationTarget) -> DdlResult {
    let refused = || cannot("drop", NOUN, name);
    let scope = match on {
        NotificationTarget::Server => return drop_on_server(cx, name),
        NotificationTarget::Database => EventScope::Database,
        NotificationTarget::Queue(queue) => {
            let found = cx.db()?.find_queue(cx.security.user, queue.schema.as_deref(), &queue.name);
            EventScope::Queue(found.ok_or_else(refused)?.id)
        }
    };
    let scoped_name = EventNotification::scoped_name_of(scope, name);
    let found = cx.db()?.event_notifications.find(&scoped_name).ok_or_else(refused)?;
    let owners = cx.db()?.principal_roles(cx.security.user);
    let may_alter = match scope {
        EventScope::Database => cx.has(Permission::AlterAnyDatabaseEventNotification, Securable::Database),
        EventScope::Queue(queue) => cx.has(Permission::Alter, Securable::Object(queue)),
    };
    if !owners.contains(&found.owner) && !may_alter {
        return Err(refused());
    }
    let (id, conversation) = (found.id, found.conversation);
    cx.draft.remove::<EventNotification>(cx.database, id.0);
    let effect = Effect::EventNotificationDropped { database: cx.database, conversation };
    Ok(DdlOutcome::event(cx.event(76, OBJECT_TYPE, name)).effect(effect))
}

fn drop_on_server(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let refused = || cannot("drop", NOUN, name);
    let found = cx.catalog().server.event_notifications.find(name).ok_or_else(refused)?;
    if found.owner != cx.login() && !cx.has(Permission::AlterAnyEventNotification, Securable::Server) {
        return Err(refused());
    }
    let (id, conversation) = (found.id, found.conversation);
    cx.draft.remove::<ServerEventNotification>(cx.database, id.0);
    let effect = Effect::EventNotificationDropped { database: MSDB, conversation };
    Ok(DdlOutcome::event(cx.server_event(76, OBJECT_TYPE, name)).effect(effect))
}
