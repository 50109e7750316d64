//! `sys.tables`, `sys.indexes` and the constraints of tables.

use std::sync::Arc;

use duologue_catalog::objects::Table;
use duologue_catalog::{SchemaObject, Securable};
use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

use super::objects::{object_columns, object_values};
use super::{
    BIGINT, BIT, DESC, INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int, not_null,
    nothing, null, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("tables", TABLES, tables),
    sys("indexes", INDEXES, indexes),
    sys("index_columns", INDEX_COLUMNS, index_columns),
    sys(
        "key_constraints",
        object_columns![
            null("unique_index_id", INT),
            not_null("is_system_named", BIT),
            not_null("is_enforced", BIT),
        ],
        nothing,
    ),
    sys(
        "foreign_keys",
        object_columns![
            null("referenced_object_id", INT),
            null("key_index_id", INT),
            not_null("is_disabled", BIT),
            not_null("is_not_for_replication", BIT),
            not_null("is_not_trusted", BIT),
            null("delete_referential_action", TINYINT),
            null("delete_referential_action_desc", DESC),
            null("update_referential_action", TINYINT),
            null("update_referential_action_desc", DESC),
            not_null("is_system_named", BIT),
        ],
        nothing,
    ),
    sys(
        "check_constraints",
        object_columns![
            not_null("is_disabled", BIT),
            not_null("is_not_for_replication", BIT),
            not_null("is_not_trusted", BIT),
            not_null("parent_column_id", INT),
            null("definition", SqlType::NVARCHAR_MAX),
            null("uses_database_collation", BIT),
            not_null("is_system_named", BIT),
        ],
        nothing,
    ),
    sys(
        "partitions",
        &[
            not_null("partition_id", BIGINT),
            not_null("object_id", INT),
            not_null("index_id", INT),
            not_null("partition_number", INT),
            not_null("hobt_id", BIGINT),
            null("rows", BIGINT),
            not_null("filestream_filegroup_id", SMALLINT),
            not_null("data_compression", TINYINT),
            null("data_compression_desc", DESC),
        ],
        partitions,
    ),
];

static TABLES: &[ViewColumn] = object_columns![
    not_null("lob_data_space_id", INT),
    null("filestream_data_space_id", INT),
    not_null("max_column_id_used", INT),
    not_null("lock_on_bulk_load", BIT),
    null("uses_ansi_nulls", BIT),
    null("is_replicated", BIT),
    null("has_replication_filter", BIT),
    null("is_merge_published", BIT),
    null("is_sync_tran_subscribed", BIT),
    not_null("has_unchecked_assembly_data", BIT),
    null("text_in_row_limit", INT),
    null("large_value_types_out_of_row", BIT),
    null("is_tracked_by_cdc", BIT),
    null("lock_escalation", TINYINT),
    null("lock_escalation_desc", DESC),
    null("is_filetable", BIT),
    null("durability", TINYINT),
    null("durability_desc", DESC),
    null("is_memory_optimized", BIT),
    null("temporal_type", TINYINT),
    null("temporal_type_desc", DESC),
    null("history_table_id", INT),
    null("is_remote_data_archive_enabled", BIT),
    not_null("is_external", BIT),
    null("history_retention_period", INT),
    null("history_retention_period_unit", INT),
    null("history_retention_period_unit_desc", super::nvarchar(10)),
    null("is_node", BIT),
    null("is_edge", BIT),
];

/// Tables that the caller may see.
pub(super) fn visible_tables<'a>(context: &'a ViewContext<'_>) -> impl Iterator<Item = &'a Arc<Table>> {
    context.database.tables.iter().filter(|table| context.sees(Securable::Object(table.id)))
}

fn tables(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(visible_tables(context).map(table).collect())
}

fn table(table: &Arc<Table>) -> Row {
    let off = || bit(false);
    let more = [
        int(0),
        Value::Null,
        int(table.next_column_id - 1),
        off(),
        bit(true),
        off(),
        off(),
        off(),
        off(),
        off(),
        int(0),
        off(),
        off(),
        tiny(0),
        text("TABLE"),
        off(),
        tiny(0),
        text("SCHEMA_AND_DATA"),
        off(),
        tiny(0),
        text("NON_TEMPORAL_TABLE"),
        Value::Null,
        off(),
        off(),
        Value::Null,
        Value::Null,
        Value::Null,
        off(),
        off(),
    ];
    object_values(&SchemaObject::Table(table.clone())).into_iter().chain(more).collect()
}

static INDEXES: &[ViewColumn] = &[
    not_null("object_id", INT),
    null("name", SYSNAME),
    not_null("index_id", INT),
    not_null("type", TINYINT),
    null("type_desc", DESC),
    null("is_unique", BIT),
    null("data_space_id", INT),
    null("ignore_dup_key", BIT),
    null("is_primary_key", BIT),
    null("is_unique_constraint", BIT),
    null("fill_factor", TINYINT),
    null("is_padded", BIT),
    null("is_disabled", BIT),
    null("is_hypothetical", BIT),
    null("is_ignored_in_optimization", BIT),
    null("allow_row_locks", BIT),
    null("allow_page_locks", BIT),
    null("has_filter", BIT),
    null("filter_definition", SqlType::NVARCHAR_MAX),
    null("compression_delay", INT),
    null("suppress_dup_key_messages", BIT),
    null("auto_created", BIT),
    null("optimize_for_sequential_key", BIT),
];

/// Id and type of a key's index: the primary key's is the clustered one.
fn index_place(table: &Table, key: usize) -> (i32, u8, &'static str) {
    if table.unique_keys[key].is_primary {
        return (1, 1, "CLUSTERED");
    }
    let others = table.unique_keys[..key].iter().filter(|other| !other.is_primary).count();
    (i32::try_from(others).unwrap_or(0) + 2, 2, "NONCLUSTERED")
}

fn indexes(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in visible_tables(context) {
        if !table.unique_keys.iter().any(|key| key.is_primary) {
            rows.push(index(table, Value::Null, (0, 0, "HEAP"), false, false));
        }
        for (place, key) in table.unique_keys.iter().enumerate() {
            let facts = index_place(table, place);
            rows.push(index(table, text(&key.name), facts, key.is_primary, !key.is_primary));
        }
    }
    Ok(rows)
}

fn index(
    table: &Table,
    name: Value,
    (id, kind, description): (i32, u8, &str),
    is_primary: bool,
    is_constraint: bool,
) -> Row {
    let off = || bit(false);
    row([
        int(table.id.0),
        name,
        int(id),
        tiny(kind),
        text(description),
        bit(is_primary || is_constraint),
        int(1),
        off(),
        bit(is_primary),
        bit(is_constraint),
        tiny(0),
        off(),
        off(),
        off(),
        off(),
        bit(true),
        bit(true),
        off(),
        Value::Null,
        Value::Null,
        off(),
        off(),
        off(),
    ])
}

static INDEX_COLUMNS: &[ViewColumn] = &[
    not_null("object_id", INT),
    not_null("index_id", INT),
    not_null("index_column_id", INT),
    not_null("column_id", INT),
    not_null("key_ordinal", TINYINT),
    not_null("partition_ordinal", TINYINT),
    null("is_descending_key", BIT),
    null("is_included_column", BIT),
    null("column_store_order_ordinal", TINYINT),
];

fn index_columns(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in visible_tables(context) {
        for (place, key) in table.unique_keys.iter().enumerate() {
            let (index, ..) = index_place(table, place);
            for (ordinal, column) in (1u8..).zip(&key.columns) {
                rows.push(row([
                    int(table.id.0),
                    int(index),
                    int(ordinal.into()),
                    int(*column),
                    tiny(ordinal),
                    tiny(0),
                    bit(false),
                    bit(false),
                    tiny(0),
                ]));
            }
        }
    }
    Ok(rows)
}

fn partitions(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let database = context.database.settings.id;
    let partition = |table: &Arc<Table>| {
        let rows = context.query.snapshot.table_rows(database, table.id).len();
        let id = i64::from(table.id.0) << 16;
        row([
            Value::BigInt(id),
            int(table.id.0),
            int(i32::from(table.unique_keys.iter().any(|key| key.is_primary))),
            int(1),
            Value::BigInt(id),
            Value::BigInt(i64::try_from(rows).unwrap_or(i64::MAX)),
            Value::SmallInt(0),
            tiny(0),
            text("NONE"),
        ])
    };
    Ok(visible_tables(context).map(partition).collect())
}
