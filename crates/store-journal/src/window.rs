//! Reading a segment from front to back in large pieces.

use std::io;
use std::sync::Arc;

use crate::files::{BlockFile, read_all};

const PIECE: u64 = 1 << 20;

/// A piece of a file in memory, which moves to wherever it is asked for.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<dyn BlockFile>,
    /// Bytes of the file that may be read.
    size: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn new(file: Arc<dyn BlockFile>, size: u64) -> Self {
        Self { file, size, start: 0, bytes: Vec::new() }
    }

    /// So many bytes from `offset` on; none when the file ends before that.
    pub(crate) fn get(&mut self, offset: u64, length: u64) -> io::Result<Option<&[u8]>> {
        let Some(end) = offset.checked_add(length).filter(|end| *end <= self.size) else { return Ok(None) };
        if offset < self.start || end > self.start + self.bytes.len() as u64 {
            self.read(offset, length.max(PIECE).min(self.size - offset))?;
        }
        let from = usize::try_from(offset - self.start).map_err(io::Error::other)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        Ok(self.bytes.get(from..from + length))
    }

    fn read(&mut self, start: u64, length: u64) -> io::Result<()> {
        // Stays empty should the read fail.
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() as u64 > 4 * length.max(PIECE) {
            bytes = Vec::new();
        }
        bytes.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
        read_all(self.file.as_ref(), start, &mut bytes)?;
        (self.start, self.bytes) = (start, bytes);
        Ok(())
    }
}
