//! Messages, languages, configuration options, the host.

use duologue_messages::{MESSAGES, SqlError};
use duologue_types::{SqlType, Value};

use super::{
    BIT, DATETIME, INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int, not_null, null,
    nvarchar, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("messages", MESSAGE_COLUMNS, messages),
    sys("syslanguages", LANGUAGES, languages),
    sys("configurations", CONFIGURATIONS, configurations),
    sys("dm_os_host_info", HOST_INFO, host_info),
    sys("servers", SERVERS, servers),
];

static MESSAGE_COLUMNS: &[ViewColumn] = &[
    not_null("message_id", INT),
    not_null("language_id", SMALLINT),
    null("severity", TINYINT),
    not_null("is_event_logged", BIT),
    not_null("text", nvarchar(2048)),
];

/// One language only: scripts read texts without naming one.
fn messages(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |message: &duologue_messages::Message| {
        row([
            int(message.number),
            Value::SmallInt(1033),
            tiny(message.severity),
            bit(message.is_event_logged),
            text(message.text),
        ])
    };
    Ok(MESSAGES.iter().map(shown).collect())
}

static LANGUAGES: &[ViewColumn] = &[
    not_null("langid", SMALLINT),
    not_null("dateformat", SqlType::NChar(3)),
    not_null("datefirst", TINYINT),
    null("upgrade", INT),
    not_null("name", SYSNAME),
    not_null("alias", SYSNAME),
    null("months", nvarchar(372)),
    null("shortmonths", nvarchar(132)),
    null("days", nvarchar(217)),
    not_null("lcid", INT),
    not_null("msglangid", SMALLINT),
];

fn languages(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(vec![row([
        Value::SmallInt(0),
        text("mdy"),
        tiny(7),
        int(0),
        text("us_english"),
        text("English"),
        text("January,February,March,April,May,June,July,August,September,October,November,December"),
        text("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"),
        text("Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"),
        int(1033),
        Value::SmallInt(1033),
    ])])
}

static CONFIGURATIONS: &[ViewColumn] = &[
    not_null("configuration_id", INT),
    not_null("name", nvarchar(35)),
    null("value", SqlType::SqlVariant),
    null("minimum", SqlType::SqlVariant),
    null("maximum", SqlType::SqlVariant),
    null("value_in_use", SqlType::SqlVariant),
    not_null("description", nvarchar(255)),
    not_null("is_dynamic", BIT),
    not_null("is_advanced", BIT),
];

/// Id, name, value, least, most, description.
const OPTIONS: [(i32, &str, i32, i32, i32, &str); 8] = [
    (103, "user connections", 0, 0, 32_767, "Number of user connections allowed"),
    (115, "nested triggers", 1, 0, 1, "Allow triggers to be invoked within triggers"),
    (124, "default language", 0, 0, 9999, "default language"),
    (505, "network packet size (B)", 4096, 512, 32_767, "Network packet size"),
    (518, "show advanced options", 0, 0, 1, "show advanced options"),
    (1544, "max server memory (MB)", i32::MAX, 128, i32::MAX, "Maximum size of server memory (MB)"),
    (1562, "clr enabled", 0, 0, 1, "CLR user code execution enabled in the server"),
    (16390, "xp_cmdshell", 0, 0, 1, "Enable or disable command shell"),
];

fn configurations(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |(id, name, value, least, most, description): (i32, &str, i32, i32, i32, &str)| {
        row([
            int(id),
            text(name),
            int(value),
            int(least),
            int(most),
            int(value),
            text(description),
            bit(true),
            bit(false),
        ])
    };
    Ok(OPTIONS.into_iter().map(shown).collect())
}

static HOST_INFO: &[ViewColumn] = &[
    not_null("host_platform", nvarchar(256)),
    not_null("host_distribution", nvarchar(256)),
    not_null("host_release", nvarchar(256)),
    not_null("host_service_pack_level", nvarchar(256)),
    null("host_sku", INT),
    not_null("os_language_version", INT),
    not_null("host_architecture", nvarchar(256)),
];

fn host_info(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let architecture = if cfg!(target_arch = "aarch64") { "ARM64" } else { "X64" };
    Ok(vec![row([text("Linux"), text("Linux"), text(""), text(""), Value::Null, int(0), text(architecture)])])
}

static SERVERS: &[ViewColumn] = &[
    not_null("server_id", INT),
    not_null("name", SYSNAME),
    not_null("product", SYSNAME),
    not_null("provider", SYSNAME),
    null("data_source", nvarchar(4000)),
    null("location", nvarchar(4000)),
    null("provider_string", nvarchar(4000)),
    null("catalog", SYSNAME),
    null("connect_timeout", INT),
    null("query_timeout", INT),
    not_null("is_linked", BIT),
    not_null("modify_date", DATETIME),
];

/// The server itself; linked servers are not offered.
fn servers(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let settings = &context.catalog().server.settings;
    Ok(vec![row([
        int(0),
        text(&settings.name),
        text("SQL Server"),
        text("SQLNCLI"),
        text(&settings.name),
        Value::Null,
        Value::Null,
        Value::Null,
        int(0),
        int(0),
        bit(false),
        settings.created.to_datetime(),
    ])])
}
