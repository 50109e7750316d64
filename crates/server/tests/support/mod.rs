//! Servers in this process, and clients for them.
#![allow(missing_docs, unreachable_pub, reason = "a module of tests")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails here fails as it should")]
#![allow(dead_code, reason = "every test binary uses its own part")]

pub mod brokers;
pub mod raw;

use std::path::{Path, PathBuf};

use duologue_server::{Config, EncryptionPolicy, Running, Server};
use duologue_tds::Secret;
use tempfile::TempDir;
use tiberius::{AuthMethod, Client, EncryptionLevel};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

pub const PASSWORD: &str = "Test-Password#1";

pub type Tiberius = Client<Compat<TcpStream>>;

/// A server on a folder that goes with it.
pub struct TestServer {
    pub running: Running,
    folder: TempDir,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        // RUST_LOG shows what the servers of a failing test do.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        let running = Server::start(config).await.unwrap();
        Self { running, folder }
    }

    pub fn port(&self) -> u16 {
        self.running.tds_address.port()
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A server on a folder of an earlier one.
    pub async fn start_on(folder: TempDir) -> Self {
        let running = Server::start(config(folder.path())).await.unwrap();
        Self { running, folder }
    }

    /// Stops it and keeps the folder.
    pub async fn stop(self) -> TempDir {
        self.running.shutdown().await;
        self.folder
    }

    /// Stops it and starts it again on the same folder.
    pub async fn restart(self) -> Self {
        Self::start_on(self.stop().await).await
    }

    pub async fn connect(&self) -> Tiberius {
        connect(self.port(), "sa", PASSWORD, EncryptionLevel::Required).await.unwrap()
    }
}

pub fn config(folder: &Path) -> Config {
    Config {
        data_directory: folder.to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        sa_password: Some(Secret::new(PASSWORD.to_owned())),
        encryption: EncryptionPolicy::Optional,
        ..Config::default()
    }
}

pub async fn connect(
    port: u16,
    user: &str,
    password: &str,
    encryption: EncryptionLevel,
) -> tiberius::Result<Tiberius> {
    let mut config = tiberius::Config::new();
    config.host("127.0.0.1");
    config.port(port);
    config.authentication(AuthMethod::sql_server(user, password));
    config.encryption(encryption);
    config.trust_cert();
    let socket = TcpStream::connect(config.get_addr()).await?;
    socket.set_nodelay(true)?;
    Client::connect(config, socket.compat_write()).await
}

/// The one number that a query gives.
pub async fn number(client: &mut Tiberius, query: &str) -> i32 {
    let row = client.simple_query(query).await.unwrap().into_row().await.unwrap().unwrap();
    row.get(0).unwrap()
}

/// The number of the error that a batch ends with; 0 without one.
pub async fn error_number(client: &mut Tiberius, batch: &str) -> u32 {
    let outcome = match client.simple_query(batch).await {
        Ok(stream) => stream.into_results().await.map(|_| ()),
        Err(error) => Err(error),
    };
    code(outcome)
}

pub fn code<T>(outcome: tiberius::Result<T>) -> u32 {
    match outcome {
        Ok(_) => 0,
        Err(error) => error.code().unwrap_or_else(|| panic!("not the server's error: {error:?}")),
    }
}
