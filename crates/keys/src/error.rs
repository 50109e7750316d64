//! What can be wrong with the keys of the hierarchy.

use duologue_messages::{SqlError, sql_error};
use thiserror::Error;

/// A stored key that did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The stored bytes are not a key of this kind.
    #[error("the stored key is damaged or of another kind")]
    Corrupted,
    /// The root secret is not the one under which the service master key was stored.
    #[error("the service master key was stored under another root secret, or is damaged")]
    ServiceMasterKey,
    /// The database master key's copy under the service master key does not open.
    #[error("the database master key was stored under another service master key, or is damaged")]
    MasterKeyByServiceMasterKey,
    /// Wrong password for a database master key.
    #[error("the database master key is not encrypted by this password")]
    MasterKeyPassword,
    /// A private key that does not open under this master key or password.
    #[error("the private key is not encrypted by this master key or password")]
    PrivateKey,
    /// A session key that does not open: the database master key was replaced, or it is another conversation's.
    #[error("the session key is not encrypted by this database master key")]
    SessionKey,
    /// Not the backup of a master key, or the backup of the other kind.
    #[error("the file is not a backup of this kind of master key")]
    BackupFile,
    /// Wrong password for a backup, or its contents are damaged.
    #[error("the backup is not encrypted by this password")]
    BackupPassword,
}

impl KeyError {
    /// The number under which a statement reports it.
    pub fn number(self) -> i32 {
        match self {
            Self::Corrupted => 15507,
            Self::ServiceMasterKey => 33095,
            Self::MasterKeyByServiceMasterKey => 15329,
            Self::MasterKeyPassword => 15313,
            Self::PrivateKey => 15466,
            Self::SessionKey => 9652,
            Self::BackupFile => 15317,
            Self::BackupPassword => 15465,
        }
    }
}

impl From<KeyError> for SqlError {
    fn from(error: KeyError) -> Self {
        let error = match error {
            KeyError::Corrupted => sql_error!(15507),
            KeyError::ServiceMasterKey => sql_error!(33095),
            KeyError::MasterKeyByServiceMasterKey => sql_error!(15329),
            KeyError::MasterKeyPassword => sql_error!(15313),
            KeyError::PrivateKey => sql_error!(15466),
            KeyError::SessionKey => sql_error!(9652),
            KeyError::BackupFile => sql_error!(15317),
            KeyError::BackupPassword => sql_error!(15465),
        };
        at_least_severity_16(error)
    }
}

/// Several of these numbers stand in `sys.messages` with severity 10 and are raised with 16: the statement fails.
pub(crate) fn at_least_severity_16(mut error: SqlError) -> SqlError {
    error.severity = error.severity.max(16);
    error
}
