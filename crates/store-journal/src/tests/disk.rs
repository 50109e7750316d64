//! A disk that keeps apart what was written and what was flushed, and fails when it is told to.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::files::{BlockFile, Folder};

/// A folder in memory. Clones are the same folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names since the folder was flushed.
    pending_names: Vec<NameChange>,
    nonce: u128,
    /// Writes, flushes and changes of names so far.
    steps: u64,
    crash_at: Option<u64>,
    crashed: bool,
    fail_flush: Option<ErrorKind>,
    fail_write: Option<ErrorKind>,
    fail_after: Option<(u64, ErrorKind)>,
    /// How many more blocks can be allocated; none: without limit.
    free_blocks: Option<u64>,
    /// Bytes that one write takes at most.
    short: Option<usize>,
    flushes: u64,
}

#[derive(Clone, Debug, Default)]
struct Content {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone, Debug)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

/// How a crash treats what was not flushed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    pub(super) seed: u64,
    /// In a hundred pieces so many survive.
    pub(super) share: u64,
    /// Bytes of a piece: 512 or 4096.
    pub(super) piece: usize,
}

impl State {
    /// Counts a step; the one to crash at is not done, or done in part, and nothing after it.
    fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        self.steps += 1;
        if self.crash_at == Some(self.steps) {
            self.crashed = true;
        }
        Ok(())
    }

    fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(io::Error::other("the process is dead")) } else { Ok(()) }
    }

    fn grow(&mut self, file: usize, length: usize) -> io::Result<()> {
        let had = self.files[file].live.len().div_ceil(4096) as u64;
        let needed = (length.div_ceil(4096) as u64).saturating_sub(had);
        if let Some(free) = &mut self.free_blocks {
            *free = free.checked_sub(needed).ok_or(ErrorKind::StorageFull)?;
        }
        if length > self.files[file].live.len() {
            self.files[file].live.resize(length, 0);
        }
        Ok(())
    }

    fn release(&mut self, file: usize) {
        let blocks = self.files[file].live.len().div_ceil(4096) as u64;
        if let Some(free) = &mut self.free_blocks {
            *free += blocks;
        }
    }

    fn change_name(&mut self, change: NameChange) {
        apply(&mut self.names, &change);
        self.pending_names.push(change);
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Create(name, file) => {
            names.insert(name.clone(), *file);
        }
        NameChange::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        NameChange::Remove(name) => {
            names.remove(name);
        }
    }
}

/// A small generator of reproducible numbers (splitmix).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn steps(&self) -> u64 {
        self.state().steps
    }

    pub(super) fn flushes(&self) -> u64 {
        self.state().flushes
    }

    /// The process dies at this step from now on counted from the disk's beginning.
    pub(super) fn crash_at(&self, step: u64) {
        self.state().crash_at = Some(step);
    }

    pub(super) fn fail_flush(&self, kind: Option<ErrorKind>) {
        self.state().fail_flush = kind;
    }

    pub(super) fn fail_write(&self, kind: Option<ErrorKind>) {
        self.state().fail_write = kind;
    }

    /// After so many more writes every write fails.
    pub(super) fn fail_writes_after(&self, writes: u64, kind: ErrorKind) {
        self.state().fail_after = Some((writes, kind));
    }

    /// The process is started again on a machine that went on.
    pub(super) fn revive(&self) {
        let mut state = self.state();
        (state.crashed, state.crash_at) = (false, None);
    }

    pub(super) fn set_free_blocks(&self, free: Option<u64>) {
        self.state().free_blocks = free;
    }

    pub(super) fn set_short_writes(&self, length: usize) {
        self.state().short = Some(length);
    }

    /// The same bytes for another process, all of them durable.
    pub(super) fn copy(&self) -> Self {
        let state = self.state();
        let mut copy = State { nonce: state.nonce, ..State::default() };
        for (name, file) in &state.names {
            let live = state.files[*file].live.clone();
            copy.names.insert(name.clone(), copy.files.len());
            copy.files.push(Content { durable: live.clone(), live, pending: Vec::new() });
        }
        copy.durable_names = copy.names.clone();
        Self(Arc::new(Mutex::new(copy)))
    }

    /// What a crash of the machine leaves: everything flushed and, of what was not, some pieces. Names change in
    /// order, but not all of them may have.
    pub(super) fn crash_image(&self, crash: Crash) -> Self {
        let state = self.state();
        let mut random = Random(crash.seed);
        let mut survives = move || random.below(100) < crash.share;
        let mut names = state.durable_names.clone();
        for change in &state.pending_names {
            if !survives() {
                break;
            }
            apply(&mut names, change);
        }
        let mut image = State { nonce: state.nonce + (1 << 64), ..State::default() };
        for (name, file) in names {
            let live = state.files[file].after_crash(crash.piece, &mut survives);
            image.names.insert(name, image.files.len());
            image.files.push(Content { durable: live.clone(), live, pending: Vec::new() });
        }
        image.durable_names = image.names.clone();
        Self(Arc::new(Mutex::new(image)))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.state().names.keys().cloned().collect()
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.files[state.names[name]].live.clone()
    }

    pub(super) fn set_bytes(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let file = state.names[name];
        state.files[file] = Content { durable: bytes.clone(), live: bytes, pending: Vec::new() };
    }

    pub(super) fn flip(&self, name: &str, offset: usize, mask: u8) {
        let mut state = self.state();
        let file = state.names[name];
        state.files[file].live[offset] ^= mask;
        state.files[file].durable[offset] ^= mask;
    }
}

impl Content {
    fn after_crash(&self, piece: usize, survives: &mut impl FnMut() -> bool) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (offset, data) in &self.pending {
            let mut at = *offset;
            while at < offset + data.len() {
                let end = ((at / piece + 1) * piece).min(offset + data.len());
                if survives() {
                    if bytes.len() < end {
                        bytes.resize(end, 0);
                    }
                    bytes[at..end].copy_from_slice(&data[at - offset..end - offset]);
                }
                at = end;
            }
        }
        bytes
    }
}

impl Folder for Disk {
    fn place(&self) -> String {
        "disk".into()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.state().alive()?;
        Ok(self.names())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn BlockFile>> {
        let state = self.state();
        state.alive()?;
        let file = *state.names.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(DiskFile { disk: self.clone(), file }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn BlockFile>> {
        let mut state = self.state();
        state.step()?;
        state.alive()?;
        let file = state.files.len();
        state.files.push(Content::default());
        state.change_name(NameChange::Create(name.into(), file));
        Ok(Arc::new(DiskFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if !state.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        state.change_name(NameChange::Rename(from.into(), to.into()));
        state.alive()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let file = *state.names.get(name).ok_or(ErrorKind::NotFound)?;
        state.release(file);
        state.change_name(NameChange::Remove(name.into()));
        state.alive()
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.alive()?;
        state.durable_names = state.names.clone();
        state.pending_names.clear();
        Ok(())
    }

    fn nonce(&self) -> io::Result<u128> {
        let mut state = self.state();
        state.nonce += 1;
        Ok(state.nonce << 32 | 0x5eed)
    }
}

#[derive(Debug)]
struct DiskFile {
    disk: Disk,
    file: usize,
}

impl BlockFile for DiskFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].live.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state();
        state.alive()?;
        let live = &state.files[self.file].live;
        let rest = live.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.step()?;
        if let Some(kind) = state.fail_write {
            return Err(kind.into());
        }
        if let Some((left, kind)) = &mut state.fail_after {
            if *left == 0 {
                return Err((*kind).into());
            }
            *left -= 1;
        }
        let data = &data[..state.short.unwrap_or(data.len()).min(data.len())];
        let start = offset as usize;
        state.grow(self.file, start + data.len())?;
        let content = &mut state.files[self.file];
        content.live[start..start + data.len()].copy_from_slice(data);
        content.pending.push((start, data.to_vec()));
        state.alive()?;
        Ok(data.len())
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        state.alive()?;
        state.grow(self.file, size as usize)?;
        let content = &mut state.files[self.file];
        content.durable.resize(content.live.len(), 0);
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        state.alive()?;
        state.flushes += 1;
        let fails = state.fail_flush;
        let content = &mut state.files[self.file];
        content.pending.clear();
        if let Some(kind) = fails {
            // As Linux does: reports it once and forgets what it could not write.
            return Err(kind.into());
        }
        content.durable = content.live.clone();
        Ok(())
    }
}
