use std::path::Path;

use duologue_store::keys::MetaItem;
use duologue_store::{Key, Store, WriteBatch};
use duologue_store_embedded::EmbeddedStore;
use duologue_store_journal::JournalStore;
use duologue_types::{ConversationHandle, DatabaseId, Guid, ObjectId};
use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::{check, cut, dump};

fn rows() -> WriteBatch {
    let (database, handle) = (DatabaseId(5), ConversationHandle(Guid(*b"0123456789abcdef")));
    let mut batch = WriteBatch::new();
    batch.put(Key::Meta(MetaItem::Version), vec![1]);
    batch.put(Key::Catalog { database, class: 7, id: 65536 }, b"{}".to_vec());
    batch.put(Key::Endpoint(handle), vec![1; 10]);
    batch.put(Key::Queue { database, queue: ObjectId(-2), order: 258 }, b"body".to_vec());
    batch.put(Key::Transmission { handle, sequence: 1 }, vec![1; 3]);
    batch.put(Key::Notice { database, name: "né".into() }, vec![]);
    batch.delete(Key::Table { database, table: ObjectId(9), row: 3 });
    batch
}

fn same(directory: &TempDir, found: &str, expected: &Expect) {
    // A sentence a line.
    let found = found.replace(". ", ".\n").replace(": record", ":\nrecord");
    expected.assert_eq(&found.replace(&directory.path().display().to_string(), "DIR"));
}

fn checked(directory: &Path) -> String {
    let mut out = String::new();
    let is_sound = check(directory, &mut out).unwrap();
    assert_eq!(is_sound, out.ends_with("sound\n"));
    out
}

fn dumped(directory: &Path, log: bool, values: bool) -> String {
    let mut out = String::new();
    dump(directory, log, values, &mut |text| out += &text).unwrap();
    out
}

#[test]
fn a_journal() {
    let directory = TempDir::new().unwrap();
    JournalStore::open(directory.path()).unwrap().commit(&rows()).unwrap();
    same(
        &directory,
        &checked(directory.path()),
        &expect![[r#"
            journal: 6 rows, 103 bytes; 169 of 1048576 bytes of the log are live
            segment 1: 1048576 bytes, 169 of them live in 6 rows
            sound
        "#]],
    );
    same(
        &directory,
        &dumped(directory.path(), false, true),
        &expect![[r#"
            meta version: 1 bytes 01
            catalog database 5 class 7 id 65536: 2 bytes 7B7D
            endpoint 30313233-3435-3637-3839-616263646566: 10 bytes 01010101010101010101
            queue database 5 object -2 order 258: 4 bytes 626F6479
            transmission 30313233-3435-3637-3839-616263646566 sequence 1: 3 bytes 010101
            notice database 5 "né": 0 bytes
        "#]],
    );
    same(
        &directory,
        &dumped(directory.path(), true, false),
        &expect![[r#"
            record 1, segment 1 offset 4096, epoch 0, oldest segment 1: 0 changes
            record 2, segment 1 offset 8192, epoch 1, oldest segment 1: 0 changes
            record 3, segment 1 offset 12288, epoch 1, oldest segment 1: 7 changes
              put meta version: 1 bytes
              put catalog database 5 class 7 id 65536: 2 bytes
              put endpoint 30313233-3435-3637-3839-616263646566: 10 bytes
              put queue database 5 object -2 order 258: 4 bytes
              put transmission 30313233-3435-3637-3839-616263646566 sequence 1: 3 bytes
              put notice database 5 "né": 0 bytes
              delete table database 5 object 9 row 3
            record 4, segment 1 offset 16384, epoch 1, oldest segment 1: 0 changes
        "#]],
    );
    let mut out = String::new();
    assert!(cut(directory.path(), true, &mut out).unwrap());
    same(
        &directory,
        &out,
        &expect![[r#"
        There is nothing to cut.
    "#]],
    );
}

#[test]
fn a_damaged_journal() {
    let directory = TempDir::new().unwrap();
    JournalStore::open(directory.path()).unwrap().commit(&rows()).unwrap();
    let segment = directory.path().join("journal/0000000001.segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[3 * 4096 + 100] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    same(
        &directory,
        &checked(directory.path()),
        &expect![[r#"
            DIR/journal/0000000001.segment is damaged:
            record 3 at offset 12288 cannot be read, and what follows is not the end of the log:
            record 4 is at offset 16384 of segment 1.
            Nothing was changed.
            Restore a copy of the data directory, or drop this record and everything after it with `duologue store cut`
            damaged
        "#]],
    );
    let mut out = String::new();
    assert!(!cut(directory.path(), false, &mut out).unwrap());
    assert!(out.ends_with("With --yes the log is cut there.\n"), "{out}");
    out.clear();
    assert!(cut(directory.path(), true, &mut out).unwrap());
    same(
        &directory,
        &out,
        &expect![[r#"
        DIR/journal/0000000001.segment ends at offset 12288 now, behind record 2.
        Lost: what could not be read there, and 1 records that could, 4 to 4, with 0 changes.
    "#]],
    );
    same(
        &directory,
        &checked(directory.path()),
        &expect![[r#"
        journal: 0 rows, 0 bytes; 0 of 2097152 bytes of the log are live
        segment 1: 1048576 bytes, 0 of them live in 0 rows
        segment 2: 1048576 bytes, 0 of them live in 0 rows
        sound
    "#]],
    );
    JournalStore::open(directory.path()).unwrap().commit(&rows()).unwrap();
}

#[test]
fn a_store_of_redb() {
    let directory = TempDir::new().unwrap();
    EmbeddedStore::open(directory.path()).unwrap().commit(&rows()).unwrap();
    same(
        &directory,
        &checked(directory.path()),
        &expect![[r#"
            redb: 6 rows, 103 bytes
            sound
        "#]],
    );
    assert_eq!(dumped(directory.path(), false, false).lines().count(), 6);
    assert!(
        cut(directory.path(), true, &mut String::new()).unwrap_err().to_string().contains("cannot be cut")
    );
}

#[test]
fn no_store() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    let error = check(&missing, &mut String::new()).unwrap_err();
    assert!(error.to_string().ends_with("missing holds no store"), "{error}");
    assert!(!missing.exists(), "looking makes nothing");
}
