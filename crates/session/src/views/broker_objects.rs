//! Message types, contracts, queues, services, routes, remote service bindings, priorities.

use duologue_catalog::objects::{ExecuteAs, Queue, SentBy, Validation};
use duologue_catalog::{SchemaObject, Securable};
use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

use super::objects::{object_columns, object_values};
use super::{
    BIT, DATETIME, DESC, INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, binary, bit, code,
    int, not_null, nothing, null, nvarchar, or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("service_message_types", MESSAGE_TYPES, message_types),
    sys(
        "message_type_xml_schema_collection_usages",
        &[not_null("message_type_id", INT), not_null("xml_collection_id", INT)],
        nothing,
    ),
    sys(
        "service_contracts",
        &[binary("name", 128, false), not_null("service_contract_id", INT), null("principal_id", INT)],
        contracts,
    ),
    sys("service_contract_message_usages", CONTRACT_MESSAGES, contract_messages),
    sys("service_queues", QUEUES, queues),
    sys(
        "services",
        &[
            binary("name", 128, false),
            not_null("service_id", INT),
            null("principal_id", INT),
            not_null("service_queue_id", INT),
        ],
        services,
    ),
    sys(
        "service_contract_usages",
        &[not_null("service_id", INT), not_null("service_contract_id", INT)],
        service_contracts,
    ),
    sys(
        "service_queue_usages",
        &[not_null("service_id", INT), not_null("service_queue_id", INT)],
        service_queues,
    ),
    sys("routes", ROUTES, routes),
    sys("remote_service_bindings", BINDINGS, bindings),
    sys("conversation_priorities", PRIORITIES, priorities),
];

static MESSAGE_TYPES: &[ViewColumn] = &[
    binary("name", 128, false),
    not_null("message_type_id", INT),
    null("principal_id", INT),
    not_null("validation", SqlType::Char(2)),
    null("validation_desc", DESC),
    null("xml_collection_id", INT),
];

fn message_types(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let types = context.database.message_types.iter();
    let seen = types.filter(|found| context.sees(Securable::MessageType(found.id)));
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::MessageType>| {
        let (letter, description) = match found.validation {
            Validation::None => ("N", "BINARY"),
            Validation::Empty => ("E", "EMPTY"),
            Validation::WellFormedXml => ("X", "XML"),
        };
        row([
            text(&found.name),
            int(found.id.0),
            int(found.owner.0),
            code(letter, 2),
            text(description),
            Value::Null,
        ])
    };
    Ok(seen.map(shown).collect())
}

fn contracts(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let contracts = context.database.contracts.iter();
    let seen = contracts.filter(|found| context.sees(Securable::Contract(found.id)));
    Ok(seen.map(|found| row([text(&found.name), int(found.id.0), int(found.owner.0)])).collect())
}

static CONTRACT_MESSAGES: &[ViewColumn] = &[
    not_null("service_contract_id", INT),
    not_null("message_type_id", INT),
    not_null("is_sent_by_initiator", BIT),
    not_null("is_sent_by_target", BIT),
];

fn contract_messages(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let contracts = context.database.contracts.iter();
    let seen = contracts.filter(|found| context.sees(Securable::Contract(found.id)));
    let usages = seen.flat_map(|contract| contract.messages.iter().map(|usage| (contract.id, *usage)));
    let shown = usages.map(|(contract, usage)| {
        let by_initiator = matches!(usage.sent_by, SentBy::Initiator | SentBy::Any);
        let by_target = matches!(usage.sent_by, SentBy::Target | SentBy::Any);
        row([int(contract.0), int(usage.message_type.0), bit(by_initiator), bit(by_target)])
    });
    Ok(shown.collect())
}

static QUEUES: &[ViewColumn] = object_columns![
    null("max_readers", SMALLINT),
    null("activation_procedure", nvarchar(776)),
    null("execute_as_principal_id", INT),
    not_null("is_activation_enabled", BIT),
    not_null("is_receive_enabled", BIT),
    not_null("is_enqueue_enabled", BIT),
    not_null("is_retention_enabled", BIT),
    null("is_poison_message_handling_enabled", BIT),
];

fn queues(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let queues = context.database.queues.iter();
    let seen = queues.filter(|found| context.sees(Securable::Object(found.id)));
    Ok(seen.map(queue).collect())
}

fn queue(queue: &std::sync::Arc<Queue>) -> Row {
    let activation = queue.activation.as_ref();
    let execute_as = activation.and_then(|activation| activation.execute_as).map(|who| match who {
        ExecuteAs::Owner => -2,
        ExecuteAs::User(user) => user.0,
    });
    let procedure = activation.and_then(|activation| activation.procedure.as_ref());
    let more = [
        Value::SmallInt(activation.map_or(0, |activation| activation.max_readers)),
        or_null(procedure, text),
        or_null(execute_as, int),
        bit(activation.is_some_and(|activation| activation.enabled)),
        bit(queue.enabled),
        bit(queue.enabled),
        bit(queue.retention),
        bit(queue.poison_message_handling),
    ];
    object_values(&SchemaObject::Queue(queue.clone())).into_iter().chain(more).collect()
}

fn services(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let services = context.database.services.iter();
    let seen = services.filter(|found| context.sees(Securable::Service(found.id)));
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::Service>| {
        row([text(&found.name), int(found.id.0), int(found.owner.0), int(found.queue.0)])
    };
    Ok(seen.map(shown).collect())
}

fn service_contracts(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let services = context.database.services.iter();
    let seen = services.filter(|found| context.sees(Securable::Service(found.id)));
    let usages = seen.flat_map(|service| service.contracts.iter().map(|contract| (service.id, *contract)));
    Ok(usages.map(|(service, contract)| row([int(service.0), int(contract.0)])).collect())
}

fn service_queues(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let services = context.database.services.iter();
    let seen = services.filter(|found| context.sees(Securable::Service(found.id)));
    Ok(seen.map(|found| row([int(found.id.0), int(found.queue.0)])).collect())
}

static ROUTES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("route_id", INT),
    null("principal_id", INT),
    binary("remote_service_name", 256, true),
    null("broker_instance", nvarchar(128)),
    null("lifetime", DATETIME),
    null("address", nvarchar(256)),
    null("mirror_address", nvarchar(256)),
];

fn routes(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let routes = context.database.routes.iter();
    let seen = routes.filter(|found| context.sees(Securable::Route(found.id)));
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::Route>| {
        row([
            text(&found.name),
            int(found.id.0),
            int(found.owner.0),
            or_null(found.remote_service_name.as_ref(), text),
            or_null(found.broker_instance, |instance| text(instance.to_string())),
            or_null(found.expires, |moment| moment.to_datetime()),
            text(&found.address),
            or_null(found.mirror_address.as_ref(), text),
        ])
    };
    Ok(seen.map(shown).collect())
}

static BINDINGS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("remote_service_binding_id", INT),
    null("principal_id", INT),
    binary("remote_service_name", 256, true),
    not_null("service_contract_id", INT),
    null("remote_principal_id", INT),
    not_null("is_anonymous_on", BIT),
];

fn bindings(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let bindings = context.database.remote_service_bindings.iter();
    let seen = bindings.filter(|found| context.sees(Securable::RemoteServiceBinding(found.id)));
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::RemoteServiceBinding>| {
        row([
            text(&found.name),
            int(found.id.0),
            int(found.owner.0),
            text(&found.remote_service_name),
            int(0),
            int(found.remote_principal.0),
            bit(found.anonymous),
        ])
    };
    Ok(seen.map(shown).collect())
}

static PRIORITIES: &[ViewColumn] = &[
    not_null("priority_id", INT),
    not_null("name", SYSNAME),
    null("service_contract_id", INT),
    null("local_service_id", INT),
    binary("remote_service_name", 256, true),
    not_null("priority", TINYINT),
];

/// Priorities have no permissions of their own: who may view the database's definition sees them.
fn priorities(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    if !context.has(duologue_catalog::Permission::ViewDefinition, Securable::Database) {
        return Ok(Vec::new());
    }
    let shown = |found: &std::sync::Arc<duologue_catalog::objects::BrokerPriority>| {
        row([
            int(found.id.0),
            text(&found.name),
            or_null(found.contract, |contract| int(contract.0)),
            or_null(found.local_service, |service| int(service.0)),
            or_null(found.remote_service_name.as_ref(), text),
            tiny(found.level),
        ])
    };
    Ok(context.database.broker_priorities.iter().map(shown).collect())
}
