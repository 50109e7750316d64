//! Commit: a transaction's decisions become the shared state and one batch; what follows from them happens once the
//! batch is durable.
//!
//! Why a crash loses nothing: the client is answered, a frame is sent and an acknowledgement goes out only after
//! [`Instance::durable`] has passed the batch's number. Batches become durable in the order of their numbers, so a
//! batch that builds on another one is never durable without it.

use duologue_catalog::ddl::Effect;
use duologue_store::{CommitSequence, Key, WriteBatch};
use duologue_types::{Timestamp, TransactionId};

use crate::action::Action;
use crate::instance::{AfterDurable, Instance};
use crate::row_codec::encode_row;
use crate::transaction::{ObjectKey, RowChanges, Transaction};
use crate::transmission::FirstAck;

/// Stands for the batch that the current call is writing.
const CURRENT_BATCH: CommitSequence = CommitSequence(u64::MAX);

impl Instance {
    /// Commits a transaction. The returned number is what the client's answer waits for: see
    /// [`Instance::durable_up_to`].
    pub fn commit(&mut self, transaction: TransactionId, now: Timestamp) -> CommitSequence {
        let Some(mut open) = self.transactions.remove(&transaction) else { return self.last_submitted };
        self.apply_catalog(&mut open, now);
        for (table, changes) in std::mem::take(&mut open.rows) {
            self.apply_rows(table, changes);
        }
        self.apply_received(&mut open);
        self.apply_conversations(&mut open, now);
        self.post_events(std::mem::take(&mut open.events), now);
        self.release_locks(transaction);
        self.run_deferred(now);
        self.submit(now)
    }

    /// What a DDL statement of the transaction means for what is running, once it commits.
    pub fn add_effects(&mut self, transaction: TransactionId, effects: Vec<Effect>) {
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.effects.extend(effects);
        }
    }

    /// Queues what the current call wrote; returns the number of the batch, or of the last one if there is none.
    pub(crate) fn submit(&mut self, now: Timestamp) -> CommitSequence {
        self.run_deferred(now);
        self.write_endpoints();
        if self.batch.is_empty() {
            self.attach_to_last_batch(now);
            return self.last_submitted;
        }
        let sequence = self
            .group_commit
            .push(std::mem::take(&mut self.batch))
            .expect("the queue has no limit of its own: statements ask `is_congested` before they write");
        self.last_submitted = sequence;
        self.act(Action::Flush);
        if let Some(waiting) = self.after_durable.remove(&CURRENT_BATCH) {
            self.after_durable.entry(sequence).or_default().extend(waiting);
        }
        sequence
    }

    /// What a call without writes wants done waits for what it saw: the youngest batch, or nothing if that is
    /// durable.
    fn attach_to_last_batch(&mut self, now: Timestamp) {
        let Some(waiting) = self.after_durable.remove(&CURRENT_BATCH) else { return };
        if self.last_submitted > self.durable {
            self.after_durable.entry(self.last_submitted).or_default().extend(waiting);
            return;
        }
        for what in waiting {
            self.run_after_durable(what, now);
        }
        self.submit(now);
    }

    fn run_after_durable(&mut self, what: AfterDurable, now: Timestamp) {
        match what {
            AfterDurable::Send(handle, below) => self.release_to_send(handle, below, now),
            AfterDurable::UseKeys(handle) => {
                if let Some(endpoint) = self.conversations.get_mut(handle) {
                    endpoint.transmission.keys_pending = false;
                }
                self.transmit(handle, now);
            }
            AfterDurable::FirstAcknowledged(handle) => {
                if let Some(endpoint) = self.conversations.get_mut(handle) {
                    endpoint.transmission.first_ack = endpoint.transmission.first_ack.max(FirstAck::Durable);
                }
                self.close_if_finished(handle, now);
            }
            AfterDurable::Acknowledge(handle, position) => self.release_to_acknowledge(handle, position, now),
            AfterDurable::LeaveQueued(queue, order) => self.leave_queued(queue, order),
            AfterDurable::LeaveOutgoing(handle, sequence) => self.leave_outgoing(handle, sequence),
        }
    }

    /// Has something done once what the current call writes is durable.
    pub(crate) fn after_durable(&mut self, what: AfterDurable) {
        self.after_durable.entry(CURRENT_BATCH).or_default().push(what);
    }

    /// The number of the youngest batch.
    pub fn last_submitted(&self) -> CommitSequence {
        self.last_submitted
    }

    /// Every batch up to this number is durable.
    pub fn durable_up_to(&self) -> CommitSequence {
        self.durable
    }

    /// For the commit thread: everything that waits, as one batch, and the number it reaches.
    pub fn take_batch(&mut self) -> Option<(WriteBatch, CommitSequence)> {
        // What could not be read is missing in what was decided since.
        if self.failure().is_some() { None } else { self.group_commit.take_all() }
    }

    /// From the commit thread: everything up to `sequence` is durable.
    pub fn durable(&mut self, sequence: CommitSequence, now: Timestamp) {
        self.group_commit.completed(sequence);
        self.durable = sequence;
        let later = self.after_durable.split_off(&CommitSequence(sequence.0 + 1));
        let due = std::mem::replace(&mut self.after_durable, later);
        for what in due.into_values().flatten() {
            self.run_after_durable(what, now);
        }
        self.submit(now);
        self.wake_congested();
    }

    fn apply_catalog(&mut self, open: &mut Transaction, now: Timestamp) {
        let effects = std::mem::take(&mut open.effects);
        let Some(draft) = open.catalog.take() else { return };
        self.install_catalog(*draft);
        for change in std::mem::take(&mut open.key_changes) {
            self.apply_key_change(change, now);
        }
        for effect in effects {
            self.apply_effect(effect, now);
        }
        self.catalog_changed(now);
    }

    /// Makes a changed catalog the committed one and writes its rows.
    pub(crate) fn install_catalog(&mut self, draft: duologue_catalog::CatalogDraft) {
        let (catalog, changes) = draft.finish();
        for ((database, class, id), row) in changes.0 {
            let key = Key::Catalog { database, class: class as u8, id: i64::from(id) };
            match row {
                Some(row) => self.batch.put(key, row),
                None => self.batch.delete(key),
            }
        }
        self.catalog = catalog;
        self.catalog_version += 1;
    }

    fn apply_rows(&mut self, table: ObjectKey, changes: RowChanges) {
        let rows = self.tables.entry(table).or_default();
        for (number, change) in changes {
            let key = Key::Table { database: table.0, table: table.1, row: number };
            match change {
                Some(row) => {
                    self.batch.put(key, encode_row(&row));
                    rows.rows.insert(number, row);
                }
                None => {
                    self.batch.delete(key);
                    rows.rows.remove(&number);
                }
            }
        }
    }

    fn apply_received(&mut self, open: &mut Transaction) {
        for queue in std::mem::take(&mut open.received_from) {
            if let Some(found) = self.queues.get_mut(&queue) {
                found.rollbacks = 0;
            }
        }
        for (queue, order) in std::mem::take(&mut open.taken) {
            self.finish_received(queue, order);
        }
    }
}
