//! A message in a queue.

use std::sync::Arc;

use bytes::Bytes;
use duologue_types::{
    ContractId, ConversationGroupId, ConversationHandle, MessageTypeId, ServiceId, Timestamp,
};

use crate::bodies::Body;
use crate::codec::{DamagedRow, Reader, Writer};

/// `status` of a queue row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum MessageStatus {
    /// Received, kept because of RETENTION.
    Retained = 0,
    /// Ready to receive.
    Ready = 1,
    /// Copy of a sent message, kept because of RETENTION.
    RetainedSent = 3,
}

/// Kinds that precede others of their conversation in RECEIVE: timer, then error, then the rest in sequence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rank {
    /// `DialogTimer`.
    Timer,
    /// `Error`.
    Error,
    /// Everything else.
    Sequenced,
}

/// One row of a queue.
#[derive(Clone, Debug)]
pub struct QueueMessage<B = Option<Bytes>> {
    /// Arrival number within the queue; part of the row's key.
    pub queuing_order: u64,
    /// Ready or kept.
    pub status: MessageStatus,
    /// The endpoint's priority when it arrived, 1–10.
    pub priority: u8,
    /// Group of the receiving endpoint.
    pub group: ConversationGroupId,
    /// The receiver's handle.
    pub handle: ConversationHandle,
    /// Number in its direction.
    pub sequence: u64,
    /// Local service.
    pub service: ServiceId,
    /// Contract of the conversation.
    pub contract: ContractId,
    /// Message type; 0 when this database has no type of that name.
    pub message_type: MessageTypeId,
    /// Name as it travelled.
    pub message_type_name: Arc<str>,
    /// `validation` letter: `E`, `N` or `X`.
    pub validation: u8,
    /// Arrival moment.
    pub enqueued: Timestamp,
    /// NULL body or bytes.
    pub body: B,
}

/// A message as its queue keeps it.
pub(crate) type QueuedMessage = QueueMessage<Body>;

const VERSION: u8 = 1;
/// Bytes of a row without name and body.
const FIXED_BYTES: usize = 1 + 2 + 16 + 16 + 8 + 12 + 4 + 1 + 8 + 5;

impl<B> QueueMessage<B> {
    /// What orders it within its conversation.
    pub fn rank(&self) -> Rank {
        match self.message_type.0 {
            5 => Rank::Timer,
            1 => Rank::Error,
            _ => Rank::Sequenced,
        }
    }

    /// The message with its body in another form.
    pub(crate) fn with_body<C>(&self, body: C) -> QueueMessage<C> {
        QueueMessage {
            queuing_order: self.queuing_order,
            status: self.status,
            priority: self.priority,
            group: self.group,
            handle: self.handle,
            sequence: self.sequence,
            service: self.service,
            contract: self.contract,
            message_type: self.message_type,
            message_type_name: self.message_type_name.clone(),
            validation: self.validation,
            enqueued: self.enqueued,
            body,
        }
    }
}

impl QueueMessage {
    /// The stored row. Its end is the body.
    pub(crate) fn encode(&self) -> Bytes {
        let length = self.message_type_name.len() + self.body.as_ref().map_or(0, Bytes::len);
        let mut row = Writer::with_capacity(VERSION, FIXED_BYTES + length);
        row.u8(self.status as u8).u8(self.priority).guid(self.group.0).guid(self.handle.0).u64(self.sequence);
        row.i32(self.service.0).i32(self.contract.0).i32(self.message_type.0).text(&self.message_type_name);
        row.u8(self.validation).i64(self.enqueued.0);
        row.option(self.body.as_ref(), |row, body| {
            row.bytes(body);
        });
        row.finish()
    }

    /// The message of a row, whose body stays a part of it.
    pub(crate) fn decode(queuing_order: u64, bytes: &Bytes) -> Result<Self, DamagedRow> {
        let mut row = Reader::new(bytes, VERSION)?;
        let message = Self {
            queuing_order,
            status: match row.u8()? {
                0 => MessageStatus::Retained,
                1 => MessageStatus::Ready,
                3 => MessageStatus::RetainedSent,
                _ => return Err(DamagedRow),
            },
            priority: row.u8()?,
            group: ConversationGroupId(row.guid()?),
            handle: ConversationHandle(row.guid()?),
            sequence: row.u64()?,
            service: ServiceId(row.i32()?),
            contract: ContractId(row.i32()?),
            message_type: MessageTypeId(row.i32()?),
            message_type_name: row.text()?.into(),
            validation: row.u8()?,
            enqueued: Timestamp(row.i64()?),
            body: row.option(|row| row.bytes().map(|body| bytes.slice_ref(body)))?,
        };
        row.end()?;
        Ok(message)
    }
}
