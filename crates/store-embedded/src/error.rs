//! redb's and the operating system's errors in the words of [`StoreError`].

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use duologue_store::{MAX_VALUE_BYTES, StoreError};

/// The version of redb's own file format that this build reads.
const REDB_FORMAT: u32 = 3;

pub(crate) fn from_io(place: &str, error: &io::Error) -> StoreError {
    StoreError::from_io(place, error)
}

pub(crate) fn from_redb(place: &str, error: redb::Error) -> StoreError {
    match error {
        redb::Error::Io(error) => from_io(place, &error),
        redb::Error::Corrupted(detail) => damaged(place, detail),
        redb::Error::UpgradeRequired(found) => other_format(place, found.into()),
        redb::Error::ValueTooLarge(size) => {
            StoreError::TooLarge { what: "value", size, limit: MAX_VALUE_BYTES }
        }
        redb::Error::PreviousIo | redb::Error::DatabaseClosed | redb::Error::LockPoisoned(_) => {
            StoreError::Poisoned { reason: error.to_string() }
        }
        redb::Error::TableDoesNotExist(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TypeDefinitionChanged { .. } => damaged(place, error),
        other => StoreError::Io(format!("{place}: {other}")),
    }
}

fn other_format(place: &str, found: u32) -> StoreError {
    if found > REDB_FORMAT {
        StoreError::NewerVersion { place: place.into(), found, supported: REDB_FORMAT }
    } else {
        damaged(place, format!("its file format {found} is older than any that was used"))
    }
}

pub(crate) fn damaged(place: &str, detail: impl ToString) -> StoreError {
    StoreError::Damaged { place: place.into(), detail: detail.to_string() }
}

/// Runs a piece of redb. It promises an error rather than a panic only while it verifies a file; what it asserts
/// elsewhere about its own pages is the medium's doing when it is wrong.
pub(crate) fn contained<T>(
    place: &str,
    run: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(outcome) => outcome.map_err(|error| from_redb(place, error)),
        Err(panic) => Err(damaged(place, panic_text(panic.as_ref()))),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the engine panicked")
}
