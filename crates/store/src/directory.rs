//! The data directory: private to its owner, in use by one process at a time. Every engine on files begins here.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::StoreError;

const LOCK_FILE: &str = "lock";

/// The directory's lock, which the operating system drops with the process.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Creates the directory, mode 0700, if need be, and takes it.
    pub fn acquire(directory: &Path) -> Result<Self, StoreError> {
        create_directory(directory).map_err(|error| StoreError::from_io(&text(directory), &error))?;
        let path = directory.join(LOCK_FILE);
        let mut file = open_private(&path).map_err(|error| StoreError::from_io(&text(&path), &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(directory, &mut file)),
            Err(TryLockError::Error(error)) => return Err(StoreError::from_io(&text(&path), &error)),
        }
        write_owner(&mut file).map_err(|error| StoreError::from_io(&text(&path), &error))?;
        Ok(Self { _file: file })
    }
}

/// Makes a directory that only its owner may enter, durably; one that is there stays as it is.
pub fn create_directory(directory: &Path) -> io::Result<()> {
    match fs::metadata(directory) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    match directory.parent() {
        Some(parent) if parent != Path::new("") => flush_directory(parent),
        _ => Ok(()),
    }
}

/// Names in a directory are durable only after this.
pub fn flush_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// A file for reading and writing that only its owner may open; made if it is not there.
pub fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn write_owner(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn locked(directory: &Path, file: &mut File) -> StoreError {
    let mut process = String::new();
    // It may not have written its number yet, or have none that we may read.
    let read = file.take(20).read_to_string(&mut process);
    let owner = match read.ok().and_then(|_| process.parse::<u32>().ok()) {
        Some(process) => format!("process {process}"),
        None => "another process".into(),
    };
    StoreError::Locked { place: text(directory), owner }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
