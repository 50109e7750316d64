//! DROP of everything that is dropped by its name alone.

use duologue_catalog::ddl::{
    DdlContext, DdlResult, broker_priorities, certificates, contracts, databases, endpoints,
    event_notifications, logins, message_types, queues, remote_service_bindings, roles, routes, schemas,
    services, tables, users,
};
use duologue_catalog::permissions::SecurityContext;
use duologue_catalog::{Catalog, Database};
use duologue_messages::sql_error;
use duologue_tsql::ast::{self, DropObject, EventNotificationScope, Ident};
use duologue_types::DatabaseId;

use super::{event_notifications::target, finish, object_name, security_of, try_define};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::statements::{not_built, temp_tables};

/// `DROP object [IF EXISTS] name, …`.
pub(in crate::statements) fn drop(cx: &mut Context<'_, '_>, statement: &ast::Drop) -> StatementResult {
    let Some(operation) = operation(statement.object) else {
        return not_built(&format!("DROP {}", written(statement.object)));
    };
    if statement.object == DropObject::Database && cx.session.transaction.is_some() {
        return Err(sql_error!(226, "DROP DATABASE").into());
    }
    for name in &statement.names {
        if statement.object == DropObject::Table && ast::is_temp_table(name) {
            temp_tables::drop(cx, name, statement.if_exists)?;
            continue;
        }
        if statement.if_exists && !exists(cx, statement.object, name) {
            continue;
        }
        if statement.object == DropObject::Database {
            check_not_in_use(cx, name)?;
        }
        let security = security_of(cx, name)?;
        if let Err(wait) = drop_one(cx, &security, |ddl| operation(ddl, name))? {
            return Ok(wait);
        }
    }
    Ok(Flow::done(StatementKind::Other))
}

/// `DROP EVENT NOTIFICATION name, … ON …`.
pub(in crate::statements) fn drop_event_notifications(
    cx: &mut Context<'_, '_>,
    names: &[Ident],
    scope: &EventNotificationScope,
) -> StatementResult {
    let on = target(scope)?;
    let security = cx.security().clone();
    for name in names {
        let dropped = drop_one(cx, &security, |ddl| {
            event_notifications::drop_event_notification(ddl, &name.name, &on)
        })?;
        if let Err(wait) = dropped {
            return Ok(wait);
        }
    }
    Ok(Flow::done(StatementKind::Other))
}

fn drop_one(
    cx: &mut Context<'_, '_>,
    security: &SecurityContext,
    operation: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
) -> Result<Result<(), Flow>, duologue_messages::SqlError> {
    match try_define(cx, security, operation)? {
        Ok(outcome) => finish(cx, outcome).map(Ok),
        Err(wait) => Ok(Err(wait)),
    }
}

type Operation = fn(&mut DdlContext<'_>, &ast::ObjectName) -> DdlResult;

/// The catalog's operation for a kind; `None` for kinds that are not built.
fn operation(object: DropObject) -> Option<Operation> {
    Some(match object {
        DropObject::BrokerPriority => |ddl, name| broker_priorities::drop_broker_priority(ddl, name.object()),
        DropObject::Certificate => |ddl, name| certificates::drop_certificate(ddl, name.object()),
        DropObject::Contract => |ddl, name| contracts::drop_contract(ddl, name.object()),
        DropObject::Database => |ddl, name| databases::drop_database(ddl, name.object()),
        DropObject::Endpoint => |ddl, name| endpoints::drop_endpoint(ddl, name.object()),
        DropObject::Login => |ddl, name| logins::drop_login(ddl, name.object()),
        DropObject::MessageType => |ddl, name| message_types::drop_message_type(ddl, name.object()),
        DropObject::Queue => |ddl, name| queues::drop_queue(ddl, &object_name(name)?),
        DropObject::RemoteServiceBinding => {
            |ddl, name| remote_service_bindings::drop_remote_service_binding(ddl, name.object())
        }
        DropObject::Role => |ddl, name| roles::drop_role(ddl, name.object()),
        DropObject::Route => |ddl, name| routes::drop_route(ddl, name.object()),
        DropObject::Schema => |ddl, name| schemas::drop_schema(ddl, name.object()),
        DropObject::Service => |ddl, name| services::drop_service(ddl, name.object()),
        DropObject::Table => |ddl, name| tables::drop_table(ddl, &object_name(name)?),
        DropObject::User => |ddl, name| users::drop_user(ddl, name.object()),
        _ => return None,
    })
}

/// Whether `IF EXISTS` finds the object, whoever asks.
fn exists(cx: &Context<'_, '_>, object: DropObject, name: &ast::ObjectName) -> bool {
    let Ok(security) = security_of(cx, name) else { return false };
    let catalog = cx.catalog();
    let Some(database) = catalog.database(security.database) else { return false };
    if matches!(object, DropObject::Queue | DropObject::Table) {
        return database.find_object(security.user, name.schema(), name.object()).is_some();
    }
    exists_on_server(catalog, object, name.object()) || exists_in_database(database, object, name.object())
}

fn exists_on_server(catalog: &Catalog, object: DropObject, name: &str) -> bool {
    match object {
        DropObject::Database => catalog.find_database(name).is_some(),
        DropObject::Endpoint => catalog.server.endpoints.find(name).is_some(),
        DropObject::Login => catalog.server.logins.find(name).is_some(),
        _ => false,
    }
}

fn exists_in_database(database: &Database, object: DropObject, name: &str) -> bool {
    match object {
        DropObject::BrokerPriority => database.broker_priorities.find(name).is_some(),
        DropObject::Certificate => database.certificates.find(name).is_some(),
        DropObject::Contract => database.contracts.find(name).is_some(),
        DropObject::MessageType => database.message_types.find(name).is_some(),
        DropObject::RemoteServiceBinding => database.remote_service_bindings.find(name).is_some(),
        DropObject::Role | DropObject::User => database.principals.find(name).is_some(),
        DropObject::Route => database.routes.find(name).is_some(),
        DropObject::Schema => database.schemas.find(name).is_some(),
        DropObject::Service => database.services.find(name).is_some(),
        _ => false,
    }
}

/// 3702 while a session, this one or another, is in the database.
fn check_not_in_use(cx: &Context<'_, '_>, name: &ast::ObjectName) -> Result<(), duologue_messages::SqlError> {
    let dropped: Option<DatabaseId> =
        cx.catalog().find_database(name.object()).map(|found| found.settings.id);
    let is_used = |database| database == cx.database_id() || !cx.instance.sessions_in(database).is_empty();
    if dropped.is_some_and(is_used) {
        return Err(sql_error!(3702, name.object()));
    }
    Ok(())
}

/// The words of a kind: `ServerRole` is `SERVER ROLE`.
fn written(object: DropObject) -> String {
    let mut words = String::new();
    for (place, character) in format!("{object:?}").char_indices() {
        if place > 0 && character.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(character.to_ascii_uppercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_as_in_the_statement() {
        assert_eq!(written(DropObject::ServerRole), "SERVER ROLE");
        assert_eq!(written(DropObject::View), "VIEW");
    }
}
