//! A row of the transmission queue.

use std::sync::Arc;

use bytes::Bytes;
use duologue_types::Timestamp;

use crate::codec::{DamagedRow, Reader, Writer};

/// What a sequenced message is besides its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum OutgoingKind {
    /// An application's message.
    Data = 0,
    /// EndDialog.
    End = 1,
    /// END CONVERSATION WITH ERROR: overtakes and replaces what was pending.
    Error = 2,
}

/// A message that its sender has committed and the far side has not acknowledged.
#[derive(Clone, Debug)]
pub struct OutgoingMessage<B = Option<Bytes>> {
    /// Number in its direction.
    pub sequence: u64,
    /// Message type by name: that is how it travels.
    pub message_type: Arc<str>,
    /// Data, end or error.
    pub kind: OutgoingKind,
    /// NULL body or bytes.
    pub body: B,
    /// When it was sent.
    pub enqueued: Timestamp,
}

const VERSION: u8 = 1;
/// Bytes of a row without type and body.
const FIXED_BYTES: usize = 1 + 4 + 1 + 8 + 5;

impl<B> OutgoingMessage<B> {
    /// The message with its body in another form.
    pub(crate) fn with_body<C>(&self, body: C) -> OutgoingMessage<C> {
        OutgoingMessage {
            sequence: self.sequence,
            message_type: self.message_type.clone(),
            kind: self.kind,
            body,
            enqueued: self.enqueued,
        }
    }
}

impl OutgoingMessage {
    /// The stored row. Its end is the body.
    pub(crate) fn encode(&self) -> Bytes {
        let length = self.message_type.len() + self.body.as_ref().map_or(0, Bytes::len);
        let mut row = Writer::with_capacity(VERSION, FIXED_BYTES + length);
        row.text(&self.message_type).u8(self.kind as u8).i64(self.enqueued.0);
        row.option(self.body.as_ref(), |row, body| {
            row.bytes(body);
        });
        row.finish()
    }

    /// The message of a row, whose body stays a part of it.
    pub(crate) fn decode(sequence: u64, bytes: &Bytes) -> Result<Self, DamagedRow> {
        let mut row = Reader::new(bytes, VERSION)?;
        let message = Self {
            sequence,
            message_type: row.text()?.into(),
            kind: match row.u8()? {
                0 => OutgoingKind::Data,
                1 => OutgoingKind::End,
                2 => OutgoingKind::Error,
                _ => return Err(DamagedRow),
            },
            enqueued: Timestamp(row.i64()?),
            body: row.option(|row| row.bytes().map(|body| bytes.slice_ref(body)))?,
        };
        row.end()?;
        Ok(message)
    }
}
