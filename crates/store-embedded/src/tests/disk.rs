//! A disk that keeps apart what was written and what was flushed, and fails when it is told to.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

use crate::backend::Medium;

/// Disks write this much at once; a write that is larger may be torn.
const SECTOR: usize = 512;
/// File systems allocate this much at once.
const BLOCK: u64 = 4096;

#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Changes since the last flush.
    pending: Vec<Change>,
    syncs: u64,
    crash_at_sync: Option<u64>,
    fail_sync: Option<ErrorKind>,
    fail_read: bool,
    crashed: bool,
    allocated: BTreeSet<u64>,
    free_blocks: Option<usize>,
}

#[derive(Clone, Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Disk {
    pub(super) fn holding(image: Vec<u8>) -> Self {
        let allocated = (0..(image.len() as u64).div_ceil(BLOCK)).collect();
        let state = State { live: image.clone(), durable: image, allocated, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn medium(&self) -> Medium {
        let disk = self.clone();
        Medium::new("disk", move || Ok(Box::new(disk.clone()) as Box<dyn StorageBackend>))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// From the n-th flush on, which does nothing, every operation fails.
    pub(super) fn crash_at_sync(&self, sync: u64) {
        self.state().crash_at_sync = Some(sync);
    }

    pub(super) fn fail_sync(&self, kind: Option<ErrorKind>) {
        self.state().fail_sync = kind;
    }

    pub(super) fn fail_read(&self) {
        self.state().fail_read = true;
    }

    /// How many more blocks can be allocated; none: without limit.
    pub(super) fn set_free_blocks(&self, free: Option<usize>) {
        self.state().free_blocks = free;
    }

    /// Replaces the first byte of a sequence that the disk holds.
    pub(super) fn overwrite(&self, sequence: &[u8], byte: u8) {
        let mut state = self.state();
        let found = state.live.windows(sequence.len()).position(|window| window == sequence).unwrap();
        state.live[found] = byte;
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.state().live.clone()
    }

    /// What a crash leaves: everything flushed and, of what was not, the pieces that `survives` picks.
    pub(super) fn crash_image(&self, mut survives: impl FnMut() -> bool) -> Vec<u8> {
        let state = self.state();
        let mut image = state.durable.clone();
        for change in &state.pending {
            match change {
                Change::Length(length) if survives() => image.resize(*length, 0),
                Change::Length(_) => {}
                Change::Write(offset, data) => {
                    for (index, sector) in data.chunks(SECTOR).enumerate() {
                        let start = offset + index * SECTOR;
                        if survives() && start + sector.len() <= image.len() {
                            image[start..start + sector.len()].copy_from_slice(sector);
                        }
                    }
                }
            }
        }
        image
    }
}

impl State {
    fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(io::Error::other("the process is dead")) } else { Ok(()) }
    }

    fn allocate(&mut self, offset: u64, length: usize) -> io::Result<()> {
        for block in offset / BLOCK..(offset + length as u64).div_ceil(BLOCK) {
            if self.allocated.contains(&block) {
                continue;
            }
            if let Some(free) = &mut self.free_blocks {
                *free = free.checked_sub(1).ok_or(ErrorKind::StorageFull)?;
            }
            self.allocated.insert(block);
        }
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        state.alive()?;
        if state.fail_read {
            return Err(io::Error::other("unreadable sector"));
        }
        let start = offset as usize;
        out.copy_from_slice(state.live.get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        state.live.resize(len as usize, 0);
        state.pending.push(Change::Length(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        state.syncs += 1;
        if state.crash_at_sync == Some(state.syncs) {
            state.crashed = true;
            return state.alive();
        }
        if let Some(kind) = state.fail_sync {
            // As Linux does: reports it once and forgets what it could not write.
            state.pending.clear();
            return Err(kind.into());
        }
        state.durable = state.live.clone();
        state.pending.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        state.allocate(offset, data.len())?;
        let start = offset as usize;
        state.live[start..start + data.len()].copy_from_slice(data);
        state.pending.push(Change::Write(start, data.to_vec()));
        Ok(())
    }
}
