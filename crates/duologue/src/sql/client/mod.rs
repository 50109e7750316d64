//! A TDS client: as much as running batches and showing everything that comes back needs.

mod connection;
mod handshake;
mod reply;
#[cfg(test)]
mod tests;
mod trust;
mod wire;

pub(super) use connection::{Client, LoginError, Target};
pub(super) use reply::{Event, Message};
