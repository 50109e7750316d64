//! What statements need of the outside: files and RSA keys.

use duologue_keys::PrivateKeySource;
use duologue_types::Timestamp;

/// Why a file could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem(pub String);

/// Files that statements name (`BACKUP CERTIFICATE … TO FILE`).
pub trait Files {
    /// The whole file, if it has at most `max_bytes`.
    fn read(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, FileProblem>;
    /// Makes a file that must not exist yet, durably; private keys only for the owner's eyes.
    fn create(&self, path: &str, bytes: &[u8], private: bool) -> Result<(), FileProblem>;
}

/// Everything that a step of a session is given besides the instance.
pub struct Host<'a> {
    /// Now, UTC.
    pub now: Timestamp,
    /// Minutes that local time is ahead of UTC, for GETDATE() and PostTime.
    pub utc_offset_minutes: i16,
    /// Files.
    pub files: &'a dyn Files,
    /// Fresh RSA keys.
    pub private_keys: &'a mut dyn PrivateKeySource,
}
