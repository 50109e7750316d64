//! Catalog views: `sys.*`, `INFORMATION_SCHEMA.*` and the dynamic management views. Each is declared once, with every
//! documented column in its documented order; one file for each family.

mod broker_objects;
mod broker_state;
mod columns;
mod compatibility;
mod databases;
mod endpoints;
mod event_notifications;
mod information_schema;
mod instance_facts;
mod keys;
mod objects;
mod permissions;
mod principals;
mod sessions;
mod tables;
mod types;

use duologue_catalog::{Catalog, Database, Permission, Securable, SecurityContext};
use duologue_messages::SqlError;
use duologue_types::{Collation, Length, SqlType, Value};

use crate::query::plan::Row;
use crate::query::{Column, ColumnKind, QueryContext};

pub(crate) use types::{type_id, type_name};

/// One view.
pub struct View {
    /// `sys` or `INFORMATION_SCHEMA`.
    pub schema: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What its rows hold.
    pub columns: &'static [ViewColumn],
    /// A permission on the server without which it is refused (300).
    pub permission: Option<Permission>,
    /// Its rows: those that the caller may see.
    pub rows: fn(&ViewContext<'_>) -> Result<Vec<Row>, SqlError>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A column of a view.
#[derive(Debug)]
pub struct ViewColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Names that travel between brokers compare by their bytes.
    pub collation: Collation,
}

/// What the rows of a view are made from.
pub struct ViewContext<'a> {
    /// The statement.
    pub query: &'a QueryContext<'a>,
    /// The view's database.
    pub database: &'a Database,
    /// The caller in that database.
    pub security: &'a SecurityContext,
}

impl<'a> ViewContext<'a> {
    fn catalog(&self) -> &'a Catalog {
        self.query.catalog()
    }

    /// Whether the caller may know of something.
    fn sees(&self, securable: Securable) -> bool {
        self.catalog().is_visible(self.security, securable)
    }

    fn has(&self, permission: Permission, securable: Securable) -> bool {
        self.catalog().has(self.security, permission, securable)
    }
}

static FAMILIES: &[&[View]] = &[
    databases::VIEWS,
    objects::VIEWS,
    tables::VIEWS,
    columns::VIEWS,
    types::VIEWS,
    broker_objects::VIEWS,
    broker_state::VIEWS,
    event_notifications::VIEWS,
    keys::VIEWS,
    endpoints::VIEWS,
    principals::VIEWS,
    permissions::VIEWS,
    sessions::VIEWS,
    instance_facts::VIEWS,
    compatibility::VIEWS,
    information_schema::VIEWS,
];

/// All views, in a fixed order.
pub(crate) fn all() -> impl Iterator<Item = &'static View> {
    FAMILIES.iter().copied().flatten()
}

/// The view with that name, without case. The old system tables (`sysobjects`) are found without schema, and in
/// `dbo`, too.
pub(crate) fn find(schema: Option<&str>, name: &str) -> Option<&'static View> {
    let named = |view: &&View| view.name.eq_ignore_ascii_case(name);
    match schema {
        Some(schema) if !schema.eq_ignore_ascii_case("dbo") => {
            all().find(|view| named(view) && view.schema.eq_ignore_ascii_case(schema))
        }
        _ => compatibility::VIEWS.iter().find(named),
    }
}

/// `object_id` of a view: system views have negative ones.
pub(crate) fn object_id(view: &View) -> i32 {
    let place = all().position(|other| other.name == view.name && other.schema == view.schema);
    place.map_or(0, |place| -(i32::try_from(place).unwrap_or(0) + 101))
}

/// The view with that `object_id`.
pub(crate) fn by_object_id(id: i32) -> Option<&'static View> {
    let place = usize::try_from(id.checked_neg()?.checked_sub(101)?).ok()?;
    all().nth(place)
}

impl ViewColumn {
    pub(crate) fn to_column(&self) -> Column {
        Column {
            name: self.name.to_owned(),
            sql_type: self.sql_type,
            nullable: self.nullable,
            collation: self.collation,
            kind: ColumnKind::Value,
        }
    }
}

// Columns of views, in few letters: the tables read like the documentation's.

const fn column(name: &'static str, sql_type: SqlType, nullable: bool) -> ViewColumn {
    ViewColumn { name, sql_type, nullable, collation: Collation::CaseInsensitive }
}

/// Never NULL.
const fn not_null(name: &'static str, sql_type: SqlType) -> ViewColumn {
    column(name, sql_type, false)
}

/// May be NULL.
const fn null(name: &'static str, sql_type: SqlType) -> ViewColumn {
    column(name, sql_type, true)
}

/// A name that travels between brokers.
const fn binary(name: &'static str, length: u16, nullable: bool) -> ViewColumn {
    ViewColumn { collation: Collation::Binary, ..column(name, nvarchar(length), nullable) }
}

const fn nvarchar(length: u16) -> SqlType {
    SqlType::NVarChar(Length::Fixed(length))
}

const fn varbinary(length: u16) -> SqlType {
    SqlType::VarBinary(Length::Fixed(length))
}

/// `nvarchar(60)`, the type of descriptions.
const DESC: SqlType = nvarchar(60);
const SYSNAME: SqlType = SqlType::SYSNAME;
const INT: SqlType = SqlType::Int;
const BIT: SqlType = SqlType::Bit;
const TINYINT: SqlType = SqlType::TinyInt;
const SMALLINT: SqlType = SqlType::SmallInt;
const BIGINT: SqlType = SqlType::BigInt;
const DATETIME: SqlType = SqlType::DateTime;
const GUID: SqlType = SqlType::UniqueIdentifier;
const SID: SqlType = varbinary(85);

const fn sys(
    name: &'static str,
    columns: &'static [ViewColumn],
    rows: fn(&ViewContext<'_>) -> Result<Vec<Row>, SqlError>,
) -> View {
    View { schema: "sys", name, columns, permission: None, rows }
}

/// Rows of something that Duologue has none of.
fn nothing(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(Vec::new())
}

// Values.

fn text(text: impl AsRef<str>) -> Value {
    Value::NVarChar(text.as_ref().into())
}

/// `char(n)`.
fn code(code: &str, length: usize) -> Value {
    Value::VarChar(format!("{code:<length$}").into())
}

fn bit(bit: bool) -> Value {
    Value::Bit(bit)
}

fn int(number: i32) -> Value {
    Value::Int(number)
}

fn tiny(number: u8) -> Value {
    Value::TinyInt(number)
}

fn or_null<T>(value: Option<T>, make: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, make)
}

/// The row of a view: its values must be as many as its columns, which a test checks for every view.
fn row(parts: impl IntoIterator<Item = Value>) -> Row {
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_unique() {
        let mut names: Vec<String> = all().map(|view| format!("{view:?}").to_lowercase()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for view in all() {
            assert!(std::ptr::eq(by_object_id(object_id(view)).unwrap(), view));
            let mut columns: Vec<String> =
                view.columns.iter().map(|column| column.name.to_lowercase()).collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), view.columns.len(), "{view:?}");
        }
    }
}
