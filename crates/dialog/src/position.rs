//! A place in one direction of a conversation.

/// The fragment `fragment` of the message `sequence`, both counted from 0. As an acknowledgement it is
/// cumulative and exclusive: everything *before* it is durable at the receiver, so `Position::START`
/// acknowledges nothing and `{sequence: 3, fragment: 5}` acknowledges messages 0–2 and fragments 0–4 of
/// message 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// Message sequence number; at most `i64::MAX`, as `bigint` columns show it.
    pub sequence: u64,
    /// Fragment index inside that message.
    pub fragment: u32,
}

impl Position {
    /// The first fragment of the first message.
    pub const START: Self = Self { sequence: 0, fragment: 0 };

    /// The first fragment of message `sequence`.
    pub const fn message(sequence: u64) -> Self {
        Self { sequence, fragment: 0 }
    }

    /// The place after this one, given whether this is the message's last fragment.
    #[must_use]
    pub const fn after(self, last: bool) -> Self {
        if last {
            Self::message(self.sequence.saturating_add(1))
        } else {
            Self { sequence: self.sequence, fragment: self.fragment.saturating_add(1) }
        }
    }
}
