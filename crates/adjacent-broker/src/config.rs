//! What the owner of a connection decides beforehand.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use duologue_types::Guid;

use crate::negotiation::{Algorithm, AuthenticationMethod, Encryption, EncryptionOption, Offer};

/// Names a server instance; `peer_arbitration_id` of `sys.dm_broker_connections`. Not a database's broker
/// instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct InstanceId(pub Guid);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One side's settings of one connection.
#[derive(Clone, Debug)]
pub struct Config {
    /// This instance.
    pub instance_id: InstanceId,
    /// Random, fresh for each connection.
    pub nonce: u64,
    /// What the endpoint allows.
    pub offer: Offer,
    /// Where this instance listens for brokers: a hint that the peer may show or try.
    pub listening_port: Option<u16>,
    /// The certificate that the peer proved in TLS, as DER; handed through to [`crate::Peer`].
    pub peer_certificate: Bytes,
    /// From the first byte to being online, including the owner's decision.
    pub handshake_timeout: Duration,
    /// Without dialog traffic for so long the connection is closed (9760); `None`: never.
    pub idle_timeout: Option<Duration>,
    /// After so long without a byte from the peer it is asked whether it is there.
    pub keep_alive: Duration,
    /// After so long without a byte from the peer it counts as gone. Longer than `keep_alive`.
    pub dead_peer_timeout: Duration,
    /// Bytes that may wait in [`crate::Connection::take_output`] before sending is refused.
    pub max_output: usize,
}

impl Config {
    /// The defaults: certificate authentication, encryption required with AES, 90 s idle, 60 s until a silent
    /// peer counts as gone, 4 MiB of output.
    pub fn new(instance_id: InstanceId, nonce: u64, peer_certificate: Bytes) -> Self {
        let encryption = Encryption { option: EncryptionOption::Required, algorithms: vec![Algorithm::Aes] };
        Self {
            instance_id,
            nonce,
            offer: Offer {
                versions: 1..=1,
                authentication: vec![AuthenticationMethod::Certificate],
                encryption,
            },
            listening_port: None,
            peer_certificate,
            handshake_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(90)),
            keep_alive: Duration::from_secs(20),
            dead_peer_timeout: Duration::from_secs(60),
            max_output: 4 * 1024 * 1024,
        }
    }
}
