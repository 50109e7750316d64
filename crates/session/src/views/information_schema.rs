//! `INFORMATION_SCHEMA`. Queues are no tables there.

use duologue_catalog::Securable;
use duologue_messages::SqlError;
use duologue_types::{Family, Length, SqlType, Value};

use super::tables::visible_tables;
use super::{
    INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, int, not_null, nothing, null, nvarchar,
    or_null, row, text, tiny,
};
use crate::query::plan::Row;

const fn information(
    name: &'static str,
    columns: &'static [ViewColumn],
    rows: fn(&ViewContext<'_>) -> Result<Vec<Row>, SqlError>,
) -> View {
    View { schema: "INFORMATION_SCHEMA", name, columns, permission: None, rows }
}

pub(super) static VIEWS: &[View] = &[
    information("SCHEMATA", SCHEMATA, schemata),
    information("TABLES", TABLES, tables),
    information("COLUMNS", COLUMNS, columns),
    information("TABLE_CONSTRAINTS", CONSTRAINTS, constraints),
    information("KEY_COLUMN_USAGE", KEY_COLUMNS, key_columns),
    information(
        "VIEWS",
        &[
            null("TABLE_CATALOG", SYSNAME),
            null("TABLE_SCHEMA", SYSNAME),
            not_null("TABLE_NAME", SYSNAME),
            null("VIEW_DEFINITION", nvarchar(4000)),
            null("CHECK_OPTION", YES_NO_LONG),
            not_null("IS_UPDATABLE", SqlType::VarChar(Length::Fixed(2))),
        ],
        nothing,
    ),
    information(
        "ROUTINES",
        &[
            not_null("SPECIFIC_CATALOG", SYSNAME),
            null("SPECIFIC_SCHEMA", SYSNAME),
            not_null("SPECIFIC_NAME", SYSNAME),
            null("ROUTINE_CATALOG", SYSNAME),
            null("ROUTINE_SCHEMA", SYSNAME),
            not_null("ROUTINE_NAME", SYSNAME),
            null("ROUTINE_TYPE", nvarchar(20)),
            null("DATA_TYPE", SYSNAME),
            null("ROUTINE_DEFINITION", nvarchar(4000)),
        ],
        nothing,
    ),
];

const YES_NO: SqlType = SqlType::VarChar(Length::Fixed(3));
const YES_NO_LONG: SqlType = SqlType::VarChar(Length::Fixed(7));

static SCHEMATA: &[ViewColumn] = &[
    null("CATALOG_NAME", SYSNAME),
    not_null("SCHEMA_NAME", SYSNAME),
    null("SCHEMA_OWNER", SYSNAME),
    null("DEFAULT_CHARACTER_SET_CATALOG", SqlType::VarChar(Length::Fixed(6))),
    null("DEFAULT_CHARACTER_SET_SCHEMA", YES_NO),
    null("DEFAULT_CHARACTER_SET_NAME", SYSNAME),
];

fn schemata(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let database = context.database;
    let schemas = database.schemas.iter();
    let seen = schemas.filter(|schema| schema.is_system() || context.sees(Securable::Schema(schema.id)));
    let shown = |schema: &std::sync::Arc<duologue_catalog::objects::Schema>| {
        row([
            text(&database.settings.name),
            text(&schema.name),
            text(database.principal_name(schema.owner)),
            Value::Null,
            Value::Null,
            text("iso_1"),
        ])
    };
    Ok(seen.map(shown).collect())
}

static TABLES: &[ViewColumn] = &[
    null("TABLE_CATALOG", SYSNAME),
    null("TABLE_SCHEMA", SYSNAME),
    not_null("TABLE_NAME", SYSNAME),
    null("TABLE_TYPE", SqlType::VarChar(Length::Fixed(10))),
];

fn tables(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let database = context.database;
    let shown = |table: &std::sync::Arc<duologue_catalog::objects::Table>| {
        row([
            text(&database.settings.name),
            text(database.schema_name(table.schema)),
            text(&table.name),
            Value::VarChar("BASE TABLE".into()),
        ])
    };
    Ok(visible_tables(context).map(shown).collect())
}

static COLUMNS: &[ViewColumn] = &[
    null("TABLE_CATALOG", SYSNAME),
    null("TABLE_SCHEMA", SYSNAME),
    not_null("TABLE_NAME", SYSNAME),
    null("COLUMN_NAME", SYSNAME),
    null("ORDINAL_POSITION", INT),
    null("COLUMN_DEFAULT", nvarchar(4000)),
    null("IS_NULLABLE", YES_NO),
    null("DATA_TYPE", SYSNAME),
    null("CHARACTER_MAXIMUM_LENGTH", INT),
    null("CHARACTER_OCTET_LENGTH", INT),
    null("NUMERIC_PRECISION", TINYINT),
    null("NUMERIC_PRECISION_RADIX", SMALLINT),
    null("NUMERIC_SCALE", INT),
    null("DATETIME_PRECISION", SMALLINT),
    null("CHARACTER_SET_CATALOG", SYSNAME),
    null("CHARACTER_SET_SCHEMA", SYSNAME),
    null("CHARACTER_SET_NAME", SYSNAME),
    null("COLLATION_CATALOG", SYSNAME),
    null("COLLATION_SCHEMA", SYSNAME),
    null("COLLATION_NAME", SYSNAME),
    null("DOMAIN_CATALOG", SYSNAME),
    null("DOMAIN_SCHEMA", SYSNAME),
    null("DOMAIN_NAME", SYSNAME),
];

fn columns(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let database = context.database;
    let mut rows = Vec::new();
    for table in visible_tables(context) {
        for (position, column) in (1..).zip(&table.columns) {
            let facts = type_facts(column.sql_type);
            let mut values = vec![
                text(&database.settings.name),
                text(database.schema_name(table.schema)),
                text(&table.name),
                text(&column.name),
                int(position),
                or_null(column.default.as_ref(), text),
                Value::VarChar(if column.nullable { "YES" } else { "NO" }.into()),
                text(column.sql_type.name()),
            ];
            values.extend(facts);
            values.extend([Value::Null, Value::Null, Value::Null]);
            rows.push(row(values));
        }
    }
    Ok(rows)
}

/// From CHARACTER_MAXIMUM_LENGTH to COLLATION_NAME.
fn type_facts(sql_type: SqlType) -> [Value; 12] {
    let family = sql_type.family();
    let is_text = matches!(family, Family::Character | Family::Unicode | Family::Text | Family::NText);
    let is_unicode = matches!(family, Family::Unicode | Family::NText);
    let bytes = match family {
        Family::Text | Family::Image => Some(i32::MAX),
        Family::NText => Some(i32::MAX - 1),
        Family::Character | Family::Unicode | Family::Binary | Family::Xml => {
            Some(sql_type.max_length().into())
        }
        _ => None,
    };
    let characters = bytes.map(|bytes| if is_unicode && bytes > 0 { bytes / 2 } else { bytes });
    let is_number = family.is_number() && sql_type != SqlType::Bit;
    let radix = if family == Family::Float { 2 } else { 10 };
    let has_scale = is_number && family != Family::Float;
    let moment = match sql_type {
        SqlType::SmallDateTime | SqlType::Date => Some(0),
        _ if family.is_date_or_time() => Some(i16::from(sql_type.scale())),
        _ => None,
    };
    let character_set = if is_unicode { "UNICODE" } else { "iso_1" };
    [
        or_null(characters, int),
        or_null(bytes, int),
        if is_number { tiny(sql_type.precision()) } else { Value::Null },
        if is_number { Value::SmallInt(radix) } else { Value::Null },
        if has_scale { int(sql_type.scale().into()) } else { Value::Null },
        or_null(moment, Value::SmallInt),
        Value::Null,
        Value::Null,
        if is_text { text(character_set) } else { Value::Null },
        Value::Null,
        Value::Null,
        if is_text { text("SQL_Latin1_General_CP1_CI_AS") } else { Value::Null },
    ]
}

static CONSTRAINTS: &[ViewColumn] = &[
    null("CONSTRAINT_CATALOG", SYSNAME),
    null("CONSTRAINT_SCHEMA", SYSNAME),
    not_null("CONSTRAINT_NAME", SYSNAME),
    null("TABLE_CATALOG", SYSNAME),
    null("TABLE_SCHEMA", SYSNAME),
    null("TABLE_NAME", SYSNAME),
    null("CONSTRAINT_TYPE", SqlType::VarChar(Length::Fixed(11))),
    not_null("IS_DEFERRABLE", SqlType::VarChar(Length::Fixed(2))),
    not_null("INITIALLY_DEFERRED", SqlType::VarChar(Length::Fixed(2))),
];

fn constraints(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let (name, mut rows) = (&context.database.settings.name, Vec::new());
    for table in visible_tables(context) {
        let schema = context.database.schema_name(table.schema);
        for key in &table.unique_keys {
            let kind = if key.is_primary { "PRIMARY KEY" } else { "UNIQUE" };
            rows.push(row([
                text(name),
                text(&schema),
                text(&key.name),
                text(name),
                text(&schema),
                text(&table.name),
                Value::VarChar(kind.into()),
                Value::VarChar("NO".into()),
                Value::VarChar("NO".into()),
            ]));
        }
    }
    Ok(rows)
}

static KEY_COLUMNS: &[ViewColumn] = &[
    null("CONSTRAINT_CATALOG", SYSNAME),
    null("CONSTRAINT_SCHEMA", SYSNAME),
    not_null("CONSTRAINT_NAME", SYSNAME),
    null("TABLE_CATALOG", SYSNAME),
    null("TABLE_SCHEMA", SYSNAME),
    null("TABLE_NAME", SYSNAME),
    null("COLUMN_NAME", SYSNAME),
    not_null("ORDINAL_POSITION", INT),
];

fn key_columns(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let (name, mut rows) = (&context.database.settings.name, Vec::new());
    for table in visible_tables(context) {
        let schema = context.database.schema_name(table.schema);
        for key in &table.unique_keys {
            for (ordinal, id) in (1..).zip(&key.columns) {
                let column = table.columns.iter().find(|column| column.id == *id);
                rows.push(row([
                    text(name),
                    text(&schema),
                    text(&key.name),
                    text(name),
                    text(&schema),
                    text(&table.name),
                    or_null(column, |column| text(&column.name)),
                    int(ordinal),
                ]));
            }
        }
    }
    Ok(rows)
}
