//! The data directory: private to its owner, in use by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use duologue_store::StoreError;
use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::backend::Medium;
use crate::engine::Engine;
use crate::error::{damaged, from_io};

const LOCK_FILE: &str = "lock";
const STORE_FILE: &str = "store.redb";
/// A store gets its name only once it is complete, so that an empty file is damage and never a new store.
const NEW_STORE_FILE: &str = "store.redb.new";

/// The directory's lock, which the operating system drops with the process.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Creates the directory if need be and takes it.
    pub(crate) fn acquire(directory: &Path) -> Result<Self, StoreError> {
        create(directory).map_err(|error| from_io(&text(directory), &error))?;
        let path = directory.join(LOCK_FILE);
        let mut file = open_private(&path).map_err(|error| from_io(&text(&path), &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(directory, &mut file)),
            Err(TryLockError::Error(error)) => return Err(from_io(&text(&path), &error)),
        }
        write_owner(&mut file).map_err(|error| from_io(&text(&path), &error))?;
        Ok(Self { _file: file })
    }
}

fn create(directory: &Path) -> io::Result<()> {
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
fn flush_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn open_private(path: &Path) -> io::Result<File> {
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

/// The store's file in a directory that is locked; created if it is not there.
pub(crate) fn store_file(directory: &Path) -> Result<Medium, StoreError> {
    let path = directory.join(STORE_FILE);
    match fs::metadata(&path) {
        Ok(found) if found.len() == 0 => Err(damaged(&text(&path), "it is empty")),
        Ok(_) => Ok(file_medium(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_store(directory, &path)?;
            Ok(file_medium(path))
        }
        Err(error) => Err(from_io(&text(&path), &error)),
    }
}

fn create_store(directory: &Path, path: &Path) -> Result<(), StoreError> {
    let new = directory.join(NEW_STORE_FILE);
    remove_if_there(&new).map_err(|error| from_io(&text(&new), &error))?;
    drop(Engine::open(&file_medium(new.clone()))?);
    let named = fs::rename(&new, path).and_then(|()| flush_directory(directory));
    named.map_err(|error| from_io(&text(path), &error))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn file_medium(path: PathBuf) -> Medium {
    Medium::new(text(&path), move || {
        let file = open_private(&path)?;
        let backend = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(backend) as Box<dyn StorageBackend>)
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
