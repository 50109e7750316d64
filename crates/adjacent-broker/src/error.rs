//! Errors of the connection.

use duologue_messages::SqlError;

/// The peer broke the protocol, or the two sides have nothing in common. The connection is closed and the
/// peer is told the same number and text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{text}")]
pub struct ProtocolError {
    /// Number in the message table.
    pub number: i32,
    /// The error's state, which tells places with one number apart.
    pub state: u8,
    /// Text in full.
    pub text: String,
}

impl From<SqlError> for ProtocolError {
    fn from(error: SqlError) -> Self {
        Self { number: error.number, state: error.state, text: error.text }
    }
}
