//! The counters of `sys.dm_broker_connections`.

use duologue_types::Timestamp;

/// What a connection has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Statistics {
    /// `connect_time`.
    pub connect_time: Timestamp,
    /// `login_time`: when it came online.
    pub login_time: Option<Timestamp>,
    /// `last_activity_time`: the last byte received or handed out, pings included.
    pub last_activity_time: Timestamp,
    /// `total_bytes_sent`.
    pub bytes_sent: u64,
    /// `total_bytes_received`.
    pub bytes_received: u64,
    /// `total_fragments_sent`: dialog envelopes.
    pub fragments_sent: u64,
    /// `total_fragments_received`.
    pub fragments_received: u64,
    /// `total_sends`: pieces of output handed out.
    pub sends: u64,
    /// `total_receives`: pieces of input taken.
    pub receives: u64,
}

impl Statistics {
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self {
            connect_time: now,
            login_time: None,
            last_activity_time: now,
            bytes_sent: 0,
            bytes_received: 0,
            fragments_sent: 0,
            fragments_received: 0,
            sends: 0,
            receives: 0,
        }
    }
}
