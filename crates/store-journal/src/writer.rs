//! Serialising a batch into one record, and where the next record goes.

use std::sync::Arc;

use bytes::Bytes;
use crc32c::crc32c;
use duologue_store::{Operation, WriteBatch};

use crate::index::{Index, Location};
use crate::record::{BLOCK, HEADER, Kind, RecordHeader, delete_size, encode_delete, encode_put, put_size};
use crate::segment::Segment;

/// A buffer that grew beyond this for one large batch is given back.
const KEPT_BUFFER: usize = 16 << 20;

/// A row of an old segment on its way to the end of the log.
#[derive(Clone, Debug)]
pub(crate) struct CopiedRow {
    pub(crate) key: Bytes,
    pub(crate) value: Bytes,
    /// Where it stood; it is copied only if it still stands there.
    pub(crate) location: Location,
}

/// The end of the log. Held by whoever commits.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) active: Arc<Segment>,
    /// Where the next record goes.
    pub(crate) end: u64,
    /// Of the last record.
    pub(crate) sequence: u64,
    /// Header, payload, and zeros up to the end of the block.
    pub(crate) buffer: Vec<u8>,
    payload_length: usize,
}

impl Writer {
    pub(crate) fn new(active: Arc<Segment>, end: u64, sequence: u64) -> Self {
        Self { active, end, sequence, buffer: Vec::new(), payload_length: 0 }
    }

    /// Puts copies and batch into the buffer, in this order: the batch knows better.
    pub(crate) fn encode(&mut self, copies: &[CopiedRow], batch: &WriteBatch) {
        if self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        }
        let out = &mut self.buffer;
        out.clear();
        out.resize(HEADER, 0);
        for row in copies {
            encode_put(out, &row.key, &row.value);
        }
        for operation in batch {
            match operation {
                Operation::Put { key, value } => encode_put(out, key, value),
                Operation::Delete { key } => encode_delete(out, key),
            }
        }
        self.payload_length = out.len() - HEADER;
        out.resize(out.len().next_multiple_of(BLOCK as usize), 0);
    }

    /// Bytes of the record in the buffer.
    pub(crate) fn span(&self) -> u64 {
        self.buffer.len() as u64
    }

    /// Whether the active segment takes a record of `span` bytes.
    pub(crate) fn fits(&self, span: u64) -> bool {
        self.end + span <= self.active.room_end()
    }

    /// Completes the record in the buffer for the place where it goes.
    pub(crate) fn stamp(&mut self, oldest: u32, epoch: u64) {
        let payload = &self.buffer[HEADER..HEADER + self.payload_length];
        let header = RecordHeader {
            kind: Kind::Batch,
            nonce: self.active.nonce,
            sequence: self.sequence + 1,
            offset: self.end,
            payload_length: self.payload_length as u64,
            payload_crc: crc32c(payload),
            oldest,
            epoch,
        };
        self.buffer[..HEADER].copy_from_slice(&header.encode());
    }

    /// A record without operations: the seal that ends the active segment, or a batch that only says what is oldest.
    pub(crate) fn empty_record(&self, kind: Kind, oldest: u32, epoch: u64) -> Vec<u8> {
        let header = RecordHeader {
            kind,
            nonce: self.active.nonce,
            sequence: self.sequence + 1,
            offset: self.end,
            payload_length: 0,
            payload_crc: 0,
            oldest,
            epoch,
        };
        let mut block = vec![0; BLOCK as usize];
        block[..HEADER].copy_from_slice(&header.encode());
        block
    }

    /// The record in the buffer is durable: the index learns where its rows stand.
    pub(crate) fn apply(&mut self, index: &mut Index, copies: &[CopiedRow], batch: &WriteBatch) {
        let segment = self.active.number;
        let mut offset = self.end + HEADER as u64;
        let put = |index: &mut Index, offset: &mut u64, key: &[u8], value: &[u8]| {
            let value_length = u32::try_from(value.len()).unwrap_or(u32::MAX);
            index.put(key, Location { segment, value_length, offset: *offset });
            *offset += put_size(key.len(), value.len());
        };
        for row in copies {
            put(index, &mut offset, &row.key, &row.value);
        }
        for operation in batch {
            match operation {
                Operation::Put { key, value } => put(index, &mut offset, key, value),
                Operation::Delete { key } => {
                    index.delete(key);
                    offset += delete_size(key.len());
                }
            }
        }
        self.end += self.span();
        self.sequence += 1;
    }

    /// The log goes on in another segment, behind a durable seal.
    pub(crate) fn switch(&mut self, next: Arc<Segment>) {
        self.active = next;
        self.end = BLOCK;
        self.sequence += 1;
    }
}
