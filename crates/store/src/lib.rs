//! What the broker asks of a storage engine, and the keys it files its rows under.
//!
//! One instance has one store: an ordered map from bytes to bytes with atomic, durable batches. Nothing above
//! [`Store`] may know which engine runs. The engine that only forgets, [`MemoryStore`], lives here because tests
//! and simulation crash it on purpose; engines that touch the outside have their own crates and pass
//! the suite `conformance` (feature `testing`).

mod batch;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod directory;
mod error;
mod group_commit;
pub mod keys;
mod memory;

use bytes::Bytes;

pub use batch::{Operation, WriteBatch};
pub use error::StoreError;
pub use group_commit::{CommitSequence, GroupCommit, GroupCommitFull};
pub use keys::{InvalidKey, Key};
pub use memory::{Fault, MemoryStore};

/// The version of key layout and row encodings that this build writes. An engine records it, outside the key
/// space, when it creates a store and refuses a store with a higher one ([`StoreError::NewerVersion`]).
pub const FORMAT_VERSION: u32 = 1;

/// Longest key in bytes: a service name of 256 characters takes at most 1,024 bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 2 * 1024;

/// Longest value in bytes: the largest message body (2 GiB − 1) and room for the row around it.
pub const MAX_VALUE_BYTES: usize = (2 << 30) + (1 << 20);

/// How many times the store has been opened; a later owner has a higher one. An engine that several machines can
/// reach checks it inside every commit, so that an owner that was replaced can't write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u64);

/// The right to write, held from opening a store until its handle is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    /// This owner's epoch.
    pub epoch: Epoch,
}

/// An ordered map from keys to values. Every engine behaves as the suite `conformance` says.
pub trait Store: Send + Sync {
    /// Under which lease this handle writes.
    fn lease(&self) -> Lease;

    /// Applies the batch atomically and durably, in its order; returns after the flush.
    ///
    /// After [`StoreError::Full`] and [`StoreError::TooLarge`] nothing of the batch is applied and the handle
    /// stays usable. After every other error the outcome is unknown until the store is opened again, where the
    /// batch is there as a whole or not at all; until then this handle answers [`StoreError::Poisoned`].
    ///
    /// Grouping batches of concurrent callers is the caller's business ([`GroupCommit`]).
    fn commit(&self, batch: &WriteBatch) -> Result<(), StoreError>;

    /// The last committed value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// Rows whose key begins with `prefix`, ascending, from the first key greater than `after` if that is given;
    /// at most `limit` of them.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Whether new work may be accepted. While false, statements that add rows are to be refused; deletes and
    /// acknowledgements still commit, from a reserve that the engine keeps for them. It becomes true again by
    /// itself when space returns. An engine without a reserve says true and answers [`StoreError::Full`].
    fn has_room(&self) -> bool {
        true
    }

    /// Verifies everything that is stored; reads all of it, so it is for offline use.
    fn check(&self) -> Result<CheckReport, StoreError>;
}

/// A key and its value.
pub type Row = (Bytes, Bytes);

/// What [`Store::check`] found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CheckReport {
    /// Rows read.
    pub rows: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// One sentence for each thing that was wrong; empty when the store is sound.
    pub damage: Vec<String>,
}

/// The least key greater than every key that begins with `prefix`; none when there is no such key.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::prefix_end;

    #[test]
    fn the_end_of_a_prefix_is_its_successor() {
        for (prefix, end) in [
            (&b"ab"[..], Some(&b"ac"[..])),
            (b"a\xff\xff", Some(b"b")),
            (b"\xff\xff", None),
            (b"", None),
            (b"\x00", Some(b"\x01")),
        ] {
            assert_eq!(prefix_end(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
