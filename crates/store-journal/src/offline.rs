//! What an administrator does with a journal that no server runs on: verify it, look at it, cut a damaged end off.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use duologue_store::directory::DirectoryLock;
use duologue_store::{CheckReport, Row, StoreError};

use crate::FOLDER;
use crate::files::{Folder, write_all};
use crate::log::{self, Broken, Found, LogError, later_header, record_at};
use crate::reading::Snapshot;
use crate::record::{BLOCK, Entry, HEADER, Kind, RecordHeader, decode_entry};
use crate::recovery::{Layout, layout, recover, refusal};
use crate::segment::{Name, Segment};
use crate::system::SystemFolder;
use crate::window::Window;

/// Whether the directory holds a journal, in whatever state.
pub fn is_journal(directory: &Path) -> bool {
    directory.join(FOLDER).exists()
}

/// What [`check`] found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JournalCheck {
    /// Rows, and what is wrong.
    pub report: CheckReport,
    /// From the oldest to the one that is written; none when something is wrong.
    pub segments: Vec<SegmentSummary>,
    /// Bytes of the log that count.
    pub live_bytes: u64,
    /// Whether the last record is incomplete, which the next start cuts.
    pub is_torn: bool,
}

/// One segment of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentSummary {
    /// Its number.
    pub number: u32,
    /// Bytes of its file.
    pub size: u64,
    /// Rows that stand in it and count.
    pub live_rows: u64,
    /// Bytes of these.
    pub live_bytes: u64,
}

/// A record of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedRecord {
    /// Its number, counted from the store's creation.
    pub sequence: u64,
    /// The segment that holds it.
    pub segment: u32,
    /// Where in that.
    pub offset: u64,
    /// Under which epoch it was written.
    pub epoch: u64,
    /// The oldest segment that was needed then.
    pub oldest: u32,
    /// Its changes in order.
    pub operations: Vec<LoggedOperation>,
}

/// A change in a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedOperation {
    /// Of the row.
    pub key: Bytes,
    /// None if the row was removed.
    pub value: Option<Bytes>,
}

/// What [`cut`] did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The file that was damaged.
    pub place: String,
    /// Where the log ends now.
    pub offset: u64,
    /// The last record that is kept.
    pub kept: u64,
    /// Records behind that which could be read and are gone now, by number; others could not even be read.
    pub dropped: Vec<u64>,
    /// Changes in these.
    pub dropped_operations: u64,
    /// Older segments that had been reclaimed: rows whose copies stood behind the cut are lost as well.
    pub reclaimed_before: u32,
}

fn open(directory: &Path) -> Result<(DirectoryLock, SystemFolder), StoreError> {
    let path = directory.join(FOLDER);
    if !path.is_dir() {
        return Err(StoreError::NotADirectory { place: path.display().to_string() });
    }
    Ok((DirectoryLock::acquire(directory)?, SystemFolder { path }))
}

/// Verifies every byte that counts. Changes nothing.
pub fn check(directory: &Path) -> Result<JournalCheck, StoreError> {
    let (_lock, folder) = open(directory)?;
    check_folder(&folder)
}

pub(crate) fn check_folder(folder: &dyn Folder) -> Result<JournalCheck, StoreError> {
    let recovered =
        layout(folder).and_then(|layout| recover(&layout).map_err(|error| refusal(&layout, error)));
    let recovered = match recovered {
        Ok(recovered) => recovered,
        Err(error @ StoreError::Damaged { .. }) => {
            let report = CheckReport { damage: vec![error.to_string()], ..CheckReport::default() };
            return Ok(JournalCheck { report, ..JournalCheck::default() });
        }
        Err(error) => return Err(error),
    };
    let index = &recovered.index;
    let segments = index.segments().map(|usage| SegmentSummary {
        number: usage.segment.number,
        size: usage.segment.size,
        live_rows: usage.live_rows,
        live_bytes: usage.live_bytes,
    });
    Ok(JournalCheck {
        report: CheckReport { rows: index.len() as u64, bytes: index.row_bytes(), damage: Vec::new() },
        segments: segments.collect(),
        live_bytes: index.live_bytes(),
        is_torn: recovered.tail.is_torn,
    })
}

/// Shows every row in the order of their keys. Changes nothing.
pub fn rows(directory: &Path, show: &mut dyn FnMut(Row)) -> Result<(), StoreError> {
    const PAGE: usize = 1_000;
    let (_lock, folder) = open(directory)?;
    let layout = layout(&folder)?;
    let index = recover(&layout).map_err(|error| refusal(&layout, error))?.index;
    let mut after: Option<Bytes> = None;
    loop {
        let page = Snapshot::take(&index, b"", after.as_deref(), PAGE).read()?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        page.into_iter().for_each(&mut *show);
    }
}

/// Shows every record of the log in order, up to its end or the first damage, which is then the error. Changes nothing.
pub fn dump(directory: &Path, show: &mut dyn FnMut(LoggedRecord)) -> Result<(), StoreError> {
    let (_lock, folder) = open(directory)?;
    dump_folder(&folder, show)
}

pub(crate) fn dump_folder(folder: &dyn Folder, show: &mut dyn FnMut(LoggedRecord)) -> Result<(), StoreError> {
    let layout = layout(folder)?;
    let outcome = log::read(&layout.segments, &mut |segment, header, payload| {
        show(logged(segment, header, payload));
        Ok(())
    });
    outcome.map(|_| ()).map_err(|error| refusal(&layout, error))
}

fn logged(segment: &Segment, header: &RecordHeader, payload: &[u8]) -> LoggedRecord {
    let mut operations = Vec::new();
    let mut rest = payload;
    while let Some((entry, length)) = decode_entry(rest) {
        operations.push(match entry {
            Entry::Put { key, value } => LoggedOperation {
                key: Bytes::copy_from_slice(key),
                value: Some(Bytes::copy_from_slice(value)),
            },
            Entry::Delete { key } => LoggedOperation { key: Bytes::copy_from_slice(key), value: None },
        });
        rest = &rest[length..];
    }
    LoggedRecord {
        sequence: header.sequence,
        segment: segment.number,
        offset: header.offset,
        epoch: header.epoch,
        oldest: header.oldest,
        operations,
    }
}

/// Makes a log that is damaged in the middle end before the damage: what stands behind it is lost. None when there is
/// nothing to cut. An error when cutting would not help, with nothing changed.
pub fn cut(directory: &Path) -> Result<Option<Cut>, StoreError> {
    let (_lock, folder) = open(directory)?;
    cut_folder(&folder)
}

pub(crate) fn cut_folder(folder: &dyn Folder) -> Result<Option<Cut>, StoreError> {
    let layout = layout(folder)?;
    let broken = match log::read(&layout.segments, &mut |_, _, _| Ok(())) {
        Ok(_) => return Ok(None),
        Err(LogError::Broken(broken)) => broken,
        Err(LogError::Store(error)) => return Err(error),
    };
    let Broken { segment: index, offset, before, detail } = broken;
    let segment = &layout.segments[index];
    let Some(before) = before else {
        return Err(segment.damaged(format!("{detail}. Nothing is left before that; restore a copy")));
    };
    let (dropped, dropped_operations) = dropped(&layout, index, offset)?;
    let first = layout.segments[0].number;
    let from_io = |error: std::io::Error| StoreError::from_io(&folder.place(), &error);
    // The last one first, each step leaving a log that is as damaged as before or ends at the cut.
    for later in layout.segments[index + 1..].iter().rev() {
        folder.remove(&Name::Segment(later.number).text()).map_err(from_io)?;
        folder.flush().map_err(from_io)?;
    }
    wipe(&layout, index, offset)?;
    add_segment(folder, &layout, segment.number + 1)?;
    seal(segment, offset, &before, first)?;
    let place = segment.place.clone();
    let reclaimed_before = if before.oldest < first { first } else { 0 };
    Ok(Some(Cut { place, offset, kept: before.sequence, dropped, dropped_operations, reclaimed_before }))
}

/// The records behind the cut that can be read, and how many changes they hold.
fn dropped(layout: &Layout, index: usize, offset: u64) -> Result<(Vec<u64>, u64), StoreError> {
    let (mut records, mut operations) = (Vec::new(), 0);
    let mut from = offset;
    for segment in &layout.segments[index..] {
        let mut window = Window::new(segment.file.clone(), segment.size);
        while from < segment.size {
            from += match record_at(segment, &mut window, from)? {
                Found::Record(header, payload) if header.kind == Kind::Batch => {
                    records.push(header.sequence);
                    operations += logged(segment, &header, payload).operations.len() as u64;
                    header.span().unwrap_or(BLOCK)
                }
                _ => BLOCK,
            };
        }
        from = BLOCK;
    }
    Ok((records, operations))
}

/// Removes all headers of records from here to the end of the segment.
fn wipe(layout: &Layout, index: usize, offset: u64) -> Result<(), StoreError> {
    let segment = &layout.segments[index];
    let only: [Arc<Segment>; 1] = [segment.clone()];
    while let Some((_, header)) = later_header(&only, 0, offset)? {
        write_all(segment.file.as_ref(), header.offset, &[0; BLOCK as usize])
            .map_err(|error| segment.error(&error))?;
    }
    segment.file.flush().map_err(|error| segment.error(&error))
}

/// A new segment for what comes after the cut.
fn add_segment(folder: &dyn Folder, layout: &Layout, number: u32) -> Result<(), StoreError> {
    let from_io = |error: std::io::Error| StoreError::from_io(&folder.place(), &error);
    let size = layout.segments.iter().map(|segment| segment.size).min().unwrap_or(1 << 20);
    let unfinished = Name::Unfinished(number).text();
    let file = folder.create(&unfinished).map_err(from_io)?;
    write_all(file.as_ref(), 0, &vec![0; usize::try_from(size).unwrap_or(1 << 20)]).map_err(from_io)?;
    let nonce = folder.nonce().map_err(from_io)?;
    Segment::write_header(number, nonce, size, file.as_ref()).map_err(from_io)?;
    folder.rename(&unfinished, &Name::Segment(number).text()).map_err(from_io)?;
    folder.flush().map_err(from_io)
}

/// Ends the segment at the cut, and says from which segment on the log counts.
fn seal(segment: &Segment, offset: u64, before: &RecordHeader, first: u32) -> Result<(), StoreError> {
    let header = RecordHeader {
        kind: Kind::Seal,
        nonce: segment.nonce,
        sequence: before.sequence + 1,
        offset,
        payload_length: 0,
        payload_crc: 0,
        oldest: before.oldest.max(first),
        epoch: before.epoch,
    };
    let mut block = vec![0; BLOCK as usize];
    block[..HEADER].copy_from_slice(&header.encode());
    let written = write_all(segment.file.as_ref(), offset, &block).and_then(|()| segment.file.flush());
    written.map_err(|error| segment.error(&error))
}
