//! Redis: streams with consumer groups; what was received is acknowledged and deleted in one transaction.

mod connection;
mod resp;
mod stream;

use anyhow::ensure;

use super::PeerAddress;
use crate::load::{Outcome, Timing};
use crate::workloads::{Cell, Workload};

use connection::Redis;

/// Settings without which an answer says nothing about the disk.
const DURABLE: [(&str, &str); 2] = [("appendonly", "yes"), ("appendfsync", "always")];

pub(super) async fn check(peer: &PeerAddress) -> anyhow::Result<()> {
    let mut connection = Redis::open(peer).await?;
    for (setting, wanted) in DURABLE {
        let value = connection.setting(setting).await?;
        ensure!(value == wanted, "Redis runs with {setting} {value}; it has to be {wanted}");
    }
    Ok(())
}

pub(super) async fn measure(
    peer: &PeerAddress,
    cell: Cell,
    timing: Timing,
) -> anyhow::Result<Option<Outcome>> {
    Ok(Some(match cell.workload {
        Workload::Send | Workload::SendBatch => stream::send(peer, cell, timing).await?,
        Workload::Receive | Workload::ReceiveBatch => stream::receive(peer, cell, timing).await?,
        Workload::RoundTrip => stream::round_trip(peer, cell, timing).await?,
        _ => return Ok(None),
    }))
}
