//! Granted and denied permissions.

use duologue_catalog::objects::{GrantState, SecurableClass};
use duologue_catalog::{Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::{LoginId, PrincipalId, SqlType};

use super::principals::may_see;
use super::{
    DESC, INT, TINYINT, View, ViewColumn, ViewContext, code, int, not_null, null, nvarchar, row, sys, text,
    tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("database_permissions", PERMISSIONS, database_permissions),
    sys("server_permissions", PERMISSIONS, server_permissions),
];

static PERMISSIONS: &[ViewColumn] = &[
    not_null("class", TINYINT),
    null("class_desc", DESC),
    not_null("major_id", INT),
    not_null("minor_id", INT),
    not_null("grantee_principal_id", INT),
    not_null("grantor_principal_id", INT),
    not_null("type", SqlType::Char(4)),
    null("permission_name", nvarchar(128)),
    not_null("state", SqlType::Char(1)),
    null("state_desc", DESC),
];

fn class_name(class: SecurableClass) -> &'static str {
    match class {
        SecurableClass::Database => "DATABASE",
        SecurableClass::Object => "OBJECT_OR_COLUMN",
        SecurableClass::Schema => "SCHEMA",
        SecurableClass::DatabasePrincipal => "DATABASE_PRINCIPAL",
        SecurableClass::MessageType => "MESSAGE_TYPE",
        SecurableClass::Contract => "SERVICE_CONTRACT",
        SecurableClass::Service => "SERVICE",
        SecurableClass::RemoteServiceBinding => "REMOTE_SERVICE_BINDING",
        SecurableClass::Route => "ROUTE",
        SecurableClass::Certificate => "CERTIFICATE",
        SecurableClass::Server => "SERVER",
        SecurableClass::Login => "SERVER_PRINCIPAL",
        SecurableClass::Endpoint => "ENDPOINT",
    }
}

struct Facts<'a> {
    class: SecurableClass,
    major_id: i32,
    permission: &'a str,
    state: GrantState,
    grantee: i32,
    grantor: i32,
}

impl Facts<'_> {
    fn values(&self) -> Row {
        let letters = Permission::from_name(self.permission).map_or("", Permission::code);
        let (state, description) = match self.state {
            GrantState::Grant => ("G", "GRANT"),
            GrantState::GrantWithGrantOption => ("W", "GRANT_WITH_GRANT_OPTION"),
            GrantState::Deny => ("D", "DENY"),
        };
        row([
            tiny(self.class as u8),
            text(class_name(self.class)),
            int(self.major_id),
            int(0),
            int(self.grantee),
            int(self.grantor),
            code(letters, 4),
            text(self.permission),
            code(state, 1),
            text(description),
        ])
    }
}

/// The caller sees what he granted or was granted himself or by a role; all of a grantee that he may know of.
fn database_permissions(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let own = context.database.principal_roles(context.security.user);
    let everything = context.has(Permission::ViewDefinition, Securable::Database);
    let concerns = |principal: PrincipalId| own.contains(&principal);
    let mut rows: Vec<Row> = Vec::new();
    for found in context.database.permissions.iter() {
        let is_seen = everything || concerns(found.grantee) || concerns(found.grantor);
        if is_seen && (everything || may_see(context, found.grantee)) {
            let facts = Facts {
                class: found.class,
                major_id: found.major_id,
                permission: &found.permission,
                state: found.state,
                grantee: found.grantee.0,
                grantor: found.grantor.0,
            };
            rows.push(facts.values());
        }
    }
    Ok(rows)
}

fn server_permissions(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let login = context.security.login;
    let everything = context.has(Permission::ViewAnyDefinition, Securable::Server);
    let concerns =
        |principal: LoginId| Some(principal) == login || principal == duologue_catalog::SERVER_PUBLIC;
    let permissions = context.catalog().server.permissions.iter();
    let seen = permissions.filter(|found| everything || concerns(found.grantee) || concerns(found.grantor));
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::ServerPermission>| {
        let facts = Facts {
            class: found.class,
            major_id: found.major_id,
            permission: &found.permission,
            state: found.state,
            grantee: found.grantee.0,
            grantor: found.grantor.0,
        };
        facts.values()
    };
    Ok(seen.map(shown).collect())
}
