//! A queue as a table, for SELECT and RECEIVE.

use std::sync::{Arc, LazyLock};

use duologue_catalog::Database;
use duologue_types::{Collation, Length, SqlType, Value};

use super::plan::Row;
use super::scope::Column;
use super::snapshot::QueueMessage;

/// The columns of every queue, in order.
pub fn queue_columns() -> Arc<[Column]> {
    static COLUMNS: LazyLock<Arc<[Column]>> = LazyLock::new(|| columns().into());
    COLUMNS.clone()
}

fn columns() -> Vec<Column> {
    let name_type = SqlType::NVarChar(Length::Fixed(256));
    let column = |name: &'static str, sql_type, nullable| Column::new(name, sql_type, nullable);
    // Names that travel between brokers compare by their bytes.
    let name = |name: &'static str, sql_type| Column {
        collation: Collation::Binary,
        ..column(name, sql_type, true)
    };
    vec![
        column("status", SqlType::TinyInt, false),
        column("priority", SqlType::TinyInt, false),
        column("queuing_order", SqlType::BigInt, false),
        column("conversation_group_id", SqlType::UniqueIdentifier, false),
        column("conversation_handle", SqlType::UniqueIdentifier, false),
        column("message_sequence_number", SqlType::BigInt, false),
        name("service_name", SqlType::NVarChar(Length::Fixed(512))),
        column("service_id", SqlType::Int, false),
        name("service_contract_name", name_type),
        column("service_contract_id", SqlType::Int, false),
        name("message_type_name", name_type),
        column("message_type_id", SqlType::Int, false),
        column("validation", SqlType::NChar(2), false),
        column("message_body", SqlType::VARBINARY_MAX, true),
        column("message_enqueue_time", SqlType::DateTime, true),
    ]
}

/// `validation` as `nchar(2)`.
fn validation(letter: char) -> Arc<str> {
    static ONES: LazyLock<[(char, Arc<str>); 3]> =
        LazyLock::new(|| [('N', "N ".into()), ('E', "E ".into()), ('X', "X ".into())]);
    let known = ONES.iter().find(|(known, _)| *known == letter);
    known.map_or_else(|| format!("{letter} ").into(), |(_, text)| text.clone())
}

/// One message as a row of [`queue_columns`]. Names are those that the database has for the ids now.
pub fn queue_row(message: &QueueMessage, database: &Database) -> Row {
    let name = |name: Option<&str>| name.map_or(Value::Null, |name| Value::NVarChar(name.into()));
    let service = database.services.get(message.service.0);
    let contract = database.contracts.get(message.contract.0);
    vec![
        Value::TinyInt(message.status),
        Value::TinyInt(message.priority),
        Value::BigInt(message.queuing_order),
        Value::Guid(message.group.0),
        Value::Guid(message.handle.0),
        Value::BigInt(message.sequence),
        name(service.map(|service| service.name.as_str())),
        Value::Int(message.service.0),
        name(contract.map(|contract| contract.name.as_str())),
        Value::Int(message.contract.0),
        Value::NVarChar(message.message_type_name.clone()),
        Value::Int(message.message_type.0),
        Value::NVarChar(validation(message.validation)),
        message.body.clone().map_or(Value::Null, Value::VarBinary),
        message.enqueued.to_datetime(),
    ]
}
