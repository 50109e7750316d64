//! The operating system's files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use duologue_store::directory::flush_directory;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::files::{BlockFile, Folder, write_all};

/// A folder on disk.
#[derive(Debug)]
pub(crate) struct SystemFolder {
    pub(crate) path: PathBuf,
}

impl Folder for SystemFolder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(&self.path)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn BlockFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.path.join(name))?;
        Ok(Arc::new(SystemFile { file }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn BlockFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        Ok(Arc::new(SystemFile { file: options.open(self.path.join(name))? }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn flush(&self) -> io::Result<()> {
        flush_directory(&self.path)
    }

    fn nonce(&self) -> io::Result<u128> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(u128::from_le_bytes(bytes))
    }
}

#[derive(Debug)]
struct SystemFile {
    file: File,
}

impl BlockFile for SystemFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(out, offset)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<usize> {
        self.file.write_at(data, offset)
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        match fallocate(&self.file, FallocateFlags::empty(), 0, size) {
            Ok(()) => self.file.sync_all(),
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.fill(size),
            Err(error) => Err(io::Error::from(error)),
        }
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

impl SystemFile {
    /// For file systems that know no other way.
    fn fill(&self, size: u64) -> io::Result<()> {
        let zeros = vec![0; 1 << 20];
        let mut at = 0;
        while at < size {
            let piece = usize::try_from(size - at).unwrap_or(usize::MAX).min(zeros.len());
            write_all(self, at, &zeros[..piece])?;
            at += piece as u64;
        }
        match self.file.sync_all() {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
            outcome => outcome,
        }
    }
}
