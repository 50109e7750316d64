//! The store's file in the data directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use duologue_store::StoreError;
use duologue_store::directory::{flush_directory, open_private};
use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::backend::Medium;
use crate::engine::Engine;
use crate::error::{damaged, from_io};

pub(crate) const STORE_FILE: &str = "store.redb";
/// A store gets its name only once it is complete, so that an empty file is damage and never a new store.
const NEW_STORE_FILE: &str = "store.redb.new";

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
