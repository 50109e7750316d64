//! The bytes of a record: a header, then operations. The byte table is `docs/formats/journal.md`.

use crc32c::{crc32c, crc32c_append};
use duologue_store::WriteBatch;

/// Records begin and end at multiples of this, so that a block with acknowledged bytes is never written again.
pub(crate) const BLOCK: u64 = 4096;
/// Bytes of a record's header; its payload follows.
pub(crate) const HEADER: usize = 64;

const BATCH_MAGIC: [u8; 4] = *b"DREC";
const SEAL_MAGIC: [u8; 4] = *b"DEND";
const PUT: u8 = 1;
const DELETE: u8 = 2;
/// Kind, key length and value length before a row's key.
pub(crate) const PUT_HEAD: usize = 7;
const DELETE_HEAD: usize = 3;
/// The checksum behind a row's value.
pub(crate) const PUT_TAIL: usize = 4;

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Operations that are applied together; there may be none.
    Batch,
    /// The segment ends here and the log goes on in the next one.
    Seal,
}

/// A record's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecordHeader {
    pub(crate) kind: Kind,
    /// The segment's, so that bytes of its file's earlier lives are no records.
    pub(crate) nonce: u128,
    /// One more than the record before.
    pub(crate) sequence: u64,
    /// Where in the segment it stands, so that a copy elsewhere is no record.
    pub(crate) offset: u64,
    pub(crate) payload_length: u64,
    pub(crate) payload_crc: u32,
    /// Segments with lower numbers hold nothing any more.
    pub(crate) oldest: u32,
    /// How often the store had been opened.
    pub(crate) epoch: u64,
}

impl RecordHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let magic = match self.kind {
            Kind::Batch => BATCH_MAGIC,
            Kind::Seal => SEAL_MAGIC,
        };
        bytes[0..4].copy_from_slice(&magic);
        bytes[8..24].copy_from_slice(&self.nonce.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.offset.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.payload_length.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.payload_crc.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.oldest.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.epoch.to_le_bytes());
        let crc = header_crc(&bytes);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// None when the bytes are no header; whether it is one of this segment and place is the caller's question.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let kind = match [bytes[0], bytes[1], bytes[2], bytes[3]] {
            BATCH_MAGIC => Kind::Batch,
            SEAL_MAGIC => Kind::Seal,
            _ => return None,
        };
        if u32_at(bytes, 4)? != header_crc(bytes) {
            return None;
        }
        Some(Self {
            kind,
            nonce: u128::from_le_bytes(*bytes[8..].first_chunk()?),
            sequence: u64_at(bytes, 24)?,
            offset: u64_at(bytes, 32)?,
            payload_length: u64_at(bytes, 40)?,
            payload_crc: u32_at(bytes, 48)?,
            oldest: u32_at(bytes, 52)?,
            epoch: u64_at(bytes, 56)?,
        })
    }

    /// Bytes from its header to the next record's; none when no file is that long.
    pub(crate) fn span(&self) -> Option<u64> {
        self.payload_length.checked_add(HEADER as u64)?.checked_next_multiple_of(BLOCK)
    }
}

/// Of everything but the checksum itself.
fn header_crc(bytes: &[u8; HEADER]) -> u32 {
    crc32c_append(crc32c(&bytes[..4]), &bytes[8..])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Bytes that a row takes in a record.
pub(crate) fn put_size(key: usize, value: usize) -> u64 {
    (PUT_HEAD + key + value + PUT_TAIL) as u64
}

/// Bytes that a removal takes in a record.
pub(crate) fn delete_size(key: usize) -> u64 {
    (DELETE_HEAD + key) as u64
}

/// No record of this batch is longer.
pub(crate) fn most_bytes(batch: &WriteBatch) -> u64 {
    (HEADER + batch.size()) as u64 + batch.len() as u64 * put_size(0, 0) + BLOCK
}

/// Appends a row. `StoreError::TooLarge` has been ruled out: lengths fit their fields.
pub(crate) fn encode_put(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let start = out.len();
    out.push(PUT);
    out.extend_from_slice(&key_length(key));
    out.extend_from_slice(
        &u32::try_from(value.len()).expect("values are limited to little more than 2 GiB").to_le_bytes(),
    );
    out.extend_from_slice(key);
    out.extend_from_slice(value);
    let crc = crc32c(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// Appends a removal.
pub(crate) fn encode_delete(out: &mut Vec<u8>, key: &[u8]) {
    out.push(DELETE);
    out.extend_from_slice(&key_length(key));
    out.extend_from_slice(key);
}

fn key_length(key: &[u8]) -> [u8; 2] {
    u16::try_from(key.len()).expect("keys are limited to 2 KiB").to_le_bytes()
}

/// One change, as a record holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry<'a> {
    Put { key: &'a [u8], value: &'a [u8] },
    Delete { key: &'a [u8] },
}

/// The entry at the beginning of `bytes` and its length in bytes; none when there is none that is whole and sound.
pub(crate) fn decode_entry(bytes: &[u8]) -> Option<(Entry<'_>, usize)> {
    let key_length = usize::from(u16::from_le_bytes(*bytes.get(1..)?.first_chunk()?));
    match *bytes.first()? {
        PUT => {
            let value_length = usize::try_from(u32_at(bytes, 3)?).ok()?;
            let body = PUT_HEAD + key_length;
            let end = body.checked_add(value_length)?;
            if u32_at(bytes, end)? != crc32c(&bytes[..end]) {
                return None;
            }
            let entry = Entry::Put { key: &bytes[PUT_HEAD..body], value: &bytes[body..end] };
            Some((entry, end + PUT_TAIL))
        }
        DELETE => {
            let end = DELETE_HEAD + key_length;
            Some((Entry::Delete { key: bytes.get(DELETE_HEAD..end)? }, end))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> RecordHeader {
        RecordHeader {
            kind: Kind::Batch,
            nonce: 0x0102,
            sequence: 3,
            offset: 4096,
            payload_length: 5,
            payload_crc: 6,
            oldest: 7,
            epoch: 8,
        }
    }

    #[test]
    fn headers_come_back_and_no_flipped_one_does() {
        let bytes = header().encode();
        assert_eq!(RecordHeader::decode(&bytes), Some(header()));
        assert_eq!(RecordHeader::decode(&bytes[..63]), None);
        for bit in 0..HEADER * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(RecordHeader::decode(&flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn a_record_takes_whole_blocks() {
        for (payload_length, span) in
            [(0, Some(4096)), (4032, Some(4096)), (4033, Some(8192)), (u64::MAX, None)]
        {
            assert_eq!(RecordHeader { payload_length, ..header() }.span(), span);
        }
    }

    #[test]
    fn entries_come_back_and_no_flipped_row_does() {
        let mut bytes = Vec::new();
        encode_put(&mut bytes, b"key", b"value");
        assert_eq!(bytes.len() as u64, put_size(3, 5));
        assert_eq!(decode_entry(&bytes), Some((Entry::Put { key: b"key", value: b"value" }, bytes.len())));
        for bit in 8..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_entry(&flipped), None, "bit {bit}");
        }
        let mut bytes = Vec::new();
        encode_delete(&mut bytes, b"key");
        assert_eq!(bytes.len() as u64, delete_size(3));
        assert_eq!(decode_entry(&bytes), Some((Entry::Delete { key: b"key" }, bytes.len())));
        assert_eq!(decode_entry(&bytes[..5]), None);
    }
}
