//! Sessions, connections and requests: one's own, all of them with VIEW SERVER STATE.

use duologue_catalog::{Permission, Securable, SecurityContext};
use duologue_messages::SqlError;
use duologue_types::{SqlType, Timestamp, Value};

use super::{
    BIGINT, BIT, DATETIME, GUID, INT, SID, SMALLINT, SYSNAME, View, ViewColumn, ViewContext, bit, int,
    not_null, null, nvarchar, or_null, row, sys, text, varbinary,
};
use crate::query::plan::Row;
use crate::state::SessionState;

pub(super) static VIEWS: &[View] =
    &[sys("dm_exec_sessions", SESSIONS, sessions), sys("dm_exec_connections", CONNECTIONS, connections)];

/// A session with its user.
struct Seen<'a> {
    state: &'a SessionState,
    security: &'a SecurityContext,
    is_running: bool,
}

fn seen<T>(context: &ViewContext<'_>, show: impl Fn(&Seen<'_>) -> T) -> Vec<T> {
    let query = context.query;
    let mut shown = vec![show(&Seen { state: query.session, security: query.security, is_running: true })];
    if context.has(Permission::ViewServerState, Securable::Server) {
        let others = query.snapshot.other_sessions();
        let others = others.iter().filter(|other| other.state.session != query.session.session);
        shown.extend(others.map(|other| {
            show(&Seen { state: &other.state, security: &other.security, is_running: other.is_running })
        }));
    }
    shown
}

static SESSIONS: &[ViewColumn] = &[
    not_null("session_id", SMALLINT),
    not_null("login_time", DATETIME),
    null("host_name", nvarchar(128)),
    null("program_name", nvarchar(128)),
    null("host_process_id", INT),
    null("client_version", INT),
    null("client_interface_name", nvarchar(32)),
    not_null("security_id", SID),
    not_null("login_name", SYSNAME),
    null("nt_domain", nvarchar(128)),
    null("nt_user_name", nvarchar(128)),
    not_null("status", nvarchar(30)),
    null("context_info", varbinary(128)),
    not_null("cpu_time", INT),
    not_null("memory_usage", INT),
    not_null("total_scheduled_time", INT),
    not_null("total_elapsed_time", INT),
    not_null("endpoint_id", INT),
    not_null("last_request_start_time", DATETIME),
    null("last_request_end_time", DATETIME),
    not_null("reads", BIGINT),
    not_null("writes", BIGINT),
    not_null("logical_reads", BIGINT),
    not_null("is_user_process", BIT),
    not_null("text_size", INT),
    null("language", nvarchar(128)),
    null("date_format", nvarchar(3)),
    not_null("date_first", SMALLINT),
    not_null("quoted_identifier", BIT),
    not_null("arithabort", BIT),
    not_null("ansi_null_dflt_on", BIT),
    not_null("ansi_defaults", BIT),
    not_null("ansi_warnings", BIT),
    not_null("ansi_padding", BIT),
    not_null("ansi_nulls", BIT),
    not_null("concat_null_yields_null", BIT),
    not_null("transaction_isolation_level", SMALLINT),
    not_null("lock_timeout", INT),
    not_null("deadlock_priority", INT),
    not_null("row_count", BIGINT),
    not_null("prev_error", INT),
    not_null("original_security_id", SID),
    not_null("original_login_name", SYSNAME),
    null("last_successful_logon", DATETIME),
    null("last_unsuccessful_logon", DATETIME),
    null("unsuccessful_logons", BIGINT),
    not_null("group_id", INT),
    not_null("database_id", SMALLINT),
    null("authenticating_database_id", INT),
    not_null("open_transaction_count", INT),
];

fn sessions(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(seen(context, |session| session_values(context, session)))
}

fn session_values(context: &ViewContext<'_>, session: &Seen<'_>) -> Row {
    let (state, options) = (session.state, &session.state.options);
    let catalog = context.catalog();
    let sid = |login: Option<duologue_types::LoginId>| {
        let found = login.and_then(|login| catalog.server.logins.get(login.0));
        Value::varbinary(found.map(|login| login.sid.clone()).unwrap_or_default())
    };
    let original = session.security.original_login;
    let login = session.security.login;
    let zero = || int(0);
    row([
        small(state.session.0),
        state.login_time.to_datetime(),
        text(&state.host_name),
        text(&state.app_name),
        int(state.host_process_id),
        int(7),
        text(&state.client_interface),
        sid(login),
        text(catalog.login_name(login.unwrap_or(original))),
        Value::Null,
        Value::Null,
        text(if session.is_running { "running" } else { "sleeping" }),
        or_null(options.context_info.clone(), Value::VarBinary),
        zero(),
        zero(),
        zero(),
        zero(),
        int(4),
        context.query.now.to_datetime(),
        context.query.now.to_datetime(),
        Value::BigInt(0),
        Value::BigInt(0),
        Value::BigInt(0),
        bit(true),
        int(options.text_size),
        text(&options.language),
        text(options.date_format.name()),
        small(options.date_first.into()),
        bit(options.quoted_identifier),
        bit(options.arith_abort),
        bit(options.ansi_null_dflt_on),
        bit(false),
        bit(options.ansi_warnings),
        bit(options.ansi_padding),
        bit(options.ansi_nulls),
        bit(options.concat_null_yields_null),
        small(options.isolation as i32),
        int(options.lock_timeout),
        int(options.deadlock_priority),
        Value::BigInt(state.row_count),
        int(state.last_error),
        sid(Some(original)),
        text(catalog.login_name(original)),
        Value::Null,
        Value::Null,
        Value::Null,
        int(1),
        small(session.security.database.0),
        int(1),
        int(state.transaction_count),
    ])
}

fn small(number: i32) -> Value {
    Value::SmallInt(i16::try_from(number).unwrap_or(i16::MAX))
}

static CONNECTIONS: &[ViewColumn] = &[
    null("session_id", INT),
    null("most_recent_session_id", INT),
    not_null("connect_time", DATETIME),
    not_null("net_transport", nvarchar(40)),
    null("protocol_type", nvarchar(40)),
    null("protocol_version", INT),
    null("endpoint_id", INT),
    not_null("encrypt_option", nvarchar(40)),
    not_null("auth_scheme", nvarchar(40)),
    not_null("node_affinity", SMALLINT),
    null("num_reads", INT),
    null("num_writes", INT),
    null("last_read", DATETIME),
    null("last_write", DATETIME),
    null("net_packet_size", INT),
    null("client_net_address", SqlType::VarChar(duologue_types::Length::Fixed(48))),
    null("client_tcp_port", INT),
    null("local_net_address", SqlType::VarChar(duologue_types::Length::Fixed(48))),
    null("local_tcp_port", INT),
    not_null("connection_id", GUID),
    null("parent_connection_id", GUID),
    null("most_recent_sql_handle", varbinary(64)),
];

fn connections(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(seen(context, |session| connection(session.state)))
}

fn connection(state: &SessionState) -> Row {
    let connection = &state.connection;
    let address = |address: Option<std::net::SocketAddr>| {
        or_null(address, |address| Value::VarChar(address.ip().to_string().into()))
    };
    let port = |address: Option<std::net::SocketAddr>| or_null(address, |address| int(address.port().into()));
    row([
        int(state.session.0),
        int(state.session.0),
        or_null(Some(connection.connected), Timestamp::to_datetime),
        text("TCP"),
        text("TSQL"),
        int(connection.protocol_version),
        int(4),
        text(if connection.encrypted { "TRUE" } else { "FALSE" }),
        text("SQL"),
        Value::SmallInt(0),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        int(connection.packet_size),
        address(connection.client),
        port(connection.client),
        address(connection.local),
        port(connection.local),
        Value::Guid(connection.id),
        Value::Null,
        Value::Null,
    ])
}
