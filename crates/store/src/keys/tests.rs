use duologue_types::Guid;
use proptest::prelude::*;

use super::*;

fn handle() -> impl Strategy<Value = ConversationHandle> {
    any::<[u8; 16]>().prop_map(|bytes| ConversationHandle(Guid(bytes)))
}

fn database() -> impl Strategy<Value = DatabaseId> {
    any::<i32>().prop_map(DatabaseId)
}

fn object() -> impl Strategy<Value = ObjectId> {
    any::<i32>().prop_map(ObjectId)
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        prop_oneof![Just(MetaItem::Version), Just(MetaItem::Instance)].prop_map(Key::Meta),
        (database(), any::<u8>(), any::<i64>()).prop_map(|(database, class, id)| Key::Catalog {
            database,
            class,
            id
        }),
        handle().prop_map(Key::Endpoint),
        any::<[u8; 16]>().prop_map(|bytes| Key::Group(ConversationGroupId(Guid(bytes)))),
        (database(), object(), any::<u64>()).prop_map(|(database, queue, order)| Key::Queue {
            database,
            queue,
            order
        }),
        (handle(), any::<u64>()).prop_map(|(handle, sequence)| Key::Transmission { handle, sequence }),
        (handle(), any::<u64>(), any::<u32>()).prop_map(|(handle, sequence, fragment)| Key::Partial {
            handle,
            sequence,
            fragment
        }),
        (database(), object(), any::<u64>()).prop_map(|(database, table, row)| Key::Table {
            database,
            table,
            row
        }),
        (database(), ".{0,20}").prop_map(|(database, name)| Key::Notice { database, name }),
    ]
}

proptest! {
    #[test]
    fn keys_round_trip_and_keep_their_order(a in key(), b in key()) {
        let (bytes_a, bytes_b) = (a.to_bytes(), b.to_bytes());
        prop_assert_eq!(Key::parse(&bytes_a), Ok(a.clone()));
        prop_assert_eq!(bytes_a.cmp(&bytes_b), a.cmp(&b));
    }

    #[test]
    fn a_shortened_key_is_refused_and_never_mistaken(key in key(), extra in any::<u8>()) {
        let bytes = key.to_bytes();
        for length in 0..bytes.len() {
            // A notice ends with its name, so its beginnings are keys too, of other names.
            let parsed = Key::parse(&bytes[..length]);
            prop_assert!(parsed.is_err() || matches!(parsed, Ok(Key::Notice { .. })), "{length}");
        }
        if !matches!(key, Key::Notice { .. }) {
            prop_assert!(Key::parse(&[&bytes[..], &[extra]].concat()).is_err());
        }
    }

    #[test]
    fn foreign_bytes_are_refused_or_are_that_key(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(key) = Key::parse(&bytes) {
            prop_assert_eq!(key.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_prefix_covers_its_keys_and_no_others(key in key(), other in key()) {
        for prefix in prefixes(&key) {
            prop_assert!(key.to_bytes().starts_with(&prefix));
            prop_assert_eq!(other.to_bytes().starts_with(&prefix), prefixes(&other).contains(&prefix));
        }
    }
}

/// Every prefix that is meant to find the key.
fn prefixes(key: &Key) -> Vec<Bytes> {
    let mut found = vec![prefix::family(key.family())];
    match key {
        Key::Meta(_) | Key::Endpoint(_) | Key::Group(_) => {}
        Key::Catalog { database, class, .. } => {
            found.extend([prefix::catalog(*database), prefix::catalog_class(*database, *class)]);
        }
        Key::Queue { database, queue, .. } => {
            found.extend([prefix::queues(*database), prefix::queue(*database, *queue)]);
        }
        Key::Transmission { handle, .. } => found.push(prefix::transmission(*handle)),
        Key::Partial { handle, sequence, .. } => {
            found.extend([prefix::partials(*handle), prefix::partial(*handle, *sequence)]);
        }
        Key::Table { database, table, .. } => {
            found.extend([prefix::tables(*database), prefix::table(*database, *table)]);
        }
        Key::Notice { database, .. } => found.push(prefix::notices(*database)),
    }
    found
}

/// The examples of `docs/formats/store.md`. They never change; a new layout is a new format version.
#[test]
fn the_documented_bytes() {
    let handle = ConversationHandle(Guid(*b"0123456789abcdef"));
    let group = ConversationGroupId(Guid(*b"0123456789abcdef"));
    let guid = "30313233343536373839616263646566";
    let (database, id) = (DatabaseId(5), ObjectId(-2));
    for (key, hex) in [
        (Key::Meta(MetaItem::Version), "0101".into()),
        (Key::Meta(MetaItem::Instance), "0102".into()),
        (Key::Catalog { database, class: 7, id: 65536 }, "1080000005078000000000010000".into()),
        (Key::Endpoint(handle), format!("20{guid}")),
        (Key::Group(group), format!("21{guid}")),
        (Key::Queue { database, queue: id, order: 258 }, "22800000057FFFFFFE0000000000000102".into()),
        (Key::Transmission { handle, sequence: 1 }, format!("23{guid}0000000000000001")),
        (Key::Partial { handle, sequence: 1, fragment: 2 }, format!("24{guid}000000000000000100000002")),
        (Key::Table { database, table: id, row: 3 }, "30800000057FFFFFFE0000000000000003".into()),
        (Key::Notice { database, name: "né".into() }, "40800000056EC3A9".into()),
    ] {
        let bytes = key.to_bytes();
        let text: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(text, hex, "{key:?}");
    }
}

#[test]
fn an_invalid_key_shows_its_bytes() {
    assert_eq!(Key::parse(b"\xff\x01").unwrap_err().to_string(), "not a key of this format: FF01");
    assert_eq!(Key::parse(b"").unwrap_err().to_string(), "not a key of this format: ");
}
