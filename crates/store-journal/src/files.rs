//! What the journal needs of a file system, so that tests can put one below it that crashes, fills up and lies.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// One folder of the journal's own.
pub(crate) trait Folder: Send + Sync + Debug {
    /// Its path, for error texts.
    fn place(&self) -> String;

    /// The names in it, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn BlockFile>>;

    /// Makes an empty file, in place of one of that name.
    fn create(&self, name: &str) -> io::Result<Arc<dyn BlockFile>>;

    /// Gives a file another name. Open handles stay good.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a name. Open handles stay good.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Every change to the names so far is durable after this.
    fn flush(&self) -> io::Result<()>;

    /// A number that nobody can guess.
    fn nonce(&self) -> io::Result<u128>;
}

/// An open file.
pub(crate) trait BlockFile: Send + Sync + Debug {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;

    /// Reads some bytes; 0 at the end of the file.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize>;

    /// Writes some bytes.
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<usize>;

    /// Makes the file at least this long, with blocks behind all of it.
    fn allocate(&self, size: u64) -> io::Result<()>;

    /// Every write so far is durable after this.
    fn flush(&self) -> io::Result<()>;
}

/// Fills `out`; the end of the file before that is an error.
pub(crate) fn read_all(file: &dyn BlockFile, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
    while !out.is_empty() {
        match file.read_at(offset, out) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                offset += read as u64;
                out = &mut out[read..];
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of `data`.
pub(crate) fn write_all(file: &dyn BlockFile, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        match file.write_at(offset, data) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                offset += written as u64;
                data = &data[written..];
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether an error says that there is no place, and nothing worse.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}
