//! Rows of user tables. Tables hold a service's directory or its results, not bulk data: they live in memory and in
//! the store.

use std::collections::{BTreeMap, HashMap};

use duologue_types::{TransactionId, Value};

use crate::transaction::{ObjectKey, Row};

/// Committed rows of one table.
#[derive(Default, Debug)]
pub struct TableRows {
    /// By row number.
    pub(crate) rows: BTreeMap<u64, Row>,
    /// Number for the next row.
    pub(crate) next_row: u64,
    /// Last IDENTITY value given out; gaps after a rollback are normal.
    pub(crate) identity: Option<i64>,
}

/// All tables.
pub(crate) type Tables = HashMap<ObjectKey, TableRows>;

impl crate::Instance {
    /// A table's rows as `transaction` sees them: the last committed state with its own changes.
    pub fn table_rows(&self, transaction: Option<TransactionId>, table: ObjectKey) -> Vec<(u64, Row)> {
        let mut rows = self.tables.get(&table).map(|found| found.rows.clone()).unwrap_or_default();
        let changes =
            transaction.and_then(|id| self.transactions.get(&id)).and_then(|open| open.rows.get(&table));
        for (row, change) in changes.into_iter().flatten() {
            match change {
                Some(value) => {
                    rows.insert(*row, value.clone());
                }
                None => {
                    rows.remove(row);
                }
            }
        }
        rows.into_iter().collect()
    }

    /// Adds a row in `transaction`; returns its number.
    pub fn insert_row(&mut self, transaction: TransactionId, table: ObjectKey, row: Row) -> u64 {
        let rows = self.tables.entry(table).or_default();
        let number = rows.next_row;
        rows.next_row += 1;
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.put_row(table, number, Some(row));
        }
        number
    }

    /// Replaces or deletes (`None`) a row in `transaction`, which holds the row's lock.
    pub fn change_row(
        &mut self,
        transaction: TransactionId,
        table: ObjectKey,
        number: u64,
        row: Option<Row>,
    ) {
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.put_row(table, number, row);
        }
    }

    /// The next IDENTITY value of a table. Not given back by a rollback, as in SQL Server.
    pub fn next_identity(&mut self, table: ObjectKey, seed: i64, increment: i64) -> Option<i64> {
        let rows = self.tables.entry(table).or_default();
        let next = match rows.identity {
            None => seed,
            Some(last) => last.checked_add(increment)?,
        };
        rows.identity = Some(next);
        Some(next)
    }

    /// An IDENTITY value that a statement gave by itself: the next one goes on from it if it is further.
    pub fn note_identity(&mut self, table: ObjectKey, value: i64, increment: i64) {
        let rows = self.tables.entry(table).or_default();
        let last = rows.identity.get_or_insert(value);
        *last = if increment > 0 { value.max(*last) } else { value.min(*last) };
    }

    /// TRUNCATE: IDENTITY begins again. A rollback does not take that back.
    pub fn reset_identity(&mut self, table: ObjectKey) {
        if let Some(rows) = self.tables.get_mut(&table) {
            rows.identity = None;
        }
    }

    /// A row that the store had.
    pub(crate) fn restore_row(&mut self, table: ObjectKey, number: u64, row: Row) {
        let identity_column = self
            .catalog
            .databases
            .get(&table.0)
            .and_then(|database| database.tables.get(table.1.0))
            .and_then(|found| found.columns.iter().find(|column| column.identity.is_some()))
            .map(|column| (column.id, column.identity.is_some_and(|(_, increment)| increment > 0)));
        let rows = self.tables.entry(table).or_default();
        if let Some((column, ascending)) = identity_column
            && let Some(value) =
                usize::try_from(column - 1).ok().and_then(|slot| row.get(slot)).and_then(whole_number)
        {
            let last = rows.identity.get_or_insert(value);
            *last = if ascending { value.max(*last) } else { value.min(*last) };
        }
        rows.next_row = rows.next_row.max(number + 1);
        rows.rows.insert(number, row);
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::TinyInt(number) => Some(i64::from(*number)),
        Value::SmallInt(number) => Some(i64::from(*number)),
        Value::Int(number) => Some(i64::from(*number)),
        Value::BigInt(number) => Some(*number),
        Value::Decimal(number) if number.scale == 0 => i64::try_from(number.mantissa).ok(),
        _ => None,
    }
}
