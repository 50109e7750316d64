//! A storage engine whose log is the store: batches are appended to it and flushed, and stay where they are.
//!
//! What is in memory is an ordered index of keys and places; values are read back from the log. The log is a row of
//! segments, files that are made and filled with zeros ahead and used again. The oldest one is reclaimed by copying
//! what still counts to the end, so that the log stays within twice the rows it holds and a constant, and a start
//! reads no more than that. The bytes are `docs/formats/journal.md`.
//!
//! What may go wrong, and what then happens:
//!
//! * The power fails: one record at most is incomplete, at the end of the log; it was not acknowledged and is cut.
//! * Bytes are not those that were written: the store does not open, and says where ([`StoreError::Damaged`]).
//! * A write or a flush fails: the handle is poisoned and nothing is tried again.
//! * The disk is full: [`Store::has_room`] says so, and what was accepted is written to a reserve.

mod files;
pub mod fuzzing;
mod index;
mod log;
mod offline;
mod reading;
mod reclaim;
mod record;
mod recovery;
mod segment;
mod shared;
mod system;
#[cfg(test)]
mod tests;
mod upkeep;
mod window;
mod writer;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use duologue_store::directory::{DirectoryLock, create_directory, flush_directory};
use duologue_store::{CheckReport, Epoch, Lease, Row, Store, StoreError, WriteBatch};

use crate::files::Folder;
use crate::reading::{Snapshot, no_segment, value};
use crate::recovery::{Layout, Recovered, Spare, layout, recover, refusal};
use crate::segment::Name;
use crate::shared::{Copies, More, Shared};
use crate::system::SystemFolder;
use crate::upkeep::Upkeep;
use crate::writer::Writer;

pub use crate::offline::{
    Cut, JournalCheck, LoggedOperation, LoggedRecord, SegmentSummary, check, cut, dump, is_journal, rows,
};
pub use crate::segment::JOURNAL_VERSION;

/// The journal's folder in the data directory.
pub const FOLDER: &str = "journal";
/// A journal gets its name once it is complete, so that an empty folder is damage and never a new store.
const NEW_FOLDER: &str = "journal.new";

/// Sizes in bytes, multiples of 4,096.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Of a new store's first segment.
    pub(crate) smallest_segment: u64,
    /// Of a busy store's segments.
    pub(crate) largest_segment: u64,
    /// Two files of this size are kept for what was accepted before the disk was full, and for deletes.
    pub(crate) reserve: u64,
    /// Copied at once; a commit that takes them along is so much longer.
    pub(crate) slice: u64,
    /// The commits do the upkeep, not a thread.
    pub(crate) inline: bool,
}

impl Default for Options {
    fn default() -> Self {
        // The broker may have 64 MiB queued when it is told that there is no room, and that is one record.
        Self {
            smallest_segment: 1 << 20,
            largest_segment: 64 << 20,
            reserve: 80 << 20,
            slice: 256 << 10,
            inline: false,
        }
    }
}

/// A store in a directory. Dropping it closes it and lets another process open it.
#[derive(Debug)]
pub struct JournalStore {
    shared: Arc<Shared>,
    lease: Lease,
    upkeep: Worker,
    /// Last, so that it is released after the files were closed.
    _lock: Option<DirectoryLock>,
}

#[derive(Debug)]
enum Worker {
    Thread(Option<JoinHandle<()>>),
    Inline(Box<Mutex<Upkeep>>),
}

impl JournalStore {
    /// Opens the store in `directory`, or creates both; takes the directory for this process alone.
    ///
    /// Reads and verifies the whole log.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = DirectoryLock::acquire(directory)?;
        let path = directory.join(FOLDER);
        let options = Options::default();
        if !path.exists() {
            create(directory, options)?;
        }
        Self::open_folder(Arc::new(SystemFolder { path }), options, Some(lock))
    }

    fn open_folder(
        folder: Arc<dyn Folder>,
        options: Options,
        lock: Option<DirectoryLock>,
    ) -> Result<Self, StoreError> {
        let layout = layout(folder.as_ref())?;
        let recovered = recover(&layout).map_err(|error| refusal(&layout, error))?;
        make_durable(folder.as_ref(), &layout, &recovered)?;
        let (shared, mut upkeep) = start(folder, options, layout, recovered)?;
        // A record of its own for every start: the next one has a higher epoch, and the log is known to be writable.
        begin(&shared, &mut upkeep)?;
        // Before anything new is accepted, and without a word when it is there.
        upkeep.keep_reserve()?;
        let lease = Lease { epoch: Epoch(shared.epoch) };
        let upkeep =
            if options.inline { Worker::Inline(Box::new(Mutex::new(upkeep))) } else { thread(upkeep)? };
        Ok(Self { shared, lease, upkeep, _lock: lock })
    }

    /// Does the upkeep at once where no thread does it.
    fn upkeep_inline(&self, run: impl Fn(&mut Upkeep) -> Result<(), StoreError>) -> Result<(), StoreError> {
        match &self.upkeep {
            Worker::Thread(_) => Ok(()),
            Worker::Inline(upkeep) => {
                let mut upkeep = upkeep.lock().unwrap_or_else(PoisonError::into_inner);
                run(&mut upkeep).map_err(|error| self.shared.poison(error))
            }
        }
    }

    /// Waits until a segment is ready that takes a record of `span` bytes.
    fn more(&self, span: u64) -> Result<(), StoreError> {
        let mut supply = self.shared.supply();
        (supply.wanted, supply.refused) = (Some(span), None);
        drop(supply);
        self.upkeep_inline(|upkeep| upkeep.retire().and_then(|()| upkeep.supply()))?;
        self.shared.notify_due();
        let mut supply = self.shared.supply();
        loop {
            if supply.ready.front().is_some_and(|next| span <= segment::capacity(next.size)) {
                supply.wanted = None;
                return Ok(());
            }
            if let Some(refused) = supply.refused.take() {
                supply.wanted = None;
                return Err(refused);
            }
            self.shared.healthy()?;
            supply = self.shared.wait_supplied(supply, None);
        }
    }

    fn append(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        let mut writer = self.shared.writer();
        self.shared.healthy()?;
        let more: &More<'_> = &|span| self.more(span);
        // Only what fits where the log stands: who waits for a segment must not hold what the upkeep waits for.
        let room = writer.active.room_end().saturating_sub(writer.end + record::most_bytes(batch));
        let Some(offered) = self.shared.supply().take_copies(room) else {
            return self.shared.append(&mut writer, &[], batch, more);
        };
        let rows = reclaim::current(&self.shared, offered);
        let mut outcome = self.shared.append(&mut writer, &rows, batch, more);
        let is_copied = outcome.is_ok();
        if matches!(outcome, Err(StoreError::Full { .. })) && !rows.is_empty() {
            outcome = self.shared.append(&mut writer, &[], batch, more);
        }
        self.shared.supply().copies = Copies::Done(is_copied);
        self.shared.notify_supplied();
        outcome
    }

    fn is_upkeep_due(&self) -> bool {
        if self.shared.options.inline
            && (!self.has_room() || std::mem::take(&mut self.shared.supply().is_due))
        {
            return true;
        }
        let oldest = self.shared.durable_oldest.load(Ordering::Acquire);
        let index = self.shared.index();
        let is_released = index.segments().next().is_some_and(|first| first.segment.number < oldest);
        is_released || reclaim::is_too_long(&index, &self.shared)
    }

    fn read<T>(&self, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.shared.healthy()?;
        read().map_err(|error| self.shared.poison(error))
    }
}

/// Makes a journal in a directory that has none.
fn create(directory: &Path, options: Options) -> Result<(), StoreError> {
    let (new, path) = (directory.join(NEW_FOLDER), directory.join(FOLDER));
    let from_io = |error: std::io::Error| StoreError::from_io(&new.display().to_string(), &error);
    if new.exists() {
        std::fs::remove_dir_all(&new).map_err(from_io)?;
    }
    create_directory(&new).map_err(from_io)?;
    create_in(&SystemFolder { path: new.clone() }, options)?;
    std::fs::rename(&new, &path).and_then(|()| flush_directory(directory)).map_err(from_io)
}

/// Makes the first segment, with one record in it: a log never is without one.
fn create_in(folder: &dyn Folder, options: Options) -> Result<(), StoreError> {
    let from_io = |error: std::io::Error| StoreError::from_io(&folder.place(), &error);
    let name = Name::Segment(1).text();
    let file = folder.create(&name).map_err(from_io)?;
    let size = options.smallest_segment;
    files::write_all(file.as_ref(), 0, &vec![0; usize::try_from(size).unwrap_or(0)]).map_err(from_io)?;
    let nonce = folder.nonce().map_err(from_io)?;
    segment::Segment::write_header(1, nonce, size, file.as_ref()).map_err(from_io)?;
    let place = format!("{}/{name}", folder.place());
    let first = segment::Segment { number: 1, nonce, size, file: file.clone(), place };
    let mut writer = Writer::new(Arc::new(first), record::BLOCK, 0);
    writer.encode(&[], &WriteBatch::new());
    writer.stamp(1, 0);
    files::write_all(file.as_ref(), writer.end, &writer.buffer).map_err(from_io)?;
    file.flush().and_then(|()| folder.flush()).map_err(from_io)
}

/// What was read may be in the system's memory only, when the process died and the machine did not.
fn make_durable(folder: &dyn Folder, layout: &Layout, recovered: &Recovered) -> Result<(), StoreError> {
    let tail = recovered.tail.segment;
    if recovered.tail.is_torn {
        let place = &layout.segments[tail].place;
        let offset = recovered.tail.offset;
        tracing::warn!(
            place,
            offset,
            "the last record is incomplete and is cut: the server stopped while it was written"
        );
    }
    // The last record and the seal before it. Everything older was durable before these were written.
    for segment in &layout.segments[tail.saturating_sub(1)..=tail] {
        segment.file.flush().map_err(|error| segment.error(&error))?;
    }
    folder.flush().map_err(|error| StoreError::from_io(&folder.place(), &error))
}

fn start(
    folder: Arc<dyn Folder>,
    options: Options,
    layout: Layout,
    recovered: Recovered,
) -> Result<(Arc<Shared>, Upkeep), StoreError> {
    let from_io = |error: std::io::Error| StoreError::from_io(&folder.place(), &error);
    let Recovered { mut index, tail } = recovered;
    for number in layout.stray {
        folder.remove(&Name::Segment(number).text()).map_err(from_io)?;
    }
    for number in layout.unfinished {
        folder.remove(&Name::Unfinished(number).text()).map_err(from_io)?;
    }
    let mut spares = Vec::new();
    for number in layout.spares {
        let file = folder.open(&Name::Spare(number).text()).map_err(from_io)?;
        let size = file.size().map_err(from_io)? / record::BLOCK * record::BLOCK;
        spares.push(Spare { number, size, file });
    }
    let mut segments: VecDeque<_> = layout.segments.into();
    let ready = segments.split_off(tail.segment + 1);
    let Some(active) = segments.pop_back() else { return Err(no_segment()) };
    let next_segment = ready.back().unwrap_or(&active).number + 1;
    drop(segments);
    let released = index.release(tail.oldest);
    let writer = Writer::new(active, tail.offset, tail.sequence);
    let shared = Arc::new(Shared::new(folder, options, tail.epoch + 1, index, writer, ready));
    shared.durable_oldest.store(tail.oldest, Ordering::Release);
    let upkeep = Upkeep::new(shared.clone(), spares, next_segment, released);
    Ok((shared, upkeep))
}

/// The first record of a new owner.
fn begin(shared: &Arc<Shared>, upkeep: &mut Upkeep) -> Result<(), StoreError> {
    let upkeep = std::cell::RefCell::new(upkeep);
    let more = |span: u64| {
        shared.supply().wanted = Some(span);
        upkeep.borrow_mut().retire()?;
        upkeep.borrow_mut().supply()?;
        shared.supply().refused.take().map_or(Ok(()), Err)
    };
    shared.append(&mut shared.writer(), &[], &WriteBatch::new(), &more)
}

fn thread(upkeep: Upkeep) -> Result<Worker, StoreError> {
    let place = upkeep.shared.folder.place();
    let thread = std::thread::Builder::new().name("journal".into()).spawn(move || upkeep.run());
    thread.map(|thread| Worker::Thread(Some(thread))).map_err(|error| StoreError::from_io(&place, &error))
}

impl Store for JournalStore {
    fn lease(&self) -> Lease {
        self.lease
    }

    fn commit(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        batch.check_sizes()?;
        self.shared.healthy()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.append(batch)?;
        if self.is_upkeep_due() {
            // An inline round that fails poisons the handle; the batch is durable all the same.
            let _ = self.upkeep_inline(|upkeep| {
                while upkeep.round()? == Some(Duration::ZERO) {}
                Ok(())
            });
            self.shared.notify_due();
        }
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.read(|| {
            let (segment, location) = {
                let index = self.shared.index();
                let Some(location) = index.get(key) else { return Ok(None) };
                let usage = index.segment(location.segment).ok_or_else(no_segment)?;
                (usage.segment.clone(), location)
            };
            value(&segment, key, location).map(Some)
        })
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.read(|| {
            let snapshot = Snapshot::take(&self.shared.index(), prefix, after, limit);
            snapshot.read()
        })
    }

    fn has_room(&self) -> bool {
        self.shared.has_room.load(Ordering::Acquire)
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        // No commit and no slice meanwhile.
        let _writer = self.shared.writer();
        self.shared.healthy()?;
        let index = self.shared.index();
        let segments = index.segments().map(|usage| usage.segment.clone()).collect();
        let layout = Layout { segments, ..Layout::default() };
        let damage = match recover(&layout).map_err(|error| refusal(&layout, error)) {
            Ok(found) if found.index.has_same_rows(&index) => Vec::new(),
            Ok(_) => vec!["the log does not hold the rows that the index does".to_owned()],
            Err(StoreError::Damaged { place, detail }) => vec![format!("{place} is damaged: {detail}")],
            Err(error) => return Err(self.shared.poison(error)),
        };
        let report = CheckReport { rows: index.len() as u64, bytes: index.row_bytes(), damage };
        if let Some(detail) = report.damage.first() {
            self.shared
                .poison(StoreError::Damaged { place: self.shared.folder.place(), detail: detail.clone() });
        }
        Ok(report)
    }
}

impl Drop for JournalStore {
    fn drop(&mut self) {
        if let Worker::Thread(thread) = &mut self.upkeep {
            self.shared.supply().is_closing = true;
            self.shared.notify_due();
            // A thread that panicked has nothing more to say.
            let _ = thread.take().map(JoinHandle::join);
        }
        if self.shared.healthy().is_ok() {
            // One more record: damage to the one before it can't be taken for a torn end at the next start.
            let none = |_: u64| Err(StoreError::Full { place: String::new() });
            let _ = self.shared.append(&mut self.shared.writer(), &[], &WriteBatch::new(), &none);
        }
    }
}
