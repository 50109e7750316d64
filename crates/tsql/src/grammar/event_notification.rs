//! Event notifications.

use crate::ast::{BrokerStatement, CreateEventNotification, EventNotificationScope, StatementKind};
use crate::errors::Parsed;
use crate::grammar::broker::broker;
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn create_event_notification(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let scope = self.event_notification_scope()?;
        let fan_in = self.eat("WITH FAN_IN");
        self.expect("FOR")?;
        let events = self.list(|parser| {
            let mut event = parser.ident()?;
            event.name.make_ascii_uppercase();
            Ok(event)
        })?;
        self.expect("TO SERVICE")?;
        let service_name = self.string()?;
        self.expect(",")?;
        let broker_instance = self.string()?;
        let create = CreateEventNotification { name, scope, fan_in, events, service_name, broker_instance };
        broker(BrokerStatement::CreateEventNotification(create))
    }

    /// `ON SERVER | DATABASE | QUEUE name`.
    pub(crate) fn event_notification_scope(&mut self) -> Parsed<EventNotificationScope> {
        Ok(match self.expect_one(&["ON SERVER", "ON DATABASE", "ON QUEUE"])? {
            "ON SERVER" => EventNotificationScope::Server,
            "ON DATABASE" => EventNotificationScope::Database,
            _ => EventNotificationScope::Queue(self.object_name()?),
        })
    }
}
