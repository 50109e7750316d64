//! The adjacent broker protocol: one connection between two instances, without I/O.
//!
//! TLS 1.3 with both certificates runs outside; this crate sees the bytes inside it and the peer's
//! certificate. A [`Connection`] is fed with [`Connection::receive`] and [`Connection::handle_timeout`] and
//! then drained: [`Connection::poll_event`], [`Connection::take_output`], [`Connection::poll_timeout`]. It
//! asks its owner to authorise the peer ([`Event::PeerHello`]) and carries dialog envelopes, and the reasons
//! why some were refused, in both directions. Frames are byte tables in `docs/formats/adjacent-broker.md`.

mod arbitration;
mod config;
mod connection;
mod error;
mod event;
mod frame;
pub mod fuzzing;
mod handshake;
mod negotiation;
mod state;
mod statistics;

pub use arbitration::{ConnectionKey, Verdict, arbitrate};
pub use config::{Config, InstanceId};
pub use connection::Connection;
pub use error::ProtocolError;
pub use event::{Closed, Event, SendError};
pub use frame::{DialogReject, MAX_FRAME_LENGTH, MAX_HANDSHAKE_FRAME_LENGTH, MAX_TEXT_LENGTH};
pub use handshake::Peer;
pub use negotiation::{
    Algorithm, AuthenticationMethod, Encryption, EncryptionOption, Negotiated, Offer, negotiate,
};
pub use state::{ConnectionState, LoginState};
pub use statistics::Statistics;
