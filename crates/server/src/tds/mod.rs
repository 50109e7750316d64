//! Clients: one task for each connection, which carries bytes between its socket, the protocol's state machine and
//! its session.

mod connection;
mod listener;
mod login;
mod output;
mod places;
mod request;
mod run;
mod slow_down;
mod tls;

pub(crate) use listener::{Settings, bind, listen};
pub(crate) use tls::TlsSettings;
