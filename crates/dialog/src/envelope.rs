//! The dialog message that travels between brokers, one fragment at a time.

mod check;
mod codec;
mod error;

pub use error::EnvelopeError;

use std::sync::Arc;

use bytes::Bytes;
use duologue_messages::sql_error;
use duologue_types::{BrokerInstance, ConversationId, SessionKeyId};

use crate::fragment::Fragment;
use crate::position::Position;

/// The longest encoded envelope, in bytes.
pub const MAX_ENVELOPE_LENGTH: usize = 1024 * 1024 - 1024;
/// The longest service, contract or message type name, in UTF-16 code units: `nvarchar(256)`.
pub const MAX_NAME_CHARACTERS: usize = 256;
/// The longest dialog security header, in bytes: one of suite 1 with the longest issuer names has 9,452.
pub const MAX_SECURITY_HEADER_LENGTH: usize = 10 * 1024;
/// Bytes of the salt of a sealed body: the nonce of AES-GCM.
pub const SALT_LENGTH: usize = 12;
/// Bytes by which sealing makes a body longer: the message integrity check, the tag of AES-GCM.
pub const TAG_LENGTH: usize = 16;
/// The highest sequence number; the one after it still is a `bigint`.
pub(crate) const MAX_SEQUENCE: u64 = i64::MAX as u64 - 1;

/// What an envelope is. The first three are sequenced: numbered, acknowledged, delivered once and in order.
/// The others are sent again only because their cause arrives again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A message that a program sent; only these name their message type.
    Message,
    /// END CONVERSATION: the receiver stores its own EndDialog type.
    EndDialog,
    /// END CONVERSATION WITH ERROR; the body is the Error document.
    Error,
    /// A broker refuses or aborts the conversation; the body is the Error document with a negative code.
    BrokerError,
    /// Nothing but the acknowledgement.
    Acknowledgement,
}

impl Kind {
    /// Whether the envelope has a sequence number.
    pub const fn is_sequenced(self) -> bool {
        matches!(self, Self::Message | Self::EndDialog | Self::Error)
    }
}

/// What an envelope carries for dialog security. Its body is then sealed, also an empty one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Security {
    /// Names the session key that sealed the body.
    pub session_key_id: SessionKeyId,
    /// The dialog security header; empty once the far side has acknowledged the first message.
    pub header: Bytes,
    /// Never used twice with one session key.
    pub salt: [u8; SALT_LENGTH],
}

/// One dialog message or fragment with everything a broker on its way needs to know.
///
/// To send: fill in every field, seal the body over [`Envelope::associated_data`], encode. To send again: the
/// same with a fresh salt. Only `hops_remaining` and `seconds_consumed` may change after sealing. What
/// arrives has passed the field rules (`docs/formats/dialog.md`) and nothing else: **no field may be trusted
/// before the body opened**, and of an unsecured dialog only as far as the connection that brought it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// What it is.
    pub kind: Kind,
    /// The conversation; with `from_initiator` it names the endpoint that is meant.
    pub conversation_id: ConversationId,
    /// Which side sent it; the other side's endpoint is meant.
    pub from_initiator: bool,
    /// The sending service.
    pub from_service: Arc<str>,
    /// The sending service's database.
    pub from_broker_instance: BrokerInstance,
    /// The service that is meant.
    pub to_service: Arc<str>,
    /// Its database, once known.
    pub to_broker_instance: Option<BrokerInstance>,
    /// The contract; empty in an acknowledgement.
    pub contract: Arc<str>,
    /// The message type; empty in everything but [`Kind::Message`].
    pub message_type: Arc<str>,
    /// Counted from 0 per direction; 0 in what is not sequenced.
    pub sequence: u64,
    /// Which part of the message's body this is; everything but [`Kind::Message`] is whole.
    pub fragment: Fragment,
    /// False when the body is NULL rather than empty.
    pub has_body: bool,
    /// The initiator has seen message 0 acknowledged and deleted it, so it can't be sent once more.
    pub initiator_saw_first_ack: bool,
    /// Seconds of the dialog's lifetime that were left when this was sealed.
    pub time_to_live: u32,
    /// When this was sealed, in seconds of Unix time by the sender's clock: a target opens only for what is fresh.
    pub sealed_at: i64,
    /// Seconds spent at brokers on the way; not authenticated, and it can only shorten the lifetime.
    pub seconds_consumed: u32,
    /// 1–10 in the sender's transmission; not the receiver's business.
    pub priority: u8,
    /// How many more brokers may pass it on.
    pub hops_remaining: u8,
    /// Present when the dialog is secured.
    pub security: Option<Security>,
    /// Everything before this place of the other direction is durable at the sender.
    pub acknowledgement: Option<Position>,
    /// This fragment of the body; sealed, `TAG_LENGTH` bytes longer, when `security` is present.
    pub body: Bytes,
}

impl Envelope {
    /// This envelope's place in its direction.
    pub const fn position(&self) -> Position {
        Position { sequence: self.sequence, fragment: self.fragment.index }
    }

    /// Bytes of the body's fragment before sealing.
    pub fn fragment_length(&self) -> u64 {
        let tag = if self.security.is_some() { TAG_LENGTH } else { 0 };
        self.body.len().saturating_sub(tag) as u64
    }

    /// Seconds that the dialog has left to live now that it arrived; 0 when its lifetime ended on the way.
    pub const fn remaining_lifetime(&self) -> u32 {
        self.time_to_live.saturating_sub(self.seconds_consumed)
    }

    /// Prepares the envelope to be passed on after `seconds` in this broker: 11285 when it may not hop any
    /// more, 11291 when its lifetime is over.
    pub fn forward(&mut self, seconds: u32) -> Result<(), EnvelopeError> {
        let arrived_with = self.seconds_consumed;
        let consumed = arrived_with.saturating_add(seconds);
        if consumed >= self.time_to_live {
            return Err(sql_error!(11291, self.time_to_live, arrived_with, seconds).into());
        }
        let Some(hops) = self.hops_remaining.checked_sub(1) else {
            return Err(sql_error!(11285).into());
        };
        self.hops_remaining = hops;
        self.seconds_consumed = consumed;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use duologue_types::Guid;

    /// A secured first message with everything that an envelope can carry.
    pub(crate) fn full() -> Envelope {
        Envelope {
            kind: Kind::Message,
            conversation_id: ConversationId(Guid([1; 16])),
            from_initiator: true,
            from_service: "//A/Initiator".into(),
            from_broker_instance: BrokerInstance(Guid([2; 16])),
            to_service: "//B/Ziel-\u{e4}\u{1f600}".into(),
            to_broker_instance: Some(BrokerInstance(Guid([3; 16]))),
            contract: "//Contract".into(),
            message_type: "//Type".into(),
            sequence: 7,
            fragment: Fragment { index: 1, offset: 4, total_length: 11, last: false },
            has_body: true,
            initiator_saw_first_ack: true,
            time_to_live: 600,
            sealed_at: 1_800_000_000,
            seconds_consumed: 3,
            priority: 5,
            hops_remaining: 16,
            security: Some(Security {
                session_key_id: SessionKeyId(Guid([4; 16])),
                header: Bytes::from_static(b"header"),
                salt: [5; SALT_LENGTH],
            }),
            acknowledgement: Some(Position { sequence: 2, fragment: 9 }),
            body: Bytes::from_static(b"four----tag-tag-----"),
        }
    }

    /// A clear stand-alone acknowledgement from the target.
    pub(crate) fn acknowledgement() -> Envelope {
        Envelope {
            kind: Kind::Acknowledgement,
            from_initiator: false,
            to_broker_instance: None,
            contract: "".into(),
            message_type: "".into(),
            sequence: 0,
            fragment: Fragment::whole(0),
            has_body: false,
            initiator_saw_first_ack: false,
            security: None,
            acknowledgement: Some(Position::message(1)),
            body: Bytes::new(),
            ..full()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarding_counts_hops_and_seconds() {
        let mut envelope = Envelope { hops_remaining: 1, ..samples::full() };
        let sealed_over = envelope.associated_data();
        envelope.forward(7).unwrap();
        assert_eq!(
            (envelope.hops_remaining, envelope.seconds_consumed, envelope.remaining_lifetime()),
            (0, 10, 590)
        );
        assert_eq!(envelope.associated_data(), sealed_over);
        assert_eq!(envelope.clone().forward(1).unwrap_err().number, 11285);
        assert_eq!(envelope.forward(590).unwrap_err().number, 11291);
    }
}
