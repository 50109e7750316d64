//! ALTER AUTHORIZATION.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, LoginId, PrincipalId};

use super::context::{DdlContext, ObjectName, cannot};
use super::databases::within;
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact, EventFactScope};
use crate::ids::FIRST_USER_ID;
use crate::lookup::SchemaObject;
use crate::objects::{
    Certificate, Contract, Endpoint, LoginKind, MessageType, Principal, RemoteServiceBinding, Route, Schema,
    ServerPermission, Service, Table,
};
use crate::permissions::{Permission, Securable, SecurableKind};

/// What changes hands.
#[derive(Clone, Debug)]
pub enum OwnedEntity {
    /// `DATABASE::name`.
    Database(String),
    /// `ENDPOINT::name`.
    Endpoint(String),
    /// `[OBJECT::]name`.
    Object(ObjectName),
    /// Any other `CLASS::name`.
    Named(SecurableKind, String),
    /// A class whose owner cannot change, such as `event notification` (15344).
    Immovable(&'static str),
}

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewOwner {
    /// A user, role or login.
    Principal(String),
    /// `SCHEMA OWNER`.
    SchemaOwner,
}

/// `ALTER AUTHORIZATION`: needs TAKE OWNERSHIP on the entity and IMPERSONATE on the user, or membership in the role.
/// Explicit permissions on the entity go. Events 205 and 204.
pub fn alter_authorization(cx: &mut DdlContext<'_>, entity: &OwnedEntity, to: &NewOwner) -> DdlResult {
    match (entity, to) {
        (OwnedEntity::Immovable(noun), _) => Err(sql_error!(15344, noun)),
        (OwnedEntity::Database(name), NewOwner::Principal(login)) => transfer_database(cx, name, login),
        (OwnedEntity::Endpoint(name), NewOwner::Principal(login)) => transfer_endpoint(cx, name, login),
        (OwnedEntity::Object(name), to) => transfer_object(cx, name, to),
        (OwnedEntity::Named(kind, name), NewOwner::Principal(owner)) => {
            transfer_named(cx, *kind, name, owner)
        }
        (_, NewOwner::SchemaOwner) => Err(sql_error!(102, "SCHEMA")),
    }
}

fn transfer_database(cx: &mut DdlContext<'_>, name: &str, login: &str) -> DdlResult {
    let refused = || cannot("find", "database", name);
    let database = cx.catalog().find_database(name).ok_or_else(refused)?.settings.id;
    if !cx.catalog().has(&within(cx, database), Permission::TakeOwnership, Securable::Database) {
        return Err(refused());
    }
    let owner = new_login(cx, login, "database")?;
    let found = cx.catalog().server.logins.get(owner.0).map(|login| login.sid.clone()).unwrap_or_default();
    let is_user =
        cx.catalog().database(database).is_some_and(|database| database.user_by_sid(&found).is_some());
    if is_user {
        return Err(sql_error!(15063));
    }
    cx.draft.update_database(database, |settings| settings.owner = owner);
    let event = event(cx, 204, "DATABASE", name, login);
    Ok(DdlOutcome::event(event).effect(Effect::PermissionsChanged { database }))
}

fn transfer_endpoint(cx: &mut DdlContext<'_>, name: &str, login: &str) -> DdlResult {
    let found = cx.catalog().server.endpoints.find(name);
    let found = found.filter(|found| cx.has(Permission::TakeOwnership, Securable::Endpoint(found.id)));
    let id = found.ok_or_else(|| cannot("find", "endpoint", name))?.id;
    let owner = new_login(cx, login, "endpoint")?;
    cx.draft.update::<Endpoint>(cx.database, id.0, |endpoint| endpoint.owner = owner);
    let class = Securable::Endpoint(id).class();
    cx.forget_server_permissions(|row: &ServerPermission| row.class == class && row.major_id == id.0);
    Ok(DdlOutcome::event(event(cx, 204, "ENDPOINT", name, login)))
}

/// A login that the caller is or may impersonate (15151); roles own neither databases nor endpoints (15353).
fn new_login(cx: &DdlContext<'_>, name: &str, noun: &str) -> Result<LoginId, SqlError> {
    let refused = || cannot("find", "principal", name);
    let login = cx.catalog().server.logins.find(name).ok_or_else(refused)?;
    if login.kind != LoginKind::Sql {
        return Err(sql_error!(15353, noun));
    }
    let allowed = login.id == cx.login() || cx.has(Permission::Impersonate, Securable::Login(login.id));
    if allowed { Ok(login.id) } else { Err(refused()) }
}

fn transfer_object(cx: &mut DdlContext<'_>, name: &ObjectName, to: &NewOwner) -> DdlResult {
    let found = cx.db()?.find_object(cx.security.user, name.schema.as_deref(), &name.name);
    let found = found.filter(|found| cx.has(Permission::TakeOwnership, Securable::Object(found.id())));
    let table = match found.ok_or_else(|| cannot("find", "object", &name.name))? {
        SchemaObject::Queue(_) => return Err(sql_error!(15344, "queue")),
        SchemaObject::Table(table) => table,
    };
    let owner = match to {
        NewOwner::SchemaOwner => None,
        NewOwner::Principal(owner) => Some(cx.owner(Some(owner))?),
    };
    cx.draft.update::<Table>(cx.database, table.id.0, |table| table.owner = owner);
    cx.forget_permissions(Securable::Object(table.id));
    let owner_name = match to {
        NewOwner::SchemaOwner => "SCHEMA OWNER",
        NewOwner::Principal(owner) => owner,
    };
    let event = event(cx, 205, "TABLE", &table.name, owner_name);
    let event = EventFact { schema_name: Some(cx.db()?.schema_name(table.schema)), ..event };
    Ok(DdlOutcome::event(event))
}

fn transfer_named(cx: &mut DdlContext<'_>, kind: SecurableKind, name: &str, to: &str) -> DdlResult {
    let refused = || cannot("find", kind.noun(), name);
    let securable = Securable::named(cx.db()?, kind, name).ok_or_else(refused)?;
    if !cx.has(Permission::TakeOwnership, securable) {
        return Err(refused());
    }
    if is_immovable(securable, cx)? {
        return Err(sql_error!(9663));
    }
    let owner = match securable {
        Securable::Certificate(_) => super::certificates::certificate_owner(cx, Some(to))?,
        _ => cx.owner(Some(to))?,
    };
    set_owner(cx, securable, owner);
    cx.forget_permissions(securable);
    let event = event(cx, 205, kind.object_type(), name, to);
    let outcome = DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database });
    Ok(match effect(cx.database, securable) {
        Some(effect) => outcome.effect(effect),
        None => outcome,
    })
}

/// System objects, fixed roles and their schemas keep their owners.
fn is_immovable(securable: Securable, cx: &DdlContext<'_>) -> Result<bool, SqlError> {
    let database = cx.db()?;
    Ok(match securable {
        Securable::MessageType(_) | Securable::Contract(_) | Securable::Service(_) => {
            securable.major_id() < FIRST_USER_ID
        }
        Securable::Schema(id) => database.schemas.get(id.0).is_some_and(|schema| schema.is_system()),
        Securable::Principal(id) => database
            .principals
            .get(id.0)
            .is_some_and(|principal| principal.is_system() || !principal.is_role()),
        _ => false,
    })
}

fn set_owner(cx: &mut DdlContext<'_>, securable: Securable, owner: PrincipalId) {
    let (database, draft) = (cx.database, &mut cx.draft);
    match securable {
        Securable::MessageType(id) => {
            draft.update::<MessageType>(database, id.0, |found| found.owner = owner)
        }
        Securable::Contract(id) => draft.update::<Contract>(database, id.0, |found| found.owner = owner),
        Securable::Service(id) => draft.update::<Service>(database, id.0, |found| found.owner = owner),
        Securable::Route(id) => draft.update::<Route>(database, id.0, |found| found.owner = owner),
        Securable::RemoteServiceBinding(id) => {
            draft.update::<RemoteServiceBinding>(database, id.0, |found| found.owner = owner);
        }
        Securable::Certificate(id) => {
            draft.update::<Certificate>(database, id.0, |found| found.owner = owner)
        }
        Securable::Schema(id) => draft.update::<Schema>(database, id.0, |found| found.owner = owner),
        Securable::Principal(id) => {
            draft.update::<Principal>(database, id.0, |found| found.owner = Some(owner))
        }
        Securable::Server
        | Securable::Login(_)
        | Securable::Endpoint(_)
        | Securable::Database
        | Securable::Object(_) => {}
    }
}

fn effect(database: DatabaseId, securable: Securable) -> Option<Effect> {
    match securable {
        Securable::Service(service) => Some(Effect::ServiceChanged { database, service }),
        Securable::RemoteServiceBinding(_) => Some(Effect::BindingsChanged { database }),
        Securable::Certificate(_) => Some(Effect::CertificatesChanged { database }),
        Securable::Route(_) => Some(Effect::RoutesChanged { database }),
        _ => None,
    }
}

fn event(cx: &DdlContext<'_>, number: i32, object_type: &'static str, name: &str, owner: &str) -> EventFact {
    let fact = cx.event(number, object_type, name).with("OwnerName", owner);
    match number {
        204 => EventFact { scope: EventFactScope::Server, ..fact },
        _ => fact,
    }
}
