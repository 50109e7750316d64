//! What the outside must do after a call: the broker itself has no sockets, threads or clock.

use std::sync::Arc;

use duologue_types::SessionId;

/// One thing to do. Actions are collected by [`crate::Instance::take_actions`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Let this session's statement go on: what it waits for may have come.
    Wake(SessionId),
    /// There are batches to commit.
    Flush,
    /// There is something to send to this address (`host:port`): connect if need be, then collect it.
    Pump(Arc<str>),
    /// The broker endpoint was created, altered or dropped: listen as the catalog says.
    ListenerChanged,
    /// Write to the server's log.
    Log(LogEntry),
    /// End this session: its database was dropped, or KILL.
    EndSession(SessionId),
}

/// A line for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogEntry {
    /// Message number.
    pub number: i32,
    /// 10 informational, above that a warning or an error.
    pub severity: u8,
    /// The text.
    pub text: String,
}
