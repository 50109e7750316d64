//! CREATE and ALTER LOGIN: passwords become hashes here.

use duologue_catalog::ddl::logins::{self, LoginChange, LoginOptions, LoginSource, NewPassword};
use duologue_keys::{PasswordHash, check_password_policy};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, AlterLogin, AlterLoginAction, CreateLogin, Password};

use super::define;
use crate::execution::{Context, StatementResult};
use crate::statements::not_built;

/// Bytes of a new SQL login's `sid`.
const SID_BYTES: usize = 16;
/// The longest password, with policy or without.
const MAX_PASSWORD_UNITS: usize = 128;

pub(super) fn create(cx: &mut Context<'_, '_>, create: &CreateLogin) -> StatementResult {
    let name = &create.name.name;
    let (source, options) = match &create.source {
        ast::LoginSource::Password { password, must_change, options } => {
            let checked = options.check_policy.unwrap_or(true);
            let password = new_password(cx, password, name, checked, *must_change)?;
            (LoginSource::Password(password), options.clone())
        }
        ast::LoginSource::Certificate(certificate) => {
            (LoginSource::Certificate(certificate.name.clone()), ast::LoginOptions::default())
        }
        ast::LoginSource::Windows(_) => {
            return Err(sql_error!(49902, "logins from Windows", "there is no domain here").into());
        }
        ast::LoginSource::AsymmetricKey(_) => return not_built("CREATE LOGIN … FROM ASYMMETRIC KEY"),
    };
    if options.credential.is_some() {
        return not_built("CREDENTIAL");
    }
    let sid = match &options.sid {
        Some(sid) => sid.clone(),
        None => new_sid(cx),
    };
    let options = login_options(&options);
    define(cx, |ddl| logins::create_login(ddl, name, &source, &options, sid))
}

pub(super) fn new_sid(cx: &mut Context<'_, '_>) -> Vec<u8> {
    let mut sid = vec![0; SID_BYTES];
    cx.instance.random().fill(&mut sid);
    sid
}

pub(super) fn alter(cx: &mut Context<'_, '_>, alter: &AlterLogin) -> StatementResult {
    let name = &alter.name.name;
    let change = match &alter.action {
        AlterLoginAction::Enable => LoginChange::Enable,
        AlterLoginAction::Disable => LoginChange::Disable,
        AlterLoginAction::Set { password, options } => set(cx, name, password.as_ref(), options)?,
        AlterLoginAction::AddCredential(_) | AlterLoginAction::DropCredential(_) => {
            return not_built("CREDENTIAL");
        }
    };
    define(cx, |ddl| logins::alter_login(ddl, name, &change))
}

fn set(
    cx: &mut Context<'_, '_>,
    name: &str,
    password: Option<&ast::NewPassword>,
    options: &ast::LoginOptions,
) -> Result<LoginChange, SqlError> {
    if options.credential.is_some() || options.no_credential {
        return Err(sql_error!(49901, "CREDENTIAL"));
    }
    let stored = cx.catalog().server.logins.find(name).cloned();
    let old_password = password.and_then(|new| new.old_password.as_deref());
    let hash = stored.as_ref().and_then(|login| login.password_hash.clone());
    let hash = hash.and_then(|hash| PasswordHash::try_from(hash).ok());
    let old_password_matched = match (old_password, hash) {
        (Some(given), Some(hash)) if hash.verify(given) => true,
        (Some(_), _) => return Err(sql_error!(15151, "alter", "login", name)),
        (None, _) => false,
    };
    let checked = options.check_policy.or(stored.map(|login| login.check_policy)).unwrap_or(true);
    let password = match password {
        None => None,
        Some(new) => Some(new_password(cx, &new.password, name, checked, new.must_change)?),
    };
    Ok(LoginChange::Set {
        new_name: options.new_name.as_ref().map(|name| name.name.clone()),
        password,
        old_password_matched,
        options: login_options(options),
    })
}

/// A password, checked against the policy where that is on, as its hash.
fn new_password(
    cx: &mut Context<'_, '_>,
    password: &Password,
    login: &str,
    is_checked: bool,
    must_change: bool,
) -> Result<NewPassword, SqlError> {
    match password {
        Password::Hashed(bytes) => {
            let hash = PasswordHash::try_from(bytes.clone()).map_err(|_| sql_error!(15021, "PASSWORD"))?;
            Ok(NewPassword { hash: hash.to_bytes(), was_hashed: true, must_change })
        }
        Password::Text(text) => {
            if is_checked {
                check_password_policy(text, login)?;
            } else if text.encode_utf16().count() > MAX_PASSWORD_UNITS {
                return Err(sql_error!(15117));
            }
            let hash = PasswordHash::new(text, cx.instance.random());
            Ok(NewPassword { hash: hash.to_bytes(), was_hashed: false, must_change })
        }
    }
}

fn login_options(options: &ast::LoginOptions) -> LoginOptions {
    LoginOptions {
        default_database: options.default_database.as_ref().map(|name| name.name.clone()),
        default_language: options.default_language.as_ref().map(|name| name.name.clone()),
        check_policy: options.check_policy,
        check_expiration: options.check_expiration,
    }
}
