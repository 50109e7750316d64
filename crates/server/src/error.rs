//! Why a server does not start or stops, and the exit codes of the program.

use std::path::Path;

use duologue_messages::{SqlError, sql_error};
use duologue_store::StoreError;

/// Exit codes of `duologue serve`.
pub mod exit_code {
    /// Stopped by SIGTERM or Ctrl-C, in good order.
    pub const OK: u8 = 0;
    /// Command line or configuration file are wrong.
    pub const USAGE: u8 = 1;
    /// The data directory cannot be used: in use, read-only, full, damaged, from a later version.
    pub const DATA_DIRECTORY: u8 = 2;
    /// The TDS address cannot be listened on.
    pub const LISTEN: u8 = 3;
    /// The store failed while the server ran. What was acknowledged is safe.
    pub const STORE: u8 = 4;
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(String),
    /// The data directory cannot be used.
    #[error("{}", .0.text)]
    DataDirectory(SqlError),
    /// The TDS address cannot be listened on.
    #[error("Cannot listen on {address}: {reason}.")]
    Listen {
        /// As configured.
        address: String,
        /// The operating system's words.
        reason: String,
    },
}

impl StartError {
    /// One of [`exit_code`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => exit_code::USAGE,
            Self::DataDirectory(_) => exit_code::DATA_DIRECTORY,
            Self::Listen { .. } => exit_code::LISTEN,
        }
    }

    /// 49907: what is wrong with the data directory, as the end of a sentence.
    pub(crate) fn data_directory(directory: &Path, what: impl std::fmt::Display) -> Self {
        Self::DataDirectory(sql_error!(49907, directory.display(), what))
    }

    /// The same for the store's own words.
    pub(crate) fn store(directory: &Path, error: &StoreError) -> Self {
        Self::data_directory(directory, format_args!("cannot be used: {error}"))
    }
}
