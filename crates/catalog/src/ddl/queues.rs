//! CREATE, ALTER and DROP QUEUE.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ObjectId, PrincipalId};

use super::context::{DdlContext, ObjectName, cannot, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact};
use crate::events::QUEUE_ACTIVATION;
use crate::lookup::SchemaObject;
use crate::objects::{Activation, EventNotification, EventScope, ExecuteAs, Queue};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "queue";
const OBJECT_TYPE: &str = "QUEUE";

/// Options of CREATE and ALTER QUEUE; `None` leaves the default or what was.
#[derive(Clone, Debug, Default)]
pub struct QueueOptions {
    /// `STATUS`.
    pub status: Option<bool>,
    /// `RETENTION`.
    pub retention: Option<bool>,
    /// `POISON_MESSAGE_HANDLING (STATUS = …)`.
    pub poison_message_handling: Option<bool>,
    /// `ACTIVATION (…)`.
    pub activation: Option<ActivationChange>,
}

/// `ACTIVATION (…)`.
#[derive(Clone, Debug)]
pub enum ActivationChange {
    /// `ACTIVATION (DROP)`, ALTER only.
    Drop,
    /// What changes.
    Set(ActivationOptions),
}

/// Options of `ACTIVATION`.
#[derive(Clone, Debug, Default)]
pub struct ActivationOptions {
    /// `STATUS`.
    pub status: Option<bool>,
    /// `PROCEDURE_NAME`. That it is no function (9620) and has no parameters (9653) is for the caller to check.
    pub procedure: Option<ObjectName>,
    /// `MAX_QUEUE_READERS`.
    pub max_readers: Option<i64>,
    /// `EXECUTE AS`.
    pub execute_as: Option<ActivationUser>,
}

/// `EXECUTE AS` of an activation.
#[derive(Clone, Debug)]
pub enum ActivationUser {
    /// Who runs the statement.
    Caller,
    /// The queue's owner.
    Owner,
    /// A user; needs IMPERSONATE.
    Named(String),
}

/// `CREATE QUEUE`: needs CREATE QUEUE and ALTER on the schema (2760). Event 157.
pub fn create_queue(cx: &mut DdlContext<'_>, name: &ObjectName, options: &QueueOptions) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateQueue)?;
    check_name(&name.name)?;
    if name.name.starts_with('#') {
        return Err(sql_error!(203, name.name));
    }
    let schema = cx.schema_for_new_object(name)?;
    let activation = match &options.activation {
        Some(ActivationChange::Set(set)) => Some(activation(cx, None, set, true, &name.name)?),
        Some(ActivationChange::Drop) | None => None,
    };
    let queue = Queue {
        id: ObjectId(cx.draft.take_object_id(cx.database)),
        name: name.name.clone(),
        schema,
        owner: None,
        enabled: options.status.unwrap_or(true),
        retention: options.retention.unwrap_or(false),
        poison_message_handling: options.poison_message_handling.unwrap_or(true),
        activation,
        created: cx.now,
        modified: cx.now,
        is_system: false,
    };
    let effect = Effect::QueueCreated { database: cx.database, queue: queue.id };
    let outcome = DdlOutcome::event(event(cx, 157, &queue)).effect(effect);
    let outcome = warn_of_no_readers(outcome, &queue);
    cx.draft.put(cx.database, queue);
    Ok(outcome)
}

/// `ALTER QUEUE … WITH`: event 158. Without options (REBUILD, REORGANIZE, MOVE) only the event remains.
pub fn alter_queue(cx: &mut DdlContext<'_>, name: &ObjectName, options: &QueueOptions) -> DdlResult {
    let before = target(cx, "alter", name)?;
    let mut queue = (*before).clone();
    queue.enabled = options.status.unwrap_or(queue.enabled);
    queue.retention = options.retention.unwrap_or(queue.retention);
    queue.poison_message_handling = options.poison_message_handling.unwrap_or(queue.poison_message_handling);
    match &options.activation {
        Some(ActivationChange::Drop) => queue.activation = None,
        Some(ActivationChange::Set(set)) => {
            queue.activation = Some(activation(cx, before.activation.as_ref(), set, false, &queue.name)?);
        }
        None => {}
    }
    if queue.activation.as_ref().is_some_and(|activation| activation.enabled)
        && is_activated_by_event(cx, queue.id)?
    {
        return Err(sql_error!(9717, queue.name));
    }
    queue.modified = cx.now;
    let mut outcome = warn_of_no_readers(DdlOutcome::event(event(cx, 158, &queue)), &queue);
    outcome.effects = effects(cx, &before, &queue);
    cx.draft.put(cx.database, queue);
    Ok(outcome)
}

/// `DROP QUEUE`: refused while a service uses it (3716); its event notifications go with it. Event 159.
pub fn drop_queue(cx: &mut DdlContext<'_>, name: &ObjectName) -> DdlResult {
    let queue = target(cx, "drop", name)?;
    let database = cx.db()?;
    if database.services.iter().any(|service| service.queue == queue.id) {
        return Err(sql_error!(3716, NOUN, queue.name, "service"));
    }
    let on_queue = |notification: &&Arc<EventNotification>| notification.scope == EventScope::Queue(queue.id);
    let notifications: Vec<_> = database.event_notifications.iter().filter(on_queue).cloned().collect();
    let mut outcome = DdlOutcome::event(event(cx, 159, &queue));
    for notification in notifications {
        let conversation = notification.conversation;
        outcome = outcome.effect(Effect::EventNotificationDropped { database: cx.database, conversation });
        cx.draft.remove::<EventNotification>(cx.database, notification.id.0);
    }
    cx.remove::<Queue>(queue.id.0, Securable::Object(queue.id));
    Ok(outcome.effect(Effect::QueueDropped { database: cx.database, queue: queue.id }))
}

/// A queue that a statement alters (15151) or drops (3701).
fn target(cx: &DdlContext<'_>, verb: &str, name: &ObjectName) -> Result<Arc<Queue>, SqlError> {
    let refused = || match verb {
        "drop" => sql_error!(3701, verb, NOUN, name.name),
        _ => cannot(verb, NOUN, &name.name),
    };
    let found = cx.db()?.find_object(cx.security.user, name.schema.as_deref(), &name.name);
    let queue = match found.ok_or_else(refused)? {
        SchemaObject::Queue(queue) => queue,
        SchemaObject::Table(_) if verb == "drop" => {
            return Err(sql_error!(3705, "QUEUE", name.name, name.name, "table", "DROP TABLE"));
        }
        SchemaObject::Table(_) => return Err(refused()),
    };
    if !cx.may_alter(Securable::Object(queue.id)) {
        return Err(refused());
    }
    if queue.is_system { Err(sql_error!(9663)) } else { Ok(queue) }
}

/// The activation after the change. In CREATE it is on unless STATUS says otherwise; ALTER changes only what it names.
fn activation(
    cx: &DdlContext<'_>,
    before: Option<&Activation>,
    options: &ActivationOptions,
    is_new: bool,
    queue: &str,
) -> Result<Activation, SqlError> {
    let none = Activation { enabled: is_new, procedure: None, max_readers: 0, execute_as: None };
    let mut activation = before.cloned().unwrap_or(none);
    activation.enabled = options.status.unwrap_or(activation.enabled);
    if let Some(procedure) = &options.procedure {
        activation.procedure = Some(procedure_name(cx, procedure)?);
    }
    if let Some(readers) = options.max_readers {
        let readers = i16::try_from(readers).ok().filter(|readers| *readers >= 0);
        activation.max_readers = readers.ok_or_else(|| sql_error!(187))?;
    }
    if let Some(user) = &options.execute_as {
        activation.execute_as = Some(activation_user(cx, user)?);
    }
    check_complete(queue, &activation)?;
    Ok(activation)
}

/// As the catalog shows it: `[schema].[procedure]`, in front of it the database if the statement names one.
fn procedure_name(cx: &DdlContext<'_>, name: &ObjectName) -> Result<String, SqlError> {
    if name.name.starts_with('#') {
        return Err(sql_error!(9742, name.name));
    }
    let database = cx.db()?;
    let default = || database.schema_name(database.default_schema(cx.security.user));
    let schema = name.schema.clone().unwrap_or_else(default);
    let parts = name.database.iter().chain([&schema, &name.name]);
    let bracketed: Vec<String> = parts.map(|part| format!("[{}]", part.replace(']', "]]"))).collect();
    Ok(bracketed.join("."))
}

fn activation_user(cx: &DdlContext<'_>, user: &ActivationUser) -> Result<ExecuteAs, SqlError> {
    Ok(match user {
        ActivationUser::Owner => ExecuteAs::Owner,
        ActivationUser::Caller => ExecuteAs::User(cx.security.user),
        ActivationUser::Named(name) => {
            let securable = |id| Securable::Principal(PrincipalId(id));
            let users = &cx.db()?.principals;
            let found = cx.mentioned(users, "user", name, Permission::Impersonate, securable)?;
            if found.is_role() {
                return Err(cannot("find", "user", name));
            }
            ExecuteAs::User(found.id)
        }
    })
}

/// An enabled activation needs a user (9613) and a procedure (9614).
fn check_complete(name: &str, activation: &Activation) -> Result<(), SqlError> {
    match activation {
        Activation { enabled: false, .. } => Ok(()),
        Activation { procedure: None, .. } => Err(sql_error!(9614, name)),
        Activation { execute_as: None, .. } => Err(sql_error!(9613, name)),
        _ => Ok(()),
    }
}

fn is_activated_by_event(cx: &DdlContext<'_>, queue: ObjectId) -> Result<bool, SqlError> {
    Ok(cx.db()?.event_notifications.iter().any(|notification| {
        notification.scope == EventScope::Queue(queue) && notification.events.contains(&QUEUE_ACTIVATION)
    }))
}

fn warn_of_no_readers(outcome: DdlOutcome, queue: &Queue) -> DdlOutcome {
    match &queue.activation {
        Some(Activation { enabled: true, max_readers: 0, .. }) => {
            outcome.warning(sql_error!(9648, queue.name))
        }
        _ => outcome,
    }
}

fn effects(cx: &DdlContext<'_>, before: &Queue, after: &Queue) -> Vec<Effect> {
    let (database, queue) = (cx.database, after.id);
    let mut effects = Vec::new();
    if before.enabled && !after.enabled {
        effects.push(Effect::QueueSwitchedOff { database, queue });
    }
    if !before.enabled && after.enabled {
        effects.push(Effect::QueueSwitchedOn { database, queue });
    }
    if before.retention != after.retention
        || before.poison_message_handling != after.poison_message_handling
        || before.activation != after.activation
    {
        effects.push(Effect::QueueChanged { database, queue });
    }
    effects
}

fn event(cx: &DdlContext<'_>, number: i32, queue: &Queue) -> EventFact {
    let schema = cx.db().map(|database| database.schema_name(queue.schema)).unwrap_or_default();
    cx.schema_event(number, OBJECT_TYPE, &schema, &queue.name)
}
