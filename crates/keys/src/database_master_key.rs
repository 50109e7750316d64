//! The database master key: one per database that has private keys or secured dialogs.

use crate::backup;
use crate::error::KeyError;
use crate::random::RandomSource;
use crate::secret::SecretKey;
use crate::service_master_key::ServiceMasterKey;
use crate::wrapped::{Purpose, WrappedKey};

/// Protects a database's private keys and its dialogs' session keys. Stored once per password and, unless that
/// was dropped, once under the service master key: only that copy lets background work use it.
pub struct DatabaseMasterKey(pub(crate) SecretKey);

impl DatabaseMasterKey {
    /// A new random key.
    pub fn generate(rng: &mut dyn RandomSource) -> Self {
        Self(SecretKey::generate(rng))
    }

    /// A copy under a password; takes tens of milliseconds, by intent.
    pub fn wrap_by_password(&self, password: &str, rng: &mut dyn RandomSource) -> WrappedKey {
        WrappedKey::by_password(Purpose::DatabaseMasterKey, password, self.0.bytes(), rng)
    }

    /// From a copy under a password; 15313 when it is another password's.
    pub fn unwrap_by_password(wrapped: &WrappedKey, password: &str) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_password(Purpose::DatabaseMasterKey, password)
            .map_err(|error| error.refused_as(KeyError::MasterKeyPassword))?;
        SecretKey::from_slice(&secret).map(Self).ok_or(KeyError::Corrupted)
    }

    /// The copy under the service master key.
    pub fn wrap_by_service_master_key(
        &self,
        smk: &ServiceMasterKey,
        rng: &mut dyn RandomSource,
    ) -> WrappedKey {
        WrappedKey::by_key(Purpose::DatabaseMasterKey, &smk.0, b"", self.0.bytes(), rng)
    }

    /// From the copy under the service master key; 15329 when that is another one.
    pub fn unwrap_by_service_master_key(
        wrapped: &WrappedKey,
        smk: &ServiceMasterKey,
    ) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_key(Purpose::DatabaseMasterKey, &smk.0, b"")
            .map_err(|error| error.refused_as(KeyError::MasterKeyByServiceMasterKey))?;
        SecretKey::from_slice(&secret).map(Self).ok_or(KeyError::Corrupted)
    }

    /// The contents of `BACKUP MASTER KEY`'s file.
    pub fn backup(&self, password: &str, rng: &mut dyn RandomSource) -> Vec<u8> {
        backup::write(Purpose::DatabaseMasterKeyBackup, &self.0, password, rng)
    }

    /// From such a file: 15317 when it is something else, 15465 for a wrong password.
    pub fn restore(file: &[u8], password: &str) -> Result<Self, KeyError> {
        backup::read(Purpose::DatabaseMasterKeyBackup, file, password).map(Self)
    }

    /// Whether both are the same key (15588: nothing to re-encrypt).
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.is_same_as(&other.0)
    }
}
