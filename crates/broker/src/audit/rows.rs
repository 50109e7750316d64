//! What is in memory must be what a restart would read.

use std::collections::BTreeMap;

use bytes::Bytes;
use duologue_messages::SqlError;
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
        let mut expected = self.rows().map_err(|error| error.to_string())?;
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

    fn rows(&self) -> Result<BTreeMap<Bytes, Bytes>, SqlError> {
        let mut batch = WriteBatch::new();
        for endpoint in self.conversations.iter() {
            self.rows_of_endpoint(endpoint, &mut batch)?;
        }
        for queue in self.queues.keys() {
            for message in self.queue_messages(*queue, None) {
                let message = message?;
                let key = Key::Queue { database: queue.0, queue: queue.1, order: message.queuing_order };
                batch.put(key, message.encode());
            }
        }
        self.notices.put_rows(&mut batch);
        let rows = batch.iter().filter_map(|operation| match operation {
            duologue_store::Operation::Put { key, value } => Some((key.clone(), value.clone())),
            duologue_store::Operation::Delete { .. } => None,
        });
        Ok(rows.collect())
    }

    fn rows_of_endpoint(&self, endpoint: &Endpoint, batch: &mut WriteBatch) -> Result<(), SqlError> {
        let handle = endpoint.handle;
        batch.put(Key::Endpoint(handle), endpoint.encode());
        for message in self.outgoing_messages(endpoint) {
            let message = message?;
            batch.put(Key::Transmission { handle, sequence: message.sequence }, message.encode());
        }
        for (sequence, partial) in &endpoint.partials {
            for (fragment, row) in partial.rows() {
                batch.put(Key::Partial { handle, sequence: *sequence, fragment }, row);
            }
        }
        Ok(())
    }
}
