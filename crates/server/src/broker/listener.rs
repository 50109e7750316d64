//! The broker endpoint: listens as the catalog says, for as long as it says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use duologue_catalog::objects::{Endpoint, EndpointState};
use duologue_messages::sql_error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::drive::{Drive, Ended, Role};
use crate::clock;
use crate::log;
use crate::shared::Shared;

/// Peers that may be connected at a time.
const MAX_CONNECTIONS: usize = 4096;
/// After which a port that was in use is tried again.
const BIND_AGAIN: Duration = Duration::from_secs(5);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const TRANSPORT: &str = "Service Broker";

/// The endpoint's life, through all its changes.
pub(crate) async fn listen(shared: Arc<Shared>) {
    let mut changes = shared.endpoint_changes();
    let mut stopping = shared.stopping();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while !shared.is_stopping() {
        changes.mark_unchanged();
        let endpoint =
            shared.with_instance(|instance| instance.catalog().server.endpoints.iter().next().cloned());
        tokio::select! {
            () = serve(&shared, endpoint.as_deref(), &places) => {}
            _ = changes.changed() => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        if endpoint.is_some_and(|found| found.state == EndpointState::Started) {
            log::message(&sql_error!(9691, TRANSPORT));
        }
    }
}

/// Never ends by itself.
async fn serve(shared: &Arc<Shared>, endpoint: Option<&Endpoint>, places: &Arc<Semaphore>) {
    let Some(endpoint) = endpoint.filter(|found| found.state != EndpointState::Stopped) else {
        log::message(&sql_error!(9666, TRANSPORT));
        return std::future::pending().await;
    };
    let listener = bind(endpoint).await;
    log::message(&match endpoint.state {
        EndpointState::Started => sql_error!(9690, TRANSPORT),
        _ => sql_error!(9666, TRANSPORT),
    });
    loop {
        match listener.accept().await {
            // A disabled endpoint listens and refuses.
            Ok(_) if endpoint.state == EndpointState::Disabled => {}
            Ok((socket, remote)) => accept(shared, socket, remote, places),
            Err(error) => {
                tracing::warn!(%error, "a broker's connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Tries until the port is free; the first failure is told.
async fn bind(endpoint: &Endpoint) -> TcpListener {
    let mut is_told = false;
    loop {
        match bind_once(endpoint).await {
            Ok(listener) => return listener,
            Err(error) if !is_told => {
                log::message(&sql_error!(9692, TRANSPORT, endpoint.port));
                tracing::warn!(%error, port = endpoint.port, "the broker endpoint tries again");
                is_told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(BIND_AGAIN).await;
    }
}

async fn bind_once(endpoint: &Endpoint) -> std::io::Result<TcpListener> {
    if let Some(address) = &endpoint.ip {
        let address: IpAddr = address
            .trim_matches(['(', ')', '[', ']', '\''])
            .parse()
            .map_err(|_| std::io::Error::other(format!("'{address}' is not an address")))?;
        return TcpListener::bind((address, endpoint.port)).await;
    }
    let every = |address: IpAddr| TcpListener::bind(SocketAddr::new(address, endpoint.port));
    match every(Ipv6Addr::UNSPECIFIED.into()).await {
        Ok(listener) => Ok(listener),
        // A machine without IPv6.
        Err(_) => every(Ipv4Addr::UNSPECIFIED.into()).await,
    }
}

fn accept(shared: &Arc<Shared>, socket: TcpStream, remote: SocketAddr, places: &Arc<Semaphore>) {
    let Ok(place) = places.clone().try_acquire_owned() else {
        tracing::warn!(%remote, "a broker was turned away: too many connections");
        return;
    };
    let endpoint = shared.endpoint_changes();
    let drive = socket
        .set_nodelay(true)
        .map_err(|error| sql_error!(9754, error))
        .and_then(|()| shared.with_instance(|instance| instance.endpoint_identity(clock::now())))
        .and_then(|identity| Drive::new(shared.clone(), Role::Accepted, endpoint, identity, socket, remote));
    let client = format!("[CLIENT: {}]", remote.ip());
    match drive {
        Err(error) => log::message(&sql_error!(28047, TRANSPORT, error.text, client)),
        Ok(drive) => shared.spawn(async move {
            let Ended { reason, was_online } = drive.run().await;
            if was_online {
                tracing::debug!(number = reason.number, %remote, "{}", reason.text);
            } else {
                log::message(&sql_error!(28047, TRANSPORT, reason.text, client));
            }
            drop(place);
        }),
    }
}
