//! What redb writes to: a file that remembers whether a flush failed.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;

type OpenBackend = dyn Fn() -> io::Result<Box<dyn StorageBackend>> + Send + Sync;

/// Where the store is and how to open it, once more after it was closed.
pub(crate) struct Medium {
    place: String,
    open: Box<OpenBackend>,
}

impl Medium {
    pub(crate) fn new(
        place: impl Into<String>,
        open: impl Fn() -> io::Result<Box<dyn StorageBackend>> + Send + Sync + 'static,
    ) -> Self {
        Self { place: place.into(), open: Box::new(open) }
    }

    /// For error texts: the path of the file.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn open(&self) -> io::Result<(Watched, FlushWatch)> {
        let watch = FlushWatch::default();
        Ok((Watched { inner: (self.open)()?, watch: watch.clone() }, watch))
    }
}

impl fmt::Debug for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Medium").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Whether a flush failed, since when nothing is known about the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlushWatch(Arc<AtomicBool>);

impl FlushWatch {
    pub(crate) fn failed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Passes everything on. The locks of the trait are not: the directory is locked.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn StorageBackend>,
    watch: FlushWatch,
}

impl StorageBackend for Watched {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data().inspect_err(|_| self.watch.0.store(true, Ordering::Release))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.inner.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }
}
