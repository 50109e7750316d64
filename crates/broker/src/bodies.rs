//! Bodies of messages that wait: in memory up to a budget, beyond it in their stored rows only.
//!
//! What comes while the budget is used up is what will be needed last. Its body leaves memory when its row is durable,
//! and is read when it is received, sent or looked at. A body that cannot be read is a failure of the store: the
//! instance notes it, and nothing becomes durable any more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use duologue_messages::{SqlError, sql_error};
use duologue_store::{Key, Store};

use crate::queues::QueueMessage;
use crate::transmission::OutgoingMessage;

/// Where a body is.
#[derive(Debug, Default)]
pub enum Body {
    /// NULL.
    #[default]
    Null,
    /// In memory.
    Here(Held),
    /// In the message's stored row, which is durable.
    Stored,
}

/// A body in memory; it counts until it is dropped.
#[derive(Debug)]
pub struct Held {
    bytes: Bytes,
    total: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl Body {
    /// The body as far as memory has it: `None` when it must be read.
    pub(crate) fn here(&self) -> Option<Option<&Bytes>> {
        match self {
            Self::Null => Some(None),
            Self::Here(held) => Some(Some(&held.bytes)),
            Self::Stored => None,
        }
    }

    /// Leaves memory. Its row must be durable.
    pub(crate) fn leave(&mut self) {
        if matches!(self, Self::Here(_)) {
            *self = Self::Stored;
        }
    }
}

/// The bodies of an instance.
pub(crate) struct Bodies {
    budget: usize,
    held: Arc<AtomicUsize>,
    store: Arc<dyn Store>,
    failure: OnceLock<SqlError>,
}

impl Bodies {
    pub(crate) fn new(budget: usize, store: Arc<dyn Store>) -> Self {
        Self { budget, held: Arc::default(), store, failure: OnceLock::new() }
    }

    /// Bytes in memory.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether bodies whose rows are durable are to leave memory.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.held() > self.budget
    }

    /// Keeps a body in memory.
    pub(crate) fn hold(&self, body: Option<Bytes>) -> Body {
        let Some(bytes) = body else { return Body::Null };
        self.held.fetch_add(bytes.len(), Ordering::Relaxed);
        Body::Here(Held { bytes, total: self.held.clone() })
    }

    /// Keeps the body of a stored row in memory if the budget allows it.
    pub(crate) fn hold_stored(&self, body: Option<Bytes>) -> Body {
        match body {
            None => Body::Null,
            Some(bytes) if self.held() + bytes.len() > self.budget => Body::Stored,
            // The row around it is not kept.
            Some(bytes) => self.hold(Some(Bytes::copy_from_slice(&bytes))),
        }
    }

    /// A body, read from its row if it is not here. An error is the store's, and final.
    pub(crate) fn read(&self, key: &Key, body: &Body) -> Result<Option<Bytes>, SqlError> {
        match body {
            Body::Null => Ok(None),
            Body::Here(held) => Ok(Some(held.bytes.clone())),
            Body::Stored => self.read_stored(key).map_err(|detail| self.failed(&detail)),
        }
    }

    fn read_stored(&self, key: &Key) -> Result<Option<Bytes>, String> {
        let row = self.store.get(&key.to_bytes()).map_err(|error| error.to_string())?;
        let row = row.ok_or_else(|| format!("the row {key:?} is missing"))?;
        let body = match key {
            Key::Queue { order, .. } => QueueMessage::decode(*order, &row).map(|message| message.body),
            Key::Transmission { sequence, .. } => {
                OutgoingMessage::decode(*sequence, &row).map(|message| message.body)
            }
            _ => Ok(None),
        };
        match body {
            Ok(Some(body)) => Ok(Some(body)),
            Ok(None) | Err(_) => Err(format!("the row {key:?} is damaged")),
        }
    }

    fn failed(&self, detail: &str) -> SqlError {
        self.failure.get_or_init(|| sql_error!(49904, detail)).clone()
    }

    /// The failure of the store that was noticed while reading.
    pub(crate) fn failure(&self) -> Option<&SqlError> {
        self.failure.get()
    }
}
