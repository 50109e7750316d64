//! Endpoints: those of T-SQL that every instance has, and the broker's.

use duologue_catalog::Securable;
use duologue_catalog::objects::{Authentication, Endpoint, EndpointEncryption, EndpointState};
use duologue_messages::SqlError;
use duologue_types::Value;

use super::{
    BIT, DESC, INT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, bit, int, not_null, null, nvarchar,
    or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;

macro_rules! endpoint_columns {
    ($($more:expr,)*) => {
        &[
            not_null("name", SYSNAME),
            not_null("endpoint_id", INT),
            null("principal_id", INT),
            not_null("protocol", TINYINT),
            null("protocol_desc", DESC),
            not_null("type", TINYINT),
            null("type_desc", DESC),
            null("state", TINYINT),
            null("state_desc", DESC),
            not_null("is_admin_endpoint", BIT),
            $($more,)*
        ]
    };
}

pub(super) static VIEWS: &[View] = &[
    sys("endpoints", ENDPOINTS, endpoints),
    sys("tcp_endpoints", TCP_ENDPOINTS, tcp_endpoints),
    sys("service_broker_endpoints", BROKER_ENDPOINTS, broker_endpoints),
];

static ENDPOINTS: &[ViewColumn] = endpoint_columns![];

static TCP_ENDPOINTS: &[ViewColumn] = endpoint_columns![
    not_null("port", INT),
    not_null("is_dynamic_port", BIT),
    null("ip_address", nvarchar(45)),
];

static BROKER_ENDPOINTS: &[ViewColumn] = endpoint_columns![
    not_null("is_message_forwarding_enabled", BIT),
    not_null("message_forwarding_size", INT),
    not_null("connection_auth", TINYINT),
    null("connection_auth_desc", DESC),
    not_null("certificate_id", INT),
    not_null("encryption_algorithm", TINYINT),
    null("encryption_algorithm_desc", DESC),
];

/// Name, id, protocol with its name, whether it is the administrator's.
const SYSTEM: [(&str, i32, u8, &str, bool); 5] = [
    ("Dedicated Admin Connection", 1, 2, "TCP", true),
    ("TSQL Local Machine", 2, 4, "SHARED_MEMORY", false),
    ("TSQL Named Pipes", 3, 3, "NAMED_PIPES", false),
    ("TSQL Default TCP", 4, 2, "TCP", false),
    ("TSQL Default VIA", 5, 5, "VIA", false),
];

fn system_endpoint((name, id, protocol, protocol_name, is_admin): (&str, i32, u8, &str, bool)) -> Row {
    row([
        text(name),
        int(id),
        int(1),
        tiny(protocol),
        text(protocol_name),
        tiny(2),
        text("TSQL"),
        tiny(0),
        text("STARTED"),
        bit(is_admin),
    ])
}

fn endpoint_values(endpoint: &Endpoint) -> Row {
    let (state, description) = match endpoint.state {
        EndpointState::Started => (0, "STARTED"),
        EndpointState::Stopped => (1, "STOPPED"),
        EndpointState::Disabled => (2, "DISABLED"),
    };
    row([
        text(&endpoint.name),
        int(endpoint.id.0),
        int(endpoint.owner.0),
        tiny(2),
        text("TCP"),
        tiny(3),
        text("SERVICE_BROKER"),
        tiny(state),
        text(description),
        bit(false),
    ])
}

fn visible<'a>(context: &'a ViewContext<'_>) -> impl Iterator<Item = &'a Endpoint> {
    let endpoints = context.catalog().server.endpoints.iter().map(|found| &**found);
    endpoints.filter(|found| context.sees(Securable::Endpoint(found.id)))
}

fn endpoints(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(SYSTEM.into_iter().map(system_endpoint).chain(visible(context).map(endpoint_values)).collect())
}

fn tcp_endpoints(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let port_of = |name: &str| match context.query.session.connection.local {
        Some(local) if name == "TSQL Default TCP" => int(local.port().into()),
        _ => int(0),
    };
    let system = SYSTEM.into_iter().filter(|(_, _, protocol, ..)| *protocol == 2);
    let mut rows: Vec<Row> = system
        .map(|facts| {
            let more = [port_of(facts.0), bit(facts.0 != "TSQL Default TCP"), Value::Null];
            system_endpoint(facts).into_iter().chain(more).collect()
        })
        .collect();
    rows.extend(visible(context).map(|endpoint| {
        let more = [int(endpoint.port.into()), bit(false), or_null(endpoint.ip.as_ref(), text)];
        endpoint_values(endpoint).into_iter().chain(more).collect()
    }));
    Ok(rows)
}

fn broker_endpoints(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |endpoint: &Endpoint| {
        let Authentication::Certificate(certificate) = endpoint.authentication;
        let (algorithm, description) = match endpoint.encryption {
            EndpointEncryption::Disabled => (0, "NONE"),
            EndpointEncryption::Required => (2, "AES"),
            EndpointEncryption::Supported => (4, "NONE, AES"),
        };
        let more = [
            bit(endpoint.message_forwarding),
            int(endpoint.message_forward_size),
            tiny(4),
            text("CERTIFICATE"),
            int(certificate.0),
            tiny(algorithm),
            text(description),
        ];
        endpoint_values(endpoint).into_iter().chain(more).collect()
    };
    Ok(visible(context).map(shown).collect())
}
