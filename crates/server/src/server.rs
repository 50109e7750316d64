//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use duologue_tds::Secret;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::data_directory::{self, Opened};
use crate::error::StartError;
use crate::files::ServerFiles;
use crate::shared::Shared;
use crate::{broker, commit, tds, timers};

/// Starts servers.
pub struct Server;

/// A server that accepts connections.
pub struct Running {
    /// Where clients connect.
    pub tds_address: SocketAddr,
    /// The password of `sa`, if the instance is new and nobody chose one. It is not kept anywhere.
    pub generated_sa_password: Option<Secret>,
    shared: Arc<Shared>,
    commit_thread: JoinHandle<()>,
}

impl Server {
    /// Opens the data directory, brings the instance up and listens. To be called inside a multi-threaded tokio
    /// runtime with I/O and time.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let config = Arc::new(config);
        let listener = tds::bind(&config.listen).await?;
        let (opened, tls) = prepare(config.clone()).await?;
        let Opened { instance, generated_sa_password } = opened;
        let first_batch = instance.last_submitted();
        let shared = Shared::new(instance, ServerFiles::new(&config.data_directory));
        let commit_thread = {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name("commit".into());
            thread.spawn(move || commit::run(&shared)).map_err(|error| {
                StartError::Config(format!("The commit thread cannot be started: {error}."))
            })?
        };
        let tds_address = local_address(&listener, &config.listen)?;
        let running = Running { tds_address, generated_sa_password, shared, commit_thread };
        // What a start changes, and all of a new instance, is durable before anybody sees it.
        running.shared.with_instance(|_| ());
        if let Err(reason) = running.await_durable(first_batch).await {
            running.shutdown().await;
            return Err(StartError::data_directory(
                &config.data_directory,
                format_args!("cannot be used: {reason}"),
            ));
        }
        let shared = &running.shared;
        shared.spawn(timers::run(shared.clone()));
        shared.spawn(broker::listen(shared.clone()));
        shared.spawn(tds::listen(shared.clone(), listener, tds::Settings::new(shared, &config, tls)));
        Ok(running)
    }
}

impl Running {
    /// Waits until the server can go on no longer, and tells why.
    pub async fn failed(&self) -> String {
        let mut stopping = self.shared.stopping();
        loop {
            if let Some(failure) = self.shared.failure() {
                return failure.to_owned();
            }
            if stopping.changed().await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// Ends all connections, makes everything durable and gives the data directory back.
    pub async fn shutdown(self) {
        self.shared.stop_tasks().await;
        self.shared.commits.notify();
        self.shared.commits.close();
        let ended = tokio::task::spawn_blocking(move || self.commit_thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the commit thread ended by a panic");
        }
    }

    async fn await_durable(&self, sequence: duologue_store::CommitSequence) -> Result<(), String> {
        tokio::select! {
            () = self.shared.durable.reached(sequence) => Ok(()),
            reason = self.failed() => Err(reason),
        }
    }
}

/// What blocks: verifying the store, hashing a password, making a certificate.
async fn prepare(config: Arc<Config>) -> Result<(Opened, tds::TlsSettings), StartError> {
    let work = move || {
        let opened = data_directory::open(&config)?;
        let tls = tds::TlsSettings::load(&config)?;
        Ok((opened, tls))
    };
    let prepared = tokio::task::spawn_blocking(work).await;
    prepared.unwrap_or_else(|panic| Err(StartError::Config(format!("The server cannot start: {panic}."))))
}

fn local_address(listener: &TcpListener, configured: &str) -> Result<SocketAddr, StartError> {
    listener
        .local_addr()
        .map_err(|error| StartError::Listen { address: configured.to_owned(), reason: error.to_string() })
}
