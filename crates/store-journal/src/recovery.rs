//! Opening: the segments that are there, the rows they hold, and where the next record goes.

use std::sync::Arc;

use duologue_store::StoreError;

use crate::files::{BlockFile, Folder};
use crate::index::{Index, Location};
use crate::log::{self, Broken, LogError, Tail};
use crate::record::{Entry, HEADER, RecordHeader, decode_entry};
use crate::segment::{Name, Segment};

/// Files that hold no part of the log.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) file: Arc<dyn BlockFile>,
}

/// What the folder holds.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Consecutive numbers up to the highest.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Numbers before a gap: left over from reclaiming, or a sign that a segment is missing.
    pub(crate) stray: Vec<u32>,
    /// Numbers.
    pub(crate) spares: Vec<u32>,
    pub(crate) unfinished: Vec<u32>,
}

/// Lists the folder and opens the segments. Changes nothing.
pub(crate) fn layout(folder: &dyn Folder) -> Result<Layout, StoreError> {
    let names = folder.list().map_err(|error| StoreError::from_io(&folder.place(), &error))?;
    let (mut numbers, mut spares, mut unfinished) = (Vec::new(), Vec::new(), Vec::new());
    for name in names.iter().filter_map(|name| Name::parse(name)) {
        match name {
            Name::Segment(number) => numbers.push(number),
            Name::Spare(number) => spares.push(number),
            Name::Unfinished(number) => unfinished.push(number),
        }
    }
    numbers.sort_unstable();
    let run = numbers.windows(2).rposition(|pair| pair[0] + 1 != pair[1]).map_or(0, |gap| gap + 1);
    let segments: Result<Vec<_>, _> =
        numbers[run..].iter().map(|number| Segment::open(folder, *number).map(Arc::new)).collect();
    let segments = segments?;
    if segments.is_empty() {
        let detail = "it holds no segment; restore a copy of the data directory".to_owned();
        return Err(StoreError::Damaged { place: folder.place(), detail });
    }
    Ok(Layout { segments, stray: numbers[..run].to_vec(), spares, unfinished })
}

/// The state of a log that was read to its end.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) index: Index,
    pub(crate) tail: Tail,
}

/// Reads the whole log of a layout into an index. Changes nothing.
pub(crate) fn recover(layout: &Layout) -> Result<Recovered, LogError> {
    let segments = &layout.segments;
    let mut index = Index::default();
    let mut added = 0;
    let tail = log::read(segments, &mut |segment, header, payload| {
        while segments.get(added).is_some_and(|next| next.number <= segment.number) {
            index.add_segment(segments[added].clone());
            added += 1;
        }
        apply(&mut index, segment, header, payload)
    })?;
    for segment in &segments[added..=tail.segment] {
        index.add_segment(segment.clone());
    }
    let first = &segments[0];
    if tail.oldest < first.number {
        let detail = format!(
            "segments {} to {} are missing, and the log needs them; restore a copy of the data directory",
            tail.oldest,
            first.number - 1
        );
        return Err(LogError::Store(first.damaged(detail)));
    }
    Ok(Recovered { index, tail })
}

/// Applies a record that was read.
fn apply(
    index: &mut Index,
    segment: &Segment,
    header: &RecordHeader,
    payload: &[u8],
) -> Result<(), StoreError> {
    let mut at = 0;
    while at < payload.len() {
        let offset = header.offset + (HEADER + at) as u64;
        let Some((entry, length)) = decode_entry(&payload[at..]) else {
            // The checksum of the record is right, so these bytes were written.
            return Err(
                segment.damaged(format!("at offset {offset} is no operation that this version knows"))
            );
        };
        match entry {
            Entry::Put { key, value } => {
                let value_length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                index.put(key, Location { segment: segment.number, value_length, offset });
            }
            Entry::Delete { key } => index.delete(key),
        }
        at += length;
    }
    Ok(())
}

/// What an administrator is told about damage in the middle of the log.
pub(crate) fn refusal(layout: &Layout, error: LogError) -> StoreError {
    match error {
        LogError::Store(error) => error,
        LogError::Broken(Broken { segment, detail, .. }) => layout.segments[segment].damaged(format!(
            "{detail}. Nothing was changed. Restore a copy of the data directory, or drop this record and everything \
             after it with `duologue store cut`"
        )),
    }
}
