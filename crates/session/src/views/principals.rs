//! Logins, users, roles and their members. Everybody sees himself, the system's own and the fixed roles.

use duologue_catalog::objects::{Login, LoginKind, Principal, PrincipalKind};
use duologue_catalog::{Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::{PrincipalId, SqlType, Value};

use super::{
    BIT, DATETIME, DESC, INT, SID, SYSNAME, View, ViewColumn, ViewContext, bit, code, int, not_null, null,
    nvarchar, or_null, row, sys, text, varbinary,
};
use crate::query::plan::Row;

macro_rules! login_columns {
    ($($more:expr,)*) => {
        &[
            not_null("name", SYSNAME),
            not_null("principal_id", INT),
            null("sid", SID),
            not_null("type", SqlType::Char(1)),
            null("type_desc", DESC),
            null("is_disabled", BIT),
            not_null("create_date", DATETIME),
            not_null("modify_date", DATETIME),
            null("default_database_name", SYSNAME),
            null("default_language_name", SYSNAME),
            null("credential_id", INT),
            null("owning_principal_id", INT),
            not_null("is_fixed_role", BIT),
            $($more,)*
        ]
    };
}

pub(super) static VIEWS: &[View] = &[
    sys("server_principals", SERVER_PRINCIPALS, server_principals),
    sys("sql_logins", SQL_LOGINS, sql_logins),
    sys("server_role_members", ROLE_MEMBERS, server_role_members),
    sys("database_principals", DATABASE_PRINCIPALS, database_principals),
    sys("database_role_members", ROLE_MEMBERS, database_role_members),
    sys("login_token", TOKEN, login_token),
    sys("user_token", TOKEN, user_token),
];

static SERVER_PRINCIPALS: &[ViewColumn] = login_columns![];

static SQL_LOGINS: &[ViewColumn] = login_columns![
    null("is_policy_checked", BIT),
    null("is_expiration_checked", BIT),
    null("password_hash", varbinary(256)),
];

fn visible_logins<'a>(context: &'a ViewContext<'_>) -> impl Iterator<Item = &'a Login> {
    let logins = context.catalog().server.logins.iter().map(|found| &**found);
    logins.filter(|login| {
        login.is_system()
            || Some(login.id) == context.security.login
            || context.sees(Securable::Login(login.id))
    })
}

fn login_values(login: &Login) -> Row {
    let (letter, description) = match login.kind {
        LoginKind::Sql => ("S", "SQL_LOGIN"),
        LoginKind::Certificate(_) => ("C", "CERTIFICATE_MAPPED_LOGIN"),
        LoginKind::Role => ("R", "SERVER_ROLE"),
    };
    let named = |name: &String| if name.is_empty() { Value::Null } else { text(name) };
    row([
        text(&login.name),
        int(login.id.0),
        Value::varbinary(login.sid.clone()),
        code(letter, 1),
        text(description),
        bit(login.disabled),
        login.created.to_datetime(),
        login.modified.to_datetime(),
        named(&login.default_database),
        named(&login.default_language),
        Value::Null,
        if login.kind == LoginKind::Role { int(1) } else { Value::Null },
        bit(login.is_fixed_role()),
    ])
}

fn server_principals(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(visible_logins(context).map(login_values).collect())
}

/// The hash of a password shows only to who controls the server.
fn sql_logins(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shows_hash = context.has(Permission::ControlServer, Securable::Server);
    let shown = |login: &Login| {
        let hash = login.password_hash.as_ref().filter(|_| shows_hash);
        let more = [
            bit(login.check_policy),
            bit(login.check_expiration),
            or_null(hash, |hash| Value::varbinary(hash.clone())),
        ];
        login_values(login).into_iter().chain(more).collect()
    };
    Ok(visible_logins(context).filter(|login| login.kind == LoginKind::Sql).map(shown).collect())
}

static ROLE_MEMBERS: &[ViewColumn] =
    &[not_null("role_principal_id", INT), not_null("member_principal_id", INT)];

fn server_role_members(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let members =
        visible_logins(context).flat_map(|login| login.member_of.iter().map(move |role| (role, login.id)));
    Ok(members.map(|(role, member)| row([int(role.0), int(member.0)])).collect())
}

static DATABASE_PRINCIPALS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("principal_id", INT),
    not_null("type", SqlType::Char(1)),
    null("type_desc", DESC),
    null("default_schema_name", SYSNAME),
    not_null("create_date", DATETIME),
    not_null("modify_date", DATETIME),
    null("owning_principal_id", INT),
    null("sid", SID),
    not_null("is_fixed_role", BIT),
    not_null("authentication_type", INT),
    null("authentication_type_desc", DESC),
    null("default_language_name", SYSNAME),
    null("default_language_lcid", INT),
    not_null("allow_encrypted_value_modifications", BIT),
];

fn visible_principals<'a>(context: &'a ViewContext<'_>) -> impl Iterator<Item = &'a Principal> {
    let principals = context.database.principals.iter().map(|found| &**found);
    principals.filter(|principal| may_see(context, principal.id))
}

/// Whether the caller may know of a user or role.
pub(super) fn may_see(context: &ViewContext<'_>, principal: PrincipalId) -> bool {
    let found = context.database.principals.get(principal.0);
    found.is_some_and(|found| found.is_system())
        || principal == context.security.user
        || context.sees(Securable::Principal(principal))
}

fn database_principals(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(visible_principals(context).map(|principal| principal_values(context, principal)).collect())
}

fn principal_values(context: &ViewContext<'_>, principal: &Principal) -> Row {
    let (letter, description) = match principal.kind {
        PrincipalKind::User | PrincipalKind::UserWithoutLogin => ("S", "SQL_USER"),
        PrincipalKind::CertificateUser(_) => ("C", "CERTIFICATE_MAPPED_USER"),
        PrincipalKind::Role => ("R", "DATABASE_ROLE"),
        PrincipalKind::ApplicationRole => ("A", "APPLICATION_ROLE"),
    };
    let (authentication, authentication_name) = match principal.kind {
        PrincipalKind::User => (1, "INSTANCE"),
        _ => (0, "NONE"),
    };
    let sid = context.catalog().principal_sid(context.database.settings.id, principal.id);
    row([
        text(&principal.name),
        int(principal.id.0),
        code(letter, 1),
        text(description),
        or_null(principal.default_schema.as_ref(), text),
        principal.created.to_datetime(),
        principal.modified.to_datetime(),
        or_null(principal.owner, |owner| int(owner.0)),
        or_null(sid, Value::varbinary),
        bit(principal.is_fixed_role()),
        int(authentication),
        text(authentication_name),
        Value::Null,
        Value::Null,
        bit(false),
    ])
}

fn database_role_members(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let members = visible_principals(context)
        .flat_map(|principal| principal.member_of.iter().map(move |role| (role, principal.id)));
    Ok(members.map(|(role, member)| row([int(role.0), int(member.0)])).collect())
}

static TOKEN: &[ViewColumn] = &[
    not_null("principal_id", INT),
    null("sid", SID),
    null("name", nvarchar(128)),
    null("type", nvarchar(128)),
    null("usage", nvarchar(128)),
];

/// The login and its server roles.
fn login_token(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let logins = &context.catalog().server.logins;
    let Some(login) = context.security.login.and_then(|login| logins.get(login.0)) else {
        return Ok(Vec::new());
    };
    let public = duologue_catalog::SERVER_PUBLIC;
    let roles = std::iter::once(&public).chain(&login.member_of).filter_map(|role| logins.get(role.0));
    let entry = |login: &Login, kind: &str| {
        row([
            int(login.id.0),
            Value::varbinary(login.sid.clone()),
            text(&login.name),
            text(kind),
            text("GRANT OR DENY"),
        ])
    };
    let own = entry(login, "SQL LOGIN");
    Ok(std::iter::once(own).chain(roles.map(|role| entry(role, "SERVER ROLE"))).collect())
}

/// The user and the roles he is in.
fn user_token(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let database = context.database;
    let entry = |id: PrincipalId| {
        let principal = database.principals.get(id.0)?;
        let kind = if principal.kind == PrincipalKind::Role { "ROLE" } else { "SQL USER" };
        let sid = context.catalog().principal_sid(database.settings.id, id);
        Some(row([
            int(id.0),
            or_null(sid, Value::varbinary),
            text(&principal.name),
            text(kind),
            text("GRANT OR DENY"),
        ]))
    };
    Ok(database.principal_roles(context.security.user).into_iter().filter_map(entry).collect())
}
