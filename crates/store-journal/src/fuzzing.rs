//! What reads bytes of a disk, for the fuzzer: no panic, no endless loop, no memory without bound.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use crc32c::crc32c;

use crate::files::BlockFile;
use crate::record::{BLOCK, Entry, HEADER, Kind, RecordHeader, decode_entry, encode_delete, encode_put};
use crate::recovery::{Layout, recover};
use crate::segment::Segment;

/// A file that is what it is.
#[derive(Debug)]
struct Image(Vec<u8>);

impl BlockFile for Image {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn allocate(&self, _: u64) -> io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

const NONCE: u128 = 7;

/// A segment with these bytes behind its first block.
fn layout(bytes: &[u8]) -> Layout {
    let mut image = vec![0; BLOCK as usize];
    image.extend_from_slice(bytes);
    image.resize(image.len().next_multiple_of(BLOCK as usize) + BLOCK as usize, 0);
    let size = image.len() as u64;
    let segment =
        Segment { number: 1, nonce: NONCE, size, file: Arc::new(Image(image)), place: "image".into() };
    Layout { segments: vec![Arc::new(segment)], ..Layout::default() }
}

/// Any bytes as a segment.
pub fn segment(data: &[u8]) {
    let _ = recover(&layout(data));
    if let Some(header) = RecordHeader::decode(data) {
        assert_eq!(header.encode(), data[..HEADER]);
    }
}

/// Any bytes as the payload of a record whose checksum is right.
pub fn record(data: &[u8]) {
    let header = RecordHeader {
        kind: Kind::Batch,
        nonce: NONCE,
        sequence: 1,
        offset: BLOCK,
        payload_length: data.len() as u64,
        payload_crc: crc32c(data),
        oldest: 1,
        epoch: 1,
    };
    let outcome = recover(&layout(&[&header.encode()[..], data].concat()));
    let mut rest = data;
    while let Some((entry, length)) = decode_entry(rest) {
        let mut again = Vec::new();
        match entry {
            Entry::Put { key, value } => encode_put(&mut again, key, value),
            Entry::Delete { key } => encode_delete(&mut again, key),
        }
        assert_eq!(again, rest[..length]);
        rest = &rest[length..];
    }
    assert_eq!(outcome.is_ok(), rest.is_empty(), "all of it is operations, or none of it is taken");
}

/// Seeds for both targets: a payload, and a segment of two records.
pub fn seeds() -> [(&'static str, Vec<u8>); 2] {
    let mut payload = Vec::new();
    encode_put(&mut payload, b"key", b"value");
    encode_delete(&mut payload, b"other");
    let mut segment = Vec::new();
    for (sequence, kind, payload) in
        [(1, Kind::Batch, &payload[..]), (2, Kind::Batch, b""), (3, Kind::Seal, b"")]
    {
        let header = RecordHeader {
            kind,
            nonce: NONCE,
            sequence,
            offset: BLOCK * sequence,
            payload_length: payload.len() as u64,
            payload_crc: crc32c(payload),
            oldest: 1,
            epoch: 1,
        };
        segment.extend_from_slice(&header.encode());
        segment.extend_from_slice(payload);
        segment.resize(segment.len().next_multiple_of(BLOCK as usize), 0);
    }
    [("journal_record", payload), ("journal_segment", segment)]
}
