//! CREATE, ALTER and DROP LOGIN, and membership in server roles.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{CertificateId, DatabaseId, LoginId};

use super::context::{DdlContext, cannot, check_name};
use super::outcome::{DdlOutcome, DdlResult, EventFact};
use crate::fresh::{SA, SERVER_PUBLIC};
use crate::object_set::Class;
use crate::objects::{GrantState, Login, LoginKind, SecurableClass, ServerPermission};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "login";
const OBJECT_TYPE: &str = "LOGIN";
const MASTER: DatabaseId = DatabaseId(1);

/// Where a login comes from.
#[derive(Clone, Debug)]
pub enum LoginSource {
    /// `WITH PASSWORD`.
    Password(NewPassword),
    /// `FROM CERTIFICATE`: carries permissions, cannot connect.
    Certificate(String),
}

/// A password as the caller hashed it, after the policy was checked.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// What is stored.
    pub hash: Vec<u8>,
    /// `HASHED`: the statement gave the hash itself.
    pub was_hashed: bool,
    /// `MUST_CHANGE`.
    pub must_change: bool,
}

/// Options of CREATE and ALTER LOGIN; `None` leaves the default or what was.
#[derive(Clone, Debug, Default)]
pub struct LoginOptions {
    /// `DEFAULT_DATABASE`; it need not exist.
    pub default_database: Option<String>,
    /// `DEFAULT_LANGUAGE`.
    pub default_language: Option<String>,
    /// `CHECK_POLICY`.
    pub check_policy: Option<bool>,
    /// `CHECK_EXPIRATION`.
    pub check_expiration: Option<bool>,
}

/// What ALTER LOGIN changes.
#[derive(Clone, Debug)]
pub enum LoginChange {
    /// `ENABLE`.
    Enable,
    /// `DISABLE`.
    Disable,
    /// `WITH …`.
    Set {
        /// `NAME`.
        new_name: Option<String>,
        /// `PASSWORD`.
        password: Option<NewPassword>,
        /// The caller verified `OLD_PASSWORD`: a login may change its own password with it.
        old_password_matched: bool,
        /// The others.
        options: LoginOptions,
    },
}

/// Every login may connect until somebody takes that from it.
fn connect_sql(cx: &DdlContext<'_>, login: LoginId) -> ServerPermission {
    let last = cx.catalog().server.permissions.iter().map(|row| row.id).max().unwrap_or_default();
    ServerPermission {
        id: last + 1,
        class: SecurableClass::Server,
        major_id: 0,
        permission: Permission::ConnectSql.name().into(),
        state: GrantState::Grant,
        grantee: login,
        grantor: SA,
    }
}

/// `CREATE LOGIN`: needs ALTER ANY LOGIN (15247). `sid` is the statement's SID or a new one. Event 144.
pub fn create_login(
    cx: &mut DdlContext<'_>,
    name: &str,
    source: &LoginSource,
    options: &LoginOptions,
    sid: Vec<u8>,
) -> DdlResult {
    if !cx.has(Permission::AlterAnyLogin, Securable::Server) {
        return Err(sql_error!(15247));
    }
    check_new_login_name(cx, name)?;
    if cx.catalog().login_by_sid(&sid).is_some() {
        return Err(sql_error!(15025, name));
    }
    let mut login = Login {
        id: LoginId::default(),
        name: name.into(),
        sid,
        kind: LoginKind::Sql,
        password_hash: None,
        disabled: false,
        default_database: "master".into(),
        default_language: "us_english".into(),
        check_policy: true,
        check_expiration: false,
        must_change: false,
        member_of: Vec::new(),
        created: cx.now,
        modified: cx.now,
    };
    apply_options(&mut login, options)?;
    match source {
        LoginSource::Password(password) => apply_password(&mut login, password)?,
        LoginSource::Certificate(certificate) => login.kind = certificate_kind(cx, certificate, options)?,
    }
    login.id = LoginId(cx.draft.take_id(cx.database, Class::Login));
    let event = event(cx, 144, &login);
    let connect = connect_sql(cx, login.id);
    cx.draft.put(cx.database, login);
    cx.draft.put(cx.database, connect);
    Ok(DdlOutcome::event(event))
}

/// `ALTER LOGIN`: needs ALTER ANY LOGIN, for members of sysadmin CONTROL SERVER (15151). Event 145.
pub fn alter_login(cx: &mut DdlContext<'_>, name: &str, change: &LoginChange) -> DdlResult {
    let mut login = target(cx, "alter", name, is_own_password(cx, name, change))?;
    match change {
        LoginChange::Enable => login.disabled = false,
        LoginChange::Disable => login.disabled = true,
        LoginChange::Set { new_name, password, options, .. } => {
            if login.kind != LoginKind::Sql && password.is_some() {
                return Err(sql_error!(15171, "PASSWORD"));
            }
            if let Some(new_name) = new_name {
                if !new_name.eq_ignore_ascii_case(name) {
                    check_new_login_name(cx, new_name)?;
                }
                login.name.clone_from(new_name);
            }
            apply_options(&mut login, options)?;
            if let Some(password) = password {
                apply_password(&mut login, password)?;
            }
        }
    }
    login.modified = cx.now;
    let event = event(cx, 145, &login);
    cx.draft.put(cx.database, login);
    Ok(DdlOutcome::event(event))
}

/// `DROP LOGIN`: refused while it owns or granted something. That nobody is logged in with it (15434) is for the
/// caller to check. Users made for it become orphans. Event 146.
pub fn drop_login(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let login = target(cx, "drop", name, false)?;
    if login.is_system() {
        return Err(sql_error!(15150, "drop", NOUN, name));
    }
    let catalog = cx.catalog();
    if catalog.databases.values().any(|database| database.settings.owner == login.id) {
        return Err(sql_error!(15174, name));
    }
    if catalog.server.endpoints.iter().any(|endpoint| endpoint.owner == login.id) {
        return Err(sql_error!(15141, "endpoint"));
    }
    if catalog.server.event_notifications.iter().any(|notification| notification.owner == login.id) {
        return Err(sql_error!(15186));
    }
    if catalog.server.permissions.iter().any(|row| row.grantor == login.id) {
        return Err(sql_error!(15173, name));
    }
    let event = event(cx, 146, &login);
    cx.draft.remove::<Login>(cx.database, login.id.0);
    let of_login = Securable::Login(login.id);
    cx.forget_server_permissions(|row: &ServerPermission| {
        row.grantee == login.id || (row.class == of_login.class() && row.major_id == login.id.0)
    });
    Ok(DdlOutcome::event(event))
}

/// `ALTER SERVER ROLE … ADD | DROP MEMBER`: only who is in a role, or may alter it, changes its membership. Events 209
/// and 210.
pub fn alter_server_role_member(cx: &mut DdlContext<'_>, role: &str, member: &str, add: bool) -> DdlResult {
    let logins = &cx.catalog().server.logins;
    let refused = || cannot("alter", "server role", role);
    let found = logins.find(role).filter(|role| role.kind == LoginKind::Role).ok_or_else(refused)?;
    if found.id == SERVER_PUBLIC {
        return Err(sql_error!(15150, "alter", "server role", role));
    }
    let may_alter = cx.has(Permission::Alter, Securable::Login(found.id)) && !found.is_fixed_role();
    let may_alter = may_alter || cx.catalog().is_in_server_role(cx.security, found.id);
    if !may_alter {
        return Err(refused());
    }
    let login = logins.find(member).ok_or_else(|| cannot("add", "server principal", member))?;
    if login.id == SA || login.is_fixed_role() || login.id == SERVER_PUBLIC {
        return Err(sql_error!(15405, member));
    }
    let (role_id, login_id, role_name) = (found.id, login.id, found.name.clone());
    cx.draft.update::<Login>(cx.database, login_id.0, |login| {
        login.member_of.retain(|role| *role != role_id);
        if add {
            login.member_of.push(role_id);
        }
    });
    let number = if add { 209 } else { 210 };
    Ok(DdlOutcome::event(cx.server_event(number, OBJECT_TYPE, member).with("RoleName", role_name)))
}

fn check_new_login_name(cx: &DdlContext<'_>, name: &str) -> Result<(), SqlError> {
    check_name(name)?;
    match cx.catalog().server.logins.find(name) {
        Some(_) => Err(sql_error!(15025, name)),
        None => Ok(()),
    }
}

/// A login that the caller may change; roles are none.
fn target(cx: &DdlContext<'_>, verb: &str, name: &str, is_own: bool) -> Result<Login, SqlError> {
    let refused = || cannot(verb, NOUN, name);
    let login = cx.catalog().server.logins.find(name).ok_or_else(refused)?;
    let is_admin = cx.catalog().is_sysadmin(login.id);
    let allowed = match is_admin {
        true => cx.has(Permission::ControlServer, Securable::Server),
        false => cx.has(Permission::Alter, Securable::Login(login.id)),
    };
    if login.kind == LoginKind::Role || !(allowed || is_own) {
        return Err(refused());
    }
    Ok((**login).clone())
}

/// Whether a login only changes its own password, and knew the old one.
fn is_own_password(cx: &DdlContext<'_>, name: &str, change: &LoginChange) -> bool {
    let is_self = cx.catalog().server.logins.find(name).is_some_and(|login| login.id == cx.login());
    let only_password = match change {
        LoginChange::Set { new_name: None, password: Some(_), old_password_matched: true, options } => {
            options.check_policy.is_none() && options.check_expiration.is_none()
        }
        _ => false,
    };
    is_self && only_password
}

fn apply_options(login: &mut Login, options: &LoginOptions) -> Result<(), SqlError> {
    if let Some(database) = &options.default_database {
        check_name(database)?;
        login.default_database.clone_from(database);
    }
    if let Some(language) = &options.default_language {
        login.default_language.clone_from(language);
    }
    let policy = options.check_policy.unwrap_or(login.check_policy);
    let expiration = options.check_expiration.unwrap_or(login.check_expiration && policy);
    if login.must_change && !(policy && expiration) {
        return Err(sql_error!(15128));
    }
    if expiration && !policy {
        return Err(sql_error!(15122));
    }
    (login.check_policy, login.check_expiration) = (policy, expiration);
    Ok(())
}

fn apply_password(login: &mut Login, password: &NewPassword) -> Result<(), SqlError> {
    if password.was_hashed && password.must_change {
        return Err(sql_error!(33010));
    }
    if password.was_hashed && login.check_policy {
        return Err(sql_error!(33020));
    }
    if password.must_change && !login.check_expiration {
        return Err(sql_error!(15099));
    }
    login.password_hash = Some(password.hash.clone());
    login.must_change = password.must_change;
    Ok(())
}

/// The certificate must be in master already (15151); password options make no sense (15171).
fn certificate_kind(cx: &DdlContext<'_>, name: &str, options: &LoginOptions) -> Result<LoginKind, SqlError> {
    if options.check_policy.is_some() {
        return Err(sql_error!(15171, "CHECK_POLICY"));
    }
    if options.check_expiration.is_some() {
        return Err(sql_error!(15171, "CHECK_EXPIRATION"));
    }
    let master = cx.catalog().database(MASTER);
    let certificate = master.and_then(|master| master.certificates.find(name));
    let certificate = certificate.ok_or_else(|| cannot("find", "certificate", name))?;
    Ok(LoginKind::Certificate(CertificateId(certificate.id.0)))
}

fn event(cx: &DdlContext<'_>, number: i32, login: &Login) -> EventFact {
    let kind = match login.kind {
        LoginKind::Sql => "SQL Login",
        LoginKind::Certificate(_) => "Certificate Login",
        LoginKind::Role => "Server Role",
    };
    cx.server_event(number, OBJECT_TYPE, &login.name)
        .with("DefaultLanguage", &login.default_language)
        .with("DefaultDatabase", &login.default_database)
        .with("LoginType", kind)
        .with("SID", super::context::base64(&login.sid))
}
