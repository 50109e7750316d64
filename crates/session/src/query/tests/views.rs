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
                "SELECT s.name, q.name FROM sys.services s JOIN sys.service_queue_usages u ON u.service_id = s.service_id JOIN sys.service_queues q ON q.object_id = u.service_queue_id WHERE s.service_id > 65535",
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
            ("SELECT name FROM sys.routes", "AutoCreatedLocal"),
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

/// Statements in the manner of drivers and tools.
#[test]
fn what_tools_ask() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT SERVERPROPERTY('EngineEdition'), SERVERPROPERTY('ProductLevel'), (SELECT CASE WHEN EXISTS (SELECT TOP 1 1 FROM [sys].[all_columns] WITH (NOLOCK) WHERE name = N'xml_index_type' AND OBJECT_ID(N'sys.xml_indexes') = object_id) THEN 1 ELSE 0 END AS SXI_PRESENT)",
                "3|RTM|0",
            ),
            ("SELECT CONVERT(NVARCHAR(36), CONTEXT_INFO())", "NULL"),
            (
                "SELECT OSVersion = RIGHT(@@version, LEN(@@version) - 3 - CHARINDEX(' on ', LOWER(@@version)))",
                "Linux",
            ),
            ("select is_srvrolemember('sysadmin') * 1 + is_srvrolemember('serveradmin') * 2", "1"),
            (
                "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int) + 1, CAST(SERVERPROPERTY(N'ServerName') AS sysname)",
                "4|box\\shop",
            ),
            ("SELECT @@MICROSOFTVERSION / 0x01000000", "16"),
            (
                "SELECT dtb.name AS [Name], dtb.database_id AS [ID], CAST(has_dbaccess(dtb.name) AS bit) AS [IsAccessible] FROM master.sys.databases AS dtb WHERE (dtb.name = N'Shop') ORDER BY [Name] ASC",
                "Shop|5|1",
            ),
            (
                "SELECT (CASE WHEN dtb.is_read_only = 1 THEN 0x0400 ELSE 0 END) | CAST(0x0008 AS int) FROM sys.databases dtb WHERE dtb.database_id = 1",
                "8",
            ),
            (
                "SELECT sq.name AS [Name], ISNULL(sq.activation_procedure, N'') AS [P], CAST(CASE sq.execute_as_principal_id WHEN -2 THEN 2 ELSE 1 END AS int) FROM sys.service_queues AS sq JOIN sys.schemas AS s ON s.schema_id = sq.schema_id LEFT OUTER JOIN sys.database_principals AS u ON u.principal_id = sq.principal_id WHERE s.name = N'dbo' AND sq.is_ms_shipped = 0",
                "OrderQueue||1",
            ),
            (
                "SELECT smt.name, (CASE smt.validation WHEN 'N' THEN 0 WHEN 'X' THEN 1 ELSE 2 END) FROM sys.service_message_types AS smt WHERE smt.message_type_id = 14",
                "DEFAULT|0",
            ),
            ("SELECT CASE WHEN SERVERPROPERTY('EngineEdition') = 3 THEN 'x' END", "x"),
            (
                "SELECT o.name, TYPE_NAME(c.user_type_id), ODBCSCALE(c.system_type_id, c.scale), COLUMNPROPERTY(c.object_id, c.name, 'charmaxlen') FROM sys.objects o JOIN sys.columns c ON o.object_id = c.object_id WHERE o.name = 'Customers'",
                "Customers|int|NULL|NULL; Customers|nvarchar|NULL|20",
            ),
            (
                "SELECT DISTINCT dp.name FROM sys.database_principals dp JOIN sys.login_token lt ON dp.sid = lt.sid",
                "dbo",
            ),
            (
                "SELECT COUNT(*) FROM sys.conversation_endpoints WHERE state != 'CD' OR lifetime > GETDATE() + 1",
                "1",
            ),
            (
                "SELECT TOP 1 sys.services.name FROM sys.services WHERE sys.services.service_id > 65535",
                "//shop/Orders",
            ),
            ("SELECT host_platform FROM sys.dm_os_host_info", "Linux"),
        ],
    );
}
