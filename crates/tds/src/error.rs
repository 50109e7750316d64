//! What can be wrong with a client's bytes, and with a value that is to be sent.

use duologue_messages::{SqlError, sql_error};
use duologue_types::SqlType;

/// The client's bytes are not TDS, or not what the connection's state allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A field runs past the end of its message.
    #[error("a field runs past the end of its message")]
    Truncated,
    /// A packet declares less than its header or more than a packet may have.
    #[error("a packet declares {0} bytes")]
    PacketLength(u16),
    /// The packet type does not exist.
    #[error("packet type 0x{0:02X} is unknown")]
    PacketType(u8),
    /// A packet of another type came before the message ended.
    #[error("a message of type 0x{begun:02X} goes on with a packet of type 0x{found:02X}")]
    MixedMessage {
        /// Type of the message's first packet.
        begun: u8,
        /// Type of the later packet.
        found: u8,
    },
    /// The message is longer than its kind may be.
    #[error("a message exceeds {0} bytes")]
    MessageTooLong(usize),
    /// The message is well-formed but cannot come in this state.
    #[error("packet type 0x{packet_type:02X} cannot come {state}")]
    Unexpected {
        /// The packet's type, or the stream's first byte.
        packet_type: u8,
        /// The state, as the end of a sentence.
        state: &'static str,
    },
    /// A structure contradicts its layout.
    #[error("{0}")]
    Malformed(&'static str),
    /// A parameter has a data type that does not exist.
    #[error("data type 0x{0:02X} is unknown")]
    UnknownType(u8),
    /// The same, of a parameter that is known by now.
    #[error("parameter {ordinal} (\"{name}\") has the unknown data type 0x{kind:02X}")]
    UnknownParameterType {
        /// Position in its call, from 1.
        ordinal: usize,
        /// Its name; mostly with `@`.
        name: String,
        /// The type token.
        kind: u8,
    },
    /// A LOGIN7 contradicts its layout.
    #[error("the login packet is invalid: {0}")]
    Login(Box<ProtocolError>),
    /// Something of TDS that this server does not have.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// A request has more parameters than 2100.
    #[error("a request may have {0} parameters")]
    TooManyParameters(usize),
    /// Encryption is required and the client began to log in without it.
    #[error("encryption is required and the client does not offer it")]
    EncryptionRequired,
    /// The connection was closed by an earlier error or refusal.
    #[error("the connection is closed")]
    Closed,
}

impl ProtocolError {
    /// The error as a client reads it.
    pub fn to_sql_error(&self) -> SqlError {
        let mut error = match self {
            Self::TooManyParameters(limit) => return sql_error!(8003, limit),
            Self::UnknownParameterType { ordinal, name, kind } => {
                return sql_error!(8009, ordinal, name, kind);
            }
            Self::Unsupported(what) => return sql_error!(49901, what),
            Self::EncryptionRequired => return sql_error!(17835, ""),
            Self::Login(_) => sql_error!(17832, ""),
            _ => sql_error!(4002),
        };
        // SQL Server's text says which stream is wrong; only the reason tells what to repair.
        error.text = format!("{} ({self}.)", error.text);
        error
    }
}

/// A value that does not fit the column or parameter it is sent as: a fault of the caller, not of the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The value's family is not the type's.
    #[error("a value does not have the type {0:?}")]
    Mismatch(SqlType),
    /// The family is right and the value is outside the type's range or length.
    #[error("a value is outside the range of {0:?}")]
    OutOfRange(SqlType),
    /// A row has another number of values than the last metadata has columns.
    #[error("a row has {values} values for {columns} columns")]
    RowWidth {
        /// Columns of the last metadata; 0 without one.
        columns: usize,
        /// Values of the row.
        values: usize,
    },
}
