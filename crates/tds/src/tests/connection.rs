//! The state machine: TLS positions, one response for each message, ATTENTION, reset.

use proptest::prelude::*;

use super::client::{
    Token, answer, attention, batch, clear_server, headers, hex, logged_in, login7, message,
    message_with_status, messages, server, tokens, utf16,
};
use crate::connection::{Connection, Event};
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::packet::PacketType;
use crate::prelogin::EncryptionPolicy;
use crate::request::RequestBody;
use crate::tls::{TlsMode, TlsPosition};
use crate::token::{Done, command};

const V74: u32 = 0x7400_0004;
const ACKNOWLEDGED: Token = Token::Done { id: 0xFD, status: 0x20, command: 0xFD, rows: 0 };
const INTERRUPTED: Token = Token::Done { id: 0xFD, status: 0x02, command: 0, rows: 0 };
const FINISHED: Token = Token::Done { id: 0xFD, status: 0, command: 0, rows: 0 };

fn prelogin(encryption: u8) -> Vec<u8> {
    let mut payload = hex("00 000b 0006 01 0011 0001 ff 0b000c380000");
    payload.push(encryption);
    message(PacketType::Prelogin, &payload)
}

fn login() -> Vec<u8> {
    message(PacketType::Login7, &login7(V74, 0, "master"))
}

/// Tokens of each message in `bytes`.
fn replies(bytes: &[u8]) -> Vec<Vec<Token>> {
    messages(bytes).iter().map(|message| tokens(&message.payload, Dialect::V74)).collect()
}

fn kinds(events: &[Event]) -> Vec<String> {
    let kind = |event: &Event| match event {
        Event::Prelogin(_) => "prelogin".into(),
        Event::StartTls { mode, bytes } => format!("start tls {mode:?} {bytes:?}"),
        Event::StopTls => "stop tls".into(),
        Event::Login(login) => format!("login {}", login.user_name),
        Event::Request(request) => match &request.body {
            RequestBody::Batch(text) => format!("batch {text} {:?}", request.reset),
            other => format!("{other:?}"),
        },
        Event::Attention => "attention".into(),
        Event::Refused(error) => format!("refused: {error}"),
    };
    events.iter().map(kind).collect()
}

#[test]
fn login_only_encryption_drops_to_clear() {
    let mut connection = server(EncryptionPolicy::Optional);
    let events = connection.receive(&prelogin(0)).unwrap();
    let mode = TlsMode::InBand { login_only: true };
    assert_eq!(kinds(&events), ["prelogin", "start tls InBand { login_only: true } []"]);
    assert_eq!(connection.tls_position(), TlsPosition::Handshake(mode));
    let reply = connection.take_output();
    assert_eq!(reply[..2], hex("04 01"));
    assert!(!reply.is_empty());
    connection.tls_established();
    assert_eq!(connection.tls_position(), TlsPosition::Encrypted(mode));
    let events = connection.receive(&login()).unwrap();
    assert_eq!(kinds(&events), ["stop tls", "login sa"]);
    assert_eq!(connection.tls_position(), TlsPosition::Clear);
    connection.accept_login(&answer());
    assert_eq!(kinds(&connection.receive(&batch("a")).unwrap()), ["batch a No"]);
}

#[test]
fn full_encryption_stays() {
    let mut connection = server(EncryptionPolicy::Optional);
    let mut input = prelogin(1);
    input.extend_from_slice(&[0x12, 0x01]);
    let events = connection.receive(&input).unwrap();
    // What came behind the PRELOGIN belongs to TLS.
    assert_eq!(kinds(&events)[1], "start tls InBand { login_only: false } [18, 1]");
    connection.tls_established();
    assert_eq!(kinds(&connection.receive(&login()).unwrap()), ["login sa"]);
    let mode = TlsMode::InBand { login_only: false };
    assert_eq!(connection.tls_position(), TlsPosition::Encrypted(mode));
}

#[test]
fn strict_encryption_begins_with_tls() {
    let mut connection = server(EncryptionPolicy::Required);
    let events = connection.receive(&hex("16 0301 0005")).unwrap();
    assert_eq!(kinds(&events), ["start tls Strict [22, 3, 1, 0, 5]"]);
    assert_eq!(connection.tls_position(), TlsPosition::Handshake(TlsMode::Strict));
    connection.tls_established();
    assert_eq!(kinds(&connection.receive(&prelogin(2)).unwrap()), ["prelogin"]);
    assert_eq!(kinds(&connection.receive(&login()).unwrap()), ["login sa"]);
    assert_eq!(connection.tls_position(), TlsPosition::Encrypted(TlsMode::Strict));
    assert!(clear_server().receive(&[0x16]).is_err());
}

#[test]
fn messages_out_of_place_are_errors() {
    for (input, state) in [
        (vec![0x53], "first"),
        ([prelogin(2), batch("a")].concat(), "instead of LOGIN7"),
        ([prelogin(2), prelogin(2)].concat(), "instead of LOGIN7"),
    ] {
        let mut connection = clear_server();
        match connection.receive(&input).unwrap_err() {
            ProtocolError::Unexpected { state: found, .. } => assert_eq!(found, state),
            other => panic!("{other}"),
        }
        assert!(connection.is_closed());
    }
    let mut connection = logged_in(V74);
    assert!(connection.receive(&login()).is_err());
    assert_eq!(replies(&connection.take_output()), [[Token::Error(4002), INTERRUPTED]]);
}

#[test]
fn an_error_is_not_told_in_the_middle_of_a_response() {
    let mut connection = logged_in(V74);
    connection.receive(&batch("a")).unwrap();
    assert!(connection.receive(&hex("55 01 0008 0000 01 00")).is_err());
    assert_eq!(connection.take_output(), Vec::<u8>::new());
    assert!(connection.is_closed());
}

#[test]
fn requests_alternate_with_responses() {
    let mut connection = logged_in(V74);
    let events = connection.receive(&[batch("a"), batch("b")].concat()).unwrap();
    assert_eq!(kinds(&events), ["batch a No"]);
    assert_eq!(kinds(&connection.complete()), ["batch b No"]);
    assert_eq!(kinds(&connection.complete()), Vec::<String>::new());
    let flood = [batch("a"), batch("b"), batch("c"), batch("d")].concat();
    assert!(connection.receive(&flood).is_err());
}

#[test]
fn a_response_ends_with_one_done_without_more() {
    let connection = logged_in(V74);
    assert_eq!(replies(&connection.response().finish()), [[FINISHED]]);
    let mut response = connection.response();
    response.done(Done::statement(command::INSERT, Some(2)));
    response.done(Done::statement(command::SET, None));
    let done = |status, command, rows| Token::Done { id: 0xFD, status, command, rows };
    assert_eq!(replies(&response.finish()), [[done(0x11, 0xC3, 2), done(0, 0xBE, 0)]]);
}

#[test]
fn attention_while_idle_is_acknowledged_alone() {
    let mut connection = logged_in(V74);
    assert_eq!(connection.receive(&attention()).unwrap(), []);
    assert_eq!(replies(&connection.take_output()), [[ACKNOWLEDGED]]);
}

#[test]
fn attention_while_busy_takes_two_messages() {
    let mut connection = logged_in(V74);
    let events = connection.receive(&[batch("WAITFOR"), attention()].concat()).unwrap();
    assert_eq!(kinds(&events), ["batch WAITFOR No", "attention"]);
    let mut bytes = connection.take_output();
    bytes.append(&mut connection.response().interrupt());
    assert_eq!(connection.complete(), []);
    bytes.append(&mut connection.take_output());
    assert_eq!(replies(&bytes), [[INTERRUPTED], [ACKNOWLEDGED]]);
}

#[test]
fn attention_that_comes_too_late_is_acknowledged_after_the_response() {
    let mut connection = logged_in(V74);
    connection.receive(&batch("a")).unwrap();
    let mut bytes = connection.response().finish();
    assert_eq!(kinds(&connection.receive(&attention()).unwrap()), ["attention"]);
    connection.complete();
    bytes.append(&mut connection.take_output());
    assert_eq!(replies(&bytes), [[FINISHED], [ACKNOWLEDGED]]);
    // The next request is not touched by it.
    assert_eq!(kinds(&connection.receive(&batch("b")).unwrap()), ["batch b No"]);
    connection.complete();
    assert_eq!(connection.take_output(), Vec::<u8>::new());
}

#[test]
fn attention_interrupts_the_request_that_waits() {
    let mut connection = logged_in(V74);
    let events = connection.receive(&[batch("a"), batch("b"), attention()].concat()).unwrap();
    assert_eq!(kinds(&events), ["batch a No"]);
    assert_eq!(kinds(&connection.complete()), ["batch b No", "attention"]);
}

#[test]
fn reset_holds_for_the_next_request_that_runs() {
    let payload = [headers(0), utf16("a")].concat();
    let mut connection = logged_in(V74);
    let events = connection.receive(&message_with_status(PacketType::SqlBatch, &payload, 0x08)).unwrap();
    assert_eq!(kinds(&events), ["batch a Connection"]);
    connection.complete();
    // Given up while sending: a plain DONE, and the reset is not forgotten.
    let events = connection.receive(&message_with_status(PacketType::SqlBatch, &payload, 0x12)).unwrap();
    assert_eq!(events, []);
    assert_eq!(replies(&connection.take_output()), [[FINISHED]]);
    assert_eq!(kinds(&connection.receive(&batch("b")).unwrap()), ["batch b KeepTransaction"]);
    connection.complete();
    assert_eq!(kinds(&connection.receive(&batch("c")).unwrap()), ["batch c No"]);
}

#[test]
fn what_cannot_be_read_is_refused_and_the_session_goes_on() {
    let mut connection = logged_in(V74);
    let bulk = message(PacketType::BulkLoad, &hex("81"));
    assert_eq!(kinds(&connection.receive(&bulk).unwrap()), ["refused: bulk load is not supported"]);
    assert_eq!(replies(&connection.take_output()), [[Token::Error(49901), INTERRUPTED]]);
    let broken = message(PacketType::Rpc, &hex("00"));
    assert_eq!(connection.receive(&broken).unwrap(), [Event::Refused(ProtocolError::Truncated)]);
    assert_eq!(replies(&connection.take_output()), [[Token::Error(4002), INTERRUPTED]]);
    assert_eq!(kinds(&connection.receive(&batch("a")).unwrap()), ["batch a No"]);
}

/// Feeds a whole session in pieces and answers at once; events and output.
fn run(input: &[u8], sizes: &[usize]) -> (Vec<String>, Vec<u8>) {
    let mut connection = clear_server();
    let (mut all, mut output) = (Vec::new(), Vec::new());
    let mut sizes = sizes.iter().cycle();
    let mut rest = input;
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        rest = left;
        let mut events = connection.receive(piece).unwrap();
        while !events.is_empty() {
            all.extend(kinds(&events));
            output.append(&mut connection.take_output());
            events = serve(&mut connection, &events, &mut output);
        }
        output.append(&mut connection.take_output());
    }
    (all, output)
}

fn serve(connection: &mut Connection, events: &[Event], output: &mut Vec<u8>) -> Vec<Event> {
    let mut more = Vec::new();
    for event in events {
        match event {
            Event::Login(_) => connection.accept_login(&answer()),
            Event::Request(_) => {
                output.append(&mut connection.response().finish());
                more.extend(connection.complete());
            }
            _ => {}
        }
    }
    more
}

proptest! {
    /// A client that waits for its answers, as all do: each message is a step of its own, in any pieces.
    #[test]
    fn pieces_make_no_difference(sizes in proptest::collection::vec(1usize..200, 1..8)) {
        let steps = [
            prelogin(2),
            login(),
            batch("SELECT 1"),
            attention(),
            message(PacketType::TransactionManager, &[headers(0), hex("0500 02 00")].concat()),
            message(PacketType::Rpc, &[headers(1), hex("ffff 0f00 0000 00 00 2604 04 01000000")].concat()),
            message(PacketType::BulkLoad, &[0; 2000]),
        ];
        let run_steps = |sizes: &[usize]| {
            let whole: Vec<usize> = steps.iter().map(Vec::len).collect();
            if sizes.is_empty() { run(&steps.concat(), &whole) } else { run_pieces(&steps, sizes) }
        };
        prop_assert_eq!(run_steps(&sizes), run_steps(&[]));
    }
}

/// Cuts each step into pieces, so that no piece holds the end of one step and the beginning of the next.
fn run_pieces(steps: &[Vec<u8>], sizes: &[usize]) -> (Vec<String>, Vec<u8>) {
    let mut sizes = sizes.iter().cycle();
    let mut cuts = Vec::new();
    for step in steps {
        let mut left = step.len();
        while left > 0 {
            let cut = left.min(*sizes.next().unwrap());
            cuts.push(cut);
            left -= cut;
        }
    }
    run(&steps.concat(), &cuts)
}
