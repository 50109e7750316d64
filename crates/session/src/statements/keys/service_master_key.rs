//! The service master key.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_keys::check_password_policy;

use super::write_file;
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
