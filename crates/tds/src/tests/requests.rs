//! Headers, batches, procedure calls, transaction requests.

use duologue_types::{Length, SqlType, Value};

use super::client::{headers, hex, utf16};
use crate::all_headers::QueryNotification;
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::packet::{Message, PacketType, Reset};
use crate::request::{Request, RequestBody};
use crate::rpc::{Argument, Parameter, Procedure, RpcCall, TableColumn, TableValue, WellKnownProcedure};
use crate::transaction_manager::{BeginTransaction, IsolationLevel, TransactionRequest};

fn decode(packet_type: PacketType, payload: Vec<u8>, dialect: Dialect) -> Result<Request, ProtocolError> {
    Request::decode(&Message { packet_type, reset: Reset::No, ignore: false, payload }, dialect)
}

fn calls(body: &str, dialect: Dialect) -> Result<Vec<RpcCall>, ProtocolError> {
    let prefix = if dialect.has_all_headers() { headers(0) } else { Vec::new() };
    match decode(PacketType::Rpc, [prefix, hex(body)].concat(), dialect)?.body {
        RequestBody::Rpc(calls) => Ok(calls),
        other => panic!("{other:?}"),
    }
}

fn scalar(name: &str, sql_type: SqlType, value: Value) -> Parameter {
    let argument = Argument::Scalar { sql_type, value };
    Parameter { name: name.into(), by_reference: false, use_default: false, argument }
}

#[test]
fn batches_with_and_without_headers() {
    let request =
        decode(PacketType::SqlBatch, [headers(7), utf16("SELECT 1")].concat(), Dialect::V74).unwrap();
    assert_eq!(request.transaction_descriptor, Some(7));
    assert_eq!(request.body, RequestBody::Batch("SELECT 1".into()));
    let request = decode(PacketType::SqlBatch, utf16("SELECT 1"), Dialect::V71).unwrap();
    assert_eq!(request.transaction_descriptor, None);
    assert_eq!(request.body, RequestBody::Batch("SELECT 1".into()));
}

#[test]
fn query_notifications() {
    let notification = "1c000000 18000000 0100 0400 61003b00 0400 73003d00 0a000000";
    let mut payload = hex(notification);
    payload[0] = payload.len() as u8;
    payload[4] = payload.len() as u8 - 4;
    let request = decode(PacketType::SqlBatch, payload, Dialect::V74).unwrap();
    let expected = QueryNotification { notify_id: "a;".into(), deployment: "s=".into(), timeout: Some(10) };
    assert_eq!(request.query_notification, Some(expected));
}

#[test]
fn bad_headers_are_errors() {
    for payload in
        ["03000000", "ff000000 00", "0a000000 03000000 0200", "0a000000 06000000 0200", "04000000 61"]
    {
        assert!(decode(PacketType::SqlBatch, hex(payload), Dialect::V74).is_err(), "{payload}");
    }
}

#[test]
fn sp_executesql_by_number() {
    let body = "ffff 0a00 0200
        | 00 00 e7 401f 0904d00034 0200 7800
        | 02 40006100 01 2604 00
        | 00 02 e7 ffff 0904d00034 ffffffffffffffff";
    let text = Value::NVarChar("x".into());
    let expected = RpcCall {
        procedure: Procedure::WellKnown(WellKnownProcedure::ExecuteSql),
        recompile: false,
        no_execute: false,
        parameters: vec![
            scalar("", SqlType::NVarChar(Length::Fixed(4000)), text),
            Parameter { by_reference: true, ..scalar("@a", SqlType::Int, Value::Null) },
            Parameter { use_default: true, ..scalar("", SqlType::NVARCHAR_MAX, Value::Null) },
        ],
    };
    assert_eq!(calls(body, Dialect::V74), Ok(vec![expected]));
}

#[test]
fn several_calls_in_one_message() {
    let execute = "ffff 0c00 0000 00 00 2604 04 01000000";
    let named = "0200 70003100 0100";
    let many = calls(&format!("{execute} ff {execute} fe {named}"), Dialect::V74).unwrap();
    assert_eq!(many.iter().map(|call| call.no_execute).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(many[2].procedure, Procedure::Named("p1".into()));
    assert!(many[2].recompile && many[2].parameters.is_empty());
    // A separator at the end begins nothing.
    assert_eq!(calls(&format!("{execute} ff"), Dialect::V74).unwrap().len(), 1);
    let old = calls(&format!("{execute} 80 {execute}"), Dialect::V71).unwrap();
    assert_eq!(old.len(), 2);
}

#[test]
fn table_valued_parameters() {
    let body = "0100 7000 0000 | 02 40007400 00 f3 00 03 640062006f00 01 7400
        | 0300 | 00000000 0000 2604 00 | 00000000 0000 e7 0400 0904d00034 00 | 00000000 0002 2601 00
        | 10 0100 0100 01 | 00 | 01 04 01000000 0200 7800 | 01 00 ffff | 00
        | 00 00 2604 04 02000000";
    let column = |sql_type, use_default| TableColumn { name: String::new(), sql_type, use_default };
    let table = TableValue {
        schema: "dbo".into(),
        type_name: "t".into(),
        columns: vec![
            column(SqlType::Int, false),
            column(SqlType::NVarChar(Length::Fixed(2)), false),
            column(SqlType::TinyInt, true),
        ],
        rows: vec![
            vec![Value::Int(1), Value::NVarChar("x".into()), Value::Null],
            vec![Value::Null, Value::Null, Value::Null],
        ],
    };
    let parameters = calls(body, Dialect::V74).unwrap().remove(0).parameters;
    assert_eq!(parameters[0].argument, Argument::Table(table));
    assert_eq!(parameters[1], scalar("", SqlType::Int, Value::Int(2)));
    let default = calls("0100 7000 0000 | 00 02 f3 00 00 01 7400 ffff 00 00", Dialect::V74).unwrap();
    let empty = TableValue { type_name: "t".into(), ..TableValue::default() };
    assert_eq!(default[0].parameters[0].argument, Argument::Table(empty));
}

#[test]
fn bad_calls_are_errors() {
    let unknown_type = ProtocolError::UnknownParameterType { ordinal: 2, name: "@a".into(), kind: 0x99 };
    for (body, error) in [
        ("ffff 1000 0000", ProtocolError::Malformed("no procedure has that number")),
        ("1704", ProtocolError::Malformed("a procedure's name is too long")),
        ("0100 7000 0000 00 00 1f 02 40006100 00 99", unknown_type),
        ("0100 7000 0000 00 08 1f", ProtocolError::Unsupported("an encrypted parameter")),
        ("0100 7000 0000 00 00 f0", ProtocolError::Unsupported("a CLR type")),
        ("0100 7000 0000 00 00 2604 04 0100", ProtocolError::Truncated),
    ] {
        assert_eq!(calls(body, Dialect::V74), Err(error), "{body}");
    }
    let too_many = format!("0100 7000 0000 {}", "00 00 1f ".repeat(2101));
    assert_eq!(calls(&too_many, Dialect::V74), Err(ProtocolError::TooManyParameters(2100)));
    assert_eq!(ProtocolError::TooManyParameters(2100).to_sql_error().number, 8003);
    let error = calls("0100 7000 0000 02 40006100 00 99", Dialect::V74).unwrap_err().to_sql_error();
    assert_eq!(error.number, 8009);
    assert!(error.text.contains("Parameter 1 (\"@a\"): Data type 0x99 is unknown"), "{}", error.text);
}

#[test]
fn rows_without_columns_are_counted() {
    let body = format!("0100 7000 0000 00 00 f3 00 00 00 ffff 00 {} 00", "01".repeat(5_000_000));
    assert_eq!(calls(&body, Dialect::V74), Err(ProtocolError::Malformed("a request has too many values")));
}

#[test]
fn well_known_names() {
    assert_eq!(WellKnownProcedure::from_name("SP_PrepExec"), Some(WellKnownProcedure::PrepExec));
    assert_eq!(WellKnownProcedure::from_name("sp_help"), None);
}

#[test]
fn transaction_requests() {
    let begin = BeginTransaction { isolation: IsolationLevel::ReadCommitted, name: String::new() };
    let next = Some(BeginTransaction { isolation: IsolationLevel::Unspecified, name: String::new() });
    for (body, expected) in [
        ("0500 02 00", TransactionRequest::Begin(begin)),
        ("0700 00 01 00 00", TransactionRequest::Commit { name: String::new(), next: next.clone() }),
        ("0800 02 7300 00", TransactionRequest::Rollback { name: "s".into(), next: None }),
        ("0900 02 7300", TransactionRequest::Save { name: "s".into() }),
    ] {
        let payload = [headers(1), hex(body)].concat();
        let request = decode(PacketType::TransactionManager, payload, Dialect::V74).unwrap();
        assert_eq!(request.body, RequestBody::TransactionManager(expected), "{body}");
    }
    for body in ["0500 06 00", "0000 0000", "0600", "0a00", "0700 00", "0900 02 7300 00", "0900 01 73"] {
        let payload = [headers(1), hex(body)].concat();
        assert!(decode(PacketType::TransactionManager, payload, Dialect::V74).is_err(), "{body}");
    }
}

#[test]
fn bulk_load_is_refused() {
    let error = decode(PacketType::BulkLoad, hex("8101"), Dialect::V74).unwrap_err();
    assert_eq!(error, ProtocolError::Unsupported("bulk load"));
}
