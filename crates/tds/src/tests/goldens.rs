//! Byte vectors that real clients accept.

use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

use super::client::{hex, messages, utf16};
use crate::collation::Collation;
use crate::dialect::Dialect;
use crate::prelogin::{Encryption, EncryptionPolicy, Prelogin, ServerVersion};
use crate::response::{Response, ResponseSettings};
use crate::tls::TlsMode;
use crate::token::{Column, Done, EnvChange, ReturnValue, command};

fn response(dialect: Dialect) -> Response {
    Response::new(ResponseSettings { dialect, packet_size: 4096, spid: 51, server_name: Arc::from("STUB") })
}

fn payload(response: Response) -> Vec<u8> {
    messages(&response.finish()).remove(0).payload
}

/// The payload of a response that `build` fills, against hexadecimal digits.
fn check(dialect: Dialect, expected: &str, build: impl FnOnce(&mut Response)) {
    let mut response = response(dialect);
    build(&mut response);
    assert_eq!(payload(response), hex(expected));
}

fn divide_by_zero() -> SqlError {
    SqlError {
        number: 8134,
        severity: 16,
        state: 1,
        line: 1,
        procedure: String::new(),
        text: "Divide by zero error encountered.".into(),
    }
}

#[test]
fn prelogin_reply() {
    let request =
        "00 001a 0006 01 0020 0001 02 0021 0001 03 0022 0000 04 0022 0001 ff | 0b00 0c38 0000 01 00 01";
    let prelogin = Prelogin::decode(&hex(request)).unwrap();
    assert_eq!((prelogin.encryption, prelogin.mars), (Encryption::On, true));
    assert_eq!(prelogin.version, [0x0b, 0, 0x0c, 0x38, 0, 0]);
    let (encryption, tls) = EncryptionPolicy::Unavailable.negotiate(prelogin.encryption);
    assert_eq!(tls, None);
    let reply =
        "00 001a 0006 01 0020 0001 02 0021 0001 03 0022 0000 04 0022 0001 ff | 10 00 10 27 00 00  02  00  00";
    assert_eq!(prelogin.reply(ServerVersion::default(), encryption), hex(reply));
}

#[test]
fn prelogin_reply_with_federated_authentication() {
    let prelogin = Prelogin::decode(&hex("00 000b 0006 06 0011 0001 ff | 000000000000 01")).unwrap();
    assert_eq!(prelogin.fed_auth_required, Some(true));
    let reply = "00 001f 0006 01 0025 0001 02 0026 0001 03 0027 0000 04 0027 0001 06 0028 0001 ff
        | 10 00 10 27 00 00  00  00  00  00";
    assert_eq!(prelogin.reply(ServerVersion::default(), Encryption::Off), hex(reply));
}

#[test]
fn encryption_matrix() {
    use Encryption::{NotSupported, Off, On, Required};
    let everything = Some(TlsMode::InBand { login_only: false });
    let login_only = Some(TlsMode::InBand { login_only: true });
    for (policy, replies) in [
        (
            EncryptionPolicy::Optional,
            [(Off, login_only), (On, everything), (NotSupported, None), (On, everything)],
        ),
        (
            EncryptionPolicy::Required,
            [(Required, everything), (On, everything), (Required, everything), (On, everything)],
        ),
        (EncryptionPolicy::Unavailable, [(NotSupported, None); 4]),
    ] {
        for (client, reply) in [Off, On, NotSupported, Required].into_iter().zip(replies) {
            assert_eq!(policy.negotiate(client), reply, "{policy:?} {client:?}");
        }
    }
}

#[test]
fn select_one() {
    let expected = "81 0100 00000000 0900 2604 00 | d1 04 01000000 | fd 1000 c100 0100000000000000";
    check(Dialect::V74, expected, |response| {
        response.columns(&[Column::new("", SqlType::Int)]);
        response.row(&[Value::Int(1)]).unwrap();
        response.done(Done::statement(command::SELECT, Some(1)));
    });
    let narrow = "81 0100 0000 0900 2604 00 | d1 04 01000000 | fd 1000 c100 01000000";
    check(Dialect::V71, narrow, |response| {
        response.columns(&[Column::new("", SqlType::Int)]);
        response.row(&[Value::Int(1)]).unwrap();
        response.done(Done::statement(command::SELECT, Some(1)));
    });
}

#[test]
fn large_columns_of_old_clients_name_a_table() {
    let expected = "81 0100 0000 0900 63 ffffff7f 0904d00034 0000 01 6100 | d1 00 | fd 0000 0000 00000000";
    check(Dialect::V71, expected, |response| {
        response.columns(&[Column::new("a", SqlType::NVARCHAR_MAX)]);
        response.row(&[Value::Null]).unwrap();
    });
}

#[test]
fn null_bitmap_row() {
    let columns: Vec<Column> = (0..9).map(|_| Column::new("", SqlType::TinyInt)).collect();
    let mut values = vec![Value::Null; 9];
    values[1] = Value::TinyInt(7);
    let metadata = "81 0900".to_owned() + &"00000000 0900 2601 00".repeat(9);
    let done = "fd 0000 0000 0000000000000000";
    check(Dialect::V74, &format!("{metadata} d2 fd01 0107 {done}"), |response| {
        response.columns(&columns);
        response.row(&values).unwrap();
    });
    check(Dialect::V73, &format!("{metadata} d1 00 0107 00000000000000 {done}"), |response| {
        response.columns(&columns);
        response.row(&values).unwrap();
    });
}

#[test]
fn error_ends_a_batch() {
    let text: String =
        utf16("Divide by zero error encountered.").iter().map(|b| format!("{b:02x}")).collect();
    let server: String = utf16("STUB").iter().map(|b| format!("{b:02x}")).collect();
    let expected =
        format!("aa 5800 c61f0000 01 10 2100 {text} 04 {server} 00 01000000 | fd 0200 c100 0000000000000000");
    check(Dialect::V74, &expected, |response| {
        response.message(&divide_by_zero());
        response.done(Done::statement(command::SELECT, None).failed());
    });
    let narrow = format!("aa 5600 c61f0000 01 10 2100 {text} 04 {server} 00 0100 | fd 0200 c100 00000000");
    check(Dialect::V71, &narrow, |response| {
        response.message(&divide_by_zero());
        response.done(Done::statement(command::SELECT, None).failed());
    });
}

#[test]
fn severity_10_is_information_of_class_0() {
    let message = SqlError { severity: 10, text: "x".into(), ..divide_by_zero() };
    let expected =
        "ab 1800 c61f0000 01 00 0100 7800 04 53005400550042 00 00 01000000 | fd 0000 0000 0000000000000000";
    check(Dialect::V74, expected, |response| response.message(&message));
}

#[test]
fn transaction_changes() {
    let begin = "e3 0b00 08 08 0100000000000000 00 | fd 0000 d400 0000000000000000";
    check(Dialect::V74, begin, |response| {
        response.env_change(EnvChange::BeginTransaction(1));
        response.done(Done::statement(command::BEGIN_TRANSACTION, None));
    });
    let commit = "e3 0b00 09 00 08 0100000000000000 | fd 0000 d500 0000000000000000";
    check(Dialect::V74, commit, |response| {
        response.env_change(EnvChange::CommitTransaction(1));
        response.done(Done::statement(command::COMMIT, None));
    });
    let rollback = "e3 0b00 0a 00 08 0100000000000000 | fd 0000 d200 0000000000000000";
    check(Dialect::V74, rollback, |response| {
        response.env_change(EnvChange::RollbackTransaction(1));
        response.done(Done::statement(command::ROLLBACK, None));
    });
}

#[test]
fn other_changes() {
    let done = "fd 0000 0000 0000000000000000";
    for (change, bytes) in [
        (EnvChange::Database { new: "b", old: "a" }, "e3 0700 01 01 6200 01 6100"),
        (EnvChange::Language { new: "b", old: "" }, "e3 0500 02 01 6200 00"),
        (
            EnvChange::PacketSize { new: 8000, old: 4096 },
            "e3 1300 04 04 3800300030003000 04 3400300039003600",
        ),
        (EnvChange::Collation(Collation::DEFAULT), "e3 0800 07 05 0904d00034 00"),
        (EnvChange::ResetDone, "e3 0300 12 00 00"),
    ] {
        check(Dialect::V74, &format!("{bytes} {done}"), |response| response.env_change(change));
    }
}

#[test]
fn sp_executesql_reply() {
    let expected = "81 0100 00000000 0900 2604 01 6100 | d1 04 05000000 | ff 1100 c100 0100000000000000
        | 79 00000000 | fe 0000 e000 0000000000000000";
    check(Dialect::V74, expected, |response| {
        response.columns(&[Column::new("a", SqlType::Int)]);
        response.row(&[Value::Int(5)]).unwrap();
        response.done(Done::in_procedure(command::SELECT, Some(1)));
        response.return_status(0);
        response.done(Done::procedure());
    });
}

#[test]
fn return_value_of_a_prepared_handle() {
    let handle = ReturnValue { ordinal: 0, name: "@h".into(), sql_type: SqlType::Int, value: Value::Int(1) };
    let done = "fe 0000 e000";
    let wide = format!("ac 0000 02 40006800 01 00000000 0000 2604 04 01000000 | {done} 0000000000000000");
    check(Dialect::V74, &wide, |response| {
        response.return_value(&handle).unwrap();
        response.done(Done::procedure());
    });
    let narrow = format!("ac 0000 02 40006800 01 0000 0000 2604 04 01000000 | {done} 00000000");
    check(Dialect::V71, &narrow, |response| {
        response.return_value(&handle).unwrap();
        response.done(Done::procedure());
    });
}

#[test]
fn a_failed_row_leaves_no_trace() {
    let columns = [Column::new("", SqlType::Int), Column::new("", SqlType::TinyInt)];
    let mut faulty = response(Dialect::V74);
    faulty.columns(&columns);
    assert!(faulty.row(&[Value::Int(1), Value::Int(256)]).is_err());
    assert!(faulty.row(&[Value::Int(1)]).is_err());
    assert!(faulty.row(&[Value::Int(1), Value::VarChar("1".into())]).is_err());
    faulty.row(&[Value::Int(1), Value::Int(255)]).unwrap();
    let mut good = response(Dialect::V74);
    good.columns(&columns);
    good.row(&[Value::Int(1), Value::TinyInt(255)]).unwrap();
    assert_eq!(faulty.finish(), good.finish());
}
