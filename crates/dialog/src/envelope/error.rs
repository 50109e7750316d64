//! Why an envelope is refused.

use std::fmt::Display;

use duologue_messages::SqlError;
use duologue_types::ConversationId;

use crate::envelope::Envelope;

/// An envelope that must be dropped: it breaks a field rule or contradicts what the endpoint knows. The
/// number and text are those of the message table; they travel back to the peer and stand in the transmission
/// status there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{text}")]
pub struct EnvelopeError {
    /// Number in the message table.
    pub number: i32,
    /// Text in full.
    pub text: String,
}

impl From<SqlError> for EnvelopeError {
    fn from(error: SqlError) -> Self {
        Self { number: error.number, text: error.text }
    }
}

/// The place of a message, with which the texts of most of its errors end.
pub(super) struct Place {
    pub(super) conversation_id: ConversationId,
    pub(super) from_initiator: bool,
    pub(super) sequence: u64,
}

impl Place {
    pub(super) fn of(envelope: &Envelope) -> Self {
        Self {
            conversation_id: envelope.conversation_id,
            from_initiator: envelope.from_initiator,
            sequence: envelope.sequence,
        }
    }

    /// The error `number` whose placeholders are `arguments` and then the place.
    pub(super) fn error(&self, number: i32, arguments: &[&dyn Display]) -> EnvelopeError {
        let initiator = u8::from(self.from_initiator);
        let place: [&dyn Display; 3] = [&self.conversation_id, &initiator, &self.sequence];
        SqlError::new(number, &[arguments, &place].concat()).into()
    }
}
