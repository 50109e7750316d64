//! The service master key: one per instance.

use crate::backup;
use crate::error::KeyError;
use crate::random::RandomSource;
use crate::secret::{RootSecret, SecretKey};
use crate::wrapped::{Purpose, WrappedKey};

/// Protects the database master keys of an instance. Made at first start; stored under the root secret.
pub struct ServiceMasterKey(pub(crate) SecretKey);

impl ServiceMasterKey {
    /// A new random key.
    pub fn generate(rng: &mut dyn RandomSource) -> Self {
        Self(SecretKey::generate(rng))
    }

    /// The stored form.
    pub fn wrap(&self, root: &RootSecret, rng: &mut dyn RandomSource) -> WrappedKey {
        WrappedKey::by_key(Purpose::ServiceMasterKey, &root.0, b"", self.0.bytes(), rng)
    }

    /// From the stored form; 33095 when the root secret is another one.
    pub fn unwrap(wrapped: &WrappedKey, root: &RootSecret) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_key(Purpose::ServiceMasterKey, &root.0, b"")
            .map_err(|error| error.refused_as(KeyError::ServiceMasterKey))?;
        SecretKey::from_slice(&secret).map(Self).ok_or(KeyError::Corrupted)
    }

    /// The contents of `BACKUP SERVICE MASTER KEY`'s file.
    pub fn backup(&self, password: &str, rng: &mut dyn RandomSource) -> Vec<u8> {
        backup::write(Purpose::ServiceMasterKeyBackup, &self.0, password, rng)
    }

    /// From such a file: 15317 when it is something else, 15465 for a wrong password.
    pub fn restore(file: &[u8], password: &str) -> Result<Self, KeyError> {
        backup::read(Purpose::ServiceMasterKeyBackup, file, password).map(Self)
    }

    /// Whether both are the same key (15588: nothing to re-encrypt).
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.is_same_as(&other.0)
    }
}
