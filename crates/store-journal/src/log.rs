//! Reading the log from its oldest segment to its end, and telling a torn end from damage.
//!
//! One record is written at a time, and the next only once it is durable. So what a crash leaves behind the last
//! acknowledged record is one record in any state, and nothing that looks like a later one. Whatever is wrong
//! elsewhere, or has any later record's header behind it, is damage.

use std::sync::Arc;

use crc32c::crc32c;
use duologue_store::StoreError;

use crate::record::{BLOCK, HEADER, Kind, RecordHeader};
use crate::segment::Segment;
use crate::window::Window;

/// Where the log ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tail {
    /// Index of the segment, in those that were read.
    pub(crate) segment: usize,
    /// Where the next record goes.
    pub(crate) offset: u64,
    /// Of the last record.
    pub(crate) sequence: u64,
    /// Of the last record.
    pub(crate) epoch: u64,
    /// Of the last record.
    pub(crate) oldest: u32,
    /// A record began here and was not completed.
    pub(crate) is_torn: bool,
}

/// Why the log could not be read to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum LogError {
    /// Bytes in the middle are not those that were written.
    Broken(Broken),
    /// Everything else.
    Store(StoreError),
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A place in the middle of the log that can't be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Broken {
    /// Index of the segment, in those that were read.
    pub(crate) segment: usize,
    pub(crate) offset: u64,
    /// What the log said up to here.
    pub(crate) before: Option<RecordHeader>,
    /// One sentence: what is wrong and what follows.
    pub(crate) detail: String,
}

/// What stands at an offset.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A record that is whole.
    Record(RecordHeader, &'a [u8]),
    /// A header of this segment and place, and something else than its payload.
    Torn,
    /// Nothing that was written as a record here.
    Nothing,
}

/// Reads what stands at `offset`.
pub(crate) fn record_at<'a>(
    segment: &Segment,
    window: &'a mut Window,
    offset: u64,
) -> Result<Found<'a>, StoreError> {
    let Some(header) = header_at(segment, window, offset)? else { return Ok(Found::Nothing) };
    let payload = window
        .get(offset + HEADER as u64, header.payload_length)
        .map_err(|error| segment.error(&error))?
        .filter(|payload| crc32c(payload) == header.payload_crc);
    Ok(match payload {
        Some(payload) => Found::Record(header, payload),
        None => Found::Torn,
    })
}

/// A header that was written here, in this life of the file.
fn header_at(
    segment: &Segment,
    window: &mut Window,
    offset: u64,
) -> Result<Option<RecordHeader>, StoreError> {
    let bytes = window.get(offset, HEADER as u64).map_err(|error| segment.error(&error))?;
    let header = bytes.and_then(RecordHeader::decode).filter(|header| {
        let end = header.span().and_then(|span| offset.checked_add(span));
        header.nonce == segment.nonce && header.offset == offset && end.is_some_and(|end| end <= segment.size)
    });
    Ok(header)
}

/// Takes each record in order: the segment, the header, the payload.
pub(crate) type Visit<'a> = dyn FnMut(&Arc<Segment>, &RecordHeader, &[u8]) -> Result<(), StoreError> + 'a;

/// Reads all records of segments with consecutive numbers and finds the end of the log.
pub(crate) fn read(segments: &[Arc<Segment>], visit: &mut Visit<'_>) -> Result<Tail, LogError> {
    let mut last: Option<RecordHeader> = None;
    for (index, segment) in segments.iter().enumerate() {
        let mut window = Window::new(segment.file.clone(), segment.size);
        let mut offset = BLOCK;
        loop {
            let found = record_at(segment, &mut window, offset)?;
            let (header, payload) = match found {
                Found::Record(header, payload) => (header, payload),
                Found::Torn => return end(segments, Place { index, offset, is_torn: true }, last),
                Found::Nothing => return end(segments, Place { index, offset, is_torn: false }, last),
            };
            if last.is_some_and(|last| last.sequence + 1 != header.sequence) {
                return Err(out_of_order(index, offset, last, &header));
            }
            last = Some(header);
            if header.kind == Kind::Seal {
                break;
            }
            visit(segment, &header, payload)?;
            offset += header.span().unwrap_or(BLOCK);
        }
    }
    Err(no_successor(segments))
}

fn out_of_order(segment: usize, offset: u64, before: Option<RecordHeader>, found: &RecordHeader) -> LogError {
    let expected = before.map_or(0, |last| last.sequence + 1);
    let detail =
        format!("at offset {offset} stands record {} where record {expected} belongs", found.sequence);
    LogError::Broken(Broken { segment, offset, before, detail })
}

fn no_successor(segments: &[Arc<Segment>]) -> LogError {
    let Some(last) = segments.last() else {
        return LogError::Store(StoreError::Io("there is no segment to read".into()));
    };
    LogError::Store(last.damaged(format!(
        "the log goes on in segment {}, and that file is missing; restore a copy of the data directory",
        last.number + 1
    )))
}

struct Place {
    index: usize,
    offset: u64,
    is_torn: bool,
}

/// The log ends at this place, unless any later record ever was written.
fn end(segments: &[Arc<Segment>], place: Place, last: Option<RecordHeader>) -> Result<Tail, LogError> {
    let Place { index, offset, is_torn } = place;
    if let Some((later, header)) = later_header(segments, index, offset + BLOCK)? {
        let first_lost = last
            .map_or_else(|| "the first record".to_owned(), |last| format!("record {}", last.sequence + 1));
        let detail = format!(
            "{first_lost} at offset {offset} cannot be read, and what follows is not the end of the log: record {} \
             is at offset {} of segment {}",
            header.sequence, header.offset, later.number
        );
        return Err(LogError::Broken(Broken { segment: index, offset, before: last, detail }));
    }
    let Some(last) = last else {
        let segment = &segments[index];
        return Err(LogError::Store(
            segment.damaged(format!("it has no record at offset {offset}, and none follows")),
        ));
    };
    Ok(Tail {
        segment: index,
        offset,
        sequence: last.sequence,
        epoch: last.epoch,
        oldest: last.oldest,
        is_torn,
    })
}

/// The first header of a record at or behind this place.
pub(crate) fn later_header(
    segments: &[Arc<Segment>],
    index: usize,
    offset: u64,
) -> Result<Option<(&Arc<Segment>, RecordHeader)>, StoreError> {
    let mut from = offset;
    for segment in &segments[index..] {
        let mut window = Window::new(segment.file.clone(), segment.size);
        while from < segment.size {
            if let Some(header) = header_at(segment, &mut window, from)? {
                return Ok(Some((segment, header)));
            }
            from += BLOCK;
        }
        from = BLOCK;
    }
    Ok(None)
}
