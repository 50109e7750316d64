//! Conversations, the transmission queue, and the broker's dynamic management views.

use duologue_catalog::{Permission, Securable};
use duologue_messages::SqlError;
use duologue_types::{Length, ServiceId, SqlType, Timestamp, Value};

use super::{
    BIGINT, BIT, DATETIME, DESC, GUID, INT, SMALLINT, TINYINT, View, ViewColumn, ViewContext, binary, bit,
    code, int, not_null, nothing, null, nvarchar, or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;
use crate::query::{BrokerConnection, ConversationEndpoint, TransmissionMessage};

pub(super) static VIEWS: &[View] = &[
    sys("conversation_endpoints", ENDPOINTS, endpoints),
    sys(
        "conversation_groups",
        &[not_null("conversation_group_id", GUID), not_null("service_id", INT), null("is_system", BIT)],
        groups,
    ),
    sys("transmission_queue", TRANSMISSION_QUEUE, transmission_queue),
    server_state("dm_broker_connections", CONNECTIONS, |context| {
        Ok(context.query.snapshot.broker_connections().into_iter().map(connection).collect())
    }),
    server_state("dm_broker_queue_monitors", QUEUE_MONITORS, queue_monitors),
    server_state("dm_broker_activated_tasks", ACTIVATED_TASKS, activated_tasks),
    server_state("dm_broker_forwarded_messages", FORWARDED_MESSAGES, nothing),
];

/// A view that needs VIEW SERVER STATE.
pub(super) const fn server_state(
    name: &'static str,
    columns: &'static [ViewColumn],
    rows: fn(&ViewContext<'_>) -> Result<Vec<Row>, SqlError>,
) -> View {
    View { permission: Some(Permission::ViewServerState), ..sys(name, columns, rows) }
}

/// Conversations belong to whom their service is visible to, and to the owner of the database.
fn sees_service(context: &ViewContext<'_>, service: ServiceId) -> bool {
    context.sees(Securable::Service(service)) || context.catalog().is_database_owner(context.security)
}

static ENDPOINTS: &[ViewColumn] = &[
    not_null("conversation_handle", GUID),
    not_null("conversation_id", GUID),
    not_null("is_initiator", TINYINT),
    not_null("service_contract_id", INT),
    not_null("conversation_group_id", GUID),
    not_null("service_id", INT),
    not_null("lifetime", DATETIME),
    not_null("state", SqlType::Char(2)),
    null("state_desc", DESC),
    binary("far_service", 256, false),
    null("far_broker_instance", nvarchar(128)),
    not_null("principal_id", INT),
    not_null("far_principal_id", INT),
    not_null("outbound_session_key_identifier", GUID),
    not_null("inbound_session_key_identifier", GUID),
    not_null("security_timestamp", DATETIME),
    not_null("dialog_timer", DATETIME),
    not_null("send_sequence", BIGINT),
    not_null("last_send_tran_id", SqlType::Binary(6)),
    not_null("end_dialog_sequence", BIGINT),
    not_null("receive_sequence", BIGINT),
    not_null("receive_sequence_frag", INT),
    not_null("system_sequence", BIGINT),
    not_null("first_out_of_order_sequence", BIGINT),
    not_null("last_out_of_order_sequence", BIGINT),
    not_null("last_out_of_order_frag", INT),
    not_null("is_system", BIT),
    not_null("priority", TINYINT),
];

fn endpoints(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = context.query.snapshot.conversation_endpoints(context.database.settings.id);
    Ok(all.iter().filter(|found| sees_service(context, found.service)).map(endpoint).collect())
}

fn endpoint(endpoint: &ConversationEndpoint) -> Row {
    row([
        Value::Guid(endpoint.handle.0),
        Value::Guid(endpoint.conversation.0),
        tiny(endpoint.is_initiator.into()),
        int(endpoint.contract.0),
        Value::Guid(endpoint.group.0),
        int(endpoint.service.0),
        endpoint.expires.to_datetime(),
        code(endpoint.state, 2),
        text(endpoint.state_description),
        text(&endpoint.far_service),
        or_null(endpoint.far_broker_instance, |instance| text(instance.to_string())),
        int(endpoint.principal.0),
        int(endpoint.far_principal.0),
        Value::Guid(endpoint.outbound_session_key),
        Value::Guid(endpoint.inbound_session_key),
        endpoint.security_timestamp.to_datetime(),
        endpoint.dialog_timer.unwrap_or(Timestamp::NONE).to_datetime(),
        Value::BigInt(endpoint.send_sequence),
        Value::varbinary(vec![0; 6]),
        Value::BigInt(endpoint.end_dialog_sequence),
        Value::BigInt(endpoint.receive_sequence),
        int(endpoint.receive_sequence_fragment),
        Value::BigInt(0),
        Value::BigInt(endpoint.first_out_of_order),
        Value::BigInt(endpoint.last_out_of_order),
        int(endpoint.last_out_of_order_fragment),
        bit(endpoint.is_system),
        tiny(endpoint.priority),
    ])
}

fn groups(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = context.query.snapshot.conversation_groups(context.database.settings.id);
    let seen = all.iter().filter(|group| sees_service(context, group.service));
    Ok(seen
        .map(|group| row([Value::Guid(group.group.0), int(group.service.0), bit(group.is_system)]))
        .collect())
}

static TRANSMISSION_QUEUE: &[ViewColumn] = &[
    not_null("conversation_handle", GUID),
    binary("to_service_name", 256, true),
    null("to_broker_instance", nvarchar(128)),
    binary("from_service_name", 256, true),
    binary("service_contract_name", 256, true),
    not_null("enqueue_time", DATETIME),
    not_null("message_sequence_number", BIGINT),
    binary("message_type_name", 256, true),
    not_null("is_conversation_error", BIT),
    not_null("is_end_of_dialog", BIT),
    null("message_body", SqlType::VARBINARY_MAX),
    null("transmission_status", nvarchar(4000)),
    not_null("priority", TINYINT),
];

fn transmission_queue(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = context.query.snapshot.transmission_queue(context.database.settings.id)?;
    let seen = all.into_iter().filter(|message| sees_service(context, message.service));
    Ok(seen.map(|message| transmission(context, message)).collect())
}

fn transmission(context: &ViewContext<'_>, message: TransmissionMessage) -> Row {
    let service = context.database.services.get(message.service.0);
    let contract = context.database.contracts.get(message.contract.0);
    row([
        Value::Guid(message.handle.0),
        text(&message.to_service),
        or_null(message.to_broker_instance, |instance| text(instance.to_string())),
        or_null(service, |service| text(&service.name)),
        or_null(contract, |contract| text(&contract.name)),
        message.enqueued.to_datetime(),
        Value::BigInt(message.sequence),
        text(&message.message_type_name),
        bit(message.is_error),
        bit(message.is_end),
        or_null(message.body, Value::VarBinary),
        text(&message.status),
        tiny(message.priority),
    ])
}

static CONNECTIONS: &[ViewColumn] = &[
    null("connection_id", GUID),
    null("transport_stream_id", GUID),
    null("state", SMALLINT),
    null("state_desc", DESC),
    null("connect_time", DATETIME),
    null("login_time", DATETIME),
    null("authentication_method", nvarchar(128)),
    null("principal_name", nvarchar(128)),
    null("remote_user_name", nvarchar(128)),
    null("last_activity_time", DATETIME),
    null("is_accept", BIT),
    null("login_state", SMALLINT),
    null("login_state_desc", DESC),
    null("peer_certificate_id", INT),
    null("encryption_algorithm", SMALLINT),
    null("encryption_algorithm_desc", DESC),
    null("receives_posted", SMALLINT),
    null("is_receive_flow_controlled", BIT),
    null("sends_posted", SMALLINT),
    null("is_send_flow_controlled", BIT),
    null("total_bytes_sent", BIGINT),
    null("total_bytes_received", BIGINT),
    null("total_fragments_sent", BIGINT),
    null("total_fragments_received", BIGINT),
    null("total_sends", BIGINT),
    null("total_receives", BIGINT),
    null("peer_arbitration_id", GUID),
];

fn connection(connection: BrokerConnection) -> Row {
    let moment = |moment: Option<Timestamp>| or_null(moment, Timestamp::to_datetime);
    row([
        Value::Guid(connection.connection_id),
        Value::Guid(connection.transport_stream_id),
        Value::SmallInt(connection.state),
        text(connection.state_desc),
        moment(connection.connect_time),
        moment(connection.login_time),
        text(connection.authentication_method),
        text(connection.principal_name),
        text(connection.remote_user_name),
        moment(connection.last_activity_time),
        bit(connection.is_accept),
        Value::SmallInt(connection.login_state),
        text(connection.login_state_desc),
        int(connection.peer_certificate_id),
        Value::SmallInt(connection.encryption_algorithm),
        text(connection.encryption_algorithm_desc),
        Value::SmallInt(connection.receives_posted),
        bit(connection.is_receive_flow_controlled),
        Value::SmallInt(connection.sends_posted),
        bit(connection.is_send_flow_controlled),
        Value::BigInt(connection.total_bytes_sent),
        Value::BigInt(connection.total_bytes_received),
        Value::BigInt(connection.total_fragments_sent),
        Value::BigInt(connection.total_fragments_received),
        Value::BigInt(connection.total_sends),
        Value::BigInt(connection.total_receives),
        Value::Guid(connection.peer_arbitration_id),
    ])
}

static QUEUE_MONITORS: &[ViewColumn] = &[
    null("database_id", INT),
    null("queue_id", INT),
    null("state", nvarchar(32)),
    null("last_empty_rowset_time", DATETIME),
    null("last_activated_time", DATETIME),
    null("tasks_waiting", INT),
];

fn queue_monitors(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |monitor: crate::query::QueueMonitor| {
        row([
            int(monitor.database.0),
            int(monitor.queue.0),
            text(monitor.state),
            or_null(monitor.last_empty_rowset, Timestamp::to_datetime),
            or_null(monitor.last_activated, Timestamp::to_datetime),
            int(monitor.tasks_waiting),
        ])
    };
    Ok(context.query.snapshot.queue_monitors().into_iter().map(shown).collect())
}

static ACTIVATED_TASKS: &[ViewColumn] = &[
    null("spid", INT),
    null("database_id", SMALLINT),
    null("queue_id", INT),
    null("procedure_name", nvarchar(650)),
    null("execute_as", INT),
];

fn activated_tasks(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |task: crate::query::ActivatedTask| {
        row([
            int(task.session.0),
            Value::SmallInt(i16::try_from(task.database.0).unwrap_or(i16::MAX)),
            int(task.queue.0),
            text(task.procedure),
            int(task.execute_as.0),
        ])
    };
    Ok(context.query.snapshot.activated_tasks().into_iter().map(shown).collect())
}

static FORWARDED_MESSAGES: &[ViewColumn] = &[
    null("conversation_id", GUID),
    null("is_initiator", BIT),
    null("to_service_name", SqlType::NVarChar(Length::Fixed(512))),
    null("to_broker_instance", SqlType::NVarChar(Length::Fixed(512))),
    null("from_service_name", SqlType::NVarChar(Length::Fixed(512))),
    null("from_broker_instance", SqlType::NVarChar(Length::Fixed(512))),
    null("adjacent_broker_address", SqlType::NVarChar(Length::Fixed(512))),
    null("message_sequence_number", BIGINT),
    null("message_fragment_number", INT),
    null("hops_remaining", TINYINT),
    null("time_to_live", INT),
    not_null("time_consumed", INT),
    null("message_id", GUID),
];
