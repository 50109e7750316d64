//! Rows in redb: two tables, every call contained.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use duologue_store::{
    CheckReport, Epoch, FORMAT_VERSION, Operation, Row, StoreError, WriteBatch, prefix_end,
};
use redb::{Database, Durability, ReadOnlyTable, ReadableDatabase, TableDefinition, WriteTransaction};

use crate::backend::{FlushWatch, Medium};
use crate::error::{contained, damaged, from_io};

/// All rows of the store.
const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
/// What the engine keeps for itself: the three numbers below.
const ENGINE: TableDefinition<'_, &str, u64> = TableDefinition::new("engine");
const FORMAT: &str = "format version";
const EPOCH: &str = "epoch";
const COMMITS: &str = "commits";

/// redb's own default is 1 GiB; the hot state of the broker is in memory already.
const CACHE_BYTES: usize = 64 << 20;

/// An open file.
#[derive(Debug)]
pub(crate) struct Engine {
    place: String,
    /// Some until dropped.
    database: Option<Database>,
    flush: FlushWatch,
}

impl Engine {
    /// Opens and verifies what the medium holds, or creates a store on an empty one.
    pub(crate) fn open(medium: &Medium) -> Result<Self, StoreError> {
        let place = medium.place().to_owned();
        let (backend, flush) = medium.open().map_err(|error| from_io(&place, &error))?;
        let database = contained(&place, || {
            let rolled_back = Arc::new(AtomicBool::new(false));
            let database = builder(&rolled_back).create_with_backend(backend)?;
            if rolled_back.load(Ordering::Relaxed) {
                tracing::warn!(
                    place,
                    "the last commit did not verify and is rolled back: the server stopped during it, or it is damaged"
                );
            }
            Ok(database)
        })?;
        let engine = Self { place, database: Some(database), flush };
        engine.check_format()?;
        Ok(engine)
    }

    fn database(&self) -> Result<&Database, redb::Error> {
        self.database.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    fn contained<T>(&self, run: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        contained(&self.place, || run(self.database()?))
    }

    /// Refuses a store of a later version before anything is written to it; a new one gets its version.
    fn check_format(&self) -> Result<(), StoreError> {
        match self.number(FORMAT)? {
            None if self.is_new()? => self.write(|transaction| {
                transaction.open_table(ROWS)?;
                let mut numbers = transaction.open_table(ENGINE)?;
                numbers.insert(FORMAT, u64::from(FORMAT_VERSION))?;
                Ok(())
            }),
            None => Err(damaged(&self.place, "it does not say its format version")),
            Some(found) if found <= FORMAT_VERSION.into() => Ok(()),
            Some(found) => Err(StoreError::NewerVersion {
                place: self.place.clone(),
                found: u32::try_from(found).unwrap_or(u32::MAX),
                supported: FORMAT_VERSION,
            }),
        }
    }

    fn is_new(&self) -> Result<bool, StoreError> {
        self.contained(|database| Ok(database.begin_read()?.list_tables()?.next().is_none()))
    }

    /// A number of the engine's own; none before the store was created.
    fn number(&self, name: &str) -> Result<Option<u64>, StoreError> {
        self.contained(|database| match database.begin_read()?.open_table(ENGINE) {
            Ok(table) => Ok(table.get(name)?.map(|number| number.value())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// How many batches were ever committed.
    pub(crate) fn commits(&self) -> Result<u64, StoreError> {
        Ok(self.number(COMMITS)?.unwrap_or(0))
    }

    /// Begins a new owner's time.
    pub(crate) fn next_epoch(&self) -> Result<Epoch, StoreError> {
        let epoch = self.number(EPOCH)?.unwrap_or(0) + 1;
        self.write(|transaction| {
            transaction.open_table(ENGINE)?.insert(EPOCH, epoch)?;
            Ok(())
        })?;
        Ok(Epoch(epoch))
    }

    /// Applies the batch as commit `number`. The error is [`StoreError::Full`] only when no flush failed.
    pub(crate) fn commit(&self, batch: &WriteBatch, number: u64) -> Result<(), StoreError> {
        self.write(|transaction| {
            apply(transaction, batch)?;
            transaction.open_table(ENGINE)?.insert(COMMITS, number)?;
            Ok(())
        })
    }

    fn write(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let outcome = self.contained(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            change(&transaction)?;
            Ok(transaction.commit()?)
        });
        outcome.map_err(|error| if self.flush.failed() { flush_failed(&error) } else { error })
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.contained(|database| {
            let value = rows(database)?.get(key)?;
            Ok(value.map(|value| Bytes::copy_from_slice(value.value())))
        })
    }

    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let end = prefix_end(prefix);
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        // A range that ends before it starts is an error to most maps.
        if end.as_deref().zip(after).is_some_and(|(end, after)| after >= end) {
            return Ok(Vec::new());
        }
        let end = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.contained(|database| {
            let mut found = Vec::new();
            for row in rows(database)?.range::<&[u8]>((start, end))?.take(limit) {
                let (key, value) = row?;
                found.push((Bytes::copy_from_slice(key.value()), Bytes::copy_from_slice(value.value())));
            }
            Ok(found)
        })
    }

    /// Verifies every page, then reads every row.
    pub(crate) fn check(&mut self) -> Result<CheckReport, StoreError> {
        let place = self.place.clone();
        contained(&place, || {
            let database = self.database.as_mut().ok_or(redb::Error::DatabaseClosed)?;
            let mut report = CheckReport::default();
            if !database.check_integrity()? {
                report.damage.push("its page allocation was wrong and is repaired".into());
            }
            for row in rows(database)?.range::<&[u8]>(..)? {
                let (key, value) = row?;
                report.rows += 1;
                report.bytes += (key.value().len() + value.value().len()) as u64;
            }
            Ok(report)
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let database = self.database.take();
        let closed = contained(&self.place, || database.map_or(Ok(()), Database::close).map_err(Into::into));
        if let Err(error) = closed {
            tracing::warn!(%error, "the store was not closed properly; it is verified at the next start anyway");
        }
    }
}

fn builder(rolled_back: &Arc<AtomicBool>) -> redb::Builder {
    let rolled_back = rolled_back.clone();
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder.set_check_integrity_on_open(true);
    // redb says so by its progress only: it stands at 0.3 exactly when the latest commit did not verify.
    builder.set_repair_callback(move |session| {
        rolled_back.fetch_or((0.2..0.5).contains(&session.progress()), Ordering::Relaxed);
    });
    builder
}

fn rows(database: &Database) -> Result<ReadOnlyTable<&'static [u8], &'static [u8]>, redb::Error> {
    Ok(database.begin_read()?.open_table(ROWS)?)
}

fn apply(transaction: &WriteTransaction, batch: &WriteBatch) -> Result<(), redb::Error> {
    let mut rows = transaction.open_table(ROWS)?;
    for operation in batch {
        match operation {
            Operation::Put { key, value } => rows.insert(&key[..], &value[..])?,
            Operation::Delete { key } => rows.remove(&key[..])?,
        };
    }
    Ok(())
}

fn flush_failed(error: &StoreError) -> StoreError {
    StoreError::Poisoned { reason: format!("a flush failed: {error}") }
}
