//! Values back from the log, each verified by its own checksum.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use duologue_store::{Row, StoreError};

use crate::files::read_all;
use crate::index::{Index, Location};
use crate::record::{Entry, decode_entry};
use crate::segment::Segment;

/// Rows that stand one behind another are read at once, up to so many bytes.
const RUN: u64 = 256 << 10;
/// What may lie between two rows of a run.
const GAP: u64 = 2 * crate::record::BLOCK;

/// A row of the index, and the segment that holds it: it stays readable though it be reclaimed meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) key: Bytes,
    pub(crate) location: Location,
}

/// Rows as the index had them at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) rows: Vec<Placed>,
    pub(crate) segments: HashMap<u32, Arc<Segment>>,
}

impl Snapshot {
    pub(crate) fn take(index: &Index, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Self {
        let mut snapshot = Self::default();
        for (key, location) in index.range(prefix, after).take(limit) {
            snapshot.rows.push(Placed { key: Bytes::copy_from_slice(key), location });
            if let Some(usage) = index.segment(location.segment) {
                snapshot.segments.entry(location.segment).or_insert_with(|| usage.segment.clone());
            }
        }
        snapshot
    }

    /// Reads the values.
    pub(crate) fn read(self) -> Result<Vec<Row>, StoreError> {
        let Self { rows, segments } = self;
        let mut found = Vec::with_capacity(rows.len());
        let mut buffer = Vec::new();
        let mut rest = &rows[..];
        while let Some(first) = rest.first() {
            let (run, end) = run(rest);
            let segment = segments.get(&first.location.segment).ok_or_else(no_segment)?;
            let start = first.location.offset;
            buffer.resize(usize::try_from(end - start).unwrap_or(usize::MAX), 0);
            read_all(segment.file.as_ref(), start, &mut buffer).map_err(|error| segment.error(&error))?;
            for row in &rest[..run] {
                let from = usize::try_from(row.location.offset - start).unwrap_or(usize::MAX);
                let value = verified(segment, &row.key, row.location, &buffer[from..])?;
                found.push((row.key.clone(), Bytes::copy_from_slice(value)));
            }
            rest = &rest[run..];
        }
        Ok(found)
    }
}

/// How many of the rows stand one behind another, and where the last one ends.
fn run(rows: &[Placed]) -> (usize, u64) {
    let Some(first) = rows.first() else { return (0, 0) };
    let mut end = first.location.offset + first.location.size(&first.key);
    let mut count = 1;
    for row in &rows[1..] {
        let next_end = row.location.offset + row.location.size(&row.key);
        let follows = row.location.segment == first.location.segment
            && (end..=end + GAP).contains(&row.location.offset)
            && next_end - first.location.offset <= RUN;
        if !follows {
            break;
        }
        end = next_end;
        count += 1;
    }
    (count, end)
}

/// The value of one row.
pub(crate) fn value(segment: &Segment, key: &[u8], location: Location) -> Result<Bytes, StoreError> {
    let size = usize::try_from(location.size(key)).unwrap_or(usize::MAX);
    let mut row = vec![0; size];
    read_all(segment.file.as_ref(), location.offset, &mut row).map_err(|error| segment.error(&error))?;
    let length = verified(segment, key, location, &row)?.len();
    let start = Location::value_start(key);
    Ok(Bytes::from(row).slice(start..start + length))
}

fn verified<'a>(
    segment: &Segment,
    key: &[u8],
    location: Location,
    bytes: &'a [u8],
) -> Result<&'a [u8], StoreError> {
    match decode_entry(bytes) {
        Some((Entry::Put { key: found, value }, _))
            if found == key && value.len() == location.value_length as usize =>
        {
            Ok(value)
        }
        _ => {
            Err(segment
                .damaged(format!("the row at offset {} is not the one that was written", location.offset)))
        }
    }
}

pub(crate) fn no_segment() -> StoreError {
    StoreError::Io("a row stands in a segment that is not open".into())
}
