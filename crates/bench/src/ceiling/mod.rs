//! What this machine allows: a server that does nothing but log, and the disk and the ciphers alone.
//!
//! A frame to the log server is `u32` length of what follows, `u32` bytes of it to log, `u32` bytes of the answer,
//! padding; an answer is that many bytes. All little-endian.

mod crypto;
mod disk;
mod load;
mod log;
mod server;

pub(crate) use crypto::{CryptoFigure, figures as crypto_figures};
pub(crate) use disk::{DiskFigures, measure as disk_figures};
pub(crate) use load::Ceiling;
pub(crate) use server::{READY, run as run_server};

/// Bytes of a frame's fields.
const FRAME_BYTES: usize = 12;
/// Longest frame and answer.
const MAX_BYTES: usize = 64 << 20;
