//! Temporary tables `#t`: the session's own, in memory. Statements see them as variables of their frame; what they do
//! to them can be taken back with the transaction.

use std::collections::BTreeMap;

use duologue_messages::{SqlError, sql_error};

use super::TableVariable;

/// Temporary tables of one session.
const MAX_TABLES: usize = 1_000;

/// One temporary table.
#[derive(Clone, Debug)]
pub(crate) struct TempTable {
    /// As created, with its number sign.
    pub(crate) name: String,
    pub(crate) table: TableVariable,
    /// `@@NESTLEVEL` of the text that created it: it goes when that text ends. 0 stays until the session ends.
    pub(crate) depth: i32,
}

/// All of a session's temporary tables.
#[derive(Default)]
pub(crate) struct TempTables {
    tables: BTreeMap<String, TempTable>,
    /// What was there before each change, the latest last.
    undo: Vec<(String, Option<TempTable>)>,
    /// Grows with every change.
    version: u64,
}

impl TempTables {
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &TempTable> {
        self.tables.values()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&TempTable> {
        self.tables.get(&name.to_lowercase())
    }

    /// Creates a table; 2714 when the name is taken.
    pub(crate) fn create(&mut self, table: TempTable) -> Result<(), SqlError> {
        if self.get(&table.name).is_some() {
            return Err(sql_error!(2714, table.name));
        }
        if self.tables.len() >= MAX_TABLES {
            return Err(sql_error!(49909, format!("a session has {MAX_TABLES} temporary tables")));
        }
        self.put(table.name.to_lowercase(), Some(table));
        Ok(())
    }

    /// Drops a table; false when there is none.
    pub(crate) fn drop(&mut self, name: &str) -> bool {
        let exists = self.get(name).is_some();
        if exists {
            self.put(name.to_lowercase(), None);
        }
        exists
    }

    /// A table's new contents.
    pub(crate) fn change(&mut self, name: &str, table: TableVariable) {
        if let Some(found) = self.get(name).cloned() {
            self.put(name.to_lowercase(), Some(TempTable { table, ..found }));
        }
    }

    fn put(&mut self, key: String, table: Option<TempTable>) {
        let previous = self.restore(&key, table);
        self.undo.push((key, previous));
    }

    fn restore(&mut self, key: &str, table: Option<TempTable>) -> Option<TempTable> {
        self.version += 1;
        match table {
            Some(table) => self.tables.insert(key.to_owned(), table),
            None => self.tables.remove(key),
        }
    }

    /// The present place, for [`TempTables::undo_to`].
    pub(crate) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back everything after `mark`.
    pub(crate) fn undo_to(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((key, previous)) = self.undo.pop() {
                self.restore(&key, previous);
            }
        }
    }

    /// Nobody goes back to a place between `mark` and now any more.
    pub(crate) fn join_since(&mut self, mark: usize) {
        let mut seen = std::collections::BTreeSet::new();
        let mut place = 0;
        self.undo.retain(|(key, _)| {
            place += 1;
            place <= mark || seen.insert(key.clone())
        });
    }

    /// Nobody goes back at all: the transaction is committed.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
    }

    /// A text ends: its tables go, whatever happens to the transaction.
    pub(crate) fn leave(&mut self, depth: i32) {
        let before = self.tables.len();
        let undo = &mut self.undo;
        self.tables.retain(|key, table| {
            let stays = table.depth < depth;
            if !stays {
                undo.retain(|(changed, _)| changed != key);
            }
            stays
        });
        self.version += u64::from(self.tables.len() != before);
    }

    /// The session is reset.
    pub(crate) fn clear(&mut self) {
        self.tables.clear();
        self.undo.clear();
        self.version += 1;
    }
}
