//! DROP.

use crate::ast::{
    BrokerStatement, Drop, DropIndex, DropObject, Ident, KeyStatement, ObjectName, StatementKind,
    TriggerTarget,
};
use crate::errors::Parsed;
use crate::parser::Parser;

/// Words after DROP, longer entries before their prefixes; true for kinds whose names have more than one
/// part.
const OBJECTS: &[(&str, (DropObject, bool))] = &[
    ("AGGREGATE", (DropObject::Aggregate, true)),
    ("APPLICATION ROLE", (DropObject::ApplicationRole, false)),
    ("ASYMMETRIC KEY", (DropObject::AsymmetricKey, false)),
    ("BROKER PRIORITY", (DropObject::BrokerPriority, false)),
    ("CERTIFICATE", (DropObject::Certificate, false)),
    ("CONTRACT", (DropObject::Contract, false)),
    ("CREDENTIAL", (DropObject::Credential, false)),
    ("DATABASE", (DropObject::Database, false)),
    ("DEFAULT", (DropObject::Default, true)),
    ("ENDPOINT", (DropObject::Endpoint, false)),
    ("FUNCTION", (DropObject::Function, true)),
    ("LOGIN", (DropObject::Login, false)),
    ("MESSAGE TYPE", (DropObject::MessageType, false)),
    ("PROCEDURE", (DropObject::Procedure, true)),
    ("PROC", (DropObject::Procedure, true)),
    ("QUEUE", (DropObject::Queue, true)),
    ("REMOTE SERVICE BINDING", (DropObject::RemoteServiceBinding, false)),
    ("ROLE", (DropObject::Role, false)),
    ("ROUTE", (DropObject::Route, false)),
    ("RULE", (DropObject::Rule, true)),
    ("SCHEMA", (DropObject::Schema, false)),
    ("SEQUENCE", (DropObject::Sequence, true)),
    ("SERVER ROLE", (DropObject::ServerRole, false)),
    ("SERVICE", (DropObject::Service, false)),
    ("STATISTICS", (DropObject::Statistics, true)),
    ("SYMMETRIC KEY", (DropObject::SymmetricKey, false)),
    ("SYNONYM", (DropObject::Synonym, true)),
    ("TABLE", (DropObject::Table, true)),
    ("TRIGGER", (DropObject::Trigger, true)),
    ("TYPE", (DropObject::Type, true)),
    ("USER", (DropObject::User, false)),
    ("VIEW", (DropObject::View, true)),
    ("XML SCHEMA COLLECTION", (DropObject::XmlSchemaCollection, true)),
];

impl Parser<'_> {
    /// Behind DROP.
    pub(crate) fn drop_statement(&mut self) -> Parsed<StatementKind> {
        if self.eat("MASTER KEY") {
            return Ok(StatementKind::Key(Box::new(KeyStatement::DropMasterKey)));
        }
        if self.eat("INDEX") {
            return self.drop_index();
        }
        if self.eat("EVENT NOTIFICATION") {
            let names = self.list(Parser::ident)?;
            let scope = self.event_notification_scope()?;
            return Ok(StatementKind::Broker(Box::new(BrokerStatement::DropEventNotification {
                names,
                scope,
            })));
        }
        let (mut object, qualified) = self.entry(OBJECTS)?;
        let if_exists = self.eat("IF EXISTS");
        let names = match qualified {
            true => self.object_names()?,
            false => self.list(Parser::single_name)?,
        };
        if object == DropObject::Trigger && self.at("ON") {
            object = match self.trigger_target()? {
                TriggerTarget::Database => DropObject::DatabaseTrigger,
                TriggerTarget::AllServer => DropObject::ServerTrigger,
                TriggerTarget::Table(_) => return self.unexpected(),
            };
        }
        if matches!(object, DropObject::AsymmetricKey | DropObject::SymmetricKey) {
            self.skip("REMOVE PROVIDER KEY");
        }
        Ok(StatementKind::Drop(Drop { object, if_exists, names }))
    }

    fn drop_index(&mut self) -> Parsed<StatementKind> {
        let if_exists = self.eat("IF EXISTS");
        let indexes = self.list(Parser::dropped_index)?;
        if self.eat("WITH (") {
            self.skip_to_closing()?;
        }
        Ok(StatementKind::DropIndex(DropIndex { if_exists, indexes }))
    }

    /// `index ON table`, or the old `table.index`.
    fn dropped_index(&mut self) -> Parsed<(Ident, ObjectName)> {
        let mut name = self.object_name()?;
        let Some(index) = name.parts.pop() else { return self.unexpected() };
        if self.eat("ON") {
            return Ok((index, self.object_name()?));
        }
        if name.parts.is_empty() { self.unexpected() } else { Ok((index, name)) }
    }
}
