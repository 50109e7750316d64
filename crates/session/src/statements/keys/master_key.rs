//! The database master key.

use std::sync::Arc;

use duologue_catalog::objects::{MasterKey, PrivateKeyProtection};
use duologue_catalog::permissions::{Permission, Securable};
use duologue_keys::{DatabaseMasterKey, WrappedKey, check_password_policy};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{AlterMasterKey, KeyProtection};

use super::replacement::replace;
use super::{lock_catalog, outcome, read_backup, write_file};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::session::OpenMasterKey;
use crate::statements::ddl::finish;

/// Events.
const CREATED: i32 = 252;
pub(super) const ALTERED: i32 = 253;
const DROPPED: i32 = 254;

/// `CREATE MASTER KEY`: under the password and under the service master key.
pub(super) fn create(cx: &mut Context<'_, '_>, password: Option<&str>) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    let password = password.ok_or_else(|| sql_error!(102, "KEY"))?;
    check_password_policy(password, "")?;
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    if cx.stored_master_key()?.is_some() {
        return Err(sql_error!(15578).into());
    }
    let key = DatabaseMasterKey::generate(cx.instance.random());
    let stored = wrap(cx, &key, password, true);
    store(cx, Some(stored), CREATED)
}

/// A key as it is stored.
pub(super) fn wrap(
    cx: &mut Context<'_, '_>,
    key: &DatabaseMasterKey,
    password: &str,
    by_service: bool,
) -> MasterKey {
    let by_password = vec![key.wrap_by_password(password, cx.instance.random()).into_bytes()];
    let by_service_master_key = by_service.then(|| by_service_master_key(cx, key));
    MasterKey { by_password, by_service_master_key }
}

/// The copy that lets background work use the key.
fn by_service_master_key(cx: &mut Context<'_, '_>, key: &DatabaseMasterKey) -> Vec<u8> {
    // The keyring and the random source are parts of one instance: the nonce is drawn first.
    let mut random = Drawn::from(cx);
    let (keyring, _) = cx.instance.keyring();
    key.wrap_by_service_master_key(keyring.service_master_key(), &mut random).into_bytes()
}

/// Random bytes, drawn before they are needed: salt and nonce of one wrapped key.
pub(super) struct Drawn {
    bytes: [u8; 64],
    taken: usize,
}

impl Drawn {
    pub(super) fn from(cx: &mut Context<'_, '_>) -> Self {
        let mut bytes = [0; 64];
        cx.instance.random().fill(&mut bytes);
        Self { bytes, taken: 0 }
    }
}

impl duologue_keys::RandomSource for Drawn {
    fn fill(&mut self, bytes: &mut [u8]) {
        let end = self.taken + bytes.len();
        let drawn = self.bytes.get(self.taken..end).expect("wrapping takes a salt and a nonce at most");
        bytes.copy_from_slice(drawn);
        self.taken = end;
    }
}

/// Makes `key` the stored one.
pub(super) fn store(cx: &mut Context<'_, '_>, key: Option<MasterKey>, event: i32) -> StatementResult {
    let database = cx.database_id();
    let stored = cx.attempt(|instance, caller| {
        instance.change_catalog(caller.transaction, |draft| {
            draft.update_database(database, |settings| settings.master_key = key);
            Ok(())
        })
    })?;
    if let Err(wait) = stored {
        return Ok(wait);
    }
    let outcome = outcome(cx, event)?;
    finish(cx, outcome)?;
    Ok(Flow::done(StatementKind::Other))
}

/// `ALTER MASTER KEY`.
pub(super) fn alter(cx: &mut Context<'_, '_>, statement: &AlterMasterKey) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    if let AlterMasterKey::Regenerate { force, password } = statement {
        return regenerate(cx, password, *force);
    }
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let mut stored = cx.stored_master_key()?.ok_or_else(|| sql_error!(15581))?;
    match statement {
        AlterMasterKey::Regenerate { .. } => {}
        AlterMasterKey::AddEncryption(KeyProtection::ServiceMasterKey) => {
            if stored.by_service_master_key.is_some() {
                return Err(sql_error!(15579, "service master key", "").into());
            }
            let key = cx.master_key()?;
            stored.by_service_master_key = Some(by_service_master_key(cx, &key));
        }
        AlterMasterKey::AddEncryption(KeyProtection::Password(password)) => {
            check_password_policy(password, "")?;
            let key = cx.master_key()?;
            if copy_under(&stored, password).is_ok() {
                return Err(sql_error!(15579, "password", "").into());
            }
            stored.by_password.push(key.wrap_by_password(password, cx.instance.random()).into_bytes());
        }
        AlterMasterKey::DropEncryption(KeyProtection::ServiceMasterKey) => {
            let _open = cx.master_key()?;
            if stored.by_service_master_key.take().is_none() {
                return Err(sql_error!(33013, "encryption", "service master key", "").into());
            }
        }
        AlterMasterKey::DropEncryption(KeyProtection::Password(password)) => {
            drop_password(&mut stored, password)?
        }
    }
    if stored.by_password.is_empty() && stored.by_service_master_key.is_none() {
        return Err(sql_error!(15558, "encryption", "password", "").into());
    }
    store(cx, Some(stored), ALTERED)
}

/// `ALTER MASTER KEY REGENERATE`: another random key.
fn regenerate(cx: &mut Context<'_, '_>, password: &str, force: bool) -> StatementResult {
    check_password_policy(password, "")?;
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let new = DatabaseMasterKey::generate(cx.instance.random());
    replace(cx, new, password, force)
}

/// The last password stays: without it the key could never leave this instance.
fn drop_password(stored: &mut MasterKey, password: &str) -> Result<(), SqlError> {
    let (place, _) = copy_under(stored, password)?;
    if stored.by_password.len() == 1 {
        return Err(sql_error!(15558, "encryption", "password", ""));
    }
    stored.by_password.remove(place);
    Ok(())
}

/// The copy that a password opens: 15313.
fn copy_under(stored: &MasterKey, password: &str) -> Result<(usize, DatabaseMasterKey), SqlError> {
    let open = |copy: &Vec<u8>| {
        DatabaseMasterKey::unwrap_by_password(&WrappedKey::from_bytes(copy.clone()), password).ok()
    };
    let mut copies = stored.by_password.iter().enumerate();
    let found = copies.find_map(|(place, copy)| open(copy).map(|key| (place, key)));
    found.ok_or_else(|| sql_error!(15313))
}

/// `OPEN MASTER KEY`: for this session, until CLOSE or its end.
pub(super) fn open(cx: &mut Context<'_, '_>, password: &str) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    let stored = cx.stored_master_key()?.ok_or_else(|| sql_error!(15581))?;
    let (_, key) = copy_under(&stored, password)?;
    let opened = OpenMasterKey { key: Arc::new(key), copies: stored.by_password };
    cx.session.master_keys.insert(cx.database_id(), opened);
    Ok(Flow::done(StatementKind::Other))
}

/// `CLOSE MASTER KEY`: only the session's own.
pub(super) fn close(cx: &mut Context<'_, '_>) -> StatementResult {
    match cx.session.master_keys.remove(&cx.database_id()) {
        Some(_) => Ok(Flow::done(StatementKind::Other)),
        None => Err(sql_error!(15315, "master key").into()),
    }
}

/// `DROP MASTER KEY`: refused while a private key is under it.
pub(super) fn drop(cx: &mut Context<'_, '_>) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let database = cx.database()?;
    if database.settings.master_key.is_none() {
        return Err(sql_error!(15151, "drop", "master key", "").into());
    }
    let is_under_it = |protection| protection == PrivateKeyProtection::MasterKey;
    let dependent = database
        .certificates
        .iter()
        .find(|certificate| certificate.private_key.as_ref().is_some_and(|key| is_under_it(key.protection)));
    if let Some(certificate) = dependent {
        return Err(sql_error!(15580, "master key", "certificate", certificate.name).into());
    }
    cx.session.master_keys.remove(&cx.database_id());
    store(cx, None, DROPPED)
}

/// `BACKUP MASTER KEY`.
pub(super) fn backup(cx: &mut Context<'_, '_>, file: &str, password: &str) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    check_password_policy(password, "")?;
    let contents = cx.master_key()?.backup(password, cx.instance.random());
    write_file(cx, file, &contents, true)?;
    Ok(Flow::done(StatementKind::Other))
}

/// `RESTORE MASTER KEY`. Where there was none, the restored key is not under the service master key.
pub(super) fn restore(
    cx: &mut Context<'_, '_>,
    file: &str,
    decryption_password: &str,
    encryption_password: &str,
    force: bool,
) -> StatementResult {
    let _granted = cx.require(Permission::Control, Securable::Database)?;
    check_password_policy(encryption_password, "")?;
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let contents = read_backup(cx, file)?;
    let key = DatabaseMasterKey::restore(&contents, decryption_password).map_err(SqlError::from)?;
    if cx.stored_master_key()?.is_none() {
        let stored = wrap(cx, &key, encryption_password, false);
        return store(cx, Some(stored), ALTERED);
    }
    if cx.master_key().is_ok_and(|present| present.is_same_as(&key)) {
        cx.inform(sql_error!(15588));
        return Ok(Flow::done(StatementKind::Other));
    }
    replace(cx, key, encryption_password, force)
}
