//! Who grants, and to whom.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{LoginId, PrincipalId};

use super::{GrantStatement, GrantVerb};
use crate::ddl::context::{DdlContext, cannot};
use crate::fresh::{DBO, INFORMATION_SCHEMA, SA, SYS};
use crate::objects::{LoginKind, PrincipalKind};
use crate::permissions::fixed_roles::{DB_SECURITYADMIN, SECURITYADMIN};
use crate::permissions::{Evaluation, Permission, Securable, SecurityContext};

/// Who a permission row will say granted it.
pub(super) struct Grantor {
    pub(super) id: i32,
    pub(super) name: String,
}

/// To whom.
pub(super) struct Grantee {
    pub(super) id: i32,
}

/// Finds the grantor: the owner for whom CONTROL of the securable speaks, or who has the permissions WITH GRANT OPTION.
/// 4613 if he lacks the right, 4618 if the caller may not speak for him.
pub(super) fn authority(
    cx: &DdlContext<'_>,
    statement: &GrantStatement,
    securable: Securable,
    permissions: &[Permission],
) -> Result<Grantor, SqlError> {
    let named = match &statement.as_grantor {
        Some(name) => Some(speaks_for(cx, name, securable)?),
        None => None,
    };
    let context = named.as_ref().unwrap_or(cx.security);
    let evaluation = Evaluation::of(cx.catalog(), context);
    let may_alter_endpoint =
        || matches!(securable, Securable::Endpoint(_)) && evaluation.has(Permission::Alter, securable);
    let controls = evaluation.has(control_of(cx, securable), securable)
        || is_security_admin(cx, context, securable)
        || may_alter_endpoint();
    if !controls && !permissions.iter().all(|permission| evaluation.may_pass_on(*permission, securable)) {
        return Err(sql_error!(4613));
    }
    let speaks_as_himself = named.is_some() || !controls;
    Ok(match securable.is_server_scoped() {
        true => login_grantor(cx, context, securable, speaks_as_himself),
        false => user_grantor(cx, context, securable, speaks_as_himself),
    })
}

fn control_of(cx: &DdlContext<'_>, securable: Securable) -> Permission {
    let kind = securable.kind(cx.catalog(), cx.db().ok());
    kind.map_or(Permission::Control, |kind| kind.control())
}

fn is_security_admin(cx: &DdlContext<'_>, context: &SecurityContext, securable: Securable) -> bool {
    if securable.is_server_scoped() {
        return cx.catalog().is_in_server_role(context, SECURITYADMIN);
    }
    cx.db().is_ok_and(|database| database.principal_roles(context.user).contains(&DB_SECURITYADMIN))
}

/// The context of the principal that AS names: needs IMPERSONATE on a user, ALTER on a role (4618).
fn speaks_for(cx: &DdlContext<'_>, name: &str, securable: Securable) -> Result<SecurityContext, SqlError> {
    let refused = || sql_error!(4618, name);
    if securable.is_server_scoped() {
        let login = cx.catalog().server.logins.find(name).ok_or_else(refused)?;
        let permission =
            if login.kind == LoginKind::Role { Permission::Alter } else { Permission::Impersonate };
        let allowed = login.id == cx.login() || cx.has(permission, Securable::Login(login.id));
        let context = SecurityContext { login: Some(login.id), ..cx.security.clone() };
        return if allowed { Ok(context) } else { Err(refused()) };
    }
    let principal = cx.db()?.principals.find(name).ok_or_else(refused)?;
    let permission = if principal.is_role() { Permission::Alter } else { Permission::Impersonate };
    let allowed = principal.id == cx.security.user
        || cx.has(permission, Securable::Principal(principal.id))
        || is_security_admin(cx, cx.security, securable);
    let context = SecurityContext::for_user(cx.catalog(), cx.database, principal.id);
    if allowed { Ok(context) } else { Err(refused()) }
}

fn user_grantor(
    cx: &DdlContext<'_>,
    context: &SecurityContext,
    securable: Securable,
    himself: bool,
) -> Grantor {
    let owner = cx.db().ok().and_then(|database| securable.owner(Some(database))).unwrap_or(DBO);
    let id = if himself { context.user } else { owner };
    let name = cx.db().map(|database| database.principal_name(id)).unwrap_or_default();
    Grantor { id: id.0, name }
}

fn login_grantor(
    cx: &DdlContext<'_>,
    context: &SecurityContext,
    securable: Securable,
    himself: bool,
) -> Grantor {
    let endpoint_owner = match securable {
        Securable::Endpoint(id) => cx.catalog().server.endpoints.get(id.0).map(|endpoint| endpoint.owner),
        _ => None,
    };
    let id = if himself { context.login } else { endpoint_owner }.unwrap_or(SA);
    Grantor { id: id.0, name: cx.catalog().login_name(id) }
}

/// The grantees: not the owner, not oneself, no special principal (4624), no fixed role (4617).
pub(super) fn grantees(
    cx: &DdlContext<'_>,
    statement: &GrantStatement,
    securable: Securable,
    permissions: &[Permission],
) -> Result<Vec<Grantee>, SqlError> {
    let find = |name: &String| match securable.is_server_scoped() {
        true => login_grantee(cx, name, securable),
        false => user_grantee(cx, name, securable, permissions),
    };
    let found: Result<Vec<i32>, SqlError> = statement.to.iter().map(find).collect();
    let mut found = found?;
    if !matches!(statement.verb, GrantVerb::Revoke { .. }) {
        found.dedup();
    }
    Ok(found.into_iter().map(|id| Grantee { id }).collect())
}

fn user_grantee(
    cx: &DdlContext<'_>,
    name: &str,
    securable: Securable,
    permissions: &[Permission],
) -> Result<i32, SqlError> {
    let database = cx.db()?;
    let principal = database.principals.find(name).ok_or_else(|| sql_error!(4604, name))?;
    let id = principal.id;
    let is_special: [PrincipalId; 4] = [DBO, SYS, INFORMATION_SCHEMA, cx.security.user];
    if is_special.contains(&id) || securable.owner(Some(database)) == Some(id) {
        return Err(sql_error!(4624));
    }
    if principal.is_fixed_role() {
        return Err(sql_error!(4617));
    }
    if principal.kind == PrincipalKind::ApplicationRole && permissions.contains(&Permission::Connect) {
        return Err(sql_error!(4627));
    }
    Ok(id.0)
}

/// Only logins and server roles have permissions of the server (4622).
fn login_grantee(cx: &DdlContext<'_>, name: &str, securable: Securable) -> Result<i32, SqlError> {
    let Some(login) = cx.catalog().server.logins.find(name) else {
        let is_user = cx.db()?.principals.find(name).is_some();
        return Err(if is_user { sql_error!(4622) } else { cannot("find", "login", name) });
    };
    let owner = match securable {
        Securable::Endpoint(id) => cx.catalog().server.endpoints.get(id.0).map(|endpoint| endpoint.owner),
        _ => None,
    };
    let is_special: [LoginId; 2] = [SA, cx.login()];
    if is_special.contains(&login.id) || owner == Some(login.id) {
        return Err(sql_error!(4624));
    }
    if login.is_fixed_role() { Err(sql_error!(4617)) } else { Ok(login.id.0) }
}
