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

/// An endpoint's row says all that a restart must know of it.
pub(super) fn audit_row(endpoint: &Endpoint) -> Result<(), String> {
    let read =
        Endpoint::decode(endpoint.handle, &endpoint.encode()).map_err(|_| "its row does not decode")?;
    let names = |found: &Endpoint| {
        (found.conversation, found.is_initiator, found.database, found.service, found.contract, found.system)
    };
    let facts = |found: &Endpoint| {
        (
            found.far_broker_instance,
            found.expires,
            found.begun,
            found.priority,
            found.encryption,
            found.far_end,
        )
    };
    let flags = |found: &Endpoint| {
        (found.far_is_local, found.far_saw_first_ack, found.forgotten, found.purge_after, found.principal)
    };
    let halves = |found: &Endpoint| {
        (
            found.received.expected(),
            found.sent.acknowledged(),
            found.sent.next_sequence(),
            found.far_principal,
        )
    };
    let same = names(endpoint) == names(&read)
        && facts(endpoint) == facts(&read)
        && flags(endpoint) == flags(&read)
        && halves(endpoint) == halves(&read)
        && (&endpoint.far_service, &endpoint.security, &endpoint.local)
            == (&read.far_service, &read.security, &read.local)
        && endpoint.received.partials().eq(read.received.partials());
    if same { Ok(()) } else { Err("its row says something else".into()) }
}
