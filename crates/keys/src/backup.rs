//! Files of `BACKUP MASTER KEY` and `BACKUP SERVICE MASTER KEY`: the eight bytes `DUOLOGMK`, then the key wrapped
//! by the file's password ([`crate::WrappedKey`], purpose 5 or 6).

use crate::error::KeyError;
use crate::random::RandomSource;
use crate::secret::SecretKey;
use crate::wrapped::{Purpose, WrappedKey};

const MAGIC: &[u8] = b"DUOLOGMK";

pub(crate) fn write(
    purpose: Purpose,
    key: &SecretKey,
    password: &str,
    rng: &mut dyn RandomSource,
) -> Vec<u8> {
    let wrapped = WrappedKey::by_password(purpose, password, key.bytes(), rng);
    [MAGIC, wrapped.as_bytes()].concat()
}

pub(crate) fn read(purpose: Purpose, file: &[u8], password: &str) -> Result<SecretKey, KeyError> {
    let wrapped = file.strip_prefix(MAGIC).ok_or(KeyError::BackupFile)?;
    let secret =
        WrappedKey::from_bytes(wrapped.to_vec()).open_by_password(purpose, password).map_err(|error| {
            match error.refused_as(KeyError::BackupPassword) {
                KeyError::Corrupted => KeyError::BackupFile,
                other => other,
            }
        })?;
    SecretKey::from_slice(&secret).ok_or(KeyError::BackupFile)
}
