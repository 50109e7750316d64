//! Why a store could not do what it was asked, by whose fault.

use std::io::{self, ErrorKind};

/// Cloneable because every waiter of a group commit is told the same.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// The administrator's: no space left. Nothing of the batch is applied; it may be tried again once there is room.
    #[error("no space left for the store in {place}")]
    Full {
        /// Where space is missing.
        place: String,
    },
    /// The administrator's: the place can't be written, by its mount or by its permissions.
    #[error("{place} is not writable: {reason}")]
    ReadOnly {
        /// What can't be written.
        place: String,
        /// The operating system's words.
        reason: String,
    },
    /// The administrator's: the place of the data directory is taken by something else.
    #[error("{place} is not a directory")]
    NotADirectory {
        /// The path in question.
        place: String,
    },
    /// The administrator's: another process owns the store.
    #[error("{place} is in use by {owner}")]
    Locked {
        /// The store in question.
        place: String,
        /// `process 4711`, or `another process` when it did not say.
        owner: String,
    },
    /// The administrator's: a later version of this program wrote the store.
    #[error("{place} has format version {found}, and this version reads versions up to {supported}")]
    NewerVersion {
        /// The store in question.
        place: String,
        /// What it says about itself.
        found: u32,
        /// [`crate::FORMAT_VERSION`].
        supported: u32,
    },
    /// The medium's: bytes are not those that were written. Restore a backup.
    #[error("{place} is damaged: {detail}")]
    Damaged {
        /// What is damaged.
        place: String,
        /// How it was noticed.
        detail: String,
    },
    /// An earlier commit or flush ended without a known outcome. It is never tried again on this handle, because
    /// an operating system may report a failed flush once and then forget the data; open the store again.
    #[error("the store stopped after a failure and must be opened again: {reason}")]
    Poisoned {
        /// The failure.
        reason: String,
    },
    /// The caller's: a key or value exceeds [`crate::MAX_KEY_BYTES`] or [`crate::MAX_VALUE_BYTES`].
    #[error("a {what} of {size} bytes exceeds the limit of {limit} bytes")]
    TooLarge {
        /// `key` or `value`.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// Everything else the operating system reports.
    #[error("{0}")]
    Io(String),
}

impl StoreError {
    /// The operating system's error at `place` in these words.
    pub fn from_io(place: &str, error: &io::Error) -> Self {
        let place = place.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { place }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { place, reason: error.to_string() }
            }
            ErrorKind::NotADirectory => Self::NotADirectory { place },
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
                Self::Damaged { place, detail: error.to_string() }
            }
            _ => Self::Io(format!("{place}: {error}")),
        }
    }
}
