//! CREATE, ALTER and DROP TABLE.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ObjectId, SqlType};

use super::context::{DdlContext, ObjectName, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact};
use crate::lookup::SchemaObject;
use crate::objects::{Column, Table, UniqueKey};
use crate::permissions::{Permission, Securable};

const OBJECT_TYPE: &str = "TABLE";

/// A column as a statement defines it.
#[derive(Clone, Debug)]
pub struct ColumnSpec {
    /// Compared without case.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// `NULL` or `NOT NULL`; a column that says neither allows NULL unless it is in the primary key.
    pub nullable: Option<bool>,
    /// `IDENTITY(seed, increment)`.
    pub identity: Option<(i64, i64)>,
    /// Text of the `DEFAULT` expression.
    pub default: Option<String>,
}

/// PRIMARY KEY or UNIQUE as a statement defines it.
#[derive(Clone, Debug)]
pub struct KeySpec {
    /// `CONSTRAINT name`; one is made up if absent.
    pub name: Option<String>,
    /// Column names in key order.
    pub columns: Vec<String>,
    /// PRIMARY KEY.
    pub is_primary: bool,
}

/// What ALTER TABLE changes.
#[derive(Clone, Debug)]
pub enum TableChange {
    /// `ADD column, …, constraint, …`. `is_empty` says whether the table has rows: if it has, a new column must
    /// allow NULL, have a default or be an identity (4901).
    Add {
        /// New columns.
        columns: Vec<ColumnSpec>,
        /// New keys.
        keys: Vec<KeySpec>,
        /// Whether the table has no rows.
        is_empty: bool,
    },
    /// `DROP COLUMN`.
    DropColumns(Vec<String>),
    /// `DROP CONSTRAINT`.
    DropKeys(Vec<String>),
}

/// `CREATE TABLE`: needs CREATE TABLE and ALTER on the schema. Event 21.
pub fn create_table(
    cx: &mut DdlContext<'_>,
    name: &ObjectName,
    columns: &[ColumnSpec],
    keys: &[KeySpec],
) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateTable)?;
    check_name(&name.name)?;
    let schema = cx.schema_for_new_object(name)?;
    let mut table = Table {
        id: ObjectId::default(),
        name: name.name.clone(),
        schema,
        owner: None,
        columns: Vec::new(),
        unique_keys: Vec::new(),
        next_column_id: 1,
        created: cx.now,
        modified: cx.now,
    };
    add_columns(&mut table, columns)?;
    add_keys(cx, &mut table, keys, columns)?;
    table.id = ObjectId(cx.draft.take_object_id(cx.database));
    let effect = Effect::TableCreated { database: cx.database, table: table.id };
    let outcome = DdlOutcome::event(event(cx, 21, &table)).effect(effect);
    cx.draft.put(cx.database, table);
    Ok(outcome)
}

/// `ALTER TABLE`: missing and forbidden look alike (4902). Event 22.
pub fn alter_table(cx: &mut DdlContext<'_>, name: &ObjectName, change: &TableChange) -> DdlResult {
    let refused = || sql_error!(4902, name.name);
    let found =
        cx.db()?.find_table(cx.security.user, name.schema.as_deref(), &name.name).ok_or_else(refused)?;
    if !cx.may_alter(Securable::Object(found.id)) {
        return Err(refused());
    }
    let mut table = (*found).clone();
    match change {
        TableChange::Add { columns, keys, is_empty } => {
            check_addable(&table, columns, *is_empty)?;
            add_columns(&mut table, columns)?;
            add_keys(cx, &mut table, keys, columns)?;
        }
        TableChange::DropColumns(names) => {
            names.iter().try_for_each(|column| drop_column(&mut table, column))?
        }
        TableChange::DropKeys(names) => names.iter().try_for_each(|key| drop_key(&mut table, key))?,
    }
    table.modified = cx.now;
    let effect = Effect::TableChanged { database: cx.database, table: table.id };
    let outcome = DdlOutcome::event(event(cx, 22, &table)).effect(effect);
    cx.draft.put(cx.database, table);
    Ok(outcome)
}

/// `DROP TABLE`: missing and forbidden look alike (3701); a queue is no table (3705). Event 23.
pub fn drop_table(cx: &mut DdlContext<'_>, name: &ObjectName) -> DdlResult {
    let refused = || sql_error!(3701, "drop", "table", name.name);
    let found = cx.db()?.find_object(cx.security.user, name.schema.as_deref(), &name.name);
    let table: Arc<Table> = match found.ok_or_else(refused)? {
        SchemaObject::Table(table) => table,
        SchemaObject::Queue(_) => {
            return Err(sql_error!(3705, "TABLE", name.name, name.name, "queue", "DROP QUEUE"));
        }
    };
    if !cx.may_alter(Securable::Object(table.id)) {
        return Err(refused());
    }
    let outcome = DdlOutcome::event(event(cx, 23, &table));
    cx.remove::<Table>(table.id.0, Securable::Object(table.id));
    Ok(outcome.effect(Effect::TableDropped { database: cx.database, table: table.id }))
}

fn check_addable(table: &Table, columns: &[ColumnSpec], is_empty: bool) -> Result<(), SqlError> {
    let needs_value = |column: &&ColumnSpec| {
        column.nullable == Some(false) && column.default.is_none() && column.identity.is_none()
    };
    match columns.iter().find(needs_value) {
        Some(column) if !is_empty => Err(sql_error!(4901, column.name, table.name)),
        _ => Ok(()),
    }
}

fn add_columns(table: &mut Table, columns: &[ColumnSpec]) -> Result<(), SqlError> {
    for column in columns {
        check_name(&column.name)?;
        if find_column(table, &column.name).is_some() {
            return Err(sql_error!(2705, column.name, table.name));
        }
        if column.identity.is_some() {
            check_identity(table, column)?;
        }
        table.columns.push(Column {
            id: table.next_column_id,
            name: column.name.clone(),
            sql_type: column.sql_type,
            nullable: column.nullable.unwrap_or(column.identity.is_none()),
            identity: column.identity,
            default: column.default.clone(),
        });
        table.next_column_id += 1;
    }
    Ok(())
}

/// One identity column in a table (2744), of a whole-number type (2749).
fn check_identity(table: &Table, column: &ColumnSpec) -> Result<(), SqlError> {
    if table.columns.iter().any(|other| other.identity.is_some()) {
        return Err(sql_error!(2744, table.name));
    }
    match column.sql_type {
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => Ok(()),
        SqlType::Decimal { scale: 0, .. } => Ok(()),
        _ => Err(sql_error!(2749, column.name)),
    }
}

/// `new` are the columns of the same statement: one of them becomes NOT NULL by being in the primary key unless it says
/// NULL.
fn add_keys(
    cx: &DdlContext<'_>,
    table: &mut Table,
    keys: &[KeySpec],
    new: &[ColumnSpec],
) -> Result<(), SqlError> {
    for key in keys {
        if key.is_primary && table.unique_keys.iter().any(|key| key.is_primary) {
            return Err(if keys.iter().filter(|key| key.is_primary).count() > 1 {
                sql_error!(8110, table.name)
            } else {
                sql_error!(1779, table.name)
            });
        }
        let mut columns = Vec::new();
        for name in &key.columns {
            let column = find_column(table, name).ok_or_else(|| sql_error!(1911, name))?;
            let id = table.columns[column].id;
            if key.is_primary {
                require_not_null(table, column, new)?;
            }
            columns.push(id);
        }
        let name = key_name(cx, table, key)?;
        table.unique_keys.push(UniqueKey { name, columns, is_primary: key.is_primary });
    }
    Ok(())
}

fn require_not_null(table: &mut Table, column: usize, new: &[ColumnSpec]) -> Result<(), SqlError> {
    let name = &table.columns[column].name;
    let says_nothing = new.iter().any(|spec| spec.name.eq_ignore_ascii_case(name) && spec.nullable.is_none());
    if says_nothing {
        table.columns[column].nullable = false;
    }
    if table.columns[column].nullable { Err(sql_error!(8111, table.name)) } else { Ok(()) }
}

/// The given name, which must be free in the schema (2714), or one that is.
fn key_name(cx: &DdlContext<'_>, table: &Table, key: &KeySpec) -> Result<String, SqlError> {
    let database = cx.db()?;
    let is_taken = |name: &str| {
        let others =
            database.tables.iter().filter(|other| other.schema == table.schema && other.id != table.id);
        let mut keys = others.flat_map(|other| &other.unique_keys).chain(&table.unique_keys);
        keys.any(|other| other.name.eq_ignore_ascii_case(name))
            || database.object_in(table.schema, name).is_some()
    };
    if let Some(name) = &key.name {
        check_name(name)?;
        return if is_taken(name) { Err(sql_error!(2714, name)) } else { Ok(name.clone()) };
    }
    let prefix = if key.is_primary { "PK" } else { "UQ" };
    let start: String = table.name.chars().take(9).collect();
    let candidates = (table.unique_keys.len()..).map(|number| format!("{prefix}__{start}__{number:08X}"));
    Ok(candidates.into_iter().find(|name| !is_taken(name)).unwrap_or_default())
}

fn drop_column(table: &mut Table, name: &str) -> Result<(), SqlError> {
    let missing = || sql_error!(4924, "ALTER TABLE DROP COLUMN", name, table.name);
    let position = find_column(table, name).ok_or_else(missing)?;
    let id = table.columns[position].id;
    if let Some(key) = table.unique_keys.iter().find(|key| key.columns.contains(&id)) {
        return Err(sql_error!(5074, "object", key.name, "column", name));
    }
    if table.columns.len() == 1 {
        return Err(sql_error!(4922, "ALTER TABLE DROP COLUMN", name, "column"));
    }
    table.columns.remove(position);
    Ok(())
}

fn drop_key(table: &mut Table, name: &str) -> Result<(), SqlError> {
    let position = table.unique_keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
    table.unique_keys.remove(position.ok_or_else(|| sql_error!(3728, name))?);
    Ok(())
}

fn find_column(table: &Table, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    table.columns.iter().position(|column| column.name.to_lowercase() == name)
}

fn event(cx: &DdlContext<'_>, number: i32, table: &Table) -> EventFact {
    let schema = cx.db().map(|database| database.schema_name(table.schema)).unwrap_or_default();
    cx.schema_event(number, OBJECT_TYPE, &schema, &table.name)
}
