//! `sys.databases`, `sys.master_files` and the views of what databases here never have.

use duologue_catalog::{Database, Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::{DatabaseId, Value};

use super::{
    BIT, DATETIME, DESC, GUID, INT, SID, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int,
    not_null, nothing, null, or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("databases", DATABASES, databases),
    sys("master_files", MASTER_FILES, nothing),
    sys(
        "database_mirroring",
        &[
            not_null("database_id", INT),
            null("mirroring_guid", GUID),
            null("mirroring_state", TINYINT),
            null("mirroring_state_desc", DESC),
        ],
        nothing,
    ),
    sys("availability_groups", &[not_null("group_id", GUID), null("name", SYSNAME)], nothing),
    sys(
        "availability_replicas",
        &[null("replica_id", GUID), null("group_id", GUID), null("replica_server_name", SYSNAME)],
        nothing,
    ),
];

static MASTER_FILES: &[ViewColumn] = &[
    not_null("database_id", INT),
    not_null("file_id", INT),
    null("file_guid", GUID),
    not_null("type", TINYINT),
    null("type_desc", DESC),
    not_null("data_space_id", INT),
    not_null("name", SYSNAME),
    not_null("physical_name", super::nvarchar(260)),
    null("state", TINYINT),
    null("state_desc", DESC),
    not_null("size", INT),
    not_null("max_size", INT),
    not_null("growth", INT),
];

static DATABASES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("database_id", INT),
    null("source_database_id", INT),
    null("owner_sid", SID),
    not_null("create_date", DATETIME),
    not_null("compatibility_level", TINYINT),
    null("collation_name", SYSNAME),
    null("user_access", TINYINT),
    null("user_access_desc", DESC),
    null("is_read_only", BIT),
    not_null("is_auto_close_on", BIT),
    null("is_auto_shrink_on", BIT),
    null("state", TINYINT),
    null("state_desc", DESC),
    null("is_in_standby", BIT),
    null("is_cleanly_shutdown", BIT),
    null("is_supplemental_logging_enabled", BIT),
    null("snapshot_isolation_state", TINYINT),
    null("snapshot_isolation_state_desc", DESC),
    null("is_read_committed_snapshot_on", BIT),
    null("recovery_model", TINYINT),
    null("recovery_model_desc", DESC),
    null("page_verify_option", TINYINT),
    null("page_verify_option_desc", DESC),
    null("is_auto_create_stats_on", BIT),
    null("is_auto_create_stats_incremental_on", BIT),
    null("is_auto_update_stats_on", BIT),
    null("is_auto_update_stats_async_on", BIT),
    null("is_ansi_null_default_on", BIT),
    null("is_ansi_nulls_on", BIT),
    null("is_ansi_padding_on", BIT),
    null("is_ansi_warnings_on", BIT),
    null("is_arithabort_on", BIT),
    null("is_concat_null_yields_null_on", BIT),
    null("is_numeric_roundabort_on", BIT),
    null("is_quoted_identifier_on", BIT),
    null("is_recursive_triggers_on", BIT),
    null("is_cursor_close_on_commit_on", BIT),
    null("is_local_cursor_default", BIT),
    null("is_fulltext_enabled", BIT),
    null("is_trustworthy_on", BIT),
    null("is_db_chaining_on", BIT),
    null("is_parameterization_forced", BIT),
    not_null("is_master_key_encrypted_by_server", BIT),
    null("is_query_store_on", BIT),
    not_null("is_published", BIT),
    not_null("is_subscribed", BIT),
    not_null("is_merge_published", BIT),
    not_null("is_distributor", BIT),
    not_null("is_sync_with_backup", BIT),
    not_null("service_broker_guid", GUID),
    not_null("is_broker_enabled", BIT),
    null("log_reuse_wait", TINYINT),
    null("log_reuse_wait_desc", DESC),
    not_null("is_date_correlation_on", BIT),
    not_null("is_cdc_enabled", BIT),
    null("is_encrypted", BIT),
    null("is_honor_broker_priority_on", BIT),
    null("replica_id", GUID),
    null("group_database_id", GUID),
    null("resource_pool_id", INT),
    null("default_language_lcid", SMALLINT),
    null("default_language_name", SYSNAME),
    null("default_fulltext_language_lcid", INT),
    null("default_fulltext_language_name", SYSNAME),
    null("is_nested_triggers_on", BIT),
    null("is_transform_noise_words_on", BIT),
    null("two_digit_year_cutoff", SMALLINT),
    not_null("containment", TINYINT),
    not_null("containment_desc", DESC),
    null("target_recovery_time_in_seconds", INT),
    null("delayed_durability", INT),
    null("delayed_durability_desc", DESC),
    null("is_memory_optimized_elevate_to_snapshot_on", BIT),
    null("is_federation_member", BIT),
    null("is_remote_data_archive_enabled", BIT),
    null("is_mixed_page_allocation_on", BIT),
    null("is_temporal_history_retention_enabled", BIT),
    null("catalog_collation_type", INT),
    null("catalog_collation_type_desc", DESC),
    null("physical_database_name", SYSNAME),
    null("is_result_set_caching_on", BIT),
    null("is_accelerated_database_recovery_on", BIT),
    null("is_tempdb_spill_to_remote_store", BIT),
    null("is_stale_page_detection_on", BIT),
    null("is_memory_optimized_enabled", BIT),
    null("is_data_retention_enabled", BIT),
    null("is_ledger_on", BIT),
    null("is_change_feed_enabled", BIT),
];

fn databases(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = context.catalog().databases.values();
    Ok(all
        .filter(|found| may_see(context, found.settings.id))
        .map(|found| database(context, found))
        .collect())
}

/// Everybody sees his current database, master and tempdb.
pub(super) fn may_see(context: &ViewContext<'_>, id: DatabaseId) -> bool {
    const ALWAYS: [DatabaseId; 2] = [DatabaseId(1), DatabaseId(2)];
    let everything =
        [Permission::ViewAnyDatabase, Permission::AlterAnyDatabase, Permission::CreateAnyDatabase];
    ALWAYS.contains(&id)
        || id == context.query.database_id()
        || everything.iter().any(|permission| context.has(*permission, Securable::Server))
}

fn database(context: &ViewContext<'_>, database: &Database) -> Row {
    let settings = &database.settings;
    let owner = context.catalog().server.logins.get(settings.owner.0);
    let key_by_server = settings.master_key.as_ref().is_some_and(|key| key.by_service_master_key.is_some());
    let (on, off) = (bit(true), bit(false));
    let mut values = vec![
        text(&settings.name),
        int(settings.id.0),
        Value::Null,
        or_null(owner, |owner| Value::varbinary(owner.sid.clone())),
        settings.created.to_datetime(),
        tiny(160),
        text("SQL_Latin1_General_CP1_CI_AS"),
        tiny(0),
        text("MULTI_USER"),
    ];
    // is_read_only, is_auto_close_on, is_auto_shrink_on
    values.extend(vec![off.clone(); 3]);
    values.extend([tiny(0), text("ONLINE")]);
    // is_in_standby, is_cleanly_shutdown, is_supplemental_logging_enabled
    values.extend(vec![off.clone(); 3]);
    // Plain reads see the last committed state, as under READ_COMMITTED_SNAPSHOT.
    values.extend([tiny(0), text("OFF"), on.clone()]);
    values.extend([tiny(1), text("FULL"), tiny(2), text("CHECKSUM")]);
    // Statistics, then the database's defaults of the ANSI options.
    values.extend([on.clone(), off.clone(), on.clone(), off.clone()]);
    values.extend(vec![off.clone(); 12]);
    values.extend([bit(settings.trustworthy), off.clone(), off.clone(), bit(key_by_server)]);
    // is_query_store_on to is_sync_with_backup
    values.extend(vec![off.clone(); 6]);
    values.extend([Value::Guid(settings.broker_instance.0), bit(settings.broker_enabled)]);
    values.extend([tiny(0), text("NOTHING"), off.clone(), off.clone(), off.clone()]);
    values.extend([bit(settings.honor_broker_priority), Value::Null, Value::Null, Value::Null]);
    // Only contained databases have languages and triggers options of their own.
    values.extend(vec![Value::Null; 7]);
    values.extend([tiny(0), text("NONE"), int(60), int(0), text("DISABLED")]);
    // is_memory_optimized_elevate_to_snapshot_on to is_mixed_page_allocation_on
    values.extend(vec![off.clone(); 4]);
    values.extend([on, int(0), text("DATABASE_DEFAULT"), text(&settings.name)]);
    values.extend(vec![off; 8]);
    row(values)
}
