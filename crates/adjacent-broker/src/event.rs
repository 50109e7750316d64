//! What a connection reports.

use bytes::Bytes;

use crate::frame::DialogReject;
use crate::handshake::Peer;

/// What an event costs beside its bytes.
pub(crate) const EVENT_COST: usize = 128;

/// What the owner has to know or do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Decide whether this peer may connect, and call [`crate::Connection::authorise`].
    PeerHello(Peer),
    /// Both sides authorised each other: dialog envelopes may travel. Whatever was under way before is to be sent
    /// again.
    Online(Peer),
    /// An encoded envelope.
    Dialog(Bytes),
    /// The peer refused one of our envelopes.
    DialogReject(DialogReject),
    /// Over: hand out what [`crate::Connection::take_output`] still has, then close the transport. The last event.
    Closed(Closed),
}

/// Why a connection is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// Number in the message table.
    pub number: i32,
    /// Text in full.
    pub text: String,
    /// The peer gave this reason; otherwise this side did, or the transport failed.
    pub by_peer: bool,
    /// Whether the handshake had succeeded.
    pub was_online: bool,
}

/// Nothing was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// `max_output` bytes wait already: try again after [`crate::Connection::take_output`].
    #[error("the connection's output is full")]
    Full,
    /// The connection is not online (yet, or any more).
    #[error("the connection is not online")]
    NotOnline,
    /// Empty, or longer than a frame may be.
    #[error("an envelope of this length cannot travel")]
    Unsendable,
}

impl Event {
    pub(crate) fn cost(&self) -> usize {
        EVENT_COST
            + match self {
                Self::Dialog(envelope) => envelope.len(),
                Self::DialogReject(reject) => reject.text.len(),
                _ => 0,
            }
    }
}
