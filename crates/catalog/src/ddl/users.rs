//! CREATE, ALTER and DROP USER.

use duologue_messages::{SqlError, sql_error};
use duologue_types::PrincipalId;

use super::context::{DdlContext, base64, cannot, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact};
use super::ownership::check_droppable;
use crate::fresh::DBO;
use crate::object_set::Class;
use crate::objects::{
    GrantState, LoginKind, Permission as PermissionRow, Principal, PrincipalKind, SecurableClass,
};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "user";
const OBJECT_TYPE: &str = "SQL USER";

/// For whom a user stands.
#[derive(Clone, Debug)]
pub enum UserSource {
    /// `FOR LOGIN name`; the login of the user's own name if the clause is absent.
    Login(String),
    /// `WITHOUT LOGIN`, with a new `sid`.
    WithoutLogin(Vec<u8>),
    /// `FOR CERTIFICATE name`, with the certificate's `sid`.
    Certificate(String, Vec<u8>),
}

/// What ALTER USER changes.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// `NAME`.
    pub new_name: Option<String>,
    /// `DEFAULT_SCHEMA`; it need not exist.
    pub default_schema: Option<String>,
    /// `LOGIN`.
    pub login: Option<String>,
}

/// `CREATE USER`: needs ALTER ANY USER (15247); the user gets CONNECT. Event 131.
pub fn create_user(
    cx: &mut DdlContext<'_>,
    name: &str,
    source: &UserSource,
    default_schema: Option<&str>,
) -> DdlResult {
    if !cx.has(Permission::AlterAnyUser, Securable::Database) {
        return Err(sql_error!(15247));
    }
    check_new_principal_name(cx, name)?;
    let (kind, sid) = resolve(cx, source)?;
    if matches!(kind, PrincipalKind::CertificateUser(_)) && default_schema.is_some() {
        return Err(sql_error!(15259));
    }
    let default_schema = match kind {
        PrincipalKind::CertificateUser(_) => None,
        _ => Some(default_schema.unwrap_or("dbo").to_owned()),
    };
    let id = PrincipalId(cx.draft.take_id(cx.database, Class::Principal));
    let user = Principal {
        id,
        name: name.into(),
        kind,
        sid: Some(sid),
        default_schema,
        owner: None,
        member_of: Vec::new(),
        created: cx.now,
        modified: cx.now,
    };
    let event = event(cx, 131, &user);
    cx.draft.put(cx.database, user);
    grant_connect(cx, id)?;
    Ok(DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database }))
}

/// `ALTER USER`: event 132.
pub fn alter_user(cx: &mut DdlContext<'_>, name: &str, changes: &UserChanges) -> DdlResult {
    let mut user = target(cx, "alter", name)?;
    if let Some(new_name) = &changes.new_name {
        if !new_name.eq_ignore_ascii_case(name) {
            check_new_principal_name(cx, new_name)?;
        }
        user.name.clone_from(new_name);
    }
    if let Some(schema) = &changes.default_schema {
        check_name(schema)?;
        if matches!(user.kind, PrincipalKind::CertificateUser(_)) {
            return Err(sql_error!(15259));
        }
        user.default_schema = Some(schema.clone());
    }
    if let Some(login) = &changes.login {
        if user.kind != PrincipalKind::User {
            return Err(sql_error!(33016));
        }
        user.sid = Some(remapped(cx, &user, login)?);
    }
    user.modified = cx.now;
    let event = event(cx, 132, &user);
    cx.draft.put(cx.database, user);
    Ok(DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database }))
}

/// `DROP USER`: refused while he owns, granted or stands behind something. Event 133.
pub fn drop_user(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let user = target(cx, "drop", name)?;
    check_droppable(cx, user.id)?;
    let event = event(cx, 133, &user);
    cx.remove_principal(user.id);
    Ok(DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database }))
}

/// A user that the caller may change: neither role nor one of every database's (15150).
fn target(cx: &DdlContext<'_>, verb: &str, name: &str) -> Result<Principal, SqlError> {
    let refused = || cannot(verb, NOUN, name);
    let user = cx.db()?.principals.find(name).filter(|user| !user.is_role()).ok_or_else(refused)?;
    if !cx.may_alter(Securable::Principal(user.id)) {
        return Err(refused());
    }
    if user.is_system() {
        return Err(sql_error!(15150, verb, NOUN, name));
    }
    Ok((**user).clone())
}

pub(crate) fn check_new_principal_name(cx: &DdlContext<'_>, name: &str) -> Result<(), SqlError> {
    check_name(name)?;
    match cx.db()?.principals.find(name) {
        Some(_) => Err(sql_error!(15023, name)),
        None => Ok(()),
    }
}

fn resolve(cx: &DdlContext<'_>, source: &UserSource) -> Result<(PrincipalKind, Vec<u8>), SqlError> {
    match source {
        UserSource::WithoutLogin(sid) => Ok((PrincipalKind::UserWithoutLogin, sid.clone())),
        UserSource::Certificate(name, sid) => {
            let found =
                cx.db()?.certificates.find(name).ok_or_else(|| cannot("find", "certificate", name))?;
            Ok((PrincipalKind::CertificateUser(found.id), sid.clone()))
        }
        UserSource::Login(name) => {
            let login = cx.catalog().server.logins.find(name).filter(|login| login.kind != LoginKind::Role);
            let login = login.ok_or_else(|| sql_error!(15007, name))?;
            let is_owner = cx.db()?.settings.owner == login.id;
            if is_owner || cx.db()?.user_by_sid(&login.sid).is_some() {
                return Err(sql_error!(15063));
            }
            Ok((PrincipalKind::User, login.sid.clone()))
        }
    }
}

/// The `sid` of the login that a user is to stand for from now on.
fn remapped(cx: &DdlContext<'_>, user: &Principal, login: &str) -> Result<Vec<u8>, SqlError> {
    let found = cx.catalog().server.logins.find(login).filter(|login| login.kind != LoginKind::Role);
    let found = found.ok_or_else(|| sql_error!(15007, login))?;
    if found.kind != LoginKind::Sql {
        return Err(sql_error!(33017));
    }
    match cx.db()?.user_by_sid(&found.sid) {
        Some(other) if other.id != user.id => Err(sql_error!(33018, login)),
        _ => Ok(found.sid.clone()),
    }
}

fn grant_connect(cx: &mut DdlContext<'_>, user: PrincipalId) -> Result<(), SqlError> {
    let connect = PermissionRow {
        id: cx.db()?.permissions.next_id(1),
        class: SecurableClass::Database,
        major_id: 0,
        permission: Permission::Connect.name().into(),
        state: GrantState::Grant,
        grantee: user,
        grantor: DBO,
    };
    cx.draft.put(cx.database, connect);
    Ok(())
}

fn event(cx: &DdlContext<'_>, number: i32, user: &Principal) -> EventFact {
    let fact = cx.event(number, OBJECT_TYPE, &user.name);
    let fact = fact.with("SID", base64(user.sid.as_deref().unwrap_or_default()));
    fact.with("DefaultSchema", user.default_schema.as_deref().unwrap_or_default()).with("DefaultLanguage", "")
}
