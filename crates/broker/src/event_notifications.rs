//! Event notifications: events become EVENT_INSTANCE documents, sent on the exclusive dialog of every notification
//! that listens, when the transaction that raised them commits.

use std::sync::Arc;

use duologue_catalog::ddl::{EventFact, EventFactScope, EventValue};
use duologue_catalog::events::{BROKER_QUEUE_DISABLED, EventType};
use duologue_catalog::objects::{EventNotification, EventScope, ServerEventNotification};
use duologue_catalog::{CatalogDraft, Database};
use duologue_dialog::{MAX_LIFETIME_SECONDS, expires_at};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{
    BrokerInstance, ConversationGroupId, ConversationHandle, DatabaseId, PrincipalId, Timestamp,
    TransactionId,
};

use crate::conversations::{NewEndpoint, SystemUse};
use crate::instance::Instance;
use crate::system::{EVENT_NOTIFICATION, EVENT_NOTIFICATION_SERVICE, POST_EVENT_NOTIFICATION, escape_xml};
use crate::transaction::{ObjectKey, RaisedEvent};

/// What an event's document says besides the event itself.
#[derive(Clone, Debug)]
pub struct EventEnvironment<'a> {
    /// Local time as `yyyy-MM-ddThh:mm:ss.mmm`.
    pub post_time: &'a str,
    /// The session.
    pub spid: i32,
    /// `LoginName`.
    pub login: &'a str,
    /// `UserName`.
    pub user: &'a str,
    /// The statement's text; `None` for events without a command.
    pub command: Option<&'a str>,
    /// Session options, in this order: ANSI_NULLS, ANSI_NULL_DEFAULT, ANSI_PADDING, QUOTED_IDENTIFIER.
    pub set_options: [bool; 4],
}

impl Instance {
    /// Notes an event that a statement raised; it is posted if the transaction commits. Costs nothing when nobody
    /// listens.
    pub fn raise_event(
        &mut self,
        transaction: TransactionId,
        fact: EventFact,
        environment: &EventEnvironment<'_>,
    ) {
        let database = match fact.scope {
            EventFactScope::Database(database) => Some(database),
            EventFactScope::Server => None,
        };
        let document: Arc<str> =
            event_instance(&self.catalog.server.settings.name, &fact, environment).into();
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.events.push(RaisedEvent { database, fact, document });
        }
    }

    /// Begins the exclusive dialog of an event notification, in the transaction that creates it.
    pub fn begin_event_dialog(
        &mut self,
        transaction: TransactionId,
        database: DatabaseId,
        owner: PrincipalId,
        target: (&str, BrokerInstance),
        now: Timestamp,
    ) -> Result<ConversationHandle, SqlError> {
        let found = self.catalog_for(Some(transaction)).databases.get(&database).cloned();
        let found = found.ok_or_else(|| sql_error!(8442))?;
        let missing = || sql_error!(8423, EVENT_NOTIFICATION_SERVICE);
        let service = found.services.find(EVENT_NOTIFICATION_SERVICE).ok_or_else(missing)?;
        let contract = found.contracts.find(POST_EVENT_NOTIFICATION);
        let contract = contract.ok_or_else(|| sql_error!(8425, POST_EVENT_NOTIFICATION))?;
        let group = ConversationGroupId(self.new_guid());
        let new = NewEndpoint {
            database,
            service,
            contract,
            is_initiator: true,
            far_service: target.0,
            far_broker_instance: Some(target.1),
            begun: now,
            expires: expires_at(now, MAX_LIFETIME_SECONDS),
            far_is_local: false,
            encryption: true,
            priority: 5,
            owner,
            system: Some(SystemUse::EventNotification),
        };
        Ok(self.create_endpoint(transaction, group, &new))
    }

    /// Sends the events of a transaction that commits to whoever listens.
    pub(crate) fn post_events(&mut self, events: Vec<RaisedEvent>, now: Timestamp) {
        for event in events {
            for conversation in self.listeners(&event) {
                self.system_send(conversation, EVENT_NOTIFICATION, &event.document, now);
            }
        }
    }

    /// BROKER_QUEUE_DISABLED, for a queue that was switched off because of poison messages.
    pub(crate) fn post_queue_disabled(&mut self, queue: ObjectKey, now: Timestamp) {
        let Some(database) = self.catalog.databases.get(&queue.0).cloned() else { return };
        let Some(found) = database.queues.get(queue.1.0) else { return };
        let listeners = queue_listeners(&database, queue, BROKER_QUEUE_DISABLED);
        let fact = EventFact {
            event_type: BROKER_QUEUE_DISABLED,
            database: Some(database.settings.name.clone()),
            scope: EventFactScope::Database(queue.0),
            schema_name: Some(database.schema_name(found.schema)),
            object_name: Some(found.name.clone()),
            object_type: Some("QUEUE"),
            extra: Vec::new(),
        };
        let environment = EventEnvironment {
            post_time: &duologue_types::format_iso(now),
            spid: 30,
            login: "sa",
            user: "dbo",
            command: None,
            set_options: [true; 4],
        };
        let document = event_instance(&self.catalog.server.settings.name, &fact, &environment);
        for conversation in listeners {
            self.system_send(conversation, EVENT_NOTIFICATION, &document, now);
        }
    }

    /// Conversations of the notifications that hear an event: the database's own, and the server's. Notifications
    /// WITH FAN_IN of one creator to one target share a message.
    fn listeners(&self, event: &RaisedEvent) -> Vec<ConversationHandle> {
        let number = event.fact.event_type;
        let database = event.database.and_then(|id| self.catalog.databases.get(&id));
        let mut seen = Vec::new();
        let own =
            database.into_iter().flat_map(|found| found.event_notifications.iter()).filter(|notification| {
                notification.scope == EventScope::Database && notification.events.contains(&number)
            });
        let mut heard: Vec<_> = own
            .filter(|notification| first_of_fan_in(&mut seen, notification))
            .map(|notification| notification.conversation)
            .collect();
        let server = self.catalog.server.event_notifications.iter();
        heard.extend(server.filter(|found| found.events.contains(&number)).map(|found| found.conversation));
        heard
    }

    /// Drops the notification whose dialog broke (17005).
    pub(crate) fn drop_event_notification(&mut self, conversation: ConversationHandle) {
        let mut draft = CatalogDraft::new(self.catalog.clone());
        let server =
            self.catalog.server.event_notifications.iter().find(|found| found.conversation == conversation);
        let own = self.catalog.databases.values().find_map(|database| {
            let found =
                database.event_notifications.iter().find(|found| found.conversation == conversation)?;
            Some((database.settings.id, database.settings.name.clone(), found.clone()))
        });
        let logged = match (own, server) {
            (Some((database, database_name, found)), _) => {
                draft.remove::<EventNotification>(database, found.id.0);
                sql_error!(17005, found.name, database_name)
            }
            (None, Some(found)) => {
                draft.remove::<ServerEventNotification>(DatabaseId(0), found.id.0);
                sql_error!(17005, found.name, "msdb")
            }
            (None, None) => return,
        };
        self.install_catalog(draft);
        self.log(&logged);
    }
}

fn queue_listeners(database: &Database, queue: ObjectKey, event: i32) -> Vec<ConversationHandle> {
    let listens = |found: &&Arc<EventNotification>| {
        found.scope == EventScope::Queue(queue.1) && found.events.contains(&event)
    };
    database.event_notifications.iter().filter(listens).map(|found| found.conversation).collect()
}

/// Whether no other FAN_IN notification with the same creator and target was seen.
fn first_of_fan_in<'a>(
    seen: &mut Vec<(duologue_types::LoginId, &'a str, &'a str)>,
    notification: &'a EventNotification,
) -> bool {
    if !notification.fan_in {
        return true;
    }
    let key =
        (notification.creator, notification.service_name.as_str(), notification.broker_instance.as_str());
    let first = !seen.contains(&key);
    seen.push(key);
    first
}

/// The EVENT_INSTANCE document: elements in the documented order.
fn event_instance(server: &str, fact: &EventFact, environment: &EventEnvironment<'_>) -> String {
    let mut document = String::from("<EVENT_INSTANCE>");
    let mut element = |name: &str, text: &str| {
        document.push_str(&format!("<{name}>{}</{name}>", escape_xml(text)));
    };
    element("EventType", EventType::by_number(fact.event_type).map_or("", |found| found.name));
    element("PostTime", environment.post_time);
    element("SPID", &environment.spid.to_string());
    element("ServerName", server);
    element("LoginName", environment.login);
    if matches!(fact.scope, EventFactScope::Database(_)) {
        element("UserName", environment.user);
    }
    let named = [
        ("DatabaseName", fact.database.as_deref()),
        ("SchemaName", fact.schema_name.as_deref()),
        ("ObjectName", fact.object_name.as_deref()),
        ("ObjectType", fact.object_type),
    ];
    for (name, text) in named {
        if let Some(text) = text {
            element(name, text);
        }
    }
    for (name, value) in &fact.extra {
        match value {
            EventValue::Text(text) => document.push_str(&format!("<{name}>{}</{name}>", escape_xml(text))),
            EventValue::List(item, values) => {
                document.push_str(&format!("<{name}>"));
                for value in values {
                    document.push_str(&format!("<{item}>{}</{item}>", escape_xml(value)));
                }
                document.push_str(&format!("</{name}>"));
            }
        }
    }
    if let Some(command) = environment.command {
        document.push_str(&command_element(command, environment.set_options));
    }
    document.push_str("</EVENT_INSTANCE>");
    document
}

fn command_element(command: &str, options: [bool; 4]) -> String {
    let [ansi_nulls, ansi_null_default, ansi_padding, quoted_identifier] =
        options.map(|on| if on { "ON" } else { "OFF" });
    format!(
        "<TSQLCommand><SetOptions ANSI_NULLS=\"{ansi_nulls}\" ANSI_NULL_DEFAULT=\"{ansi_null_default}\" \
         ANSI_PADDING=\"{ansi_padding}\" QUOTED_IDENTIFIER=\"{quoted_identifier}\" ENCRYPTED=\"FALSE\"/>\
         <CommandText>{}</CommandText></TSQLCommand>",
        escape_xml(command)
    )
}
