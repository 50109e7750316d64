//! A connection's row in `sys.dm_broker_connections`.

use duologue_adjacent_broker::{AuthenticationMethod, Connection, ConnectionState};
use duologue_broker::{BrokerConnection, PeerIdentity};
use duologue_types::{Guid, Timestamp};

/// What the row shows besides what the connection knows.
pub(super) struct Facts {
    pub(super) id: Guid,
    pub(super) is_accept: bool,
    pub(super) connected: Timestamp,
    pub(super) peer: Option<PeerIdentity>,
}

impl Facts {
    /// The row as it is now; without a connection, TLS is being established.
    pub(super) fn row(&self, connection: Option<&Connection>) -> BrokerConnection {
        let state = connection.map_or(ConnectionState::Connecting, Connection::state);
        let mut row = BrokerConnection {
            connection_id: self.id,
            transport_stream_id: self.id,
            state: state.code().into(),
            state_desc: state.description().into(),
            connect_time: Some(self.connected),
            is_accept: self.is_accept,
            receives_posted: 1,
            ..BrokerConnection::default()
        };
        if let Some(peer) = &self.peer {
            row.principal_name.clone_from(&peer.login_name);
            row.peer_certificate_id = peer.certificate.map_or(0, |id| id.0);
        }
        if let Some(connection) = connection {
            describe(&mut row, connection);
        }
        row
    }
}

fn describe(row: &mut BrokerConnection, connection: &Connection) {
    let login_state = connection.login_state();
    row.login_state = login_state.code().into();
    row.login_state_desc = login_state.description().into();
    let statistics = connection.statistics();
    row.login_time = statistics.login_time;
    row.last_activity_time = Some(statistics.last_activity_time);
    row.total_bytes_sent = signed(statistics.bytes_sent);
    row.total_bytes_received = signed(statistics.bytes_received);
    row.total_fragments_sent = signed(statistics.fragments_sent);
    row.total_fragments_received = signed(statistics.fragments_received);
    row.total_sends = signed(statistics.sends);
    row.total_receives = signed(statistics.receives);
    if let Some(peer) = connection.peer() {
        row.peer_arbitration_id = peer.instance_id.0;
        let encryption = peer.negotiated.encryption;
        row.encryption_algorithm = encryption.map_or(0, |algorithm| algorithm.code().into());
        row.encryption_algorithm_desc = encryption.map_or("NONE", |algorithm| algorithm.description()).into();
        if peer.negotiated.authentication == AuthenticationMethod::Certificate {
            // What SQL Server shows for certificates.
            row.authentication_method = "Microsoft Unified Security Protocol Provider".into();
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
