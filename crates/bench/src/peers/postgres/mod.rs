//! PostgreSQL: a queue table read with SKIP LOCKED, and a row for each conversation.

mod connection;
mod round_trip;
mod scram;
mod table;
mod wire;

use anyhow::ensure;

use super::PeerAddress;
use crate::load::{Outcome, Timing};
use crate::workloads::{Cell, Workload};

use connection::Postgres;

/// Settings without which a commit may be lost.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

pub(super) async fn check(peer: &PeerAddress) -> anyhow::Result<()> {
    let mut connection = Postgres::open(peer).await?;
    for setting in DURABLE {
        let value = connection.query(&format!("SHOW {setting}")).await?;
        ensure!(value == "on", "PostgreSQL runs with {setting} = {value}; it has to be on");
    }
    Ok(())
}

pub(super) async fn measure(
    peer: &PeerAddress,
    cell: Cell,
    timing: Timing,
) -> anyhow::Result<Option<Outcome>> {
    Ok(Some(match cell.workload {
        Workload::Send | Workload::SendNewDialog | Workload::SendBatch => {
            table::send(peer, cell, timing).await?
        }
        Workload::Receive | Workload::ReceiveBatch => table::receive(peer, cell, timing).await?,
        Workload::RoundTrip => round_trip::round_trip(peer, cell, timing).await?,
        _ => return Ok(None),
    }))
}
