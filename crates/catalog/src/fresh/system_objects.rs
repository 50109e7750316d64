//! Message types, contracts, queues and services of every database, under both spellings of their names.
//!
//! The product's names begin with `http://`; a bulk edit of the documentation reached some scripts, whose names
//! begin with `https://`. Names compare by bytes, so both exist; `https` ids are the documented ones plus 100.

use duologue_types::{ContractId, MessageTypeId, ObjectId, ServiceId, Timestamp};

use super::{DBO, DBO_SCHEMA};
use crate::ids::SYSTEM_OBJECT_IDS;
use crate::objects::{Contract, ContractMessage, MessageType, Queue, SentBy, Service, Validation};

/// What the id of the `https` twin adds.
const HTTPS_OFFSET: i32 = 100;

/// `http://schemas.microsoft.com/SQL/…` and `https://…` with the offset of their ids.
const SPELLINGS: [(&str, i32); 2] = [("http", 0), ("https", HTTPS_OFFSET)];

const MESSAGE_TYPES: [(i32, &str, Validation); 13] = [
    (1, "ServiceBroker/Error", Validation::WellFormedXml),
    (2, "ServiceBroker/EndDialog", Validation::Empty),
    (3, "Notifications/QueryNotification", Validation::WellFormedXml),
    (4, "Notifications/EventNotification", Validation::WellFormedXml),
    (5, "ServiceBroker/DialogTimer", Validation::Empty),
    (6, "ServiceBroker/BrokerConfigurationNotice/MissingRoute", Validation::WellFormedXml),
    (7, "ServiceBroker/BrokerConfigurationNotice/FailedRoute", Validation::WellFormedXml),
    (8, "ServiceBroker/BrokerConfigurationNotice/MissingRemoteServiceBinding", Validation::WellFormedXml),
    (9, "ServiceBroker/BrokerConfigurationNotice/FailedRemoteServiceBinding", Validation::WellFormedXml),
    (10, "ServiceBroker/ServiceEcho/Echo", Validation::None),
    (11, "ServiceBroker/ServiceDiagnostic/Query", Validation::WellFormedXml),
    (12, "ServiceBroker/ServiceDiagnostic/Status", Validation::WellFormedXml),
    (13, "ServiceBroker/ServiceDiagnostic/Description", Validation::None),
];

/// Id, name, message types with their senders.
type SystemContract = (i32, &'static str, &'static [(i32, SentBy)]);

const CONTRACTS: [SystemContract; 5] = [
    (1, "Notifications/PostQueryNotification", &[(3, SentBy::Initiator)]),
    (2, "Notifications/PostEventNotification", &[(4, SentBy::Initiator)]),
    (
        3,
        "ServiceBroker/BrokerConfigurationNotice",
        &[(6, SentBy::Initiator), (7, SentBy::Initiator), (8, SentBy::Initiator), (9, SentBy::Initiator)],
    ),
    (4, "ServiceBroker/ServiceEcho", &[(10, SentBy::Any)]),
    (
        5,
        "ServiceBroker/ServiceDiagnostic",
        &[(11, SentBy::Initiator), (12, SentBy::Target), (13, SentBy::Target)],
    ),
];

/// Service id, name, and the queue at the same place of [`QUEUES`].
const SERVICES: [(i32, &str); 3] = [
    (1, "Notifications/QueryNotificationService"),
    (2, "Notifications/EventNotificationService"),
    (3, "ServiceBroker/ServiceBroker"),
];

const QUEUES: [&str; 3] =
    ["QueryNotificationErrorsQueue", "EventNotificationErrorsQueue", "ServiceBrokerQueue"];

/// `DEFAULT` has one spelling; as message type it is 14, as contract 6.
const DEFAULT_MESSAGE_TYPE: MessageTypeId = MessageTypeId(14);

fn system_name(scheme: &str, path: &str) -> String {
    format!("{scheme}://schemas.microsoft.com/SQL/{path}")
}

pub(super) fn message_types() -> Vec<MessageType> {
    let mut all = Vec::new();
    for (scheme, offset) in SPELLINGS {
        all.extend(MESSAGE_TYPES.map(|(id, path, validation)| MessageType {
            id: MessageTypeId(id + offset),
            name: system_name(scheme, path),
            owner: DBO,
            validation,
        }));
    }
    all.push(MessageType {
        id: DEFAULT_MESSAGE_TYPE,
        name: "DEFAULT".into(),
        owner: DBO,
        validation: Validation::None,
    });
    all
}

pub(super) fn contracts() -> Vec<Contract> {
    let usage = |id, sent_by| ContractMessage { message_type: MessageTypeId(id), sent_by };
    let mut all = Vec::new();
    for (scheme, offset) in SPELLINGS {
        all.extend(CONTRACTS.map(|(id, path, messages)| Contract {
            id: ContractId(id + offset),
            name: system_name(scheme, path),
            owner: DBO,
            messages: messages.iter().map(|(message, sent_by)| usage(message + offset, *sent_by)).collect(),
        }));
    }
    let messages = vec![usage(DEFAULT_MESSAGE_TYPE.0, SentBy::Any)];
    all.push(Contract { id: ContractId(6), name: "DEFAULT".into(), owner: DBO, messages });
    all
}

pub(super) fn queues(created: Timestamp) -> Vec<Queue> {
    let queue = |(name, id): (&&str, i32)| Queue {
        id: ObjectId(id),
        name: (*name).into(),
        schema: DBO_SCHEMA,
        owner: None,
        enabled: true,
        retention: false,
        poison_message_handling: true,
        activation: None,
        created,
        modified: created,
        is_system: true,
    };
    QUEUES.iter().zip(SYSTEM_OBJECT_IDS).map(queue).collect()
}

pub(super) fn services() -> Vec<Service> {
    let mut all = Vec::new();
    for (scheme, offset) in SPELLINGS {
        for ((id, path), queue) in SERVICES.into_iter().zip(SYSTEM_OBJECT_IDS) {
            all.push(Service {
                id: ServiceId(id + offset),
                name: system_name(scheme, path),
                owner: DBO,
                queue: ObjectId(queue),
                contracts: Vec::new(),
            });
        }
    }
    all
}
