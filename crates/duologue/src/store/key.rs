//! Keys in words.

use std::fmt::Write as _;

use duologue_store::Key;
use duologue_store::keys::MetaItem;

/// What `docs/formats/store.md` calls the key; its bytes when it is none.
pub(super) fn text(bytes: &[u8]) -> String {
    match Key::parse(bytes) {
        Ok(key) => words(&key),
        Err(_) => format!("no key {}", hex(bytes)),
    }
}

fn words(key: &Key) -> String {
    match key {
        Key::Meta(MetaItem::Version) => "meta version".to_owned(),
        Key::Meta(MetaItem::Instance) => "meta instance".to_owned(),
        Key::Catalog { database, class, id } => {
            format!("catalog database {} class {class} id {id}", database.0)
        }
        Key::Endpoint(handle) => format!("endpoint {}", handle.0),
        Key::Group(group) => format!("group {}", group.0),
        Key::Queue { database, queue, order } => {
            format!("queue database {} object {} order {order}", database.0, queue.0)
        }
        Key::Transmission { handle, sequence } => format!("transmission {} sequence {sequence}", handle.0),
        Key::Partial { handle, sequence, fragment } => {
            format!("partial {} sequence {sequence} fragment {fragment}", handle.0)
        }
        Key::Table { database, table, row } => {
            format!("table database {} object {} row {row}", database.0, table.0)
        }
        Key::Notice { database, name } => format!("notice database {} {name:?}", database.0),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}
