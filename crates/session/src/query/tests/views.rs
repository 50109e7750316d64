use super::fixture::Fixture;
use super::{check, select};

/// Every row of every view has one value for each column, of its type.
#[test]
fn rows_have_the_shape_of_their_view() {
    let fixture = Fixture::new();
    for view in crate::views::all() {
        let text = format!("SELECT * FROM {}.[{}]", view.schema, view.name);
        select(&fixture, &text).unwrap_or_else(|error| panic!("{view:?}: {error}"));
    }
}

#[test]
fn what_a_client_looks_at() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT name, database_id, is_broker_enabled FROM sys.databases ORDER BY database_id",
                "master|1|0; tempdb|2|1; model|3|0; msdb|4|1; Shop|5|1",
            ),
            (
                "SELECT service_broker_guid FROM sys.databases WHERE database_id = DB_ID()",
                "00000000-0000-0000-0000-000000000005",
            ),
            (
                "SELECT name FROM master.sys.databases AS dtb WHERE (CAST(case when dtb.name in ('master','model','msdb','tempdb') then 1 else dtb.is_distributor end AS bit)=0)",
                "Shop",
            ),
            ("SELECT COUNT(*) FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##'", "0"),
            ("SELECT name FROM master.sys.symmetric_keys", "##MS_ServiceMasterKey##"),
            (
                "SELECT name, type, type_desc, is_ms_shipped FROM sys.objects WHERE schema_id = 1 AND object_id < 2000 ORDER BY name",
                "Customers|U |USER_TABLE|0; OrderQueue|SQ|SERVICE_QUEUE|0; Orders|U |USER_TABLE|0",
            ),
            (
                "SELECT name, is_receive_enabled, max_readers FROM sys.service_queues WHERE is_ms_shipped = 0",
                "OrderQueue|1|0",
            ),
            (
                "SELECT name, validation, validation_desc FROM sys.service_message_types WHERE message_type_id IN (1, 2, 14)",
                "http://schemas.microsoft.com/SQL/ServiceBroker/Error|X |XML; http://schemas.microsoft.com/SQL/ServiceBroker/EndDialog|E |EMPTY; DEFAULT|N |BINARY",
            ),
            (
                "SELECT s.name, q.name FROM sys.services s JOIN sys.service_queue_usages u ON u.service_id = s.service_id JOIN sys.service_queues q ON q.object_id = u.service_queue_id WHERE s.service_id > 3",
                "//shop/Orders|OrderQueue",
            ),
            (
                "SELECT c.name, t.name, c.max_length, c.is_nullable FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.user_type_id WHERE c.object_id = OBJECT_ID('Orders') ORDER BY c.column_id",
                "id|int|4|0; customer|int|4|1; amount|decimal|5|0; note|nvarchar|40|1; body|xml|-1|1",
            ),
            (
                "SELECT name, type FROM sys.database_principals WHERE principal_id BETWEEN 0 AND 6",
                "public|R; dbo|S; guest|S; INFORMATION_SCHEMA|S; sys|S; Reader|S; Stranger|S",
            ),
            (
                "SELECT class_desc, permission_name, type, state_desc FROM sys.database_permissions WHERE grantee_principal_id = 5",
                "OBJECT_OR_COLUMN|SELECT|SL  |GRANT",
            ),
            ("SELECT name FROM sys.server_principals WHERE type = 'S'", "sa"),
            ("SELECT text FROM sys.messages WHERE message_id = 8134", "Divide by zero error encountered."),
            (
                "SELECT type_name, parent_type FROM sys.event_notification_event_types WHERE type IN (21, 10001)",
                "CREATE_TABLE|10018; DDL_EVENTS|NULL",
            ),
            (
                "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.tables ORDER BY 1",
                "Customers|BASE TABLE; Orders|BASE TABLE",
            ),
            (
                "SELECT DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Orders' AND COLUMN_NAME IN ('note', 'amount')",
                "decimal|NULL|9|NO; nvarchar|20|NULL|YES",
            ),
            ("SELECT state_desc FROM sys.dm_broker_connections", "LOGGED_IN"),
            (
                "SELECT session_id, login_name, program_name FROM sys.dm_exec_sessions WHERE session_id = @@SPID",
                "51|sa|tests",
            ),
            ("SELECT cmptlevel FROM master.dbo.sysdatabases WHERE name = 'Shop'", "160"),
            ("SELECT name FROM sysobjects WHERE xtype = 'U' ORDER BY name", "Customers; Orders"),
            (
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM sys.all_columns WHERE name = 'is_ledger_on' AND object_id = OBJECT_ID('sys.databases')) THEN 1 ELSE 0 END",
                "1",
            ),
            ("SELECT name FROM sys.routes", ""),
            ("SELECT name, address FROM msdb.sys.routes", "AutoCreatedLocal|LOCAL"),
        ],
    );
}

#[test]
fn others_see_what_is_theirs() {
    check(
        &Fixture::user(5),
        &[
            ("SELECT name FROM sys.tables", "Orders"),
            ("SELECT name FROM sys.objects WHERE is_ms_shipped = 0", "Orders"),
            ("SELECT name FROM sys.services", ""),
            ("SELECT name FROM sys.database_principals WHERE principal_id BETWEEN 5 AND 6", "Reader"),
            (
                "SELECT permission_name FROM sys.database_permissions WHERE grantee_principal_id = USER_ID()",
                "SELECT",
            ),
            ("SELECT name FROM INFORMATION_SCHEMA.COLUMNS", "207 Invalid column name 'name'."),
            ("SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS", "5"),
        ],
    );
    check(&Fixture::user(6), &[("SELECT COUNT(*) FROM sys.tables", "0")]);
}
