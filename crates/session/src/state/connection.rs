//! What CONNECTIONPROPERTY and `sys.dm_exec_connections` tell about a session's connection.

use std::net::SocketAddr;

use duologue_types::{Guid, Timestamp};

/// A client's connection, as the listener knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `connection_id`.
    pub id: Guid,
    /// When it was accepted.
    pub connected: Timestamp,
    /// Where the client is; none inside the server.
    pub client: Option<SocketAddr>,
    /// Where it arrived; none inside the server.
    pub local: Option<SocketAddr>,
    /// Whether TLS is used for more than the login.
    pub encrypted: bool,
    /// TDS packet size in bytes.
    pub packet_size: i32,
    /// TDS version as LOGIN7 carries it.
    pub protocol_version: i32,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            id: Guid::ZERO,
            connected: Timestamp::NONE,
            client: None,
            local: None,
            encrypted: false,
            packet_size: 4096,
            protocol_version: 0x7400_0004,
        }
    }
}
