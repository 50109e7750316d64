use duologue_messages::sql_error;

use super::check;
use super::fixture::Fixture;
use crate::state::{CaughtError, TransactionState};

#[test]
fn text() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT LEN('ab  '), LEN(N'😀x'), DATALENGTH('ab '), DATALENGTH(N'ab'), LEN(@b), DATALENGTH(@i)",
                "2|3|3|4|3|4",
            ),
            (
                "SELECT SUBSTRING('abcdef', 2, 3), SUBSTRING('abc', 0, 2), SUBSTRING(@b, 2, 5), LEFT('abc', 2), RIGHT('abc', 2)",
                "bcd|a|0x02FF|ab|bc",
            ),
            (
                "SELECT SUBSTRING('abc', 1, -1)",
                "537 Invalid length parameter passed to the LEFT or SUBSTRING function.",
            ),
            (
                "SELECT CHARINDEX('B', 'abcb'), CHARINDEX('b', 'abcb', 3), CHARINDEX('z', 'abc'), PATINDEX('%[0-9]%', 'ab3')",
                "2|4|0|3",
            ),
            (
                "SELECT REPLACE('aBcb', 'b', 'x'), STUFF('abcdef', 2, 3, 'X'), STUFF('abc', 9, 1, 'x'), REPLICATE('ab', 3), SPACE(2) + '|'",
                "axcx|aXef|NULL|ababab|  |",
            ),
            (
                "SELECT UPPER('aé'), LOWER('AÉ'), LTRIM('  a'), RTRIM('a  ') + '|', TRIM('  a ') + '|', REVERSE('abc')",
                "AÉ|aé|a|a||a||cba",
            ),
            ("SELECT CHAR(65), NCHAR(233), ASCII('A'), UNICODE(N'é'), CHAR(300)", "A|é|65|233|NULL"),
            (
                "SELECT QUOTENAME('a]b'), QUOTENAME('x', ''''), PARSENAME('db.dbo.[t.x]', 1), PARSENAME('a.b', 3)",
                "[a]]b]|'x'|t.x|NULL",
            ),
            (
                "SELECT CONCAT('a', NULL, 5, N'b'), CONCAT_WS('-', 'a', NULL, 'b'), TRANSLATE('abc', 'ac', 'xz')",
                "a5b|a-b|xbz",
            ),
            (
                "SELECT '[' + STR(3.14159, 6, 2) + ']', STR(12345, 3), '[' + STR(2.5) + ']'",
                "[  3.14]|***|[         3]",
            ),
            (
                "SELECT FORMATMESSAGE('%s is %d', 'x', 5), FORMATMESSAGE(8134)",
                "x is 5|Divide by zero error encountered.",
            ),
            ("SELECT STRING_AGG(name, ',') WITHIN GROUP (ORDER BY name DESC) FROM Customers", "Cid,Bob,Ann"),
            ("SELECT value FROM STRING_SPLIT('a,b,,c', ',')", "a; b; ; c"),
            ("SELECT value, ordinal FROM STRING_SPLIT('x y', ' ', 1)", "x|1; y|2"),
            ("SELECT UPPER(NULL), LEN(NULL)", "NULL|NULL"),
        ],
    );
}

#[test]
fn dates() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT GETDATE(), GETUTCDATE(), CURRENT_TIMESTAMP",
                "2024-02-29 13:45:06.790|2024-02-29 13:45:06.790|2024-02-29 13:45:06.790",
            ),
            ("SELECT SYSUTCDATETIME()", "2024-02-29 13:45:06.7890000"),
            (
                "SELECT YEAR(@d), MONTH(@d), DAY(@d), DATEPART(hour, @d), DATEPART(ms, @d), DATEPART(dw, @d), DATEPART(dy, @d)",
                "2024|2|29|13|790|5|60",
            ),
            (
                "SELECT DATEPART(week, '20240101'), DATEPART(iso_week, '20241230'), DATEPART(quarter, @d)",
                "1|1|1",
            ),
            (
                "SELECT DATENAME(month, @d), DATENAME(weekday, @d), DATENAME(year, @d)",
                "February|Thursday|2024",
            ),
            (
                "SELECT DATEADD(month, 12, CAST('20240229' AS date)), DATEADD(day, -1, CAST('20240301' AS date)), DATEADD(second, 90, CAST('20240229' AS datetime))",
                "2025-02-28|2024-02-29|2024-02-29 00:01:30.000",
            ),
            (
                "SELECT DATEADD(year, 9000, @d)",
                "517 Adding a value to a 'datetime' column caused an overflow.",
            ),
            (
                "SELECT DATEADD(hour, 1, CAST('20240101' AS date))",
                "9810 The datepart hour is not supported by date function dateadd for data type date.",
            ),
            (
                "SELECT DATEDIFF(day, '20231231 23:59', '20240101'), DATEDIFF(year, '20231231', '20240101'), DATEDIFF(second, @d, DATEADD(minute, 2, @d))",
                "1|1|120",
            ),
            ("SELECT DATEDIFF(week, '20240106', '20240107'), DATEDIFF(month, '20240131', '20240201')", "1|1"),
            (
                "SELECT DATEDIFF(millisecond, '19000101', '20240101')",
                "535 The datediff function resulted in an overflow. The number of dateparts separating two \
          date/time instances is too large. Try to use datediff with a less precise datepart.",
            ),
            ("SELECT DATEDIFF_BIG(millisecond, '19700101', '20240101')", "1704067200000"),
            ("SELECT DATEADD(fortnight, 1, @d)", "155 'fortnight' is not a recognized dateadd option."),
            (
                "SELECT EOMONTH(@d), EOMONTH(@d, 1), DATEFROMPARTS(2024, 2, 29), ISDATE('20240229'), ISDATE('x')",
                "2024-02-29|2024-03-31|2024-02-29|1|0",
            ),
            (
                "SELECT DATEFROMPARTS(2023, 2, 29)",
                "289 Cannot construct data type date, some of the arguments have values which are not valid.",
            ),
            (
                "SELECT SWITCHOFFSET(TODATETIMEOFFSET(CAST('2024-01-01 12:00' AS datetime2(0)), '+02:00'), '-01:00')",
                "2024-01-01 09:00:00.0000000 -01:00",
            ),
        ],
    );
}

#[test]
fn numbers_and_identifiers() {
    check(
        &Fixture::new(),
        &[
            (
                "SELECT ABS(-5), ABS(-1.5), SIGN(-2), CEILING(1.2), FLOOR(-1.2), ROUND(2.345, 2), ROUND(1250, -2)",
                "5|1.5|-1|2|-2|2.350|1300",
            ),
            ("SELECT ROUND(-2.5, 0), ROUND(2.999, 1, 1), POWER(2, 10), SQUARE(3e0)", "-3.0|2.900|1024|9.0"),
            ("SELECT SQRT(-1e0)", "3623 An invalid floating point operation occurred."),
            (
                "SELECT ISNUMERIC('12.5'), ISNUMERIC('$5'), ISNUMERIC('x'), ISNUMERIC(''), ISNUMERIC(5)",
                "1|1|0|0|1",
            ),
            (
                "SELECT NEWID(), NEWID()",
                "01010101-0101-4101-8101-010101010101|02020202-0202-4202-8202-020202020202",
            ),
            (
                "SELECT CASE WHEN CHECKSUM('a') = CHECKSUM('A') AND CHECKSUM(1, 2) <> CHECKSUM(2, 1) THEN 'ok' END",
                "ok",
            ),
            ("SELECT CASE WHEN RAND(5) = RAND(5) AND RAND() BETWEEN 0 AND 1 THEN 'ok' END", "ok"),
            ("SELECT value FROM GENERATE_SERIES(1, 7, 3)", "1; 4; 7"),
        ],
    );
}

#[test]
fn catalog() {
    check(
        &Fixture::new(),
        &[
            ("SELECT DB_ID(), DB_NAME(), DB_ID('MASTER'), DB_NAME(2), DB_ID('none')", "5|Shop|1|tempdb|NULL"),
            (
                "SELECT OBJECT_ID('Orders'), OBJECT_ID('[dbo].[orders]', 'U'), OBJECT_ID('OrderQueue', 'SQ'), OBJECT_ID('OrderQueue', 'U')",
                "1001|1001|1003|NULL",
            ),
            (
                "SELECT OBJECT_ID('Shop..Orders'), OBJECT_ID('none'), OBJECT_NAME(1003), OBJECT_SCHEMA_NAME(1001)",
                "1001|NULL|OrderQueue|dbo",
            ),
            (
                "SELECT OBJECT_NAME(OBJECT_ID('sys.databases')), SCHEMA_NAME(), SCHEMA_ID('sys'), SCHEMA_NAME(4)",
                "databases|dbo|4|sys",
            ),
            (
                "SELECT TYPE_NAME(56), TYPE_ID('nvarchar'), COL_NAME(1001, 3), COL_LENGTH('Orders', 'note')",
                "int|231|amount|40",
            ),
            (
                "SELECT OBJECTPROPERTY(1001, 'IsUserTable'), OBJECTPROPERTY(1003, 'IsTable'), OBJECTPROPERTY(9, 'IsTable')",
                "1|0|NULL",
            ),
            (
                "SELECT COLUMNPROPERTY(1001, 'note', 'ordinal'), COLUMNPROPERTY(1001, 'note', 'charmaxlen'), COLUMNPROPERTY(1001, 'id', 'IsIdentity'), COLUMNPROPERTY(0, NULL, NULL)",
                "4|20|1|NULL",
            ),
            (
                "SELECT USER_NAME(), CURRENT_USER, SUSER_SNAME(), SYSTEM_USER, ORIGINAL_LOGIN(), USER_ID('Reader')",
                "dbo|dbo|sa|sa|sa|5",
            ),
            (
                "SELECT SUSER_SID(), SUSER_SNAME(0x01), SUSER_ID('sa'), DATABASE_PRINCIPAL_ID('public')",
                "0x01|sa|1|0",
            ),
            (
                "SELECT IS_SRVROLEMEMBER('sysadmin'), IS_SRVROLEMEMBER('none'), IS_MEMBER('db_owner'), IS_ROLEMEMBER('public')",
                "1|NULL|1|1",
            ),
            (
                "SELECT HAS_PERMS_BY_NAME('Orders', 'OBJECT', 'SELECT'), HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE'), HAS_PERMS_BY_NAME('x', 'OBJECT', 'SELECT'), HAS_DBACCESS('master')",
                "1|1|NULL|1",
            ),
            (
                "SELECT SERVERPROPERTY('EngineEdition'), SERVERPROPERTY('ServerName'), SERVERPROPERTY('InstanceName'), SERVERPROPERTY('none')",
                "3|box\\shop|shop|NULL",
            ),
            (
                "SELECT DATABASEPROPERTYEX('Shop', 'Status'), SESSIONPROPERTY('ANSI_NULLS'), CONNECTIONPROPERTY('net_transport'), FULLTEXTSERVICEPROPERTY('IsFullTextInstalled')",
                "ONLINE|1|TCP|0",
            ),
            (
                "SELECT APP_NAME(), HOST_NAME(), @@SPID, @@SERVERNAME, @@MAX_PRECISION, @@LANGUAGE, @@LOCK_TIMEOUT, @@OPTIONS",
                "tests||51|box\\shop|38|us_english|-1|5496",
            ),
            (
                "SELECT GET_TRANSMISSION_STATUS('00000000-0000-0000-0000-000000000029'), GET_TRANSMISSION_STATUS(NEWID())",
                "no route|",
            ),
            (
                "SELECT EVENTDATA(), CONTEXT_INFO(), XACT_STATE(), CERT_ID('none'), @@TRANCOUNT",
                "NULL|NULL|0|NULL|0",
            ),
            (
                "SELECT permission_name FROM sys.fn_my_permissions('Orders', 'OBJECT') WHERE permission_name LIKE 'S%'",
                "SELECT",
            ),
        ],
    );
    check(
        &Fixture::user(5),
        &[
            (
                "SELECT USER_NAME(), OBJECT_ID('Orders'), OBJECT_ID('Customers'), IS_MEMBER('db_owner'), IS_SRVROLEMEMBER('sysadmin')",
                "Reader|1001|NULL|0|0",
            ),
            (
                "SELECT HAS_PERMS_BY_NAME('Orders', 'OBJECT', 'SELECT'), HAS_PERMS_BY_NAME('Orders', 'OBJECT', 'DELETE')",
                "1|0",
            ),
        ],
    );
}

#[test]
fn the_caught_error_and_the_transaction() {
    let mut fixture = Fixture::new();
    let mut error = sql_error!(8134).at_line(3);
    error.procedure = "dbo.P".into();
    fixture.session.caught.push(CaughtError { error });
    fixture.session.transaction_state = TransactionState::Doomed;
    fixture.session.transaction_count = 1;
    fixture.session.row_count = 5;
    check(
        &fixture,
        &[
            (
                "SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE(), ERROR_LINE(), ERROR_PROCEDURE(), ERROR_MESSAGE()",
                "8134|16|1|3|dbo.P|Divide by zero error encountered.",
            ),
            ("SELECT XACT_STATE(), @@TRANCOUNT, @@ROWCOUNT, ROWCOUNT_BIG()", "-1|1|5|5"),
        ],
    );
}
