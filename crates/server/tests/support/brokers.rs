//! Two servers whose broker endpoints trust each other, and a dialog between them without dialog security.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{TestServer, Tiberius};

/// A server with a port for its broker.
pub struct Broker {
    /// None while it is away.
    server: Option<TestServer>,
    folder: Option<TempDir>,
    pub port: u16,
    pub name: &'static str,
}

pub struct Brokers {
    pub near: Broker,
    pub far: Broker,
    pub exchange: TempDir,
}

impl Brokers {
    /// Endpoints are there and do not know each other yet.
    pub async fn start() -> Self {
        let exchange = tempfile::tempdir().unwrap();
        let near = Broker::start("near").await;
        let far = Broker::start("far").await;
        let brokers = Self { near, far, exchange };
        for (broker, other) in brokers.both() {
            broker.create_endpoint(&brokers.exchange, "STARTED").await;
            broker.run(&format!("CREATE LOGIN {other}_login WITH PASSWORD = 'Peer-Login#1'")).await;
            broker.run(&format!("CREATE USER {other}_user FOR LOGIN {other}_login")).await;
        }
        brokers.services().await;
        brokers
    }

    fn both(&self) -> [(&Broker, &'static str); 2] {
        [(&self.near, self.far.name), (&self.far, self.near.name)]
    }

    /// Both ends of the dialog: `//initiator` in the near server, `//target` in the far one.
    async fn services(&self) {
        for (broker, service, other, port) in [
            (&self.near, "//initiator", "//target", self.far.port),
            (&self.far, "//target", "//initiator", self.near.port),
        ] {
            broker.run("CREATE DATABASE d").await;
            for statement in [
                "CREATE MESSAGE TYPE m VALIDATION = NONE".to_owned(),
                "CREATE CONTRACT c (m SENT BY ANY)".to_owned(),
                "CREATE QUEUE q".to_owned(),
                format!("CREATE SERVICE [{service}] ON QUEUE q (c)"),
                format!("GRANT SEND ON SERVICE::[{service}] TO PUBLIC"),
                format!("CREATE ROUTE r WITH SERVICE_NAME = '{other}', ADDRESS = 'TCP://127.0.0.1:{port}'"),
            ] {
                broker.run_in("d", &statement).await;
            }
        }
    }

    /// Each server installs the other's certificate; the near one may connect to the far one and back.
    pub async fn trust(&self) {
        for (broker, other) in self.both() {
            broker.install_certificate(&self.exchange, other).await;
            broker.grant_connect(other).await;
        }
    }

    /// Sends from the initiator to the target.
    pub async fn send(&self, body: &str) {
        self.near
            .run_in(
                "d",
                &format!(
                    "DECLARE @h uniqueidentifier; \
                     BEGIN DIALOG @h FROM SERVICE [//initiator] TO SERVICE '//target' ON CONTRACT c \
                     WITH ENCRYPTION = OFF; \
                     SEND ON CONVERSATION @h MESSAGE TYPE m ({body});"
                ),
            )
            .await;
    }

    /// Length in bytes of the next message at the target; none within the time.
    pub async fn receive(&self, within: Duration) -> Option<i64> {
        let mut client = self.far.client("d").await;
        let text = format!(
            "WAITFOR (RECEIVE TOP (1) CAST(DATALENGTH(message_body) AS bigint) AS length FROM q), TIMEOUT {}",
            within.as_millis()
        );
        let row = client.simple_query(text).await.unwrap().into_row().await.unwrap()?;
        row.get(0)
    }

    /// Leads the near server's messages to another address.
    pub async fn route(&self, address: &str) {
        self.near.run_in("d", &format!("ALTER ROUTE r WITH ADDRESS = '{address}'")).await;
    }

    /// Waits until an undelivered message of the near server tells a reason with this text in it.
    pub async fn status(&self, expected: &str) {
        let mut client = self.near.client("d").await;
        let query = "SELECT transmission_status FROM sys.transmission_queue";
        let mut last = Vec::new();
        let found = eventually(async || {
            let rows = client.simple_query(query).await.unwrap().into_first_result().await.unwrap();
            last = rows.iter().map(|row| row.get::<&str, _>(0).unwrap_or_default().to_owned()).collect();
            last.iter().any(|status| status.contains(expected))
        })
        .await;
        assert!(found, "{expected:?} is in none of {last:?}");
    }

    pub async fn stop(mut self) {
        self.near.stop().await;
        self.far.stop().await;
    }
}

impl Broker {
    pub async fn start(name: &'static str) -> Self {
        Self { server: Some(TestServer::start().await), folder: None, port: free_port(), name }
    }

    /// Stops the server; [`Self::start_again`] brings it back.
    pub async fn stop(&mut self) {
        self.folder = Some(self.server.take().unwrap().stop().await);
    }

    pub async fn start_again(&mut self) {
        self.server = Some(TestServer::start_on(self.folder.take().unwrap()).await);
    }

    pub async fn client(&self, database: &str) -> Tiberius {
        let mut client = self.server.as_ref().unwrap().connect().await;
        run(&mut client, &format!("USE {database}")).await;
        client
    }

    /// Runs a batch in `master`.
    pub async fn run(&self, batch: &str) {
        self.run_in("master", batch).await;
    }

    pub async fn run_in(&self, database: &str, batch: &str) {
        run(&mut self.client(database).await, batch).await;
    }

    pub async fn create_endpoint(&self, exchange: &TempDir, state: &str) {
        let (name, port, folder) = (self.name, self.port, exchange.path().display());
        self.run("CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Master-Key#1'").await;
        self.run(&format!(
            "CREATE CERTIFICATE {name}_certificate WITH SUBJECT = '{name}', START_DATE = '20260101', \
             EXPIRY_DATE = '20361231'"
        ))
        .await;
        self.run(&format!("BACKUP CERTIFICATE {name}_certificate TO FILE = '{folder}/{name}.cer'")).await;
        self.run(&format!(
            "CREATE ENDPOINT e STATE = {state} AS TCP (LISTENER_PORT = {port}) \
             FOR SERVICE_BROKER (AUTHENTICATION = CERTIFICATE {name}_certificate)"
        ))
        .await;
    }

    pub async fn install_certificate(&self, exchange: &TempDir, other: &str) {
        let folder = exchange.path().display();
        self.run(&format!(
            "CREATE CERTIFICATE {other}_certificate AUTHORIZATION {other}_user FROM FILE = '{folder}/{other}.cer'"
        ))
        .await;
    }

    pub async fn grant_connect(&self, other: &str) {
        self.run(&format!("GRANT CONNECT ON ENDPOINT::e TO {other}_login")).await;
    }
}

async fn run(client: &mut Tiberius, batch: &str) {
    let outcome = match client.simple_query(batch).await {
        Ok(stream) => stream.into_results().await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        panic!("{batch}: {error}");
    }
}

/// Asks until the answer is yes; false after half a minute.
pub async fn eventually(mut ask: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if ask().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// A port that LISTENER_PORT takes, that nobody listens on, and that no other test of this process gets.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + (RandomState::new().hash_one(std::process::id()) % 5_000) as u16;
    let _ = NEXT.compare_exchange(0, start, Ordering::Relaxed, Ordering::Relaxed);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}
