//! What every engine must do. An engine's tests call [`run`]; it panics at the first difference.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{MAX_KEY_BYTES, Operation, Row, Store, StoreError, WriteBatch};

/// How the suite gets at an engine.
pub trait Engine {
    /// The engine's handle.
    type Store: Store;

    /// A new, empty store.
    fn create(&self) -> Self::Store;

    /// Closes a store and opens it again.
    fn reopen(&self, store: Self::Store) -> Self::Store;
}

/// Runs the whole suite; about 200 commits and 20 MB.
pub fn run(engine: &impl Engine) {
    an_empty_store(engine);
    put_overwrite_delete(engine);
    order_within_a_batch(engine);
    scan_pages(engine);
    scan_prefixes(engine);
    sizes(engine);
    many_keys(engine);
    reopening(engine);
    concurrent_callers(engine);
    random_operations(engine);
}

fn batch(operations: &[(&[u8], Option<&[u8]>)]) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for (key, value) in operations {
        let key = Bytes::copy_from_slice(key);
        match value {
            Some(value) => batch.put(key, Bytes::copy_from_slice(value)),
            None => batch.delete(key),
        }
    }
    batch
}

fn all(store: &impl Store) -> Vec<Row> {
    store.scan(b"", None, usize::MAX).expect("scan")
}

fn keys(rows: Vec<Row>) -> Vec<Bytes> {
    rows.into_iter().map(|(key, _)| key).collect()
}

fn an_empty_store(engine: &impl Engine) {
    let store = engine.create();
    assert_eq!(store.get(b"a"), Ok(None));
    assert_eq!(all(&store), []);
    store.commit(&WriteBatch::new()).expect("an empty batch is a commit too");
    let report = store.check().expect("check");
    assert_eq!((report.rows, report.bytes, report.damage), (0, 0, vec![]));
}

fn put_overwrite_delete(engine: &impl Engine) {
    let store = engine.create();
    store.commit(&batch(&[(b"a", Some(b"1")), (b"b", Some(b""))])).expect("put");
    assert_eq!(store.get(b"a"), Ok(Some("1".into())));
    assert_eq!(store.get(b"b"), Ok(Some("".into())), "an empty value is a value");
    store.commit(&batch(&[(b"a", Some(b"other"))])).expect("overwrite");
    assert_eq!(store.get(b"a"), Ok(Some("other".into())));
    store.commit(&batch(&[(b"a", None), (b"missing", None)])).expect("delete");
    assert_eq!(store.get(b"a"), Ok(None));
    let report = store.check().expect("check");
    assert_eq!((report.rows, report.bytes, report.damage), (1, 1, vec![]));
}

fn order_within_a_batch(engine: &impl Engine) {
    let store = engine.create();
    store
        .commit(&batch(&[
            (b"a", Some(b"1")),
            (b"a", Some(b"2")),
            (b"b", Some(b"1")),
            (b"b", None),
            (b"c", None),
            (b"c", Some(b"3")),
        ]))
        .expect("commit");
    assert_eq!(all(&store), [("a".into(), "2".into()), ("c".into(), "3".into())]);
}

fn scan_pages(engine: &impl Engine) {
    let store = engine.create();
    let mut rows = WriteBatch::new();
    for number in (0..25u8).rev() {
        rows.put(vec![7, number], vec![number]);
    }
    store.commit(&rows).expect("commit");
    let mut read: Vec<Row> = Vec::new();
    loop {
        let after = read.last().map(|(key, _)| key.clone());
        let page = store.scan(&[7], after.as_deref(), 10).expect("scan");
        assert!(page.len() <= 10);
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    let expected: Vec<Row> = (0..25u8).map(|number| (vec![7, number].into(), vec![number].into())).collect();
    assert_eq!(read, expected, "ascending, each once");
    assert_eq!(store.scan(&[7], None, 0), Ok(vec![]));
}

fn scan_prefixes(engine: &impl Engine) {
    let store = engine.create();
    let sorted: [&[u8]; 8] = [b"\x00", b"a", b"a\x00", b"ab", b"a\xff", b"a\xff\xff", b"b", b"\xff\xff"];
    let rows: Vec<_> = sorted.iter().rev().map(|key| (*key, Some(&b"v"[..]))).collect();
    store.commit(&batch(&rows)).expect("commit");
    for (prefix, after, expected) in [
        (&b""[..], None, &sorted[..]),
        (b"a", None, &sorted[1..6]),
        (b"a", Some(&b"a"[..]), &sorted[2..6]),
        (b"a", Some(b"aa"), &sorted[3..6]),
        (b"a", Some(b"\x00"), &sorted[1..6]),
        (b"a", Some(b"a\xff\xff"), &[]),
        (b"a", Some(b"b"), &[]),
        (b"a", Some(b"\xff\xff\xff"), &[]),
        (b"a\xff", None, &sorted[4..6]),
        (b"\xff", None, &sorted[7..]),
        (b"\xff", Some(b"\xff\xff"), &[]),
        (b"zz", None, &[]),
    ] {
        let found = keys(store.scan(prefix, after, 99).expect("scan"));
        assert_eq!(found, expected, "prefix {prefix:?} after {after:?}");
    }
}

fn sizes(engine: &impl Engine) {
    let store = engine.create();
    let large: Vec<u8> = (0..1 << 20).map(|index: u32| (index % 251) as u8).collect();
    let longest_key = vec![b'k'; MAX_KEY_BYTES];
    store.commit(&batch(&[(b"large", Some(&large)), (&longest_key, Some(b"v"))])).expect("commit");
    let store = engine.reopen(store);
    assert_eq!(store.get(b"large"), Ok(Some(large.into())));
    assert_eq!(store.get(&longest_key), Ok(Some("v".into())));

    let too_long = vec![b'k'; MAX_KEY_BYTES + 1];
    let refused = store.commit(&batch(&[(b"first", Some(b"v")), (&too_long, Some(b"v"))]));
    assert!(matches!(refused, Err(StoreError::TooLarge { what: "key", .. })), "{refused:?}");
    assert_eq!(store.get(b"first"), Ok(None), "a refused batch is not applied at all");
}

fn many_keys(engine: &impl Engine) {
    let store = engine.create();
    let mut rows = WriteBatch::new();
    for number in 0..10_000u32 {
        rows.put(number.to_be_bytes().to_vec(), vec![number as u8; 100]);
    }
    store.commit(&rows).expect("put");
    let mut deletes = WriteBatch::new();
    for number in 0..9_990u32 {
        deletes.delete(number.to_be_bytes().to_vec());
    }
    assert_eq!(all(&store).len(), 10_000);
    store.commit(&deletes).expect("delete");
    let expected: Vec<Bytes> =
        (9_990..10_000u32).map(|number| number.to_be_bytes().to_vec().into()).collect();
    assert_eq!(keys(all(&store)), expected);
}

fn reopening(engine: &impl Engine) {
    let store = engine.create();
    let first = store.lease().epoch;
    store.commit(&batch(&[(b"a", Some(b"1")), (b"b", Some(b"2"))])).expect("commit");
    let store = engine.reopen(store);
    assert!(store.lease().epoch > first, "every owner has its own epoch");
    store.commit(&batch(&[(b"a", None)])).expect("commit");
    let store = engine.reopen(store);
    assert_eq!(all(&store), [("b".into(), "2".into())]);
}

/// Writers in each other's way, and readers that must never see half a batch.
fn concurrent_callers(engine: &impl Engine) {
    let store = engine.create();
    std::thread::scope(|scope| {
        for writer in 0..3u8 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..10u8 {
                    let pair =
                        batch(&[(&[b'a', writer], Some(&[number])), (&[b'b', writer], Some(&[number]))]);
                    store.commit(&pair).expect("commit");
                    assert_eq!(
                        store.get(&[b'b', writer]),
                        Ok(Some(vec![number].into())),
                        "reads its own writes"
                    );
                }
            });
        }
        for _ in 0..30 {
            let values: Vec<Bytes> = all(&store).into_iter().map(|(_, value)| value).collect();
            let (first, second) = values.split_at(values.len() / 2);
            assert_eq!(first, second, "a scan sees whole batches only");
        }
    });
    assert_eq!(all(&store).len(), 6);
}

/// A short key space, so that operations meet.
fn operation() -> impl Strategy<Value = Operation> {
    let key = || proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(255)], 1..4);
    let value = prop_oneof![
        9 => proptest::collection::vec(any::<u8>(), 0..20),
        1 => (0usize..20_000).prop_map(|size| vec![7; size]),
    ];
    prop_oneof![
        3 => (key(), value).prop_map(|(key, value)| Operation::Put { key: key.into(), value: value.into() }),
        2 => key().prop_map(|key| Operation::Delete { key: key.into() }),
    ]
}

fn random_operations(engine: &impl Engine) {
    let batches = proptest::collection::vec(proptest::collection::vec(operation(), 0..8), 1..8);
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&batches, |batches| {
        agrees_with_a_map(engine, &batches);
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.expect_err("just seen"));
}

fn agrees_with_a_map(engine: &impl Engine, batches: &[Vec<Operation>]) {
    let mut store = engine.create();
    let mut model: BTreeMap<Bytes, Bytes> = BTreeMap::new();
    for (index, operations) in batches.iter().enumerate() {
        let mut batch = WriteBatch::new();
        for operation in operations {
            match operation.clone() {
                Operation::Put { key, value } => {
                    batch.put(key.clone(), value.clone());
                    model.insert(key, value);
                }
                Operation::Delete { key } => {
                    batch.delete(key.clone());
                    model.remove(&key);
                }
            }
        }
        store.commit(&batch).expect("commit");
        if index % 4 == 3 {
            store = engine.reopen(store);
        }
        let expected: Vec<Row> = model.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(all(&store), expected);
    }
}
