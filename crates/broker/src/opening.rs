//! How an instance comes into memory: made new, or read from its store.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use duologue_catalog::{Catalog, Class, FreshInstance};
use duologue_keys::{PasswordHash, ServiceMasterKey, random_guid};
use duologue_messages::{SqlError, sql_error};
use duologue_store::{Key, StoreError, keys};
use duologue_types::{BrokerInstance, ConversationHandle, Timestamp};

use crate::arrival::PartialMessage;
use crate::codec::DamagedRow;
use crate::conversations::Endpoint;
use crate::instance::{Instance, Parts};
use crate::queues::{Queue, QueueMessage};
use crate::row_codec::decode_row;
use crate::timers::Due;
use crate::transaction::ObjectKey;
use crate::transmission::{FirstAck, OutgoingMessage};

/// Rows that are read from the store at a time.
const PAGE: usize = 1024;

/// What a new instance is made of.
pub struct NewInstance {
    /// `@@SERVERNAME`.
    pub server_name: String,
    /// Password of `sa`.
    pub sa_password: PasswordHash,
}

impl Instance {
    /// Makes a new instance. Its first batch is queued; nothing may be answered before that is durable.
    pub fn create(mut parts: Parts, new: &NewInstance, now: Timestamp) -> Result<Self, SqlError> {
        let service_master_key = ServiceMasterKey::generate(&mut *parts.random);
        let wrapped = service_master_key.wrap(&parts.root_secret, &mut *parts.random).into_bytes();
        let instance_id = random_guid(&mut *parts.random);
        let random = &mut *parts.random;
        let draft = Catalog::fresh_instance(FreshInstance {
            now,
            instance_id,
            server_name: new.server_name.clone(),
            service_master_key: wrapped,
            sa_password_hash: Some(new.sa_password.to_bytes()),
            tempdb_broker: BrokerInstance(random_guid(random)),
            msdb_broker: BrokerInstance(random_guid(random)),
        });
        let catalog = draft.catalog().clone();
        let mut instance = Self::empty(catalog, parts)?;
        instance.install_catalog(draft);
        instance.submit(now);
        Ok(instance)
    }

    /// Reads an instance from its store.
    pub fn open(parts: Parts, now: Timestamp) -> Result<Self, SqlError> {
        let store = parts.store.clone();
        let rows = |prefix: Bytes| Rows { store: &*store, prefix, after: None };
        let mut catalog_rows = Vec::new();
        rows(keys::prefix::family(keys::Family::Catalog)).each(|key, value| {
            let Key::Catalog { database, class, id } = key else { return Err(DamagedRow) };
            let class = Class::try_from(class).map_err(|_| DamagedRow)?;
            catalog_rows
                .push(((database, class, i32::try_from(id).map_err(|_| DamagedRow)?), value.to_vec()));
            Ok(())
        })?;
        let catalog = Catalog::load(catalog_rows).map_err(|error| damaged(&error))?;
        let mut instance = Self::empty(catalog, parts)?;
        instance.read_conversations(&store, now)?;
        instance.read_messages(&store)?;
        rows(keys::prefix::family(keys::Family::Table)).each(|key, value| {
            let Key::Table { database, table, row } = key else { return Err(DamagedRow) };
            instance.restore_row((database, table), row, decode_row(&value)?);
            Ok(())
        })?;
        rows(keys::prefix::family(keys::Family::Notice)).each(|key, value| {
            let Key::Notice { database, name } = key else { return Err(DamagedRow) };
            instance.notices.restore(database, &name, &value)
        })?;
        instance.release_everything(now);
        instance.submit(now);
        Ok(instance)
    }

    fn read_conversations(
        &mut self,
        store: &std::sync::Arc<dyn duologue_store::Store>,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        let rows = |prefix: Bytes| Rows { store: &**store, prefix, after: None };
        rows(keys::prefix::family(keys::Family::Endpoint)).each(|key, value| {
            let Key::Endpoint(handle) = key else { return Err(DamagedRow) };
            self.restore_endpoint(Endpoint::decode(handle, &value)?, now);
            Ok(())
        })?;
        rows(keys::prefix::family(keys::Family::Transmission)).each(|key, value| {
            let Key::Transmission { handle, sequence } = key else { return Err(DamagedRow) };
            let endpoint = self.conversations.get_mut(handle).ok_or(DamagedRow)?;
            let mut message = OutgoingMessage::decode(sequence, &value)?;
            message.message_type = self.names.shared(&message.message_type);
            let body = self.bodies.hold_stored(message.body.take());
            endpoint.outgoing.insert(sequence, Box::new(message.with_body(body)));
            Ok(())
        })?;
        let mut partials: BTreeMap<ConversationHandle, BTreeMap<u64, PartialMessage>> = BTreeMap::new();
        rows(keys::prefix::family(keys::Family::Partial)).each(|key, value| {
            let Key::Partial { handle, sequence, fragment } = key else { return Err(DamagedRow) };
            PartialMessage::restore(partials.entry(handle).or_default(), sequence, fragment, &value)
        })?;
        for (handle, found) in partials {
            if let Some(endpoint) = self.conversations.get_mut(handle) {
                self.partial_bytes.add(found.values().map(PartialMessage::held).sum());
                endpoint.partials = found;
            }
        }
        Ok(())
    }

    fn read_messages(&mut self, store: &std::sync::Arc<dyn duologue_store::Store>) -> Result<(), SqlError> {
        let rows = Rows { store: &**store, prefix: keys::prefix::family(keys::Family::Queue), after: None };
        rows.each(|key, value| {
            let Key::Queue { database, queue, order } = key else { return Err(DamagedRow) };
            let mut message = QueueMessage::decode(order, &value)?;
            message.message_type_name = self.names.shared(&message.message_type_name);
            let body = self.bodies.hold_stored(message.body.take());
            self.queues.entry((database, queue)).or_default().insert(message.with_body(body));
            Ok(())
        })?;
        self.let_rows_follow();
        Ok(())
    }

    /// Rows that an open transaction had received when ALTER SERVICE moved their service, and that a crash gave back.
    fn let_rows_follow(&mut self) {
        let rows = |(queue, found): (&ObjectKey, &Queue)| {
            let database = self.catalog.databases.get(&queue.0);
            let services = database.into_iter().flat_map(|database| database.services.iter());
            let own: BTreeSet<_> =
                services.filter(|service| service.queue == queue.1).map(|service| service.id).collect();
            let strangers = found.visible(None).filter(|message| !own.contains(&message.service));
            strangers.map(|message| (*queue, message.queuing_order)).collect::<Vec<_>>()
        };
        let all: Vec<_> = self.queues.iter().flat_map(rows).collect();
        for (queue, order) in all {
            self.follow_service(queue, order);
        }
    }

    fn restore_endpoint(&mut self, mut endpoint: Endpoint, _now: Timestamp) {
        let handle = endpoint.handle;
        endpoint.far_service = self.names.shared(&endpoint.far_service);
        if endpoint.sent.first_ack_seen() {
            endpoint.transmission.first_ack = FirstAck::Durable;
        }
        self.timers.arm(endpoint.expires, Due::Lifetime(handle));
        if let Some(at) = endpoint.local.timer {
            self.timers.arm(at, Due::DialogTimer(handle));
        }
        if let Some(at) = endpoint.purge_after {
            self.timers.arm(at, Due::Purge(handle));
        }
        self.conversations.insert(endpoint);
    }
}

/// Rows of the store with one prefix, page by page.
struct Rows<'a> {
    store: &'a dyn duologue_store::Store,
    prefix: Bytes,
    after: Option<Bytes>,
}

impl Rows<'_> {
    fn each(mut self, mut take: impl FnMut(Key, Bytes) -> Result<(), DamagedRow>) -> Result<(), SqlError> {
        loop {
            let page = self
                .store
                .scan(&self.prefix, self.after.as_deref(), PAGE)
                .map_err(|error| store_failed(&error))?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            self.after = Some(last.clone());
            for (key, value) in page {
                let parsed = Key::parse(&key).map_err(|error| damaged(&error))?;
                let place = format!("{parsed:?}");
                take(parsed, value).map_err(|DamagedRow| damaged(&place))?;
            }
        }
    }
}

fn damaged(place: &dyn std::fmt::Display) -> SqlError {
    sql_error!(49904, format!("the row {place} does not decode"))
}

fn store_failed(error: &StoreError) -> SqlError {
    sql_error!(49904, error)
}
