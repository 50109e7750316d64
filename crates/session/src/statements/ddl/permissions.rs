//! GRANT, DENY, REVOKE and ALTER AUTHORIZATION.

use duologue_catalog::ddl::authorization::{self, NewOwner, OwnedEntity};
use duologue_catalog::ddl::grant::{self, GrantStatement, GrantTarget, GrantVerb, PermissionList};
use duologue_catalog::{Permission, SecurableKind};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    AlterAuthorization, PermissionAction, PermissionStatement, Securable, SecurableClass,
};

use super::{define, object_name, text};
use crate::execution::{Context, StatementResult};

pub(in crate::statements) fn change_permissions(
    cx: &mut Context<'_, '_>,
    statement: &PermissionStatement,
) -> StatementResult {
    let statement = GrantStatement {
        verb: match statement.action {
            PermissionAction::Grant { with_grant_option } => GrantVerb::Grant { with_grant_option },
            PermissionAction::Deny { cascade } => GrantVerb::Deny { cascade },
            PermissionAction::Revoke { grant_option_for, cascade } => {
                GrantVerb::Revoke { grant_option_for, cascade }
            }
        },
        permissions: permissions(statement)?,
        on: statement.securable.as_ref().map(target).transpose()?,
        to: statement.principals.iter().map(|principal| principal.name.clone()).collect(),
        as_grantor: text(statement.grantor.as_ref()),
    };
    define(cx, |ddl| grant::grant(ddl, &statement))
}

/// Names that no permission has are a syntax error.
fn permissions(statement: &PermissionStatement) -> Result<PermissionList, SqlError> {
    if statement.permissions.is_empty() {
        return Ok(PermissionList::All);
    }
    let mut found = Vec::new();
    for written in &statement.permissions {
        if !written.columns.is_empty() {
            return Err(sql_error!(49901, "permissions on columns"));
        }
        let permission = Permission::from_name(&written.name);
        found.push(permission.ok_or_else(|| sql_error!(102, written.name).at_line(written.line))?);
    }
    Ok(PermissionList::Named(found))
}

fn target(securable: &Securable) -> Result<GrantTarget, SqlError> {
    if !securable.columns.is_empty() {
        return Err(sql_error!(49901, "permissions on columns"));
    }
    match securable.class {
        SecurableClass::Object => object_name(&securable.name).map(GrantTarget::Object),
        class => Ok(GrantTarget::Named(kind(class)?, securable.name.object().into())),
    }
}

/// The catalog's kind for a class that is written before `::`.
fn kind(class: SecurableClass) -> Result<SecurableKind, SqlError> {
    Ok(match class {
        SecurableClass::Certificate => SecurableKind::Certificate,
        SecurableClass::Contract => SecurableKind::Contract,
        SecurableClass::Database => SecurableKind::Database,
        SecurableClass::Endpoint => SecurableKind::Endpoint,
        SecurableClass::Login => SecurableKind::Login,
        SecurableClass::MessageType => SecurableKind::MessageType,
        SecurableClass::RemoteServiceBinding => SecurableKind::RemoteServiceBinding,
        SecurableClass::Role | SecurableClass::ApplicationRole => SecurableKind::Role,
        SecurableClass::Route => SecurableKind::Route,
        SecurableClass::Schema => SecurableKind::Schema,
        SecurableClass::Server => SecurableKind::Server,
        SecurableClass::ServerRole => SecurableKind::ServerRole,
        SecurableClass::Service => SecurableKind::Service,
        SecurableClass::User => SecurableKind::User,
        other => return Err(sql_error!(49901, format!("permissions on {other:?}"))),
    })
}

pub(in crate::statements) fn alter_authorization(
    cx: &mut Context<'_, '_>,
    statement: &AlterAuthorization,
) -> StatementResult {
    let name = statement.name.object().to_owned();
    let entity = match statement.class {
        SecurableClass::Object => OwnedEntity::Object(object_name(&statement.name)?),
        SecurableClass::Database => OwnedEntity::Database(name),
        SecurableClass::Endpoint => OwnedEntity::Endpoint(name),
        class => OwnedEntity::Named(kind(class)?, name),
    };
    let owner = match &statement.owner {
        Some(owner) => NewOwner::Principal(owner.name.clone()),
        None => NewOwner::SchemaOwner,
    };
    define(cx, |ddl| authorization::alter_authorization(ddl, &entity, &owner))
}
