//! Accepts clients.

use std::sync::Arc;
use std::time::Duration;

use duologue_tds::{EncryptionPolicy, ServerVersion};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::connection;
use super::places::Places;
use super::slow_down::SlowDown;
use super::tls::TlsSettings;
use crate::config::Config;
use crate::error::StartError;
use crate::file_limit;
use crate::shared::Shared;

/// After an idle time a client's machine is asked whether it still exists: SQL Server's values.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(30);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(1);
/// Out of file descriptors: others have to close first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all connections of clients have in common.
pub(crate) struct Settings {
    pub(super) protocol: duologue_tds::connection::Settings,
    pub(super) tls: TlsSettings,
    pub(super) slow_down: SlowDown,
    /// Passwords that are verified at a time: each takes a core for a while.
    pub(super) password_checks: Semaphore,
    max_connections: usize,
}

impl Settings {
    pub(crate) fn new(shared: &Arc<Shared>, config: &Config, tls: TlsSettings) -> Arc<Self> {
        let server_name = shared.with_instance(|instance| instance.catalog().server.settings.name.clone());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Arc::new(Self {
            protocol: duologue_tds::connection::Settings {
                encryption: config.encryption,
                version: ServerVersion::default(),
                server_name: server_name.into(),
                max_request: config.max_request_bytes,
            },
            tls,
            slow_down: SlowDown::default(),
            password_checks: Semaphore::new(cores),
            max_connections: config.max_connections.min(file_limit::connections()),
        })
    }

    /// Whether clients have to encrypt everything.
    pub(super) fn requires_encryption(&self) -> bool {
        self.protocol.encryption == EncryptionPolicy::Required
    }
}

/// Listens on `host:port`.
pub(crate) async fn bind(address: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen { address: address.to_owned(), reason: error.to_string() })
}

/// The listener's life.
pub(crate) async fn listen(shared: Arc<Shared>, listener: TcpListener, settings: Arc<Settings>) {
    let mut stopping = shared.stopping();
    let places = Places::new(settings.max_connections);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a client's connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take().await else {
            let limit = settings.max_connections;
            tracing::warn!(%address, limit, "a client was turned away: too many connections");
            continue;
        };
        if let Err(error) = set_options(&socket) {
            tracing::debug!(%address, %error, "a connection broke before it was used");
            continue;
        }
        shared.spawn(connection::serve(shared.clone(), settings.clone(), place, socket, address));
    }
}

fn set_options(socket: &TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE_AFTER).with_interval(KEEP_ALIVE_INTERVAL);
    SockRef::from(socket).set_tcp_keepalive(&keep_alive)
}
