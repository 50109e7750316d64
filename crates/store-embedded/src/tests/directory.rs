use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use duologue_store::{Store, StoreError};
use tempfile::TempDir;

use super::{numbered, stands_at};
use crate::EmbeddedStore;

fn temporary() -> TempDir {
    TempDir::new().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_directory_is_private_and_keeps_what_was_committed() {
    let root = temporary();
    let directory = root.path().join("instance").join("data");
    let store = EmbeddedStore::open(&directory).unwrap();
    store.commit(&numbered(1)).unwrap();
    assert_eq!((mode(&directory), mode(&directory.join("store.redb"))), (0o700, 0o600));
    drop(store);
    assert_eq!(stands_at(&EmbeddedStore::open(&directory).unwrap()), 1);
}

#[test]
fn one_owner_at_a_time() {
    let root = temporary();
    let store = EmbeddedStore::open(root.path()).unwrap();
    let refused = EmbeddedStore::open(root.path()).unwrap_err();
    let owner = format!("process {}", std::process::id());
    assert_eq!(refused, StoreError::Locked { place: root.path().display().to_string(), owner });
    store.commit(&numbered(1)).unwrap();
    drop(store);
    EmbeddedStore::open(root.path()).unwrap();
}

/// Started by the next test as another process: holds the directory until it is killed.
#[test]
#[ignore = "a part of the test below"]
fn hold_the_directory() {
    let directory = std::env::var_os("DUOLOGUE_TEST_DIRECTORY").unwrap();
    let store = EmbeddedStore::open(Path::new(&directory)).unwrap();
    let mut number = 0;
    loop {
        number += 1;
        store.commit(&numbered(number)).unwrap();
        println!("\ncommitted {number}");
    }
}

#[test]
fn a_killed_owner_leaves_everything_acknowledged_and_no_lock() {
    let root = temporary();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "tests::directory::hold_the_directory"])
        .env("DUOLOGUE_TEST_DIRECTORY", root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut acknowledged =
        lines.by_ref().filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok());
    assert_eq!(acknowledged.by_ref().find(|number| *number >= 20), Some(20));
    let refused = EmbeddedStore::open(root.path()).unwrap_err();
    assert!(refused.to_string().ends_with(&format!("is in use by process {}", owner.id())), "{refused}");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let last = acknowledged.last().unwrap_or(20);
    let store = EmbeddedStore::open(root.path()).unwrap();
    assert!((last..=last + 1).contains(&stands_at(&store)), "{last}");
}

#[test]
fn places_that_are_no_data_directory() {
    let root = temporary();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let refused = EmbeddedStore::open(&path).unwrap_err();
        assert_eq!(refused, StoreError::NotADirectory { place: path.display().to_string() });
    }
}

/// Even root can't create a file there; elsewhere root may write wherever it likes.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written() {
    let refused = EmbeddedStore::open(Path::new("/sys/kernel")).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    assert!(refused.to_string().starts_with("/sys/kernel/lock is not writable: "), "{refused}");
}

#[test]
fn the_systems_errors_have_names() {
    let named = |kind: ErrorKind| crate::error::from_io("data", &kind.into());
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
        assert!(matches!(named(kind), StoreError::Full { .. }), "{kind}");
    }
    for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
        assert!(matches!(named(kind), StoreError::ReadOnly { .. }), "{kind}");
    }
    assert!(matches!(named(ErrorKind::UnexpectedEof), StoreError::Damaged { .. }));
    assert!(matches!(named(ErrorKind::TimedOut), StoreError::Io(text) if text.starts_with("data: ")));
}

#[test]
fn an_empty_or_foreign_file_is_damage_and_stays_as_it_is() {
    for content in [&b""[..], b"not a store", &[0; 5000]] {
        let root = temporary();
        let path = root.path().join("store.redb");
        fs::write(&path, content).unwrap();
        let refused = EmbeddedStore::open(root.path()).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().starts_with(&path.display().to_string()), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn an_interrupted_creation_is_done_again() {
    let root = temporary();
    fs::write(root.path().join("store.redb.new"), "half a store").unwrap();
    let store = EmbeddedStore::open(root.path()).unwrap();
    assert_eq!(stands_at(&store), 0);
    assert!(!root.path().join("store.redb.new").exists());
}
