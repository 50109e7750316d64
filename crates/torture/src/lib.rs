//! The proof on real processes: servers that are killed, stopped, cut off, out of disk and crowded, under load.
//!
//! Each proof accounts for every message: what the server answered for is received exactly once and, within its
//! conversation, in order; what it did not answer for is there once or not at all.

// Its figures are quotients of counts: nothing here is near 2⁵³.
#![allow(clippy::cast_precision_loss)]

pub mod bad_flush;
mod chance;
mod client;
pub mod crowd;
pub mod full_disk;
mod load;
mod pair;
mod proxy;
mod server;
pub mod storm;

pub use load::Tally;
pub use server::Build;
