//! Files that statements name: certificates and private keys.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use duologue_session::{FileProblem, Files};

/// Only the owner reads private keys.
const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// The server's files. Names that are not absolute are taken from the data directory.
pub(crate) struct ServerFiles {
    directory: PathBuf,
}

impl ServerFiles {
    pub(crate) fn new(data_directory: &Path) -> Self {
        Self { directory: data_directory.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

impl Files for ServerFiles {
    fn read(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, FileProblem> {
        let path = self.path(path);
        // Opening a pipe would stop the whole server.
        if !fs::metadata(&path).map_err(|error| problem(&error))?.is_file() {
            return Err(FileProblem("it is not a file".to_owned()));
        }
        let file = File::open(&path).map_err(|error| problem(&error))?;
        let mut bytes = Vec::new();
        file.take(max_bytes as u64 + 1).read_to_end(&mut bytes).map_err(|error| problem(&error))?;
        if bytes.len() > max_bytes {
            return Err(FileProblem(format!("it has more than {max_bytes} bytes")));
        }
        Ok(bytes)
    }

    fn create(&self, path: &str, bytes: &[u8], private: bool) -> Result<(), FileProblem> {
        create_new(&self.path(path), bytes, if private { PRIVATE } else { PUBLIC })
            .map_err(|error| problem(&error))
    }
}

fn problem(error: &io::Error) -> FileProblem {
    FileProblem(error.to_string())
}

/// Makes a file that must not exist yet, durably with its name; nothing stays when that fails.
pub(crate) fn create_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| flush_directory_of(path));
    if written.is_err() {
        // The error to tell is the one that came first.
        let _ = fs::remove_file(path);
    }
    written
}

/// Makes or replaces a private file so that it is there as a whole or not at all.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_new(&new, bytes, PRIVATE)?;
    fs::rename(&new, path)?;
    flush_directory_of(path)
}

fn flush_directory_of(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn files_are_made_once_and_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let files = ServerFiles::new(folder.path());
        files.create("a.cer", b"public", false).unwrap();
        files.create("a.pvk", b"private", true).unwrap();
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("a.pvk"), PRIVATE);
        assert_eq!(files.read("a.cer", 6).unwrap(), b"public");
        let absolute = folder.path().join("a.cer");
        assert_eq!(files.read(absolute.to_str().unwrap(), 100).unwrap(), b"public");

        assert!(files.create("a.cer", b"other", false).is_err());
        assert_eq!(files.read("a.cer", 6).unwrap(), b"public", "an existing file is not touched");
        assert!(files.read("a.cer", 5).is_err());
        assert!(files.read(".", 5).is_err());
        assert!(files.read("none", 5).is_err());
        assert!(files.create("none/a.cer", b"x", false).is_err());
    }
}
