//! Entry points for fuzz targets: whatever the bytes are, none of these panics or allocates without bound.

use std::sync::Arc;

use crate::connection::{Connection, Event, LoginAnswer, Settings};
use crate::dialect::Dialect;
use crate::login7::Login7;
use crate::packet::{PacketReader, PacketType};
use crate::prelogin::{EncryptionPolicy, Prelogin, ServerVersion};
use crate::reader::Reader;
use crate::tls::HandshakeUnwrapper;
use crate::transaction_manager::TransactionRequest;

/// Longest message that the targets let grow.
const LIMIT: usize = 1 << 20;

/// Packet framing and the unwrapping of TLS handshakes.
pub fn fuzz_packet(data: &[u8]) {
    let mut reader = PacketReader::new(LIMIT);
    let mut input = data;
    while let Ok(Some(_)) = reader.read(&mut input) {}
    let mut unwrapper = HandshakeUnwrapper::default();
    for piece in data.chunks(7) {
        if unwrapper.unwrap(piece).is_err() {
            break;
        }
    }
}

/// PRELOGIN, decoded and answered.
pub fn fuzz_prelogin(data: &[u8]) {
    if let Ok(prelogin) = Prelogin::decode(data) {
        let (encryption, _) = EncryptionPolicy::Optional.negotiate(prelogin.encryption);
        let _ = prelogin.reply(ServerVersion::default(), encryption);
    }
}

/// LOGIN7.
pub fn fuzz_login7(data: &[u8]) {
    let _ = Login7::decode(data);
}

/// RPC calls behind the headers, in the oldest and the newest dialect.
pub fn fuzz_rpc(data: &[u8]) {
    for dialect in [Dialect::V70, Dialect::V71, Dialect::V74] {
        let _ = crate::rpc::decode(&mut Reader::new(data), dialect);
    }
}

/// Transaction manager requests behind the headers.
pub fn fuzz_transaction_manager(data: &[u8]) {
    let _ = TransactionRequest::decode(&mut Reader::new(data));
}

/// A whole connection. The first byte chooses how far the client has come, the second the size of the pieces.
pub fn fuzz_connection(data: &[u8]) {
    let [start, size, input @ ..] = data else {
        return;
    };
    let mut connection = Connection::new(Settings {
        encryption: EncryptionPolicy::Optional,
        version: ServerVersion::default(),
        server_name: Arc::from("fuzz"),
        max_request: LIMIT,
    });
    if start % 2 == 1 {
        let version = if start % 4 == 1 { 0x7400_0004 } else { 0x7100_0001 };
        feed(&mut connection, &empty_login(version));
    }
    for piece in input.chunks(usize::from(*size).max(1)) {
        feed(&mut connection, piece);
        if connection.is_closed() {
            return;
        }
    }
}

/// The packet of a LOGIN7 in which every field is empty.
fn empty_login(version: u32) -> Vec<u8> {
    const LENGTH: u8 = 94;
    let mut packet = vec![PacketType::Login7 as u8, 0x01, 0, LENGTH + 8, 0, 0, 1, 0, LENGTH, 0, 0, 0];
    packet.extend_from_slice(&version.to_le_bytes());
    packet.resize(usize::from(LENGTH) + 8, 0);
    packet
}

fn feed(connection: &mut Connection, piece: &[u8]) {
    if let Ok(events) = connection.receive(piece) {
        serve(connection, events);
    }
    let _ = connection.take_output();
}

/// Answers events as a server would, with the least.
fn serve(connection: &mut Connection, mut events: Vec<Event>) {
    let answer = LoginAnswer { database: "master".into(), language: "us_english".into(), spid: 51 };
    while !events.is_empty() {
        let mut more = Vec::new();
        for event in events {
            match event {
                Event::StartTls { bytes, .. } => {
                    connection.tls_established();
                    more.extend(connection.receive(&bytes).unwrap_or_default());
                }
                Event::Login(_) => connection.accept_login(&answer),
                Event::Request(_) => {
                    let _ = connection.response().finish();
                    more.extend(connection.complete());
                }
                Event::Prelogin(_) | Event::StopTls | Event::Attention | Event::Refused(_) => {}
            }
        }
        events = more;
    }
}
