//! Users and logins.

use duologue_catalog::permissions::SecurityContext;
use duologue_messages::SqlError;
use duologue_types::{LoginId, PrincipalId, SqlType, Value};

use super::{Call, Function, Parameter, int, int_or_null, name_or_null, sysname};
use crate::query::context::QueryContext;

const SID: SqlType = SqlType::VarBinary(duologue_types::Length::Fixed(85));

const fn plain(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (0, 0), parameters: &[], is_strict: false, result: sysname, call }
}

const fn id_of(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (0, 1), parameters: &[Parameter::Unicode], is_strict: true, result: int, call }
}

const fn name_of(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (0, 1), parameters: &[Parameter::Int], is_strict: true, result: sysname, call }
}

pub(super) static FUNCTIONS: &[Function] = &[
    plain("CURRENT_USER", |call| Ok(name_or_null(user_name(call.context, None)))),
    plain("USER", |call| Ok(name_or_null(user_name(call.context, None)))),
    plain("SESSION_USER", |call| Ok(name_or_null(user_name(call.context, None)))),
    plain("SYSTEM_USER", |call| Ok(name_or_null(Some(login_name(call.context))))),
    plain("ORIGINAL_LOGIN", |call| {
        Ok(name_or_null(Some(call.context.catalog().login_name(call.context.security.original_login))))
    }),
    name_of("USER_NAME", |call| Ok(name_or_null(user_name(call.context, call.int(0).map(PrincipalId))))),
    id_of("USER_ID", principal_id),
    id_of("DATABASE_PRINCIPAL_ID", principal_id),
    Function {
        parameters: &[Parameter::Bytes],
        ..name_of("SUSER_SNAME", |call| {
            let name = match call.arguments.first() {
                None => Some(login_name(call.context)),
                Some(Value::VarBinary(sid)) => {
                    call.context.catalog().login_by_sid(sid).map(|login| login.name.clone())
                }
                _ => None,
            };
            Ok(name_or_null(name))
        })
    },
    name_of("SUSER_NAME", |call| {
        let name = match call.int(0) {
            None => Some(login_name(call.context)),
            Some(id) => call.context.catalog().server.logins.get(id).map(|login| login.name.clone()),
        };
        Ok(name_or_null(name))
    }),
    id_of("SUSER_ID", |call| Ok(int_or_null(login(call).map(|login| login.0)))),
    Function {
        arity: (0, 2),
        parameters: &[Parameter::Unicode, Parameter::Int],
        result: |_| SID,
        ..id_of("SUSER_SID", |call| {
            let login = login(call).and_then(|id| call.context.catalog().server.logins.get(id.0));
            Ok(login.map_or(Value::Null, |login| Value::varbinary(login.sid.clone())))
        })
    },
];

/// The name of the effective user, or of another one.
fn user_name(context: &QueryContext<'_>, user: Option<PrincipalId>) -> Option<String> {
    let database = context.database().ok()?;
    let user = user.unwrap_or(context.security.user);
    database.principals.get(user.0).map(|user| user.name.clone())
}

/// The effective login's name. A user without login is known by his SID in SQL Server; here by his name.
pub(super) fn login_name(context: &QueryContext<'_>) -> String {
    let SecurityContext { login, .. } = context.security;
    let name = login.map(|login| context.catalog().login_name(login));
    name.or_else(|| user_name(context, None)).unwrap_or_default()
}

fn principal_id(call: &Call<'_>) -> Result<Value, SqlError> {
    let database = call.context.database()?;
    let id = match call.text(0) {
        None => Some(call.context.security.user),
        Some(name) => database.principals.find(name).map(|found| found.id),
    };
    Ok(int_or_null(id.map(|id| id.0)))
}

fn login(call: &Call<'_>) -> Option<LoginId> {
    match call.text(0) {
        None => call.context.security.login,
        Some(name) => call.context.catalog().server.logins.find(name).map(|login| login.id),
    }
}
