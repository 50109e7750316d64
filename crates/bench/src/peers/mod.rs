//! The same work on other systems, with clients as lean as ours: requests encoded once, one at a time.
//!
//! Only systems that are set up to be durable are compared; each says so itself, or the run fails.

mod address;
mod postgres;
mod redis;

use crate::load::{Outcome, Timing};
use crate::workloads::Cell;

pub(crate) use address::PeerAddress;

/// A system to compare with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Postgres,
    Redis,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }
}

/// Refuses systems that acknowledge what is not on the disk.
pub(crate) async fn check(peer: &PeerAddress) -> anyhow::Result<()> {
    match peer.kind {
        Kind::Postgres => postgres::check(peer).await,
        Kind::Redis => redis::check(peer).await,
    }
}

/// A cell on that system; None if it has nothing of the kind.
pub(crate) async fn measure(
    peer: &PeerAddress,
    cell: Cell,
    timing: Timing,
) -> anyhow::Result<Option<Outcome>> {
    match peer.kind {
        Kind::Postgres => postgres::measure(peer, cell, timing).await,
        Kind::Redis => redis::measure(peer, cell, timing).await,
    }
}
