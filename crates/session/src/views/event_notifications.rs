//! Event notifications and event types.

use duologue_catalog::events::{EVENT_TYPES, EventType};
use duologue_catalog::objects::{EventNotification, EventScope};
use duologue_catalog::{Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::Value;

use super::{
    BIT, DATETIME, DESC, INT, SID, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int, not_null, null,
    nvarchar, or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("event_notifications", NOTIFICATIONS, notifications),
    sys("server_event_notifications", SERVER_NOTIFICATIONS, server_notifications),
    sys("events", EVENTS, events),
    sys("server_events", SERVER_EVENTS, server_events),
    sys("event_notification_event_types", EVENT_TYPE_COLUMNS, |_| {
        Ok(EVENT_TYPES.iter().map(event_type).collect())
    }),
    sys("trigger_event_types", EVENT_TYPE_COLUMNS, |_| {
        Ok(EVENT_TYPES.iter().filter(|row| !row.is_trace()).map(event_type).collect())
    }),
];

static NOTIFICATIONS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("object_id", INT),
    not_null("parent_class", TINYINT),
    null("parent_class_desc", DESC),
    not_null("parent_id", INT),
    not_null("create_date", DATETIME),
    not_null("modify_date", DATETIME),
    null("service_name", nvarchar(256)),
    null("broker_instance", nvarchar(128)),
    null("principal_id", INT),
    null("creator_sid", SID),
];

/// Those that the caller owns; all for who may alter them or view the database's definition.
fn seen<'a>(context: &'a ViewContext<'_>) -> impl Iterator<Item = &'a EventNotification> {
    let all = context.has(Permission::ViewDefinition, Securable::Database)
        || context.has(Permission::AlterAnyDatabaseEventNotification, Securable::Database);
    let notifications = context.database.event_notifications.iter().map(|found| &**found);
    notifications.filter(move |found| all || found.owner == context.security.user)
}

fn notifications(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |found: &EventNotification| {
        let (class, description, parent) = match found.scope {
            EventScope::Database => (0, "DATABASE", 0),
            EventScope::Queue(queue) => (1, "OBJECT_OR_COLUMN", queue.0),
        };
        row([
            text(&found.name),
            int(found.id.0),
            tiny(class),
            text(description),
            int(parent),
            found.created.to_datetime(),
            found.created.to_datetime(),
            text(&found.service_name),
            text(&found.broker_instance),
            int(found.owner.0),
            creator(context, found.fan_in, found.creator),
        ])
    };
    Ok(seen(context).map(shown).collect())
}

/// Kept for FAN_IN only.
fn creator(context: &ViewContext<'_>, fan_in: bool, login: duologue_types::LoginId) -> Value {
    let found = context.catalog().server.logins.get(login.0).filter(|_| fan_in);
    or_null(found, |login| Value::varbinary(login.sid.clone()))
}

static SERVER_NOTIFICATIONS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("object_id", INT),
    not_null("parent_class", TINYINT),
    null("parent_class_desc", DESC),
    not_null("parent_id", INT),
    not_null("create_date", DATETIME),
    not_null("modify_date", DATETIME),
    null("service_name", nvarchar(256)),
    null("broker_instance", nvarchar(128)),
    null("creator_sid", SID),
    null("principal_id", INT),
];

fn sees_server(context: &ViewContext<'_>) -> bool {
    context.has(Permission::ViewAnyDefinition, Securable::Server)
        || context.has(Permission::AlterAnyEventNotification, Securable::Server)
}

fn server_notifications(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = sees_server(context);
    let notifications = context.catalog().server.event_notifications.iter();
    let seen = notifications.filter(|found| all || Some(found.owner) == context.security.login);
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::ServerEventNotification>| {
        row([
            text(&found.name),
            int(found.id.0),
            tiny(100),
            text("SERVER"),
            int(0),
            found.created.to_datetime(),
            found.created.to_datetime(),
            text(&found.service_name),
            text(&found.broker_instance),
            creator(context, found.fan_in, found.owner),
            int(found.owner.0),
        ])
    };
    Ok(seen.map(shown).collect())
}

static EVENTS: &[ViewColumn] = &[
    not_null("object_id", INT),
    not_null("type", INT),
    not_null("type_desc", DESC),
    null("is_trigger_event", BIT),
    null("event_group_type", INT),
    null("event_group_type_desc", DESC),
];

/// Event, its name, the group that was named, its name.
fn event_values(event: i32, groups: &[(i32, i32)]) -> [Value; 4] {
    let name = |number: i32| or_null(EventType::by_number(number), |found| text(found.name));
    let group = groups.iter().find(|(member, _)| *member == event).map(|(_, group)| *group);
    [int(event), name(event), or_null(group, int), or_null(group, name)]
}

fn events(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for found in seen(context) {
        for event in &found.events {
            let [number, name, group, group_name] = event_values(*event, &found.groups);
            rows.push(row([int(found.id.0), number, name, bit(false), group, group_name]));
        }
    }
    Ok(rows)
}

static SERVER_EVENTS: &[ViewColumn] = &[
    not_null("object_id", INT),
    not_null("type", INT),
    not_null("type_desc", DESC),
    null("event_group_type", INT),
    null("event_group_type_desc", DESC),
];

fn server_events(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = sees_server(context);
    let mut rows = Vec::new();
    let notifications = context.catalog().server.event_notifications.iter();
    for found in notifications.filter(|found| all || Some(found.owner) == context.security.login) {
        for event in &found.events {
            let [number, name, group, group_name] = event_values(*event, &found.groups);
            rows.push(row([int(found.id.0), number, name, group, group_name]));
        }
    }
    Ok(rows)
}

static EVENT_TYPE_COLUMNS: &[ViewColumn] =
    &[not_null("type", INT), null("type_name", nvarchar(128)), null("parent_type", INT)];

fn event_type(found: &EventType) -> Row {
    row([int(found.number), text(found.name), or_null(found.parent, int)])
}
