//! What is sent and received, one file per shape.

mod broker_to_broker;
mod database;
mod fill;
mod pair;
mod receive;
mod round_trip;
mod send;
mod text;

use anyhow::bail;

use crate::client::Target;
use crate::load::{Outcome, Timing};
use crate::measure::Meters;

pub(crate) use broker_to_broker::broker_to_broker;
pub(crate) use pair::Pair;
use receive::receive;
use round_trip::round_trip;
use send::send;

/// Messages of a group in [`Workload::ReceiveGroup`].
pub(crate) const GROUP: u32 = 20;
/// Messages of a transaction in the batches.
pub(crate) const BATCH: u32 = 100;

/// Who fills a queue.
pub(crate) const FILLERS: usize = 8;
/// Conversations for each receiving client to find one that nobody has locked.
pub(crate) const DIALOGS_PER_CLIENT: usize = 4;

/// The shapes of load.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Workload {
    /// W1: each message its own transaction, on existing conversations.
    Send,
    /// W1d: a new dialog per message.
    SendNewDialog,
    /// W2: one message a transaction.
    Receive,
    /// W2g: RECEIVE of a whole group.
    ReceiveGroup,
    /// W3: 100 messages a transaction.
    SendBatch,
    /// W3: up to 100 messages a RECEIVE.
    ReceiveBatch,
    /// W4: request and reply between two databases.
    RoundTrip,
    /// W5: from server to server.
    Links,
    /// W5 with 100 messages a transaction.
    LinksBatch,
    /// W5 from many databases to one.
    LinksMany,
}

impl Workload {
    pub(crate) const ALL: [Self; 10] = [
        Self::Send,
        Self::SendNewDialog,
        Self::Receive,
        Self::ReceiveGroup,
        Self::SendBatch,
        Self::ReceiveBatch,
        Self::RoundTrip,
        Self::Links,
        Self::LinksBatch,
        Self::LinksMany,
    ];

    /// As on the command line and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "w1",
            Self::SendNewDialog => "w1d",
            Self::Receive => "w2",
            Self::ReceiveGroup => "w2g",
            Self::SendBatch => "w3s",
            Self::ReceiveBatch => "w3r",
            Self::RoundTrip => "w4",
            Self::Links => "w5",
            Self::LinksBatch => "w5b",
            Self::LinksMany => "w5m",
        }
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Send => "send, one message a transaction",
            Self::SendNewDialog => "send, a new dialog per message",
            Self::Receive => "receive, one message a transaction",
            Self::ReceiveGroup => "receive whole groups of 20",
            Self::SendBatch => "send, 100 messages a transaction",
            Self::ReceiveBatch => "receive, 100 messages a transaction",
            Self::RoundTrip => "request and reply, 3 transactions",
            Self::Links => "server to server, one message a transaction",
            Self::LinksBatch => "server to server, 100 messages a transaction",
            Self::LinksMany => "many databases to one on another server",
        }
    }

    /// Clients, unless the command line says how many.
    pub(crate) fn default_clients(self) -> &'static [usize] {
        match self {
            Self::SendBatch | Self::ReceiveBatch | Self::LinksBatch => &[1, 8],
            Self::RoundTrip => &[1],
            Self::LinksMany => &[100],
            _ => &[1, 8, 64],
        }
    }

    /// It needs two servers.
    pub(crate) fn is_between_servers(self) -> bool {
        matches!(self, Self::Links | Self::LinksBatch | Self::LinksMany)
    }

    /// How often each message has to become durable, one after the other or in one process after the other.
    pub(crate) fn commits(self) -> u32 {
        match self {
            Self::RoundTrip => 3,
            Self::Links | Self::LinksBatch | Self::LinksMany => 2,
            _ => 1,
        }
    }

    /// Messages of one request.
    pub(crate) fn batch(self) -> u32 {
        match self {
            Self::SendBatch | Self::ReceiveBatch | Self::LinksBatch => BATCH,
            Self::ReceiveGroup => GROUP,
            _ => 1,
        }
    }
}

/// One measurement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    /// Bytes of a message's body.
    pub(crate) size: usize,
    pub(crate) clients: usize,
}

/// Where and how long.
pub(crate) struct Setting {
    pub(crate) target: Target,
    pub(crate) meters: Meters,
    pub(crate) timing: Timing,
    /// Messages that are in the queue all the time.
    pub(crate) queued: u64,
}

/// What a request looked like on the wire, for the ceiling to do the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Shape {
    pub(crate) request_bytes: usize,
    pub(crate) reply_bytes: usize,
    /// What has to become durable.
    pub(crate) log_bytes: usize,
}

/// A cell's result.
pub(crate) struct Measured {
    pub(crate) outcome: Outcome,
    pub(crate) shape: Shape,
}

/// Measures a cell on one server, in databases of its own.
pub(crate) async fn on_one_server(setting: &Setting, cell: Cell) -> anyhow::Result<Measured> {
    match cell.workload {
        Workload::Send | Workload::SendNewDialog | Workload::SendBatch => send(setting, cell).await,
        Workload::Receive | Workload::ReceiveGroup | Workload::ReceiveBatch => receive(setting, cell).await,
        Workload::RoundTrip => round_trip(setting, cell).await,
        other => bail!("{} needs two servers", other.name()),
    }
}
