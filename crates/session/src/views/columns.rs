//! `sys.columns` and its kin.

use duologue_catalog::SchemaObject;
use duologue_messages::SqlError;
use duologue_types::{Family, SqlType, Value};

use super::objects::visible_objects;
use super::{
    BIT, INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int, not_null, nothing, null,
    nvarchar, row, sys, text, tiny,
};
use crate::query::plan::Row;
use crate::query::queue_columns;

pub(super) static VIEWS: &[View] = &[
    sys("columns", COLUMNS, |context| Ok(user_columns(context))),
    sys("all_columns", COLUMNS, |context| {
        let mut rows = user_columns(context);
        rows.extend(system_columns());
        Ok(rows)
    }),
    sys("system_columns", COLUMNS, |_| Ok(system_columns())),
    sys("computed_columns", COLUMNS, nothing),
    sys("identity_columns", IDENTITY_COLUMNS, identity_columns),
];

static COLUMNS: &[ViewColumn] = &[
    not_null("object_id", INT),
    null("name", SYSNAME),
    not_null("column_id", INT),
    not_null("system_type_id", TINYINT),
    not_null("user_type_id", INT),
    not_null("max_length", SMALLINT),
    not_null("precision", TINYINT),
    not_null("scale", TINYINT),
    null("collation_name", SYSNAME),
    null("is_nullable", BIT),
    not_null("is_ansi_padded", BIT),
    not_null("is_rowguidcol", BIT),
    not_null("is_identity", BIT),
    not_null("is_computed", BIT),
    not_null("is_filestream", BIT),
    null("is_replicated", BIT),
    null("is_non_sql_subscribed", BIT),
    null("is_merge_published", BIT),
    null("is_dts_replicated", BIT),
    not_null("is_xml_document", BIT),
    not_null("xml_collection_id", INT),
    not_null("default_object_id", INT),
    not_null("rule_object_id", INT),
    null("is_sparse", BIT),
    null("is_column_set", BIT),
    null("generated_always_type", TINYINT),
    null("generated_always_type_desc", super::DESC),
    null("encryption_type", INT),
    null("encryption_type_desc", nvarchar(64)),
    null("encryption_algorithm_name", SYSNAME),
    null("column_encryption_key_id", INT),
    null("column_encryption_key_database_name", SYSNAME),
    null("is_hidden", BIT),
    not_null("is_masked", BIT),
    null("graph_type", INT),
    null("graph_type_desc", super::DESC),
];

static IDENTITY_COLUMNS: &[ViewColumn] = &[
    not_null("object_id", INT),
    null("name", SYSNAME),
    not_null("column_id", INT),
    null("seed_value", SqlType::SqlVariant),
    null("increment_value", SqlType::SqlVariant),
    null("last_value", SqlType::SqlVariant),
    null("is_not_for_replication", BIT),
];

/// What the views say about one column.
struct Facts<'a> {
    object: i32,
    name: &'a str,
    id: i32,
    sql_type: SqlType,
    collation: &'static str,
    nullable: bool,
    is_identity: bool,
}

impl Facts<'_> {
    fn values(&self) -> Row {
        let sql_type = self.sql_type;
        let is_text =
            matches!(sql_type.family(), Family::Character | Family::Unicode | Family::Text | Family::NText);
        let off = || bit(false);
        row([
            int(self.object),
            text(self.name),
            int(self.id),
            tiny(sql_type.system_type_id()),
            int(sql_type.system_type_id().into()),
            Value::SmallInt(sql_type.max_length()),
            tiny(sql_type.precision()),
            tiny(sql_type.scale()),
            if is_text { text(self.collation) } else { Value::Null },
            bit(self.nullable),
            bit(is_text || sql_type.family() == Family::Binary),
            off(),
            bit(self.is_identity),
            off(),
            off(),
            off(),
            off(),
            off(),
            off(),
            off(),
            int(0),
            int(0),
            int(0),
            off(),
            off(),
            tiny(0),
            text("NOT_APPLICABLE"),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            off(),
            off(),
            Value::Null,
            Value::Null,
        ])
    }
}

fn user_columns(context: &ViewContext<'_>) -> Vec<Row> {
    visible_objects(context).iter().flat_map(object_columns).collect()
}

fn object_columns(object: &SchemaObject) -> Vec<Row> {
    const DEFAULT: &str = "SQL_Latin1_General_CP1_CI_AS";
    let id = object.id().0;
    match object {
        SchemaObject::Table(table) => {
            let facts = |column: &duologue_catalog::objects::Column| {
                let facts = Facts {
                    object: id,
                    name: &column.name,
                    id: column.id,
                    sql_type: column.sql_type,
                    collation: DEFAULT,
                    nullable: column.nullable,
                    is_identity: column.identity.is_some(),
                };
                facts.values()
            };
            table.columns.iter().map(facts).collect()
        }
        SchemaObject::Queue(_) => {
            let facts = |(number, column): (i32, &crate::query::Column)| {
                let facts = Facts {
                    object: id,
                    name: &column.name,
                    id: number,
                    sql_type: column.sql_type,
                    collation: column.collation.name(),
                    nullable: column.nullable,
                    is_identity: false,
                };
                facts.values()
            };
            (1..).zip(queue_columns().iter()).map(facts).collect()
        }
    }
}

fn system_columns() -> Vec<Row> {
    let columns = |view: &'static View| {
        let id = super::object_id(view);
        (1..).zip(view.columns).map(move |(number, column)| {
            let facts = Facts {
                object: id,
                name: column.name,
                id: number,
                sql_type: column.sql_type,
                collation: column.collation.name(),
                nullable: column.nullable,
                is_identity: false,
            };
            facts.values()
        })
    };
    super::all().flat_map(columns).collect()
}

fn identity_columns(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in super::tables::visible_tables(context) {
        for column in &table.columns {
            if let Some((seed, increment)) = column.identity {
                rows.push(row([
                    int(table.id.0),
                    text(&column.name),
                    int(column.id),
                    Value::BigInt(seed),
                    Value::BigInt(increment),
                    Value::Null,
                    bit(false),
                ]));
            }
        }
    }
    Ok(rows)
}
