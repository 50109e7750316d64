//! A TDS client that waits, on a thread of its own.

use std::time::Duration;

use anyhow::Context;
use duologue_bench::client::{Reply, Request, Wire};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// A statement that takes longer has not been answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Target {
    /// A session on the runtime that calls.
    pub(crate) async fn log_in(&self, database: &str) -> anyhow::Result<Wire> {
        Wire::log_in(&self.address, &self.user, &self.password, database).await
    }
}

/// A logged-in client.
pub(crate) struct Client {
    runtime: Runtime,
    connection: Wire,
}

impl Client {
    pub(crate) fn open(target: &Target, database: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(target.log_in(database))?;
        Ok(Self { runtime, connection })
    }

    /// Runs a batch of T-SQL; an error of the server is one here.
    pub(crate) fn batch(&mut self, text: &str) -> anyhow::Result<&Reply> {
        let Self { runtime, connection } = self;
        runtime
            .block_on(async { timeout(PATIENCE, connection.batch(text)).await.context("no answer in time")? })
    }

    /// Runs a prepared call.
    pub(crate) fn call(&mut self, request: &Request) -> anyhow::Result<&Reply> {
        let Self { runtime, connection } = self;
        runtime.block_on(async {
            timeout(PATIENCE, connection.call(request)).await.context("no answer in time")?
        })
    }

    /// An integer that a query answers with.
    pub(crate) fn integer(&mut self, query: &str) -> anyhow::Result<i64> {
        let reply = self.batch(query)?;
        anyhow::ensure!(reply.rows() == 1, "{query} gave {} rows", reply.rows());
        Ok(reply.integer(0, 0))
    }
}

/// Whether the server answered with that error.
pub(crate) fn is_message(error: &anyhow::Error, number: u32) -> bool {
    format!("{error:#}").contains(&format!("message {number}:"))
}

/// Whether the server answered, with whatever error.
pub(crate) fn is_answer(error: &anyhow::Error) -> bool {
    format!("{:#}", error.root_cause()).starts_with("message ")
}
