//! LOGIN7 and its answers.

use duologue_messages::sql_error;

use super::client::{Token, answer, clear_server, hex, login7, message, messages, server, tokens};
use crate::connection::Event;
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::login7::{Login7, MAX_LENGTH};
use crate::packet::{PacketType, PacketWriter};
use crate::prelogin::EncryptionPolicy;

#[test]
fn all_fields_of_every_version() {
    for (version, dialect) in [
        (0x7000_0000, Dialect::V70),
        (0x7100_0001, Dialect::V71),
        (0x7209_0002, Dialect::V72),
        (0x730B_0003, Dialect::V73),
        (0x7400_0004, Dialect::V74),
        (0x7500_0000, Dialect::V74),
    ] {
        let login = Login7::decode(&login7(version, 8000, "msdb")).unwrap();
        assert_eq!((login.tds_version, login.dialect, login.packet_size), (version, dialect, 8000));
        assert_eq!(
            (login.host_name.as_str(), login.user_name.as_str(), login.password.expose()),
            ("host", "sa", "Pä5s")
        );
        assert_eq!(
            (login.application_name.as_str(), login.server_name.as_str(), login.client_library.as_str()),
            ("app", "server", "lib")
        );
        assert_eq!((login.language.as_str(), login.database.as_str()), ("", "msdb"));
        assert_eq!(login.feature(0x0A), (dialect == Dialect::V74).then_some(&[1][..]));
        assert!(login.has_read_only_intent() && !login.wants_integrated_security());
        assert!(!login.wants_password_change() && login.new_password.is_empty());
        assert!(!format!("{login:?}").contains("Pä5s"));
    }
}

/// A password in the spelling of the wire: `a` is 0x61, its halves swapped 0x16, XOR 0xA5 0xB3; 0x00 becomes 0xA5.
#[test]
fn passwords_are_unscrambled() {
    let mut payload = login7(0x7209_0002, 0, "");
    let at = payload.windows(8).position(|window| window == scrambled("Pä5s")).unwrap();
    payload[at..at + 4].copy_from_slice(&hex("b3a5 b3a5"));
    assert_eq!(Login7::decode(&payload).unwrap().password.expose(), "aa5s");
}

fn scrambled(text: &str) -> Vec<u8> {
    super::client::utf16(text).iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect()
}

#[test]
fn an_extension_may_be_announced_and_empty() {
    const EXTENSION_LENGTH: usize = 58;
    let mut payload = login7(0x7400_0004, 0, "master");
    payload[EXTENSION_LENGTH] = 0;
    assert_eq!(Login7::decode(&payload).unwrap().features, []);
}

#[test]
fn impossible_logins_are_errors() {
    // Bytes enough behind the fields for any length of one byte.
    let mut good = login7(0x7400_0004, 0, "master");
    good.resize(0x400, 0);
    good[..2].copy_from_slice(&[0x00, 0x04]);
    assert!(Login7::decode(&good).is_ok());
    let change = |at: usize, byte: u8| {
        let mut payload = good.clone();
        payload[at] = byte;
        payload
    };
    for (payload, what) in [
        (change(0, 1), "longer than the message"),
        (change(7, 0x60), "before 7.0"),
        (change(37, 0xFF), "host name outside"),
        (change(42, 129), "user name too long"),
        (change(57, 0xFF), "extension outside"),
    ] {
        assert!(Login7::decode(&payload).is_err(), "{what}");
    }
}

#[test]
fn answer_in_the_usual_order() {
    for (version, dialect, acknowledged) in [
        (0x7400_0004, Dialect::V74, 0x7400_0004),
        (0x7100_0001, Dialect::V71, 0x7100_0001),
        (0x7000_0000, Dialect::V70, 0x0700_0000),
    ] {
        let mut connection = clear_server();
        connection.receive(&message(PacketType::Login7, &login7(version, 8000, ""))).unwrap();
        connection.accept_login(&answer());
        let output = messages(&connection.take_output());
        assert_eq!(output.len(), 1);
        let mut expected = vec![
            Token::EnvChange(1),
            Token::Info(5701),
            Token::EnvChange(7),
            Token::EnvChange(2),
            Token::Info(5703),
            Token::LoginAck(acknowledged),
            Token::EnvChange(4),
        ];
        if dialect == Dialect::V74 {
            expected.push(Token::FeatureExtAck(hex("0a 01000000 01")));
        }
        expected.push(Token::Done { id: 0xFD, status: 0, command: 0, rows: 0 });
        assert_eq!(tokens(&output[0].payload, dialect), expected);
        // The next response has packets of the size that was agreed on.
        let mut response = connection.response();
        response.message(&sql_error!(4002));
        assert_eq!(response.take_packets(), Vec::<u8>::new());
        for _ in 0..100 {
            response.message(&sql_error!(4002));
        }
        assert_eq!(response.take_packets()[2..6], hex("1f40 0033"));
    }
}

#[test]
fn refusal_closes() {
    let mut connection = clear_server();
    connection.receive(&message(PacketType::Login7, &login7(0x7400_0004, 0, ""))).unwrap();
    connection.refuse_login(&[sql_error!(18456, "sa", "", "")]);
    let output = messages(&connection.take_output());
    let done = Token::Done { id: 0xFD, status: 2, command: 0, rows: 0 };
    assert_eq!(tokens(&output[0].payload, Dialect::V74), vec![Token::Error(18456), done]);
    assert!(connection.is_closed());
    assert_eq!(connection.receive(&[1]).unwrap_err(), ProtocolError::Closed);
}

#[test]
fn bad_logins_are_told_and_closed() {
    let too_long = vec![0; MAX_LENGTH + 1];
    for (policy, payload, number) in [
        (EncryptionPolicy::Unavailable, &hex("ffffff00")[..], 17832),
        (EncryptionPolicy::Required, &login7(0x7400_0004, 0, "")[..], 17835),
        (EncryptionPolicy::Unavailable, &too_long[..], 4002),
    ] {
        let mut connection = server(policy);
        let mut packets = PacketWriter::new(PacketType::Login7, 4096, 0);
        packets.payload().extend_from_slice(payload);
        assert!(connection.receive(&packets.finish()).is_err());
        let output = messages(&connection.take_output());
        assert_eq!(tokens(&output[0].payload, Dialect::V74)[0], Token::Error(number));
        assert!(connection.is_closed());
    }
}

#[test]
fn nothing_may_come_before_the_login_is_answered() {
    let mut connection = clear_server();
    let events = connection.receive(&message(PacketType::Login7, &login7(0x7400_0004, 0, ""))).unwrap();
    assert!(matches!(events.as_slice(), [Event::Login(_)]));
    assert!(connection.receive(&[0x06]).is_err());
    assert_eq!(connection.take_output(), Vec::<u8>::new());
}
