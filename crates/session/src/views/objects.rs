//! `sys.schemas`, `sys.objects` and its kin.

use duologue_catalog::{SchemaObject, Securable};
use duologue_messages::SqlError;
use duologue_types::{SqlType, Timestamp};

use super::{
    BIT, DATETIME, DESC, INT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, code, int, not_null,
    nothing, null, or_null, row, sys, text,
};
use crate::query::plan::Row;

/// The columns of `sys.objects`, and those that a more special view has besides.
macro_rules! object_columns {
    ($($more:expr,)*) => {
        &[
            $crate::views::not_null("name", $crate::views::SYSNAME),
            $crate::views::not_null("object_id", $crate::views::INT),
            $crate::views::null("principal_id", $crate::views::INT),
            $crate::views::not_null("schema_id", $crate::views::INT),
            $crate::views::not_null("parent_object_id", $crate::views::INT),
            $crate::views::not_null("type", duologue_types::SqlType::Char(2)),
            $crate::views::null("type_desc", $crate::views::DESC),
            $crate::views::not_null("create_date", $crate::views::DATETIME),
            $crate::views::not_null("modify_date", $crate::views::DATETIME),
            $crate::views::not_null("is_ms_shipped", $crate::views::BIT),
            $crate::views::not_null("is_published", $crate::views::BIT),
            $crate::views::not_null("is_schema_published", $crate::views::BIT),
            $($more,)*
        ]
    };
}
pub(super) use object_columns;

pub(super) static VIEWS: &[View] = &[
    sys("schemas", SCHEMAS, schemas),
    sys("objects", OBJECTS, objects),
    sys("all_objects", OBJECTS, all_objects),
    sys("system_objects", OBJECTS, system_objects),
    sys("views", VIEW_COLUMNS, nothing),
    sys("all_views", VIEW_COLUMNS, |context| {
        let more = [bit(false), bit(false), bit(false), bit(false), bit(false)];
        Ok(system_rows(context)
            .into_iter()
            .map(|row| row.into_iter().chain(more.clone()).collect())
            .collect())
    }),
    sys("procedures", PROCEDURES, nothing),
    sys("triggers", TRIGGERS, nothing),
    sys("server_triggers", TRIGGERS, nothing),
    sys("synonyms", object_columns![null("base_object_name", super::nvarchar(1035)),], nothing),
    sys(
        "internal_tables",
        object_columns![
            not_null("internal_type", TINYINT),
            null("internal_type_desc", DESC),
            not_null("parent_id", INT),
            not_null("parent_minor_id", INT),
            not_null("lob_data_space_id", INT),
            null("filestream_data_space_id", INT),
        ],
        nothing,
    ),
    sys(
        "xml_schema_collections",
        &[
            not_null("xml_collection_id", INT),
            not_null("schema_id", INT),
            null("principal_id", INT),
            not_null("name", SYSNAME),
            not_null("create_date", DATETIME),
            not_null("modify_date", DATETIME),
        ],
        nothing,
    ),
    sys("sql_modules", MODULES, nothing),
    sys("all_sql_modules", MODULES, nothing),
    sys("parameters", PARAMETERS, nothing),
    sys("all_parameters", PARAMETERS, nothing),
    sys(
        "extended_properties",
        &[
            not_null("class", TINYINT),
            null("class_desc", DESC),
            not_null("major_id", INT),
            not_null("minor_id", INT),
            not_null("name", SYSNAME),
            null("value", SqlType::SqlVariant),
        ],
        nothing,
    ),
];

static SCHEMAS: &[ViewColumn] =
    &[not_null("name", SYSNAME), not_null("schema_id", INT), null("principal_id", INT)];

static OBJECTS: &[ViewColumn] = object_columns![];

static VIEW_COLUMNS: &[ViewColumn] = object_columns![
    null("is_replicated", BIT),
    null("has_replication_filter", BIT),
    not_null("has_opaque_metadata", BIT),
    not_null("has_unchecked_assembly_data", BIT),
    not_null("with_check_option", BIT),
];

static PROCEDURES: &[ViewColumn] = object_columns![
    not_null("is_auto_executed", BIT),
    null("is_execution_replicated", BIT),
    null("is_repl_serializable_only", BIT),
    null("skips_repl_constraints", BIT),
];

static TRIGGERS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("object_id", INT),
    not_null("parent_class", TINYINT),
    null("parent_class_desc", DESC),
    not_null("parent_id", INT),
    not_null("type", SqlType::Char(2)),
    null("type_desc", DESC),
    not_null("create_date", DATETIME),
    not_null("modify_date", DATETIME),
    not_null("is_ms_shipped", BIT),
    not_null("is_disabled", BIT),
    not_null("is_not_for_replication", BIT),
    not_null("is_instead_of_trigger", BIT),
];

static MODULES: &[ViewColumn] = &[
    not_null("object_id", INT),
    null("definition", SqlType::NVARCHAR_MAX),
    null("uses_ansi_nulls", BIT),
    null("uses_quoted_identifier", BIT),
    null("is_schema_bound", BIT),
    null("uses_database_collation", BIT),
    null("is_recompiled", BIT),
    null("null_on_null_input", BIT),
    null("execute_as_principal_id", INT),
    null("uses_native_compilation", BIT),
    null("inline_type", BIT),
    null("is_inlineable", BIT),
];

static PARAMETERS: &[ViewColumn] = &[
    not_null("object_id", INT),
    null("name", SYSNAME),
    not_null("parameter_id", INT),
    not_null("system_type_id", TINYINT),
    not_null("user_type_id", INT),
    not_null("max_length", super::SMALLINT),
    not_null("precision", TINYINT),
    not_null("scale", TINYINT),
    not_null("is_output", BIT),
    not_null("is_cursor_ref", BIT),
    not_null("has_default_value", BIT),
    not_null("is_xml_document", BIT),
    null("default_value", SqlType::SqlVariant),
    not_null("xml_collection_id", INT),
    not_null("is_readonly", BIT),
    null("is_nullable", BIT),
    null("encryption_type", INT),
    null("encryption_type_desc", super::nvarchar(64)),
    null("encryption_algorithm_name", SYSNAME),
    null("column_encryption_key_id", INT),
    null("column_encryption_key_database_name", SYSNAME),
];

fn schemas(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let schemas = context.database.schemas.iter();
    let seen = schemas.filter(|schema| schema.is_system() || context.sees(Securable::Schema(schema.id)));
    Ok(seen.map(|schema| row([text(&schema.name), int(schema.id.0), int(schema.owner.0)])).collect())
}

/// Queues and tables that the caller may see, by id.
pub(super) fn visible_objects(context: &ViewContext<'_>) -> Vec<SchemaObject> {
    let queues = context.database.queues.iter().map(|queue| SchemaObject::Queue(queue.clone()));
    let tables = context.database.tables.iter().map(|table| SchemaObject::Table(table.clone()));
    queues.chain(tables).filter(|object| context.sees(Securable::Object(object.id()))).collect()
}

/// The columns of `sys.objects`.
pub(super) fn object_values(object: &SchemaObject) -> Row {
    let (type_code, description, created, modified, is_system) = match object {
        SchemaObject::Queue(queue) => ("SQ", "SERVICE_QUEUE", queue.created, queue.modified, queue.is_system),
        SchemaObject::Table(table) => ("U", "USER_TABLE", table.created, table.modified, false),
    };
    let facts = Facts {
        name: object.name(),
        id: object.id().0,
        owner: object.owner().map(|owner| owner.0),
        schema: object.schema().0,
        type_code,
        description,
        created,
        modified,
        is_system,
    };
    facts.values()
}

struct Facts<'a> {
    name: &'a str,
    id: i32,
    owner: Option<i32>,
    schema: i32,
    type_code: &'a str,
    description: &'a str,
    created: Timestamp,
    modified: Timestamp,
    is_system: bool,
}

impl Facts<'_> {
    fn values(&self) -> Row {
        row([
            text(self.name),
            int(self.id),
            or_null(self.owner, int),
            int(self.schema),
            int(0),
            code(self.type_code, 2),
            text(self.description),
            self.created.to_datetime(),
            self.modified.to_datetime(),
            bit(self.is_system),
            bit(false),
            bit(false),
        ])
    }
}

fn objects(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(visible_objects(context).iter().map(object_values).collect())
}

fn all_objects(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = objects(context)?;
    rows.extend(system_rows(context));
    Ok(rows)
}

fn system_objects(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(system_rows(context))
}

/// The catalog views themselves.
fn system_rows(context: &ViewContext<'_>) -> Vec<Row> {
    let created = context.catalog().server.settings.created;
    let facts = |view: &'static View| Facts {
        name: view.name,
        id: super::object_id(view),
        owner: None,
        schema: schema_of(view),
        type_code: "V",
        description: "VIEW",
        created,
        modified: created,
        is_system: true,
    };
    super::all().map(|view| facts(view).values()).collect()
}

/// `sys` is schema 4, `INFORMATION_SCHEMA` 3.
pub(super) fn schema_of(view: &View) -> i32 {
    if view.schema == "sys" { 4 } else { 3 }
}
