//! ENVCHANGE (2.2.7.9): what changed in the session.

use bytes::BufMut;

use super::id;
use crate::collation::Collation;
use crate::writer::{put_b_varchar, put_u16_length};

/// A change that clients follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnvChange<'a> {
    /// The current database.
    Database {
        /// The new name.
        new: &'a str,
        /// The name before; empty at login.
        old: &'a str,
    },
    /// The language.
    Language {
        /// The new name.
        new: &'a str,
        /// The name before; empty at login.
        old: &'a str,
    },
    /// The packet size in bytes.
    PacketSize {
        /// The size from now on.
        new: u16,
        /// The size so far.
        old: u16,
    },
    /// The collation of the database; at login.
    Collation(Collation),
    /// A transaction began; requests carry its descriptor from now on.
    BeginTransaction(u64),
    /// The transaction with that descriptor was committed.
    CommitTransaction(u64),
    /// The transaction with that descriptor was rolled back.
    RollbackTransaction(u64),
    /// RESETCONNECTION was done.
    ResetDone,
}

pub(crate) fn put_env_change(out: &mut Vec<u8>, change: EnvChange<'_>) {
    out.put_u8(id::ENV_CHANGE);
    put_u16_length(out, |out| match change {
        EnvChange::Database { new, old } => put_names(out, 1, new, old),
        EnvChange::Language { new, old } => put_names(out, 2, new, old),
        EnvChange::PacketSize { new, old } => put_names(out, 4, &new.to_string(), &old.to_string()),
        EnvChange::Collation(collation) => put_bytes(out, 7, &collation.0, &[]),
        EnvChange::BeginTransaction(descriptor) => put_bytes(out, 8, &descriptor.to_le_bytes(), &[]),
        EnvChange::CommitTransaction(descriptor) => put_bytes(out, 9, &[], &descriptor.to_le_bytes()),
        EnvChange::RollbackTransaction(descriptor) => put_bytes(out, 10, &[], &descriptor.to_le_bytes()),
        EnvChange::ResetDone => put_bytes(out, 18, &[], &[]),
    });
}

fn put_names(out: &mut Vec<u8>, kind: u8, new: &str, old: &str) {
    out.put_u8(kind);
    put_b_varchar(out, new);
    put_b_varchar(out, old);
}

/// B_VARBYTE for both; they hold at most eight bytes.
fn put_bytes(out: &mut Vec<u8>, kind: u8, new: &[u8], old: &[u8]) {
    out.put_u8(kind);
    for bytes in [new, old] {
        out.put_u8(bytes.len() as u8);
        out.put_slice(bytes);
    }
}
