//! CREATE EVENT NOTIFICATION: the definition and its exclusive dialog.

use duologue_catalog::ddl::event_notifications::{self, CreateEventNotification, NotificationTarget};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, EventNotificationScope};
use duologue_types::{BrokerInstance, DatabaseId, PrincipalId};

use super::{finish, object_name, try_define};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

/// Notifications ON SERVER keep their conversations there.
const MSDB: DatabaseId = DatabaseId(4);
/// Who they belong to there.
const DBO: PrincipalId = PrincipalId(1);

pub(in crate::statements) fn create(
    cx: &mut Context<'_, '_>,
    create: &ast::CreateEventNotification,
) -> StatementResult {
    let spec = CreateEventNotification {
        name: create.name.name.clone(),
        on: target(&create.scope)?,
        fan_in: create.fan_in,
        events: create.events.iter().map(|event| event.name.clone()).collect(),
        service_name: create.service_name.clone(),
        broker_instance: create.broker_instance.clone(),
    };
    let (database, owner) = match spec.on {
        NotificationTarget::Server => (MSDB, DBO),
        NotificationTarget::Database | NotificationTarget::Queue(_) => (cx.database_id(), cx.security().user),
    };
    let instance = broker_instance(cx, database, &spec.broker_instance)?;
    let service = spec.service_name.clone();
    let conversation = cx.broker(|broker, caller| {
        broker.begin_event_dialog(caller.transaction, database, owner, (&service, instance), caller.now)
    })?;
    let security = cx.security().clone();
    let define = event_notifications::create_event_notification;
    match try_define(cx, &security, |ddl| define(ddl, &spec, conversation))? {
        Ok(outcome) => {
            finish(cx, outcome)?;
            Ok(Flow::done(StatementKind::Other))
        }
        Err(wait) => Ok(wait),
    }
}

/// `'current database'` or a GUID (1093).
fn broker_instance(
    cx: &Context<'_, '_>,
    database: DatabaseId,
    text: &str,
) -> Result<BrokerInstance, SqlError> {
    if text.eq_ignore_ascii_case("current database") {
        let found = cx.catalog().database(database);
        return Ok(found.map(|found| found.settings.broker_instance).unwrap_or_default());
    }
    text.parse().map(BrokerInstance).map_err(|_| sql_error!(1093, text))
}

pub(super) fn target(scope: &EventNotificationScope) -> Result<NotificationTarget, SqlError> {
    Ok(match scope {
        EventNotificationScope::Server => NotificationTarget::Server,
        EventNotificationScope::Database => NotificationTarget::Database,
        EventNotificationScope::Queue(queue) => NotificationTarget::Queue(object_name(queue)?),
    })
}
