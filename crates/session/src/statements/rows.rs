//! What INSERT, UPDATE and DELETE share: the table that they change, its constraints, and the changes themselves.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use duologue_broker::{ObjectKey, Resource};
use duologue_catalog::objects::Table;
use duologue_catalog::permissions::{Permission, Securable};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{DmlTarget, DmlTargetKind, Expr, Ident, TableSource, TableSourceKind, Top};
use duologue_tsql::parse_expression;
use duologue_types::{Collation, SqlType, Value, display_sqlcmd, sort_key, truncation_error};

use crate::execution::{Context, Flow, Typed};
use crate::query::{self, Column};
use crate::state::{Slot, TableVariable};

/// A stored row: a value for each place.
pub(super) type StoredRow = Arc<[Value]>;

/// A table or table variable that a statement changes.
pub(super) struct Target {
    store: Store,
    /// As messages name it.
    name: String,
    /// In their order.
    pub(super) columns: Vec<TargetColumn>,
    keys: Vec<TargetKey>,
    /// Values of a stored row.
    width: usize,
}

#[derive(Clone, Copy)]
enum Store {
    Table(ObjectKey),
    Variable(Slot),
}

/// A column of a target.
pub(super) struct TargetColumn {
    pub(super) name: String,
    /// Where its value is in a stored row.
    pub(super) place: usize,
    pub(super) sql_type: SqlType,
    nullable: bool,
    pub(super) identity: Option<(i64, i64)>,
    default: Option<Expr>,
}

struct TargetKey {
    name: String,
    is_primary: bool,
    places: Vec<usize>,
}

/// One change of a row.
pub(super) struct Change {
    /// Number of the row; `None` for a new one.
    pub(super) number: Option<u64>,
    /// The row as it is from now on; `None` for a deleted one.
    pub(super) row: Option<StoredRow>,
}

impl Target {
    /// The target of a statement that needs `permission` on it: 208, 259, 416, 1087, 229.
    pub(super) fn resolve(
        cx: &mut Context<'_, '_>,
        target: &DmlTarget,
        permission: Permission,
    ) -> Result<Self, SqlError> {
        match &target.kind {
            DmlTargetKind::Variable(name) => {
                let slot = cx.frame.variables.require_table(name)?;
                let table = cx.frame.variables.table(slot).ok_or_else(|| sql_error!(1087, name))?;
                Ok(Self::of_variable(name, slot, table))
            }
            DmlTargetKind::Table(name) => {
                let (table, database) = cx.query(|context| query::changeable_table(context, name))?;
                let security = cx.security().enter(cx.catalog(), database)?;
                let _granted = cx.catalog().require(&security, permission, Securable::Object(table.id))?;
                let full_name = cx.catalog().database(database).map(|found| {
                    format!("{}.{}.{}", found.settings.name, found.schema_name(table.schema), table.name)
                });
                Self::of_table((database, table.id), full_name.unwrap_or_default(), &table)
            }
        }
    }

    fn of_variable(name: &str, slot: Slot, table: &TableVariable) -> Self {
        let columns = table.columns.iter().enumerate().map(|(place, column)| TargetColumn {
            name: column.name.clone(),
            place,
            sql_type: column.sql_type,
            nullable: column.nullable,
            identity: column.identity,
            default: column.default.clone(),
        });
        let keys = table.unique_keys.iter().map(|places| TargetKey {
            name: name.to_owned(),
            is_primary: true,
            places: places.clone(),
        });
        Self {
            store: Store::Variable(slot),
            name: name.to_owned(),
            columns: columns.collect(),
            keys: keys.collect(),
            width: table.columns.len(),
        }
    }

    fn of_table(key: ObjectKey, name: String, table: &Table) -> Result<Self, SqlError> {
        let place = |id: i32| usize::try_from(id - 1).unwrap_or_default();
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let default = column.default.as_deref().map(default_expression).transpose()?;
            columns.push(TargetColumn {
                name: column.name.clone(),
                place: place(column.id),
                sql_type: column.sql_type,
                nullable: column.nullable,
                identity: column.identity,
                default,
            });
        }
        let keys = table.unique_keys.iter().map(|key| TargetKey {
            name: key.name.clone(),
            is_primary: key.is_primary,
            places: key.columns.iter().map(|id| place(*id)).collect(),
        });
        let width = place(table.next_column_id);
        Ok(Self { store: Store::Table(key), name, columns, keys: keys.collect(), width })
    }

    /// The position of a named column: 207.
    pub(super) fn position(&self, name: &Ident) -> Result<usize, SqlError> {
        let found = self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(&name.name));
        found.ok_or_else(|| sql_error!(207, name.name).at_line(name.line))
    }

    /// Its name without database and schema.
    pub(super) fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// A row of which nothing is known yet.
    pub(super) fn empty_row(&self) -> Vec<Value> {
        vec![Value::Null; self.width]
    }

    /// Its columns as a rowset's.
    pub(super) fn rowset_columns(&self) -> Vec<Column> {
        self.columns
            .iter()
            .map(|column| Column::new(&column.name, column.sql_type, column.nullable))
            .collect()
    }

    /// The values of a stored row in the order of the columns.
    pub(super) fn logical(&self, row: &[Value]) -> Vec<Value> {
        self.columns.iter().map(|column| row.get(column.place).cloned().unwrap_or_default()).collect()
    }

    /// A value as a column stores it: 2628 for what is too long.
    pub(super) fn stored_value(&self, column: usize, found: &Typed) -> Result<Value, SqlError> {
        let column = &self.columns[column];
        if found.value.is_null() {
            return Ok(Value::Null);
        }
        query::store(&found.value, found.sql_type, column.sql_type).map_err(|error| match error.number {
            8152 => truncation_error(&self.name, &column.name, &found.value, column.sql_type),
            _ => error,
        })
    }

    /// The value of a column that an INSERT leaves out, or for which it says DEFAULT.
    pub(super) fn default_value(&self, cx: &mut Context<'_, '_>, column: usize) -> Result<Value, SqlError> {
        if let Some((seed, increment)) = self.columns[column].identity {
            return self.next_identity(cx, column, seed, increment);
        }
        match &self.columns[column].default {
            None => Ok(Value::Null),
            Some(default) => {
                let found = cx.evaluate(default)?;
                self.stored_value(column, &found)
            }
        }
    }

    fn next_identity(
        &self,
        cx: &mut Context<'_, '_>,
        column: usize,
        seed: i64,
        increment: i64,
    ) -> Result<Value, SqlError> {
        let next = match self.store {
            Store::Table(key) => cx.instance.next_identity(key, seed, increment),
            Store::Variable(slot) => {
                let table = cx.frame.variables.table_mut(slot);
                table.and_then(|table| {
                    let next = table.identity.map_or(Some(seed), |last| last.checked_add(increment))?;
                    table.identity = Some(next);
                    Some(next)
                })
            }
        };
        let overflow = || sql_error!(8115, "IDENTITY", self.columns[column].sql_type.name());
        let next = next.ok_or_else(overflow)?;
        cx.session.state.last_identity = Some(next);
        cx.session.state.scope_identity = Some(next);
        let found = Typed { value: Value::BigInt(next), sql_type: SqlType::BigInt };
        self.stored_value(column, &found).map_err(|_| overflow())
    }

    /// Whether IDENTITY_INSERT is ON for it.
    pub(super) fn takes_identity(&self, cx: &Context<'_, '_>) -> bool {
        let on = cx.session.identity_insert.as_deref();
        on.is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
    }

    /// `SET IDENTITY_INSERT`: 8106 without identity column, 8107 while it is ON for another table.
    pub(super) fn set_identity_insert(&self, cx: &mut Context<'_, '_>, on: bool) -> Result<(), SqlError> {
        if self.columns.iter().all(|column| column.identity.is_none()) {
            return Err(sql_error!(8106, self.short_name()));
        }
        let is_this = self.takes_identity(cx);
        match &cx.session.identity_insert {
            Some(other) if on && !is_this => {
                let mut parts = other.rsplit('.');
                let mut part = || parts.next().unwrap_or_default();
                let (table, schema, database) = (part(), part(), part());
                return Err(sql_error!(8107, database, schema, table, self.short_name()));
            }
            _ if on => cx.session.identity_insert = Some(self.name.clone()),
            _ if is_this => cx.session.identity_insert = None,
            _ => {}
        }
        Ok(())
    }

    /// A value that a statement gives to the identity column itself: the next one goes on from it.
    pub(super) fn note_identity(&self, cx: &mut Context<'_, '_>, column: usize, value: &Value) {
        let Some((_, increment)) = self.columns[column].identity else { return };
        let Ok(Value::BigInt(value)) = query::assign(value, self.columns[column].sql_type, SqlType::BigInt)
        else {
            return;
        };
        match self.store {
            Store::Table(key) => cx.instance.note_identity(key, value, increment),
            Store::Variable(slot) => {
                if let Some(table) = cx.frame.variables.table_mut(slot) {
                    let last = table.identity.get_or_insert(value);
                    *last = if increment > 0 { value.max(*last) } else { value.min(*last) };
                }
            }
        }
        cx.session.state.last_identity = Some(value);
        cx.session.state.scope_identity = Some(value);
    }

    /// TRUNCATE: IDENTITY begins again. Inside a transaction a stored table goes on instead: rows that a rollback
    /// brings back must not meet their own numbers.
    pub(super) fn reset_identity(&self, cx: &mut Context<'_, '_>) {
        match self.store {
            Store::Table(key) if cx.session.transaction.is_none() => cx.instance.reset_identity(key),
            Store::Table(_) => {}
            Store::Variable(slot) => {
                if let Some(table) = cx.frame.variables.table_mut(slot) {
                    table.identity = None;
                    let table = table.clone();
                    cx.keep_temp_table(&self.name, table);
                }
            }
        }
    }

    /// 515 for a NULL where none is allowed.
    pub(super) fn check_nulls(&self, row: &[Value], verb: &str) -> Result<(), SqlError> {
        let violates =
            |column: &&TargetColumn| !column.nullable && row.get(column.place).is_none_or(Value::is_null);
        match self.columns.iter().find(violates) {
            Some(column) => Err(sql_error!(515, column.name, self.name, verb)),
            None => Ok(()),
        }
    }

    /// The rows as the statement sees them.
    pub(super) fn rows(&self, cx: &Context<'_, '_>) -> Vec<(u64, StoredRow)> {
        match self.store {
            Store::Table(key) => cx.instance.table_rows(cx.seen_transaction(), key),
            Store::Variable(slot) => {
                let rows = cx.frame.variables.table(slot).map(|table| table.rows.clone()).unwrap_or_default();
                rows.iter().enumerate().map(|(number, row)| (number as u64, row.clone())).collect()
            }
        }
    }

    /// Locks rows to change them; `Some` is how the statement waits for them.
    pub(super) fn lock_rows(
        &self,
        cx: &mut Context<'_, '_>,
        numbers: impl Iterator<Item = u64>,
    ) -> Result<Option<Flow>, SqlError> {
        let Store::Table((database, table)) = self.store else { return Ok(None) };
        let transaction = cx.transaction()?;
        for number in numbers {
            if let Some(blocked) = cx.instance.lock(transaction, Resource::Row(database, table, number))? {
                return cx.blocked(blocked).map(Some);
            }
        }
        Ok(None)
    }

    /// Checks the unique keys and makes the changes; `Some` is how the statement waits for somebody who is using one
    /// of the keys.
    pub(super) fn apply(
        &self,
        cx: &mut Context<'_, '_>,
        changes: Vec<Change>,
    ) -> Result<Option<Flow>, SqlError> {
        let new_keys = self.check_keys(cx, &changes)?;
        if let Some(wait) = self.lock_rows(cx, new_keys.into_iter())? {
            return Ok(Some(wait));
        }
        match self.store {
            Store::Table(key) => {
                let transaction = cx.transaction()?;
                if changes.iter().any(|change| change.row.is_some())
                    && let Some(blocked) = cx.instance.admit(transaction, key.0, &self.name)?
                {
                    return cx.blocked(blocked).map(Some);
                }
                for change in changes {
                    match (change.number, change.row) {
                        (Some(number), row) => cx.instance.change_row(transaction, key, number, row),
                        (None, Some(row)) => {
                            cx.instance.insert_row(transaction, key, row);
                        }
                        (None, None) => {}
                    }
                }
            }
            Store::Variable(slot) => {
                if let Some(table) = cx.frame.variables.table_mut(slot) {
                    change_variable(table, changes);
                    if self.name.starts_with('#') {
                        let table = table.clone();
                        cx.keep_temp_table(&self.name, table);
                    }
                }
            }
        }
        Ok(None)
    }

    /// 2627 for a key that is there twice after the changes. Returns the numbers under which the new keys are locked:
    /// somebody else may be inserting the same key in a transaction that nobody sees yet.
    fn check_keys(&self, cx: &Context<'_, '_>, changes: &[Change]) -> Result<Vec<u64>, SqlError> {
        if self.keys.is_empty() {
            return Ok(Vec::new());
        }
        let changed: HashMap<u64, ()> =
            changes.iter().filter_map(|change| change.number.map(|number| (number, ()))).collect();
        let kept = self.rows(cx).into_iter().filter(|(number, _)| !changed.contains_key(number));
        let kept: Vec<StoredRow> = kept.map(|(_, row)| row).collect();
        let mut locks = Vec::new();
        for (number, key) in self.keys.iter().enumerate() {
            let mut seen: HashSet<Vec<u8>> = kept.iter().map(|row| key.bytes(row)).collect();
            for row in changes.iter().filter_map(|change| change.row.as_ref()) {
                let bytes = key.bytes(row);
                locks.push(key_lock(number, &bytes));
                if !seen.insert(bytes) {
                    return Err(self.duplicate(key, row));
                }
            }
        }
        Ok(locks)
    }

    fn duplicate(&self, key: &TargetKey, row: &[Value]) -> SqlError {
        let kind = if key.is_primary { "PRIMARY KEY" } else { "UNIQUE KEY" };
        let column = |place: &usize| self.columns.iter().find(|column| column.place == *place);
        let shown = |place: &usize| match (row.get(*place), column(place)) {
            (Some(Value::Null) | None, _) | (_, None) => "<NULL>".into(),
            (Some(value), Some(column)) => display_sqlcmd(value, column.sql_type),
        };
        let values: Vec<String> = key.places.iter().map(shown).collect();
        let object = self.name.split_once('.').map_or(self.name.as_str(), |(_, object)| object);
        sql_error!(2627, kind, key.name, object, format!("({})", values.join(", ")))
    }
}

impl TargetKey {
    fn bytes(&self, row: &[Value]) -> Vec<u8> {
        let value = |place: &usize| sort_key(row.get(*place).unwrap_or(&Value::Null), Collation::default());
        self.places.iter().flat_map(value).collect()
    }
}

/// The number that stands for a key in the lock table; row numbers never get that high. Keys that share a number by
/// chance wait for each other and nothing worse.
fn key_lock(key: usize, bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, bytes).hash(&mut hasher);
    hasher.finish() | (1 << 63)
}

fn change_variable(table: &mut TableVariable, changes: Vec<Change>) {
    let rows = Arc::make_mut(&mut table.rows);
    let mut deleted = HashSet::new();
    for change in changes {
        let place = change.number.and_then(|number| usize::try_from(number).ok());
        match (place, change.row) {
            (None, Some(row)) => rows.push(row),
            (Some(place), Some(row)) => {
                if let Some(old) = rows.get_mut(place) {
                    *old = row;
                }
            }
            (Some(place), None) => {
                deleted.insert(place);
            }
            (None, None) => {}
        }
    }
    if !deleted.is_empty() {
        let mut place = 0;
        rows.retain(|_| {
            place += 1;
            !deleted.contains(&(place - 1))
        });
    }
}

/// What a target stands for that is an alias of the FROM clause; any other target as it is.
pub(super) fn unaliased(target: &DmlTarget, from: &[TableSource]) -> DmlTarget {
    let DmlTargetKind::Table(name) = &target.kind else { return target.clone() };
    let named = if name.parts.len() == 1 {
        from.iter().find_map(|source| behind(source, name.object()))
    } else {
        None
    };
    DmlTarget { kind: named.unwrap_or_else(|| target.kind.clone()), ..target.clone() }
}

fn behind(source: &TableSource, wanted: &str) -> Option<DmlTargetKind> {
    let is_wanted =
        |alias: &Option<Ident>| alias.as_ref().is_some_and(|alias| alias.name.eq_ignore_ascii_case(wanted));
    match &source.kind {
        TableSourceKind::Table { name, alias, .. } if is_wanted(alias) => {
            Some(DmlTargetKind::Table(name.clone()))
        }
        TableSourceKind::Variable { name, alias, .. } if is_wanted(alias) => {
            Some(DmlTargetKind::Variable(name.clone()))
        }
        TableSourceKind::Join(join) => behind(&join.left, wanted).or_else(|| behind(&join.right, wanted)),
        _ => None,
    }
}

/// How many rows TOP lets a data statement change: 1060, 127.
pub(super) fn limit(cx: &mut Context<'_, '_>, top: Option<&Top>) -> Result<usize, SqlError> {
    let Some(top) = top else { return Ok(usize::MAX) };
    if top.percent {
        return Err(sql_error!(49901, "TOP PERCENT in a data statement"));
    }
    let rows = cx.integer(&top.count)?.ok_or_else(|| sql_error!(1060))?;
    usize::try_from(rows).map_err(|_| sql_error!(127))
}

fn default_expression(text: &str) -> Result<Expr, SqlError> {
    parse_expression(text).map_err(|mut errors| match errors.is_empty() {
        true => sql_error!(102, text),
        false => errors.swap_remove(0),
    })
}
