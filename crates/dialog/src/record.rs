//! What the durable forms of both halves have in common.

use bytes::TryGetError;

/// The stored form of a [`crate::SendHalf`] or [`crate::ReceiveHalf`] is not one that this program writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the stored state of a conversation endpoint is damaged or of a later version")]
pub struct DamagedRecord;

impl From<TryGetError> for DamagedRecord {
    fn from(_: TryGetError) -> Self {
        Self
    }
}

/// Version of both durable forms, their first byte.
pub(crate) const RECORD_VERSION: u8 = 1;
