//! Ids and names of what the catalog holds. Unknown and invisible look alike: NULL.

use duologue_catalog::permissions::SecurityContext;
use duologue_catalog::{Database, SchemaObject, Securable};
use duologue_messages::SqlError;
use duologue_types::{DatabaseId, ObjectId, SchemaId, SqlType, Value};

use super::names::split_name;
use super::{Call, Function, Parameter, int, int_or_null, name_or_null, nvarchar_max, small_int, sysname};
use crate::query::context::QueryContext;
use crate::views::{self, View};

const fn by_name(
    name: &'static str,
    most: usize,
    call: fn(&Call<'_>) -> Result<Value, SqlError>,
) -> Function {
    Function { name, arity: (1, most), parameters: &[Parameter::Unicode], is_strict: true, result: int, call }
}

const fn by_id(name: &'static str, most: usize, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (1, most), parameters: &[Parameter::Int], is_strict: true, result: sysname, call }
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function { arity: (0, 1), result: small_int, ..by_name("DB_ID", 1, database_id) },
    Function { arity: (0, 1), ..by_id("DB_NAME", 1, database_name) },
    by_name("OBJECT_ID", 2, |call| Ok(object_id(call).map_or(Value::Null, Value::Int))),
    by_id("OBJECT_NAME", 2, |call| Ok(name_or_null(object(call).map(|found| found.name().to_owned())))),
    by_id("OBJECT_SCHEMA_NAME", 2, |call| Ok(name_or_null(object_schema(call)))),
    Function { result: nvarchar_max, ..by_id("OBJECT_DEFINITION", 1, |_| Ok(Value::Null)) },
    Function { arity: (0, 1), ..by_name("SCHEMA_ID", 1, schema_id) },
    Function { arity: (0, 1), ..by_id("SCHEMA_NAME", 1, schema_name) },
    by_name("TYPE_ID", 1, |call| Ok(int_or_null(type_id(call.text(0).unwrap_or_default())))),
    by_id("TYPE_NAME", 1, |call| Ok(name_or_null(views::type_name(call.int(0).unwrap_or(0))))),
    Function {
        parameters: &[Parameter::Int, Parameter::Int],
        arity: (2, 2),
        ..by_id("COL_NAME", 2, |call| {
            let column =
                |found: Object| found.column_names().into_iter().find(|(id, _, _)| Some(*id) == call.int(1));
            let object = call.int(0).and_then(|id| object_by_id(call.context, id, None));
            Ok(name_or_null(object.and_then(column).map(|(_, name, _)| name)))
        })
    },
    Function {
        name: "COL_LENGTH",
        arity: (2, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: small_int,
        call: |call| {
            let object = find_object(call.context, call.text(0).unwrap_or_default());
            let column = object.and_then(|(found, _)| found.column(call.text(1).unwrap_or_default()));
            Ok(column.map_or(Value::Null, |(_, _, sql_type)| Value::SmallInt(sql_type.max_length())))
        },
    },
    by_name("CERT_ID", 1, |call| {
        let name = split_name(call.text(0).unwrap_or_default()).and_then(|mut parts| parts.pop());
        let found = name.and_then(|name| call.context.database().ok()?.certificates.find(&name).cloned());
        let visible = found.filter(|found| is_visible(call.context, Securable::Certificate(found.id)));
        Ok(int_or_null(visible.map(|found| found.id.0)))
    }),
    Function {
        result: |_| SqlType::VARBINARY_MAX,
        ..by_id("CERTENCODED", 1, |call| {
            let database = call.context.database()?;
            let found = call.int(0).and_then(|id| database.certificates.get(id));
            let visible = found.filter(|found| is_visible(call.context, Securable::Certificate(found.id)));
            Ok(visible.map_or(Value::Null, |found| Value::varbinary(found.der.clone())))
        })
    },
];

/// Whether the caller may know of something in the current database.
pub(super) fn is_visible(context: &QueryContext<'_>, securable: Securable) -> bool {
    context.catalog().is_visible(context.security, securable)
}

fn database_id(call: &Call<'_>) -> Result<Value, SqlError> {
    let id = match call.arguments {
        [] => Some(call.context.database_id()),
        _ => call
            .context
            .catalog()
            .find_database(call.text(0).unwrap_or_default())
            .map(|found| found.settings.id),
    };
    Ok(id.and_then(|id| i16::try_from(id.0).ok()).map_or(Value::Null, Value::SmallInt))
}

fn database_name(call: &Call<'_>) -> Result<Value, SqlError> {
    let id = call.int(0).map_or(call.context.database_id(), DatabaseId);
    Ok(name_or_null(call.context.catalog().database(id).map(|found| found.settings.name.clone())))
}

/// A queue, table or catalog view.
pub(super) enum Object {
    Stored(SchemaObject),
    View(&'static View),
}

/// Number, name and type of a column.
type ColumnFacts = (i32, String, SqlType);

impl Object {
    pub(super) fn id(&self) -> i32 {
        match self {
            Self::Stored(object) => object.id().0,
            Self::View(view) => views::object_id(view),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Stored(object) => object.name(),
            Self::View(view) => view.name,
        }
    }

    /// `type` of `sys.objects`, without its blanks.
    pub(super) fn type_code(&self) -> &'static str {
        match self {
            Self::Stored(SchemaObject::Queue(_)) => "SQ",
            Self::Stored(SchemaObject::Table(_)) => "U",
            Self::View(_) => "V",
        }
    }

    pub(super) fn column_names(&self) -> Vec<ColumnFacts> {
        match self {
            Self::Stored(SchemaObject::Table(table)) => {
                table.columns.iter().map(|column| (column.id, column.name.clone(), column.sql_type)).collect()
            }
            Self::Stored(SchemaObject::Queue(_)) => {
                let columns = crate::query::queue_columns();
                let facts =
                    |(id, column): (i32, &crate::query::Column)| (id, column.name.clone(), column.sql_type);
                (1..).zip(columns.iter()).map(facts).collect()
            }
            Self::View(view) => (1..)
                .zip(view.columns)
                .map(|(id, column)| (id, column.name.to_owned(), column.sql_type))
                .collect(),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<ColumnFacts> {
        self.column_names().into_iter().find(|(_, own, _)| crate::query::scope::same_name(own, name))
    }
}

/// The visible object that a text names, and the database it is in.
pub(super) fn find_object<'a>(context: &QueryContext<'a>, text: &str) -> Option<(Object, &'a Database)> {
    let parts = split_name(text)?;
    let mut parts = parts.iter().rev().map(|part| Some(part.as_str()).filter(|part| !part.is_empty()));
    let name = parts.next().flatten()?;
    let (schema, database) = (parts.next().flatten(), parts.next().flatten());
    let security = context.security_in(database).ok()?;
    let found = context.catalog().database(security.database)?;
    if let Some(object) = found.find_object(security.user, schema, name) {
        let is_visible = context.catalog().is_visible(&security, Securable::Object(object.id()));
        return is_visible.then_some((Object::Stored(object), &**found));
    }
    Some((Object::View(views::find(schema, name)?), found))
}

fn object_id(call: &Call<'_>) -> Option<i32> {
    if let Some(id) = temp_table_id(call) {
        return Some(id);
    }
    let (object, _) = find_object(call.context, call.text(0)?)?;
    let is_wanted = match call.arguments.get(1) {
        None => true,
        Some(_) => call.text(1).is_some_and(|wanted| wanted.trim().eq_ignore_ascii_case(object.type_code())),
    };
    is_wanted.then(|| object.id())
}

/// The id of the session's temporary table `#t`, `tempdb..#t` or `tempdb.dbo.#t`: negative, as SQL Server's are.
fn temp_table_id(call: &Call<'_>) -> Option<i32> {
    let name = split_name(call.text(0)?)?.pop()?;
    let is_table = call.text(1).is_none_or(|wanted| wanted.trim().eq_ignore_ascii_case("U"));
    if !name.starts_with('#') || !is_table {
        return None;
    }
    let slot = call.context.variables.find(&name)?;
    i32::try_from(slot.0).ok().map(|number| i32::MIN + 1 + number)
}

/// The visible object with the id in the first argument, in the current database or that of the second argument.
fn object(call: &Call<'_>) -> Option<Object> {
    object_by_id(call.context, call.int(0)?, call.int(1).map(DatabaseId))
}

/// The visible object with that id, in the current or another database.
pub(super) fn object_by_id(
    context: &QueryContext<'_>,
    id: i32,
    database: Option<DatabaseId>,
) -> Option<Object> {
    let security = security_in(context, database)?;
    if let Some(object) = context.catalog().database(security.database)?.object_by_id(ObjectId(id)) {
        let is_visible = context.catalog().is_visible(&security, Securable::Object(object.id()));
        return is_visible.then_some(Object::Stored(object));
    }
    views::by_object_id(id).map(Object::View)
}

fn security_in(context: &QueryContext<'_>, database: Option<DatabaseId>) -> Option<SecurityContext> {
    match database {
        Some(id) if id != context.database_id() => context.security.enter(context.catalog(), id).ok(),
        _ => Some(context.security.clone()),
    }
}

fn object_schema(call: &Call<'_>) -> Option<String> {
    match object(call)? {
        Object::Stored(object) => {
            let database = call.int(1).map_or(call.context.database_id(), DatabaseId);
            Some(call.context.catalog().database(database)?.schema_name(object.schema()))
        }
        Object::View(view) => Some(view.schema.to_owned()),
    }
}

fn schema_id(call: &Call<'_>) -> Result<Value, SqlError> {
    let database = call.context.database()?;
    let id = match call.text(0) {
        None => Some(database.default_schema(call.context.security.user)),
        Some(name) => database.schemas.find(name).map(|found| found.id),
    };
    Ok(int_or_null(id.map(|id| id.0)))
}

fn schema_name(call: &Call<'_>) -> Result<Value, SqlError> {
    let database = call.context.database()?;
    let id = call.int(0).map_or_else(|| database.default_schema(call.context.security.user), SchemaId);
    Ok(name_or_null(database.schemas.get(id.0).map(|found| found.name.clone())))
}

fn type_id(name: &str) -> Option<i32> {
    let mut parts = split_name(name)?;
    views::type_id(&parts.pop()?)
}
