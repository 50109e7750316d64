//! What protects keys: the database master key, opened by the service master key or by the session.

use std::sync::Arc;

use duologue_catalog::objects::{MasterKey, PrivateKeyProtection, StoredPrivateKey};
use duologue_keys::{DatabaseMasterKey, PrivateKey, WrappedKey};
use duologue_messages::{SqlError, sql_error};

use crate::execution::Context;
use crate::session::OpenMasterKey;

impl Context<'_, '_> {
    /// The stored master key of the current database, as the statement sees it.
    pub(super) fn stored_master_key(&self) -> Result<Option<MasterKey>, SqlError> {
        Ok(self.database()?.settings.master_key.clone())
    }

    /// The master key of the current database, opened by the session or through the service master key: 15581.
    pub(super) fn master_key(&mut self) -> Result<Arc<DatabaseMasterKey>, SqlError> {
        let closed = || sql_error!(15581);
        let stored = self.stored_master_key()?.ok_or_else(closed)?;
        let opened = self.session.master_keys.get(&self.database_id()).filter(|opened| opened.is_of(&stored));
        if let Some(opened) = opened {
            return Ok(opened.key.clone());
        }
        let wrapped = WrappedKey::from_bytes(stored.by_service_master_key.ok_or_else(closed)?);
        let (keyring, _) = self.instance.keyring();
        let key = DatabaseMasterKey::unwrap_by_service_master_key(&wrapped, keyring.service_master_key())?;
        Ok(Arc::new(key))
    }

    /// A private key as it is stored: under a password of its own, or under the database master key (15581).
    pub(super) fn wrap_private_key(
        &mut self,
        key: &PrivateKey,
        password: Option<&str>,
    ) -> Result<StoredPrivateKey, SqlError> {
        let (protection, wrapped) = match password {
            Some(password) => {
                duologue_keys::check_password_policy(password, "")?;
                let wrapped = key.wrap_by_password(password, self.instance.random());
                (PrivateKeyProtection::Password, wrapped)
            }
            None => {
                let master_key = self.master_key()?;
                (PrivateKeyProtection::MasterKey, key.wrap(&master_key, self.instance.random()))
            }
        };
        Ok(StoredPrivateKey { protection, wrapped: wrapped.into_bytes() })
    }

    /// Opens a stored private key. One under the master key takes no password (15147); one under a password needs it
    /// (15334, 15466).
    pub(super) fn unwrap_private_key(
        &mut self,
        stored: &StoredPrivateKey,
        password: Option<&str>,
    ) -> Result<PrivateKey, SqlError> {
        let wrapped = WrappedKey::from_bytes(stored.wrapped.clone());
        match (stored.protection, password) {
            (PrivateKeyProtection::MasterKey, Some(_)) => Err(sql_error!(15147, "certificate")),
            (PrivateKeyProtection::MasterKey, None) => {
                let master_key = self.master_key()?;
                Ok(PrivateKey::unwrap(&wrapped, &master_key)?)
            }
            (PrivateKeyProtection::Password, None) => Err(super::sql_error!(15334, "certificate")),
            (PrivateKeyProtection::Password, Some(password)) => {
                Ok(PrivateKey::unwrap_by_password(&wrapped, password)?)
            }
        }
    }
}

impl OpenMasterKey {
    /// Whether this is still the database's key: keys are wrapped anew whenever they change, so a copy that was
    /// there when this one was opened proves it.
    fn is_of(&self, stored: &MasterKey) -> bool {
        stored.by_password.iter().any(|copy| self.copies.contains(copy))
    }
}
