//! Links: the connections that this broker opens, one for each address, and opens again when they break.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duologue_messages::{SqlError, sql_error};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::drive::{Drive, Ended, Role};
use crate::clock;
use crate::shared::Shared;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(32);
/// For each address that a name stands for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Names that were looked up for nothing: the system's resolver may take minutes.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(15);

/// Reaches the task of one link.
#[derive(Default)]
pub(super) struct LinkSignal {
    pump: Notify,
    retry: Notify,
    /// The link worked since it was last asked.
    was_online: AtomicBool,
    /// Something has become due since the task last looked.
    is_pumped: AtomicBool,
}

impl LinkSignal {
    /// Waits until something becomes due.
    pub(super) async fn pumped(&self) {
        self.pump.notified().await;
    }

    /// The link works.
    pub(super) fn online(&self) {
        self.was_online.store(true, Ordering::Release);
    }
}

/// All links.
#[derive(Default)]
pub(crate) struct Links {
    by_address: Mutex<HashMap<Arc<str>, Arc<LinkSignal>>>,
}

impl Links {
    /// Something is due for the address: opens the link if need be.
    pub(crate) fn pump(&self, shared: &Arc<Shared>, address: Arc<str>) {
        if shared.is_stopping() {
            return;
        }
        let mut by_address = self.lock();
        if let Some(signal) = by_address.get(&address) {
            signal.is_pumped.store(true, Ordering::Release);
            signal.pump.notify_one();
            return;
        }
        let signal = Arc::new(LinkSignal::default());
        by_address.insert(address.clone(), signal.clone());
        shared.spawn(run(shared.clone(), address, signal));
    }

    /// Has links that pause after a failure try again now.
    pub(super) fn retry_all(&self) {
        self.lock().values().for_each(|signal| signal.retry.notify_waiters());
    }

    /// Forgets a link that has nothing to do, unless it was pumped meanwhile.
    fn forget(&self, address: &str, signal: &LinkSignal) -> bool {
        let mut by_address = self.lock();
        let is_idle = !signal.is_pumped.load(Ordering::Acquire);
        if is_idle {
            by_address.remove(address);
        }
        is_idle
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<LinkSignal>>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A link's life: from the first message for its address until nothing is due for it.
async fn run(shared: Arc<Shared>, address: Arc<str>, signal: Arc<LinkSignal>) {
    let mut stopping = shared.stopping();
    let mut pause = FIRST_PAUSE;
    while !shared.is_stopping() {
        signal.is_pumped.store(false, Ordering::Release);
        if !shared.with_instance(|instance| instance.links().has_due(&address)) {
            if shared.links.forget(&address, &signal) {
                return;
            }
            continue;
        }
        let Err(failure) = use_link(&shared, &address, &signal).await else { continue };
        if shared.is_stopping() {
            return;
        }
        tracing::info!(number = failure.number, %address, "{}", failure.text);
        shared.with_instance(|instance| instance.link_failed(&address, &failure, clock::now()));
        if signal.was_online.swap(false, Ordering::AcqRel) {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = signal.retry.notified() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens the link and uses it until it ends; an idle one ends well.
async fn use_link(
    shared: &Arc<Shared>,
    address: &Arc<str>,
    signal: &Arc<LinkSignal>,
) -> Result<(), SqlError> {
    let endpoint = shared.endpoint_changes();
    let identity = shared.with_instance(|instance| instance.endpoint_identity(clock::now()))?;
    let (socket, remote) = connect(shared, address).await?;
    let role = Role::Opened { address: address.clone(), signal: signal.clone() };
    let Ended { reason, was_online } =
        Drive::new(shared.clone(), role, endpoint, identity, socket, remote)?.run().await;
    let is_idle = was_online && reason.number == IDLE;
    if is_idle { Ok(()) } else { Err(reason) }
}

/// The connection was idle for long enough to be closed.
const IDLE: i32 = 9760;

async fn connect(shared: &Shared, address: &str) -> Result<(TcpStream, SocketAddr), SqlError> {
    let mut stopping = shared.stopping();
    tokio::select! {
        connected = look_up_and_connect(address) => connected,
        _ = stopping.wait_for(|stop| *stop) => Err(sql_error!(9781)),
    }
}

async fn look_up_and_connect(address: &str) -> Result<(TcpStream, SocketAddr), SqlError> {
    let found = match timeout(LOOKUP_TIMEOUT, lookup_host(address)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(sql_error!(9783, error)),
        Err(_) => return Err(sql_error!(9783, "the name service did not answer")),
    };
    let mut failure = sql_error!(9783, format!("'{address}' has no address"));
    for remote in found {
        let problem = match timeout(CONNECT_TIMEOUT, TcpStream::connect(remote)).await {
            Ok(Ok(socket)) => match socket.set_nodelay(true) {
                Ok(()) => return Ok((socket, remote)),
                Err(error) => error.to_string(),
            },
            Ok(Err(error)) => error.to_string(),
            Err(_) => "there was no answer".to_owned(),
        };
        failure = sql_error!(9754, format!("{remote}: {problem}"));
    }
    Err(failure)
}
