//! The outside of a server: the only crate with sockets, a clock and threads.
//!
//! [`Server::start`] opens a data directory, brings the instance up and serves clients and adjacent brokers until
//! [`Running::shutdown`]. What happens inside is decided by the instance, behind one lock; the tasks here carry bytes
//! to it and do what its actions say. The README of this folder tells which task does what.

mod broker;
mod clock;
mod commit;
mod config;
mod data_directory;
mod durable;
mod engine;
mod error;
mod file_limit;
mod files;
mod host_name;
mod log;
mod random;
mod server;
mod sessions;
mod shared;
mod tds;
mod timers;
mod transport;

pub use config::{CertificateFiles, Config, LogFormat};
pub use duologue_tds::{EncryptionPolicy, Secret};
pub use engine::StoreEngine;
pub use error::{StartError, exit_code};
pub use server::{Running, Server};
