//! What commits, reads and the upkeep share.
//!
//! Locks are taken in this order: writer, supply, index. The upkeep never waits for the writer, which may be
//! waiting for the upkeep to bring a segment.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

use duologue_store::{StoreError, WriteBatch};

use crate::Options;
use crate::files::{Folder, is_full, write_all};
use crate::index::Index;
use crate::record::{BLOCK, Kind};
use crate::segment::{Segment, capacity};
use crate::writer::{CopiedRow, Writer};

/// An open journal.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: Arc<dyn Folder>,
    pub(crate) options: Options,
    pub(crate) epoch: u64,
    pub(crate) index: RwLock<Index>,
    pub(crate) writer: Mutex<Writer>,
    supply: Mutex<Supply>,
    /// The supply changed in favour of whoever commits, or took what the upkeep offered.
    supplied: Condvar,
    /// The upkeep has something to do.
    due: Condvar,
    pub(crate) has_room: AtomicBool,
    /// Every durable record from now on says that older segments are of no use.
    pub(crate) durable_oldest: AtomicU32,
    /// Bytes of records written since the store was opened.
    pub(crate) appended: AtomicU64,
    /// Bytes left in the active segment.
    pub(crate) active_room: AtomicU64,
    /// Dead bytes that copying does not get rid of, as the last pass over a full disk left them.
    pub(crate) padding: AtomicU64,
    poisoned: OnceLock<String>,
}

/// What passes between commits and the upkeep.
#[derive(Debug, Default)]
pub(crate) struct Supply {
    /// Segments with consecutive numbers behind the active one; durable, empty.
    pub(crate) ready: VecDeque<Arc<Segment>>,
    /// A commit waits for a segment that takes so many bytes.
    pub(crate) wanted: Option<u64>,
    /// There is none and there will be none.
    pub(crate) refused: Option<StoreError>,
    /// Rows that the next commit is to take along.
    pub(crate) copies: Copies,
    pub(crate) is_due: bool,
    pub(crate) is_closing: bool,
}

/// A slice of rows on its way to the end of the log.
#[derive(Debug, Default)]
pub(crate) enum Copies {
    /// There is none.
    #[default]
    None,
    /// The next commit may take it.
    Offered(Vec<CopiedRow>),
    /// A commit has it.
    Taken,
    /// The commit is over; whether it is durable.
    Done(bool),
}

impl Supply {
    /// The slice that waits for a commit, which then has it; none if it takes more than `room` bytes.
    pub(crate) fn take_copies(&mut self, room: u64) -> Option<Vec<CopiedRow>> {
        let Copies::Offered(rows) = &mut self.copies else { return None };
        let size: u64 = rows.iter().map(|row| row.location.size(&row.key)).sum();
        if size > room {
            return None;
        }
        let rows = std::mem::take(rows);
        self.copies = Copies::Taken;
        Some(rows)
    }
}

/// Where a commit gets its next segment from when none is ready that takes so many bytes.
pub(crate) type More<'a> = dyn Fn(u64) -> Result<(), StoreError> + 'a;

impl Shared {
    pub(crate) fn new(
        folder: Arc<dyn Folder>,
        options: Options,
        epoch: u64,
        index: Index,
        writer: Writer,
        ready: VecDeque<Arc<Segment>>,
    ) -> Self {
        Self {
            folder,
            options,
            epoch,
            index: RwLock::new(index),
            writer: Mutex::new(writer),
            supply: Mutex::new(Supply { ready, ..Supply::default() }),
            supplied: Condvar::new(),
            due: Condvar::new(),
            has_room: AtomicBool::new(true),
            durable_oldest: AtomicU32::new(0),
            appended: AtomicU64::new(0),
            active_room: AtomicU64::new(0),
            padding: AtomicU64::new(0),
            poisoned: OnceLock::new(),
        }
    }

    pub(crate) fn supply(&self) -> MutexGuard<'_, Supply> {
        self.supply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the supply changes, at most `timeout` if one is given.
    pub(crate) fn wait_supplied<'a>(
        &self,
        supply: MutexGuard<'a, Supply>,
        timeout: Option<std::time::Duration>,
    ) -> MutexGuard<'a, Supply> {
        wait(&self.supplied, supply, timeout)
    }

    /// Waits until the upkeep has something to do.
    pub(crate) fn wait_due<'a>(
        &self,
        supply: MutexGuard<'a, Supply>,
        timeout: Option<std::time::Duration>,
    ) -> MutexGuard<'a, Supply> {
        wait(&self.due, supply, timeout)
    }

    pub(crate) fn notify_supplied(&self) {
        self.supplied.notify_all();
    }

    /// Wakes the upkeep.
    pub(crate) fn notify_due(&self) {
        self.supply().is_due = true;
        self.due.notify_one();
    }

    pub(crate) fn healthy(&self) -> Result<(), StoreError> {
        match self.poisoned.get() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Poisoned { reason: reason.clone() }),
        }
    }

    /// The handle is of no use any more. Damage is reported as such once, since it needs another remedy.
    pub(crate) fn poison(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Poisoned { .. }) {
            return error;
        }
        tracing::error!(%error, place = self.folder.place(), "the store stopped");
        let reason = error.to_string();
        let first = self.poisoned.set(reason.clone()).is_ok();
        // With the lock, so that nobody looks before it is poisoned and waits after it was notified.
        drop(self.supply());
        self.supplied.notify_all();
        self.due.notify_all();
        if first && matches!(error, StoreError::Damaged { .. }) {
            return error;
        }
        StoreError::Poisoned { reason: self.poisoned.get().cloned().unwrap_or(reason) }
    }

    /// Writes copies and batch as one record, durably, and tells the index. After [`StoreError::Full`] nothing has
    /// happened.
    pub(crate) fn append(
        &self,
        writer: &mut Writer,
        copies: &[CopiedRow],
        batch: &WriteBatch,
        more: &More<'_>,
    ) -> Result<(), StoreError> {
        writer.encode(copies, batch);
        while !writer.fits(writer.span()) {
            match self.switch(writer, more) {
                Err(StoreError::Full { .. }) if self.release(writer)? => {}
                outcome => outcome?,
            }
        }
        let oldest = self.oldest_in_use();
        writer.stamp(oldest, self.epoch);
        self.write(&writer.active, writer.end, &writer.buffer)?;
        self.appended.fetch_add(writer.span(), Ordering::Relaxed);
        let mut index = self.index_mut();
        writer.apply(&mut index, copies, batch);
        drop(index);
        self.active_room.store(writer.active.room_end().saturating_sub(writer.end), Ordering::Relaxed);
        self.durable_oldest.store(oldest, Ordering::Release);
        Ok(())
    }

    fn oldest_in_use(&self) -> u32 {
        self.index().oldest_in_use().unwrap_or(0)
    }

    /// When there is no room for anything else: one block, kept for this, says that old segments are of no use, which
    /// then can be used again. False if there are none, or the block is used up.
    fn release(&self, writer: &mut Writer) -> Result<bool, StoreError> {
        let oldest = self.oldest_in_use();
        let is_kept = writer.end + BLOCK <= writer.active.size - BLOCK;
        if oldest <= self.durable_oldest.load(Ordering::Acquire) || !is_kept {
            return Ok(false);
        }
        self.write(&writer.active, writer.end, &writer.empty_record(Kind::Batch, oldest, self.epoch))?;
        writer.end += BLOCK;
        writer.sequence += 1;
        self.durable_oldest.store(oldest, Ordering::Release);
        self.notify_due();
        Ok(true)
    }

    /// Seals the active segment and goes on in the next.
    fn switch(&self, writer: &mut Writer, more: &More<'_>) -> Result<(), StoreError> {
        let span = writer.span();
        let next = loop {
            if let Some(next) = self.supply().ready.front().filter(|next| span <= capacity(next.size)) {
                break next.clone();
            }
            more(span)?;
        };
        // Durable before the first record behind it: from here on the next segment must be there.
        self.write(
            &writer.active,
            writer.end,
            &writer.empty_record(Kind::Seal, self.oldest_in_use(), self.epoch),
        )?;
        self.supply().ready.pop_front();
        self.index_mut().add_segment(next.clone());
        writer.switch(next);
        self.notify_due();
        Ok(())
    }

    /// Writes a record's bytes and flushes them. When there is no place, nothing stays of it.
    fn write(&self, segment: &Segment, offset: u64, data: &[u8]) -> Result<(), StoreError> {
        match write_all(segment.file.as_ref(), offset, data) {
            Ok(()) => {}
            Err(error) if is_full(&error) => {
                // What was written may be all but some padding, and a crash must not find a record that was refused.
                take_back(segment, offset)
                    .map_err(|error| self.poison_io(segment, "a write failed", &error))?;
                return Err(segment.error(&error));
            }
            Err(error) => return Err(self.poison_io(segment, "a write failed", &error)),
        }
        // Never tried again: the system may have dropped what it could not write.
        segment.file.flush().map_err(|error| self.poison_io(segment, "a flush failed", &error))
    }

    fn poison_io(&self, segment: &Segment, what: &str, error: &io::Error) -> StoreError {
        self.poison(StoreError::Io(format!("{}: {what}: {error}", segment.place)))
    }
}

fn take_back(segment: &Segment, offset: u64) -> io::Result<()> {
    write_all(segment.file.as_ref(), offset, &[0; BLOCK as usize])?;
    segment.file.flush()
}

fn wait<'a>(
    condition: &Condvar,
    supply: MutexGuard<'a, Supply>,
    timeout: Option<std::time::Duration>,
) -> MutexGuard<'a, Supply> {
    match timeout {
        None => condition.wait(supply).unwrap_or_else(PoisonError::into_inner),
        Some(timeout) => condition.wait_timeout(supply, timeout).unwrap_or_else(PoisonError::into_inner).0,
    }
}
