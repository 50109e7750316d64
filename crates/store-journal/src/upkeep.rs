//! What happens beside the commits: segments made ready ahead, old ones reclaimed, a reserve kept.
//!
//! One thread does this, or, in tests, the commits do it themselves so that every run is the same.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use duologue_store::StoreError;

use crate::files::write_all;
use crate::reclaim::Cursor;
use crate::recovery::Spare;
use crate::segment::{Name, Segment, capacity, size_for};
use crate::shared::Shared;

/// Segments that wait, numbered, behind the active one.
const READY: usize = 2;
/// Spare files kept beside the reserve.
const SPARES: usize = 2;
/// Files of the reserve's size: one for what is committed, one for what is copied.
const RESERVES: usize = 2;
/// Small writes keep the pages of the system's cache small, which a commit's flush walks through.
const ZEROS: usize = 16 << 10;
/// Zeros are flushed in such pieces, so that a commit's flush never waits for many of them.
const FLUSHED_ZEROS: u64 = 4 << 20;
/// How long to wait before asking a full disk again.
const FULL_PAUSE: Duration = Duration::from_secs(1);
/// How long to wait for readers of a reclaimed segment.
const READERS_PAUSE: Duration = Duration::from_millis(20);

/// The upkeep's own state.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pub(crate) shared: Arc<Shared>,
    spares: Vec<Spare>,
    /// The next file that is made gets this number.
    next_spare: u32,
    /// The next segment that is made ready gets this number.
    next_segment: u32,
    /// Segments of no use, oldest first, that readers may still hold.
    released: VecDeque<Arc<Segment>>,
    pub(crate) cursor: Option<Cursor>,
    /// On a full disk: the last segment that this pass over the log copies.
    pub(crate) pass_end: Option<u32>,
}

impl Upkeep {
    pub(crate) fn new(
        shared: Arc<Shared>,
        spares: Vec<Spare>,
        next_segment: u32,
        released: impl IntoIterator<Item = Arc<Segment>>,
    ) -> Self {
        let next_spare = spares.iter().map(|spare| spare.number).max().unwrap_or(0) + 1;
        Self {
            shared,
            spares,
            next_spare,
            next_segment,
            released: released.into_iter().collect(),
            cursor: None,
            pass_end: None,
        }
    }

    /// The thread's life.
    pub(crate) fn run(mut self) {
        loop {
            let pause = match self.round() {
                Ok(pause) => pause,
                Err(error) => {
                    self.shared.poison(error);
                    return;
                }
            };
            let mut supply = self.shared.supply();
            if !supply.is_due && !supply.is_closing && pause != Some(Duration::ZERO) {
                supply = self.shared.wait_due(supply, pause);
            }
            supply.is_due = false;
            if supply.is_closing || self.shared.healthy().is_err() {
                return;
            }
        }
    }

    /// Does what is due; how long until something is due by itself.
    pub(crate) fn round(&mut self) -> Result<Option<Duration>, StoreError> {
        match self.steps() {
            // Some file systems need room even to remove a file. What is left undone is done later.
            Err(StoreError::Full { .. }) => {
                self.shared.has_room.store(false, Ordering::Release);
                Ok(Some(FULL_PAUSE))
            }
            outcome => outcome,
        }
    }

    fn steps(&mut self) -> Result<Option<Duration>, StoreError> {
        self.retire()?;
        self.supply()?;
        self.keep_reserve()?;
        if self.reclaim()? {
            return Ok(Some(Duration::ZERO));
        }
        let is_full = !self.shared.has_room.load(Ordering::Acquire);
        let pause = is_full.then_some(FULL_PAUSE);
        Ok(if self.released.is_empty() { pause } else { Some(READERS_PAUSE) })
    }

    /// Files of segments that nothing needs any more become spares, oldest first.
    pub(crate) fn retire(&mut self) -> Result<(), StoreError> {
        let oldest = self.shared.durable_oldest.load(Ordering::Acquire);
        let released = self.shared.index_mut().release(oldest);
        self.released.extend(released);
        let mut changed = false;
        while let Some(segment) = self.released.pop_front() {
            // A reader holds it, and would read what the next life of the file writes.
            if Arc::strong_count(&segment) > 1 {
                self.released.push_front(segment);
                break;
            }
            self.spare_or_remove(&segment)?;
            changed = true;
        }
        // The names are gone for good before anything is written to the files.
        if changed { self.flush_folder() } else { Ok(()) }
    }

    fn spare_or_remove(&mut self, segment: &Segment) -> Result<(), StoreError> {
        let name = Name::Segment(segment.number).text();
        let has_room = self.shared.has_room.load(Ordering::Acquire);
        let is_small = segment.size < self.standard() / 2;
        if has_room && (is_small || self.spares.len() - self.reserves().count().min(RESERVES) >= SPARES) {
            return self.shared.folder.remove(&name).map_err(|error| segment.error(&error));
        }
        let number = self.take_spare_number();
        self.shared
            .folder
            .rename(&name, &Name::Spare(number).text())
            .map_err(|error| segment.error(&error))?;
        self.spares.push(Spare { number, size: segment.size, file: segment.file.clone() });
        Ok(())
    }

    fn take_spare_number(&mut self) -> u32 {
        let number = self.next_spare;
        self.next_spare += 1;
        number
    }

    /// A flush that fails is never just a full disk: nothing is known about any name since the last one.
    fn flush_folder(&self) -> Result<(), StoreError> {
        let place = self.shared.folder.place();
        self.shared
            .folder
            .flush()
            .map_err(|error| StoreError::Io(format!("{place}: a flush failed: {error}")))
    }

    fn folder_error(&self, error: &io::Error) -> StoreError {
        StoreError::from_io(&self.shared.folder.place(), error)
    }

    /// Bytes of a new segment: small at first, larger the more is written.
    fn standard(&self) -> u64 {
        let options = &self.shared.options;
        let appended = self.shared.appended.load(Ordering::Relaxed);
        (appended / 8).next_power_of_two().clamp(options.smallest_segment, options.largest_segment)
    }

    /// Keeps segments ready; first of all the one that a commit waits for.
    pub(crate) fn supply(&mut self) -> Result<(), StoreError> {
        loop {
            let (ready, wanted) = {
                let supply = self.shared.supply();
                let front = supply.ready.front().map(|segment| capacity(segment.size));
                (supply.ready.len(), supply.wanted.filter(|wanted| front.is_none_or(|front| front < *wanted)))
            };
            let size = match wanted {
                Some(span) => size_for(span).max(self.standard()),
                None if ready < READY => self.standard(),
                None => return Ok(()),
            };
            if wanted.is_some() && ready > 0 {
                self.take_back_ready()?;
            }
            match (self.make_ready(size, wanted), wanted) {
                (Ok(()), _) => {}
                (Err(full @ StoreError::Full { .. }), Some(_)) => {
                    let mut supply = self.shared.supply();
                    (supply.wanted, supply.refused) = (None, Some(full));
                    drop(supply);
                    self.shared.notify_supplied();
                    return Ok(());
                }
                (Err(StoreError::Full { .. }), None) => return Ok(()),
                (Err(error), _) => return Err(error),
            }
        }
    }

    /// The ready segments are too small for the record that comes, and their numbers are needed.
    fn take_back_ready(&mut self) -> Result<(), StoreError> {
        let ready = std::mem::take(&mut self.shared.supply().ready);
        if let Some(first) = ready.front() {
            self.next_segment = first.number;
        }
        // The last one first: a crash in between must not leave a gap.
        for segment in ready.into_iter().rev() {
            let number = self.take_spare_number();
            let (from, to) = (Name::Segment(segment.number).text(), Name::Spare(number).text());
            self.shared.folder.rename(&from, &to).map_err(|error| segment.error(&error))?;
            self.spares.push(Spare { number, size: segment.size, file: segment.file.clone() });
        }
        self.flush_folder()
    }

    /// Makes one more segment ready, of `size` bytes; when the disk is full, of any size that does.
    fn make_ready(&mut self, size: u64, wanted: Option<u64>) -> Result<(), StoreError> {
        let least = wanted.map_or(self.shared.options.smallest_segment, size_for);
        // A commit that waits takes any that does, or one whose blocks are not zeroed: slower, but here at once.
        let preferred = if wanted.is_some() { least } else { size };
        let at = match self.find_spare(preferred, self.shared.options.reserve) {
            Some(at) => at,
            None => match self.create(size, wanted.is_some()) {
                Ok(at) => at,
                Err(full @ StoreError::Full { .. }) => {
                    // The reserve is for this. The next look at it says whether it is still there.
                    self.shared.has_room.store(false, Ordering::Release);
                    self.find_spare(least, u64::MAX).ok_or(full)?
                }
                Err(error) => return Err(error),
            },
        };
        let number = self.next_segment;
        let segment = self.number_spare(at, number)?;
        self.next_segment = number.checked_add(1).ok_or_else(|| {
            StoreError::Io(format!("{}: there are no more numbers for segments", self.shared.folder.place()))
        })?;
        let mut supply = self.shared.supply();
        supply.ready.push_back(Arc::new(segment));
        drop(supply);
        self.shared.notify_supplied();
        Ok(())
    }

    /// Gives a spare a segment's first block, and then its name.
    fn number_spare(&mut self, at: usize, number: u32) -> Result<Segment, StoreError> {
        let folder = self.shared.folder.clone();
        let spare = &self.spares[at];
        let name = Name::Segment(number).text();
        let place = format!("{}/{name}", folder.place());
        let from_io = |error: io::Error| StoreError::from_io(&place, &error);
        let nonce = folder.nonce().map_err(from_io)?;
        Segment::write_header(number, nonce, spare.size, spare.file.as_ref()).map_err(from_io)?;
        folder.rename(&Name::Spare(spare.number).text(), &name).map_err(from_io)?;
        let Spare { size, file, .. } = self.spares.swap_remove(at);
        // Until the name is durable nobody may write to it; an error here ends everything.
        self.flush_folder()?;
        Ok(Segment { number, nonce, size, file, place })
    }

    /// Bytes that can be written without asking the disk for room.
    pub(crate) fn room(&self) -> u64 {
        let active = self.shared.active_room.load(Ordering::Relaxed);
        let ready: u64 = self.shared.supply().ready.iter().map(|segment| capacity(segment.size)).sum();
        active + ready + self.spares.iter().map(|spare| capacity(spare.size)).sum::<u64>()
    }

    /// The smallest spare of at least `least` and less than `below` bytes.
    fn find_spare(&self, least: u64, below: u64) -> Option<usize> {
        let fits = self.spares.iter().enumerate().filter(|(_, spare)| (least..below).contains(&spare.size));
        fits.min_by_key(|(_, spare)| spare.size).map(|(at, _)| at)
    }

    /// A new file full of zeros, so that writing to it later changes nothing but its bytes.
    fn create(&mut self, size: u64, in_haste: bool) -> Result<usize, StoreError> {
        if in_haste {
            return self.create_file(size, |file| file.allocate(size));
        }
        let shared = self.shared.clone();
        self.create_file(size, |file| {
            let zeros = vec![0; ZEROS];
            let mut at = 0;
            while at < size {
                if at.is_multiple_of(FLUSHED_ZEROS) && shared.supply().wanted.is_some() {
                    return file.allocate(size);
                }
                let length = (size - at).min(ZEROS as u64);
                write_all(file, at, &zeros[..usize::try_from(length).unwrap_or(ZEROS)])?;
                at += length;
                if at.is_multiple_of(FLUSHED_ZEROS) {
                    file.flush()?;
                }
            }
            file.flush()
        })
    }

    fn create_file(
        &mut self,
        size: u64,
        fill: impl FnOnce(&dyn crate::files::BlockFile) -> io::Result<()>,
    ) -> Result<usize, StoreError> {
        let number = self.take_spare_number();
        let folder = self.shared.folder.clone();
        let unfinished = Name::Unfinished(number).text();
        let made = folder.create(&unfinished).and_then(|file| {
            fill(file.as_ref())?;
            folder.rename(&unfinished, &Name::Spare(number).text())?;
            Ok(file)
        });
        match made {
            Ok(file) => {
                self.spares.push(Spare { number, size, file });
                Ok(self.spares.len() - 1)
            }
            Err(error) => {
                // What is left of it is removed at the next start at the latest.
                let _ = folder.remove(&unfinished);
                Err(self.folder_error(&error))
            }
        }
    }

    /// Room for everything that has been accepted and for deletes, and for copying a segment of that size meanwhile.
    pub(crate) fn keep_reserve(&mut self) -> Result<(), StoreError> {
        let reserve = self.shared.options.reserve;
        while self.reserves().count() < RESERVES {
            match self.create_file(reserve, |file| file.allocate(reserve)) {
                Ok(_) => {}
                Err(StoreError::Full { .. }) if self.give_back()? => {}
                Err(StoreError::Full { .. }) => {
                    if self.shared.has_room.swap(false, Ordering::AcqRel) {
                        let place = self.shared.folder.place();
                        tracing::warn!(
                            place,
                            "the disk is full; only what needs no room is accepted until there is some"
                        );
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.trim()?;
        if !self.shared.has_room.swap(true, Ordering::AcqRel) {
            tracing::info!(place = self.shared.folder.place(), "there is room for new work");
        }
        Ok(())
    }

    /// Gives a spare's room back to the disk for the reserve, if it is not the only one.
    fn give_back(&mut self) -> Result<bool, StoreError> {
        let small = self.spares.iter().filter(|spare| spare.size < self.shared.options.reserve);
        if small.clone().count() < 2 {
            return Ok(false);
        }
        let Some(number) = small.min_by_key(|spare| spare.size).map(|spare| spare.number) else {
            return Ok(false);
        };
        self.shared.folder.remove(&Name::Spare(number).text()).map_err(|error| self.folder_error(&error))?;
        self.spares.retain(|spare| spare.number != number);
        Ok(true)
    }

    fn reserves(&self) -> impl Iterator<Item = &Spare> {
        self.spares.iter().filter(|spare| spare.size >= self.shared.options.reserve)
    }

    /// Removes files that are too small to be used again, and more large ones than the reserve is.
    fn trim(&mut self) -> Result<(), StoreError> {
        let (standard, reserve) = (self.standard(), self.shared.options.reserve);
        let mut kept: Vec<_> = self.reserves().map(|spare| (spare.size, spare.number)).collect();
        kept.sort_unstable();
        kept.truncate(RESERVES);
        let folder = self.shared.folder.clone();
        let is_kept = |spare: &Spare| {
            kept.contains(&(spare.size, spare.number)) || (spare.size < reserve && spare.size >= standard / 2)
        };
        for spare in self.spares.extract_if(.., |spare| !is_kept(spare)) {
            let name = Name::Spare(spare.number).text();
            folder.remove(&name).map_err(|error| StoreError::from_io(&folder.place(), &error))?;
        }
        Ok(())
    }
}
