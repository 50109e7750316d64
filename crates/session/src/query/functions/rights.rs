//! Memberships and permissions.

use duologue_catalog::objects::PrincipalKind;
use duologue_catalog::permissions::{ContextScope, SecurityContext};
use duologue_catalog::{PUBLIC, Permission, SERVER_PUBLIC, Securable};
use duologue_types::{LoginId, Value};

use super::names::split_name;
use super::{Call, Function, Parameter, int, int_flag, int_or_null};
use crate::query::context::QueryContext;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "IS_SRVROLEMEMBER",
        arity: (1, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| Ok(is_server_role_member(call).map_or(Value::Null, int_flag)),
    },
    Function {
        name: "IS_MEMBER",
        arity: (1, 1),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| Ok(is_role_member(call, None).map_or(Value::Null, int_flag)),
    },
    Function {
        name: "IS_ROLEMEMBER",
        arity: (1, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| Ok(is_role_member(call, call.text(1)).map_or(Value::Null, int_flag)),
    },
    Function {
        name: "HAS_PERMS_BY_NAME",
        arity: (3, 5),
        parameters: &[Parameter::Unicode],
        is_strict: false,
        result: int,
        call: |call| Ok(int_or_null(has_permission(call))),
    },
    Function {
        name: "HAS_DBACCESS",
        arity: (1, 1),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| {
            let known = call.context.catalog().find_database(call.text(0).unwrap_or_default());
            let access = known.map(|_| call.context.security_in(call.text(0)).is_ok());
            Ok(access.map_or(Value::Null, int_flag))
        },
    },
];

fn is_server_role_member(call: &Call<'_>) -> Option<bool> {
    let server = &call.context.catalog().server;
    let role =
        server.logins.find(call.text(0)?).filter(|role| role.is_fixed_role() || role.id == SERVER_PUBLIC)?;
    let login = match call.text(1) {
        Some(name) => server.logins.find(name)?.id,
        None => match (call.context.security.login, call.context.security.scope) {
            (Some(login), ContextScope::Server) => login,
            _ => return Some(false),
        },
    };
    Some(role.id == SERVER_PUBLIC || login_roles(call.context, login).contains(&role.id))
}

/// The roles of a login, those of its roles included.
fn login_roles(context: &QueryContext<'_>, login: LoginId) -> Vec<LoginId> {
    let mut roles = vec![login];
    let mut next = 0;
    while let Some(member) = roles.get(next).copied() {
        next += 1;
        let found = context.catalog().server.logins.get(member.0);
        for role in found.into_iter().flat_map(|found| &found.member_of) {
            if !roles.contains(role) {
                roles.push(*role);
            }
        }
    }
    roles
}

/// NULL for what is no role of the database.
fn is_role_member(call: &Call<'_>, member: Option<&str>) -> Option<bool> {
    let database = call.context.database().ok()?;
    let role = database.principals.find(call.text(0)?).filter(|role| role.kind == PrincipalKind::Role)?;
    let member = match member {
        Some(name) => database.principals.find(name)?.id,
        None => call.context.security.user,
    };
    Some(role.id == PUBLIC || database.principal_roles(member).contains(&role.id))
}

fn has_permission(call: &Call<'_>) -> Option<i32> {
    let (securable, security) = securable(call.context, call.text(0), call.text(1))?;
    let catalog = call.context.catalog();
    let wanted = call.text(2)?;
    if wanted.eq_ignore_ascii_case("ANY") {
        return Some(catalog.is_visible(&security, securable).into());
    }
    let permission = Permission::from_name(wanted)?;
    let kind = securable.kind(catalog, catalog.database(security.database).map(|found| &**found))?;
    kind.has(permission).then(|| catalog.has(&security, permission, securable).into())
}

/// What a name means as one of a class, and the caller's context in its database. Without class the server.
pub(super) fn securable(
    context: &QueryContext<'_>,
    name: Option<&str>,
    class: Option<&str>,
) -> Option<(Securable, SecurityContext)> {
    let catalog = context.catalog();
    let here = || context.security.clone();
    let class = class.map(str::to_ascii_uppercase);
    let Some(name) = name else {
        return match class.as_deref() {
            None | Some("SERVER") => Some((Securable::Server, here())),
            Some("DATABASE") => Some((Securable::Database, here())),
            _ => None,
        };
    };
    let parts = split_name(name)?;
    let object = parts.last()?.as_str();
    let database = context.database().ok()?;
    let found = match class.as_deref()? {
        "DATABASE" => return Some((Securable::Database, context.security_in(Some(object)).ok()?)),
        "OBJECT" => {
            let (object, database) = super::metadata::find_object(context, name)?;
            let security = context.security_in(Some(&database.settings.name)).ok()?;
            return Some((Securable::Object(duologue_types::ObjectId(object.id())), security));
        }
        "SCHEMA" => Securable::Schema(database.schemas.find(object)?.id),
        "SERVICE" => Securable::Service(database.services.find(object)?.id),
        "CONTRACT" => Securable::Contract(database.contracts.find(object)?.id),
        "MESSAGE TYPE" => Securable::MessageType(database.message_types.find(object)?.id),
        "ROUTE" => Securable::Route(database.routes.find(object)?.id),
        "REMOTE SERVICE BINDING" => {
            Securable::RemoteServiceBinding(database.remote_service_bindings.find(object)?.id)
        }
        "CERTIFICATE" => Securable::Certificate(database.certificates.find(object)?.id),
        "USER" | "ROLE" | "APPLICATION ROLE" => Securable::Principal(database.principals.find(object)?.id),
        "LOGIN" | "SERVER ROLE" => Securable::Login(catalog.server.logins.find(object)?.id),
        "ENDPOINT" => Securable::Endpoint(catalog.server.endpoints.find(object)?.id),
        _ => return None,
    };
    Some((found, here()))
}
