//! Reclaiming the oldest segment: what of it still counts is copied to the end of the log.
//!
//! Only ever the oldest, so that a removal need not be kept: the rows that it removed stand in its own segment or
//! in older ones, and these are gone before it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use duologue_store::{StoreError, WriteBatch};

use crate::index::{Index, Location};
use crate::log::{Found, record_at};
use crate::record::{BLOCK, Entry, HEADER, Kind, RecordHeader, decode_entry};
use crate::segment::Segment;
use crate::shared::{Copies, Shared};
use crate::upkeep::Upkeep;
use crate::window::Window;
use crate::writer::CopiedRow;

/// Bytes that are looked at in one go.
const MOST_READ: usize = 1 << 20;
/// How long an offered slice waits for a commit before it is written by itself.
const PATIENCE: Duration = Duration::from_millis(2);

/// How far the oldest segment has been read.
#[derive(Debug)]
pub(crate) struct Cursor {
    segment: Arc<Segment>,
    window: Window,
    at: Position,
}

#[derive(Clone, Copy, Debug)]
struct Position {
    /// Of the record.
    offset: u64,
    /// Its header, once it is verified.
    header: Option<RecordHeader>,
    /// Bytes of its payload that are done.
    done: u64,
}

impl Upkeep {
    /// Copies one slice if the log is too long; whether there may be more to do at once.
    pub(crate) fn reclaim(&mut self) -> Result<bool, StoreError> {
        let Some(victim) = self.victim() else {
            self.cursor = None;
            return Ok(false);
        };
        if self.cursor.as_ref().is_none_or(|cursor| cursor.segment.number != victim.number) {
            self.cursor = Some(Cursor::new(victim));
        }
        let Some(cursor) = self.cursor.as_mut() else { return Ok(false) };
        let shared = self.shared.clone();
        let (rows, next) = cursor.slice(&shared)?;
        if rows.is_empty() {
            // Nothing counts any more; one durable record has to say so.
            self.cursor = None;
        }
        let was_empty = rows.is_empty();
        let done = copy(&shared, rows)?;
        if let Some(cursor) = self.cursor.as_mut().filter(|_| done && !was_empty) {
            cursor.at = next;
        }
        let waits_for_segment = shared.supply().wanted.is_some() && shared.has_room.load(Ordering::Acquire);
        Ok(done || waits_for_segment)
    }

    /// The oldest segment, if the log is longer than it should be.
    fn victim(&mut self) -> Option<Arc<Segment>> {
        let shared = self.shared.clone();
        let index = shared.index();
        let (first, last) = (index.segments().next()?, index.segments().next_back()?);
        let (number, active) = (first.segment.number, last.segment.number);
        if !self.is_due(&index, number, active) || number == active {
            return None;
        }
        let is_released = first.live_rows == 0 && number < shared.durable_oldest.load(Ordering::Acquire);
        let victim = (!is_released && self.has_place_for(first.live_bytes)).then(|| first.segment.clone());
        drop(index);
        victim
    }

    /// On a full disk every segment that there was at the beginning is copied once: the gain may be at the far end.
    /// What is dead then is padding, and no reason to begin again.
    fn is_due(&mut self, index: &Index, oldest: u32, active: u32) -> bool {
        if self.pass_end.is_some_and(|end| oldest > end) {
            self.pass_end = None;
            self.shared.padding.store(dead(index), Ordering::Relaxed);
        }
        if self.shared.has_room.load(Ordering::Acquire) {
            self.pass_end = None;
        }
        let is_due = self.pass_end.is_some() || is_too_long(index, &self.shared);
        if is_due && self.pass_end.is_none() && !self.shared.has_room.load(Ordering::Acquire) {
            self.pass_end = Some(active);
        }
        is_due
    }

    /// On a full disk a segment is only begun if all of it can be copied: room that is spent on half of one is gone.
    fn has_place_for(&self, live: u64) -> bool {
        let is_begun = self.cursor.is_some();
        is_begun || self.shared.has_room.load(Ordering::Acquire) || self.room() > live + live / 32 + 4 * BLOCK
    }
}

/// More than twice of what counts and some segments; when the disk is full, as soon as there is something to gain.
pub(crate) fn is_too_long(index: &Index, shared: &Shared) -> bool {
    if shared.has_room.load(Ordering::Acquire) {
        let active = index.segments().next_back().map_or(0, |last| last.segment.size);
        return index.log_bytes() > 2 * index.live_bytes() + 3 * active.min(shared.options.largest_segment);
    }
    dead(index) > shared.padding.load(Ordering::Relaxed) + shared.options.reserve / 8
}

/// Bytes of the segments before the active one that do not count.
fn dead(index: &Index) -> u64 {
    let Some(active) = index.segments().next_back() else { return 0 };
    (index.log_bytes() - active.segment.size).saturating_sub(index.live_bytes() - active.live_bytes)
}

impl Cursor {
    fn new(segment: Arc<Segment>) -> Self {
        let window = Window::new(segment.file.clone(), segment.size);
        Self { segment, window, at: Position { offset: BLOCK, header: None, done: 0 } }
    }

    /// The next rows that count, and the position behind them; no rows when nothing counts any more.
    fn slice(&mut self, shared: &Shared) -> Result<(Vec<CopiedRow>, Position), StoreError> {
        let (mut rows, mut bytes, mut at) = (Vec::new(), 0, self.at);
        while bytes < shared.options.slice
            && shared
                .index()
                .segment(self.segment.number)
                .is_some_and(|usage| usage.live_rows > rows.len() as u64)
        {
            let Some(header) = self.header(&mut at)? else {
                return Err(self
                    .segment
                    .damaged(format!("rows that stand in it are not found up to offset {}", at.offset)));
            };
            if at.done == header.payload_length {
                let span = header.span().unwrap_or(BLOCK);
                at = Position { offset: at.offset + span, header: None, done: 0 };
                continue;
            }
            bytes += self.take(shared, &header, &mut at, &mut rows)?;
        }
        Ok((rows, at))
    }

    /// The header of the record at a position, verified with its payload when it is new.
    fn header(&mut self, at: &mut Position) -> Result<Option<RecordHeader>, StoreError> {
        if at.header.is_none() {
            at.header = match record_at(&self.segment, &mut self.window, at.offset)? {
                Found::Record(header, _) if header.kind == Kind::Batch => Some(header),
                _ => None,
            };
        }
        Ok(at.header)
    }

    /// Takes rows of one record until the slice is full or the record ends; how many bytes.
    fn take(
        &mut self,
        shared: &Shared,
        header: &RecordHeader,
        at: &mut Position,
        rows: &mut Vec<CopiedRow>,
    ) -> Result<u64, StoreError> {
        let segment = self.segment.clone();
        let start = header.offset + HEADER as u64 + at.done;
        let payload = self
            .window
            .get(header.offset + HEADER as u64, header.payload_length)
            .map_err(|error| segment.error(&error))?
            .and_then(|payload| payload.get(usize::try_from(at.done).ok()?..))
            .unwrap_or_default();
        let (mut read, mut bytes) = (0, 0);
        let index = shared.index();
        // Commits wait while the index is read.
        while bytes < shared.options.slice && read < MOST_READ && read < payload.len() {
            let Some((entry, length)) = decode_entry(&payload[read..]) else {
                let offset = start + read as u64;
                return Err(segment.damaged(format!("at offset {offset} is no operation that was written")));
            };
            if let Entry::Put { key, value } = entry {
                let value_length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                let location =
                    Location { segment: segment.number, value_length, offset: start + read as u64 };
                if index.get(key) == Some(location) {
                    let (key, value) = (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
                    rows.push(CopiedRow { key, value, location });
                    bytes += length as u64;
                }
            }
            read += length;
        }
        at.done += read as u64;
        Ok(bytes)
    }
}

/// Has the next commit take the rows along, or writes them when none comes. False when that is to be tried again.
fn copy(shared: &Shared, rows: Vec<CopiedRow>) -> Result<bool, StoreError> {
    if shared.options.inline {
        return write(shared, rows);
    }
    let mut supply = shared.supply();
    supply.copies = Copies::Offered(rows);
    loop {
        supply = shared.wait_supplied(supply, Some(PATIENCE));
        match std::mem::take(&mut supply.copies) {
            Copies::Done(done) => return Ok(done),
            Copies::Offered(rows) => {
                drop(supply);
                return write(shared, rows);
            }
            other => {
                shared.healthy()?;
                supply.copies = other;
            }
        }
    }
}

/// Writes a slice by itself, unless a commit is under way, which may be waiting for us.
fn write(shared: &Shared, rows: Vec<CopiedRow>) -> Result<bool, StoreError> {
    let Ok(mut writer) = shared.writer.try_lock() else { return Ok(false) };
    shared.healthy()?;
    let rows = current(shared, rows);
    // The next round makes the segment ready, if there is room for one.
    let next_round = |span: u64| {
        shared.supply().wanted = Some(span);
        Err(StoreError::Full { place: shared.folder.place() })
    };
    match shared.append(&mut writer, &rows, &WriteBatch::new(), &next_round) {
        Err(StoreError::Full { .. }) => Ok(false),
        outcome => outcome.map(|()| {
            shared.supply().wanted = None;
            true
        }),
    }
}

/// Without the rows that were replaced or removed meanwhile. The caller holds the writer.
pub(crate) fn current(shared: &Shared, mut rows: Vec<CopiedRow>) -> Vec<CopiedRow> {
    let index = shared.index();
    rows.retain(|row| index.get(&row.key) == Some(row.location));
    rows
}
