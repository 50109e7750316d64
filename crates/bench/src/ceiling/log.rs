//! A log: one file, zeroed beforehand and written over and over, one write and one flush for all that waits.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

/// Bytes of the file; what comes at its end begins again at its start.
const FILE_BYTES: u64 = 64 << 20;
const ZEROED_AT_A_TIME: usize = 1 << 20;
/// Every group begins on a block.
const BLOCK: usize = 4096;

/// Numbers of those who wait, all of whose bytes are durable.
pub(super) type Durable = Vec<usize>;

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    waiting: Durable,
}

/// What waits to be written.
#[derive(Default)]
pub(super) struct Log {
    pending: Mutex<Pending>,
    changed: Condvar,
}

impl Log {
    /// Adds bytes; the thread reports `who` when they are durable.
    pub(super) fn append(&self, bytes: &[u8], who: usize) {
        let mut pending = self.lock();
        pending.bytes.extend_from_slice(bytes);
        pending.waiting.push(who);
        drop(pending);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit thread: ends with the first error, or when nobody wants to know any more.
    pub(super) fn run(&self, folder: &Path, durable: &UnboundedSender<Durable>) -> io::Result<()> {
        let file = zeroed(&folder.join("ceiling.log"))?;
        let mut position = 0;
        let mut group = Pending::default();
        loop {
            let waiting = self.changed.wait_while(self.lock(), |pending| pending.waiting.is_empty());
            std::mem::swap(&mut group, &mut waiting.unwrap_or_else(PoisonError::into_inner));
            group.bytes.resize(group.bytes.len().next_multiple_of(BLOCK), 0);
            if position + group.bytes.len() as u64 > FILE_BYTES {
                position = 0;
            }
            file.write_all_at(&group.bytes, position)?;
            file.sync_data()?;
            position += group.bytes.len() as u64;
            group.bytes.clear();
            if durable.send(std::mem::take(&mut group.waiting)).is_err() {
                return Ok(());
            }
        }
    }
}

/// A file whose blocks are on the disk already.
pub(super) fn zeroed(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    let zeros = vec![0; ZEROED_AT_A_TIME];
    for position in (0..FILE_BYTES).step_by(ZEROED_AT_A_TIME) {
        file.write_all_at(&zeros, position)?;
    }
    file.sync_all()?;
    Ok(file)
}
