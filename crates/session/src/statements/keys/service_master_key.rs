//! The service master key.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_keys::{ServiceMasterKey, check_password_policy};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::AlterServiceMasterKey;

use super::{lock_catalog, read_backup, write_file};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

/// `BACKUP SERVICE MASTER KEY`.
pub(super) fn backup(cx: &mut Context<'_, '_>, file: &str, password: &str) -> StatementResult {
    let _granted = cx.require(Permission::ControlServer, Securable::Server)?;
    check_password_policy(password, "")?;
    let mut random = super::master_key::Drawn::from(cx);
    let (keyring, _) = cx.instance.keyring();
    let contents = keyring.service_master_key().backup(password, &mut random);
    write_file(cx, file, &contents, true)?;
    Ok(Flow::done(StatementKind::Other))
}

/// `ALTER SERVICE MASTER KEY REGENERATE`.
pub(super) fn alter(cx: &mut Context<'_, '_>, statement: &AlterServiceMasterKey) -> StatementResult {
    let _granted = cx.require(Permission::ControlServer, Securable::Server)?;
    let force = match statement {
        AlterServiceMasterKey::Regenerate { force } => *force,
        AlterServiceMasterKey::Account => {
            return Err(sql_error!(49902, "WITH ACCOUNT", "a root secret takes the account's place").into());
        }
        AlterServiceMasterKey::MachineKey { .. } => {
            return Err(sql_error!(49902, "MACHINE KEY", "a root secret takes its place").into());
        }
    };
    let new = ServiceMasterKey::generate(cx.instance.random());
    replace(cx, new, force)
}

/// `RESTORE SERVICE MASTER KEY`: 15317 for the file, 15465 for the password, 15588 for the key that is there already.
pub(super) fn restore(cx: &mut Context<'_, '_>, file: &str, password: &str, force: bool) -> StatementResult {
    let _granted = cx.require(Permission::ControlServer, Securable::Server)?;
    let contents = read_backup(cx, file)?;
    let new = ServiceMasterKey::restore(&contents, password).map_err(SqlError::from)?;
    let (keyring, _) = cx.instance.keyring();
    if keyring.service_master_key().is_same_as(&new) {
        cx.inform(sql_error!(15588));
        return Ok(Flow::done(StatementKind::Other));
    }
    replace(cx, new, force)
}

/// Makes another key the service master key. Inside a user's transaction it is refused (226): the statements behind it
/// would still use the old one.
fn replace(cx: &mut Context<'_, '_>, new: ServiceMasterKey, force: bool) -> StatementResult {
    if cx.session.transaction.is_some() {
        return Err(sql_error!(226, "ALTER SERVICE MASTER KEY").into());
    }
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let replaced =
        cx.attempt(|instance, caller| instance.replace_service_master_key(caller.transaction, new, force))?;
    let lost = match replaced {
        Ok(lost) => lost,
        Err(wait) => return Ok(wait),
    };
    for database in lost {
        cx.inform(sql_error!(15584, "master key", database));
    }
    Ok(Flow::done(StatementKind::Other))
}
