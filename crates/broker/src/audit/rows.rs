//! What is in memory must be what a restart would read.

use std::collections::BTreeMap;

use bytes::Bytes;
use duologue_store::keys::{Family, prefix};
use duologue_store::{Key, WriteBatch};

use crate::conversations::Endpoint;
use crate::instance::Instance;

/// Families whose rows are wholly derived from what is in memory.
const FAMILIES: [Family; 5] =
    [Family::Endpoint, Family::Transmission, Family::Partial, Family::Queue, Family::Notice];

impl Instance {
    /// Compares the rows of the store with those that memory would write. Only for an instance all of whose batches
    /// are stored.
    pub fn audit_store(&self) -> Result<(), String> {
        let mut expected = self.rows();
        for family in FAMILIES {
            let rows = self.store.scan(&prefix::family(family), None, usize::MAX);
            for (key, value) in rows.map_err(|error| error.to_string())? {
                let name = || Key::parse(&key).map_or_else(|_| format!("{key:?}"), |key| format!("{key:?}"));
                match expected.remove(&key) {
                    Some(found) if found == value => {}
                    Some(_) => return Err(format!("the stored row {} is not what memory says", name())),
                    None => {
                        return Err(format!("the row {} is stored, and nothing in memory has it", name()));
                    }
                }
            }
        }
        match expected.keys().next() {
            Some(key) => Err(format!("the row {:?} is in memory and not stored", Key::parse(key))),
            None => Ok(()),
        }
    }

    fn rows(&self) -> BTreeMap<Bytes, Bytes> {
        let mut batch = WriteBatch::new();
        for endpoint in self.conversations.iter() {
            rows_of_endpoint(endpoint, &mut batch);
        }
        for ((database, queue), found) in &self.queues {
            for message in found.visible(None) {
                let key = Key::Queue { database: *database, queue: *queue, order: message.queuing_order };
                batch.put(key, message.encode());
            }
        }
        self.notices.put_rows(&mut batch);
        let rows = batch.iter().filter_map(|operation| match operation {
            duologue_store::Operation::Put { key, value } => Some((key.clone(), value.clone())),
            duologue_store::Operation::Delete { .. } => None,
        });
        rows.collect()
    }
}

fn rows_of_endpoint(endpoint: &Endpoint, batch: &mut WriteBatch) {
    let handle = endpoint.handle;
    batch.put(Key::Endpoint(handle), endpoint.encode());
    for (sequence, message) in &endpoint.outgoing {
        batch.put(Key::Transmission { handle, sequence: *sequence }, message.encode());
    }
    for (sequence, partial) in &endpoint.partials {
        for (fragment, row) in partial.rows() {
            batch.put(Key::Partial { handle, sequence: *sequence, fragment }, row);
        }
    }
}
