//! A database for one cell.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};

use super::text::{INITIATOR, TARGET};
use crate::client::{Connection, Target};

/// Cannot drop a database that is in use.
const IN_USE: &str = "message 3702:";
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database with message type, contract, two queues and two services.
pub(super) struct Database {
    pub(super) name: String,
    target: Target,
    connection: Connection,
}

impl Database {
    /// Services with the names that every cell uses.
    pub(super) async fn create(target: &Target) -> anyhow::Result<Self> {
        let database = Self::with_objects(target).await?;
        let name = database.name.clone();
        database.service(&name, INITIATOR, "InitiatorQueue").await?;
        database.service(&name, TARGET, "TargetQueue").await?;
        Ok(database)
    }

    /// Without services.
    pub(super) async fn with_objects(target: &Target) -> anyhow::Result<Self> {
        let name = format!("bench_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut master = Connection::open(target, "master").await?;
        master.batch(&format!("CREATE DATABASE {name}")).await?;
        let mut connection = Connection::open(target, &name).await?;
        for statement in [
            "CREATE MESSAGE TYPE [//bench/message] VALIDATION = NONE",
            "CREATE CONTRACT [//bench/contract] ([//bench/message] SENT BY ANY)",
            "CREATE QUEUE InitiatorQueue",
            "CREATE QUEUE TargetQueue",
        ] {
            connection.batch(statement).await?;
        }
        Ok(Self { name, target: target.clone(), connection })
    }

    /// A service that everybody may send to.
    pub(super) async fn service(&self, database: &str, name: &str, queue: &str) -> anyhow::Result<()> {
        let mut connection = Connection::open(&self.target, database).await?;
        connection.batch(&format!("CREATE SERVICE [{name}] ON QUEUE {queue} ([//bench/contract])")).await?;
        connection.batch(&format!("GRANT SEND ON SERVICE::[{name}] TO PUBLIC")).await?;
        Ok(())
    }

    pub(super) async fn alter(&self, option: &str) -> anyhow::Result<()> {
        let mut master = Connection::open(&self.target, "master").await?;
        master.batch(&format!("ALTER DATABASE {} {option}", self.name)).await.map(drop)
    }

    pub(super) async fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(&self.target, &self.name).await
    }

    pub(super) async fn connect_all(&self, count: usize) -> anyhow::Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(self.connect().await?);
        }
        Ok(connections)
    }

    /// Messages in a queue.
    pub(super) async fn count(&mut self, queue: &str) -> anyhow::Result<u64> {
        let reply = self.connection.batch(&format!("SELECT COUNT(*) FROM {queue}")).await?;
        u64::try_from(reply.integer(0, 0)).context("a count below zero")
    }

    /// Gone, with all that is in it.
    pub(super) async fn drop(self) -> anyhow::Result<()> {
        drop(self.connection);
        self.target.pool.leave_databases().await?;
        let mut master = Connection::open(&self.target, "master").await?;
        let statement = format!("DROP DATABASE {}", self.name);
        for _ in 0..ATTEMPTS {
            match master.batch(&statement).await {
                // The server has not noticed yet that the clients are gone.
                Err(error) if format!("{error:#}").contains(IN_USE) => tokio::time::sleep(PAUSE).await,
                other => return other.map(drop),
            }
        }
        bail!("{} stays in use", self.name)
    }
}
