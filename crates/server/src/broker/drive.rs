//! One connection between two brokers, whoever opened it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use duologue_adjacent_broker::{
    Config, Connection, DialogReject, EncryptionOption, Event, InstanceId, SendError,
};
use duologue_broker::{EndpointIdentity, Rejection};
use duologue_catalog::objects::EndpointEncryption;
use duologue_keys::random_guid;
use duologue_messages::{SqlError, sql_error};
use duologue_types::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::link::LinkSignal;
use super::table::Facts;
use super::tls;
use crate::clock;
use crate::log;
use crate::random::{OsRandom, random_u64};
use crate::shared::Shared;
use crate::transport::{Framing, Received, Transport};

/// From TCP to TLS.
const TLS_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that are taken from the instance at a time.
const COLLECT: usize = 512 * 1024;
/// While more than this waits for the socket, nothing is taken from the instance.
const ENOUGH: usize = 256 * 1024;
/// How old the counters in the view may be.
const ROW_AGE: Duration = Duration::from_secs(1);
/// For the reason that a peer is told before the connection ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
const TRANSPORT: &str = "Service Broker";

/// Which side opened the connection.
pub(super) enum Role {
    /// The peer: it sends.
    Accepted,
    /// This side, to send what is due for this address.
    Opened { address: Arc<str>, signal: Arc<LinkSignal> },
}

/// Why a connection ended.
pub(super) struct Ended {
    pub(super) reason: SqlError,
    /// Messages could travel.
    pub(super) was_online: bool,
}

/// A connection and what it needs.
pub(super) struct Drive {
    shared: Arc<Shared>,
    role: Role,
    identity: EndpointIdentity,
    remote: SocketAddr,
    transport: Transport,
    /// None until TLS stands.
    connection: Option<Connection>,
    /// Whoever alters the endpoint ends its connections.
    endpoint: watch::Receiver<u64>,
    facts: Facts,
    /// The row in the view is older than the connection.
    row_changed: bool,
    row_at: Timestamp,
    ended: Option<Ended>,
}

impl Drive {
    /// Begins TLS on a connection that has just been made. `endpoint` has been watched for longer than `identity`
    /// is known.
    pub(super) fn new(
        shared: Arc<Shared>,
        role: Role,
        endpoint: watch::Receiver<u64>,
        identity: EndpointIdentity,
        socket: TcpStream,
        remote: SocketAddr,
    ) -> Result<Self, SqlError> {
        let is_accept = matches!(role, Role::Accepted);
        let session = if is_accept { tls::accept(&identity) } else { tls::connect(&identity) }?;
        let mut transport = Transport::new(socket);
        transport.start_tls(session, Framing::Bare);
        let now = clock::now();
        let facts = Facts { id: random_guid(&mut OsRandom), is_accept, connected: now, peer: None };
        Ok(Self {
            shared,
            role,
            identity,
            remote,
            transport,
            connection: None,
            endpoint,
            facts,
            row_changed: true,
            row_at: Timestamp(0),
            ended: None,
        })
    }

    /// Carries bytes until the connection ends.
    pub(super) async fn run(mut self) -> Ended {
        let mut stopping = self.shared.stopping();
        let mut congested = self.shared.congested();
        let ended = loop {
            if let Err(error) = self.work() {
                self.broken(&error.to_string());
            }
            if let Some(ended) = self.ended.take() {
                break ended;
            }
            let wants_input = self.wants_input(*congested.borrow_and_update());
            tokio::select! {
                ready = self.transport.ready(wants_input) => self.socket_ready(ready),
                () = pumped(&self.role) => {}
                () = clock::sleep_until(self.due()) => self.timeout(),
                _ = congested.changed(), if !wants_input => {}
                _ = self.endpoint.changed() => self.close(sql_error!(9666, TRANSPORT)),
                _ = stopping.wait_for(|stop| *stop) => self.close(sql_error!(9781)),
            }
        };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, self.transport.finish()).await;
        let id = self.facts.id;
        self.shared.with_instance(|instance| instance.remove_connection(id));
        ended
    }

    /// While the store cannot keep up, the peer has to wait.
    fn wants_input(&self, is_congested: bool) -> bool {
        self.connection.as_ref().is_none_or(|connection| connection.wants_input() && !is_congested)
    }

    fn due(&self) -> Option<Timestamp> {
        let row_at = self.row_changed.then(|| self.row_at + ROW_AGE);
        let timeout = match &self.connection {
            Some(connection) => connection.poll_timeout(),
            None => Some(self.facts.connected + TLS_TIMEOUT),
        };
        row_at.into_iter().chain(timeout).min()
    }

    fn timeout(&mut self) {
        let now = clock::now();
        match &mut self.connection {
            Some(connection) => connection.handle_timeout(now),
            None if now >= self.facts.connected + TLS_TIMEOUT => {
                self.broken("TLS was not established in time");
            }
            None => {}
        }
    }

    fn close(&mut self, reason: SqlError) {
        match &mut self.connection {
            Some(connection) => connection.close(reason),
            None => self.ended = Some(Ended { reason, was_online: false }),
        }
    }

    fn socket_ready(&mut self, ready: io::Result<tokio::io::Ready>) {
        let outcome = match ready {
            Ok(ready) if ready.is_readable() => self.read(),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            self.broken(&error.to_string());
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut plain = Vec::new();
        let received = self.transport.read(&mut plain)?;
        let now = clock::now();
        if self.connection.is_none() && !self.transport.is_handshaking() {
            self.connection = Some(self.begin(now)?);
            self.row_changed = true;
        }
        if let Some(connection) = &mut self.connection
            && let Err(error) = connection.receive(now, &plain)
        {
            tracing::warn!(number = error.number, remote = %self.remote, "{}", error.text);
        }
        if received == Received::Closed {
            self.broken("the connection was closed");
        }
        Ok(())
    }

    /// TLS stands: who is there?
    fn begin(&self, now: Timestamp) -> io::Result<Connection> {
        let certificate =
            self.transport.peer_certificate().ok_or_else(|| io::Error::other("no certificate"))?;
        let instance_id = InstanceId(self.identity.instance_id);
        let mut config = Config::new(instance_id, random_u64(), Bytes::copy_from_slice(certificate));
        config.listening_port = Some(self.identity.endpoint.port);
        config.offer.encryption.option = match self.identity.endpoint.encryption {
            EndpointEncryption::Disabled => EncryptionOption::Disabled,
            EndpointEncryption::Supported => EncryptionOption::Supported,
            EndpointEncryption::Required => EncryptionOption::Required,
        };
        Ok(match self.role {
            Role::Accepted => Connection::accept(config, now),
            Role::Opened { .. } => Connection::connect(config, now),
        })
    }

    /// The transport failed. What it had brought before counts, above all the peer's reason.
    fn broken(&mut self, detail: &str) {
        match &mut self.connection {
            Some(connection) => connection.transport_closed(detail),
            None => {
                let detail = format!("TLS with {}: {detail}", self.remote);
                self.ended = Some(Ended { reason: sql_error!(9754, detail), was_online: false });
            }
        }
        // An error while closing: there is nobody to tell.
        if self.ended.is_none() && self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.handle_events();
        }
    }

    /// Everything that can be done without waiting.
    fn work(&mut self) -> io::Result<()> {
        self.handle_events();
        self.send_due();
        let now = clock::now();
        if let Some(connection) = &mut self.connection
            && (connection.is_closed() || self.transport.pending() < ENOUGH)
            && let Some(output) = connection.take_output(now)
        {
            self.transport.send(&output)?;
            self.row_changed = true;
        }
        self.update_row(now);
        self.transport.write()
    }

    fn handle_events(&mut self) {
        let mut envelopes = Vec::new();
        while let Some(event) = self.connection.as_mut().and_then(Connection::poll_event) {
            (self.row_changed, self.row_at) = (true, Timestamp(0));
            match event {
                Event::PeerHello(peer) => self.authorise(&peer.certificate),
                Event::Online(_) => self.online(),
                Event::Dialog(envelope) => envelopes.push(envelope),
                Event::DialogReject(reject) => self.rejected(reject),
                Event::Closed(closed) => {
                    let mut reason = SqlError::new(closed.number, &[]);
                    reason.text = closed.text;
                    self.ended = Some(Ended { reason, was_online: closed.was_online });
                }
            }
        }
        if !envelopes.is_empty() {
            self.arrived(&envelopes);
        }
    }

    fn authorise(&mut self, certificate: &[u8]) {
        let now = clock::now();
        let decision = self.shared.with_instance(|instance| instance.authorise_peer(certificate, now));
        let decision = decision.map(|peer| self.facts.peer = Some(peer));
        if let Some(connection) = &mut self.connection {
            connection.authorise(now, decision);
        }
    }

    fn online(&mut self) {
        let name = self.facts.peer.as_ref().map_or("", |peer| peer.login_name.as_str());
        let client = format!("[CLIENT: {}]", self.remote.ip());
        log::message(&sql_error!(28046, TRANSPORT, name, "CERTIFICATE", client));
        match &self.role {
            Role::Opened { address, signal } => {
                self.shared.with_instance(|instance| instance.link_online(address));
                signal.online();
            }
            // Whoever came back can perhaps be reached again too.
            Role::Accepted => self.shared.links.retry_all(),
        }
    }

    /// Hands messages to the instance, all under one lock, and their refusals back.
    fn arrived(&mut self, envelopes: &[Bytes]) {
        let now = clock::now();
        let rejections: Vec<Rejection> =
            self.shared.with_instance(|instance| instance.arrive_all(envelopes, now));
        let Some(connection) = &mut self.connection else { return };
        for rejection in rejections {
            let reject = DialogReject {
                conversation_id: rejection.conversation,
                to_initiator: rejection.from_initiator,
                sequence: rejection.sequence,
                number: rejection.reason.number,
                text: rejection.reason.text,
            };
            // Without room the peer does not learn the reason now; it sends the message again.
            let _ = connection.send_reject(now, reject);
        }
    }

    fn rejected(&self, reject: DialogReject) {
        // Messages go only on connections that this broker opened.
        let Role::Opened { address, .. } = &self.role else { return };
        let mut reason = SqlError::new(reject.number, &[]);
        reason.text = reject.text;
        let rejection = Rejection {
            conversation: reject.conversation_id,
            from_initiator: reject.to_initiator,
            sequence: reject.sequence,
            reason,
        };
        self.shared.with_instance(|instance| instance.rejected(address, &rejection));
    }

    /// Takes from the instance what is due for the address, while the socket keeps up.
    fn send_due(&mut self) {
        let (Role::Opened { address, .. }, Some(connection)) = (&self.role, &mut self.connection) else {
            return;
        };
        if !connection.is_online() || connection.output_len() + self.transport.pending() >= ENOUGH {
            return;
        }
        let now = clock::now();
        let envelopes = self.shared.with_instance(|instance| match instance.links().has_due(address) {
            true => instance.collect_outgoing(address, COLLECT, now),
            false => Vec::new(),
        });
        for envelope in envelopes {
            match connection.send_dialog(now, envelope) {
                Ok(()) => {}
                Err(SendError::Full | SendError::NotOnline) => break,
                Err(error @ SendError::Unsendable) => tracing::error!(%error, "a message was not sent"),
            }
        }
    }

    fn update_row(&mut self, now: Timestamp) {
        if self.row_changed && now >= self.row_at + ROW_AGE {
            let row = self.facts.row(self.connection.as_ref());
            self.shared.with_instance(|instance| instance.update_connection(row));
            (self.row_changed, self.row_at) = (false, now);
        }
    }
}

async fn pumped(role: &Role) {
    match role {
        Role::Opened { signal, .. } => signal.pumped().await,
        Role::Accepted => std::future::pending().await,
    }
}
