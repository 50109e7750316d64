//! The other side, as far as tests need it: writes requests, reads responses.

use std::sync::Arc;

use duologue_types::Value;

use crate::connection::{Connection, Event, LoginAnswer, Settings};
use crate::dialect::Dialect;
use crate::packet::{Message, PacketReader, PacketType, PacketWriter};
use crate::prelogin::{EncryptionPolicy, ServerVersion};
use crate::reader::Reader;
use crate::types::{TypeInfo, decode_value};

/// Bytes from hexadecimal digits; blanks and bars are for the eye.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace() && *c != '|').map(|c| c.to_digit(16).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2), "odd number of digits");
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// One message in packets of 512 bytes.
pub(super) fn message(packet_type: PacketType, payload: &[u8]) -> Vec<u8> {
    let mut packets = PacketWriter::new(packet_type, 512, 0);
    packets.payload().extend_from_slice(payload);
    packets.finish()
}

/// The same with more status bits in its first packet.
pub(super) fn message_with_status(packet_type: PacketType, payload: &[u8], status: u8) -> Vec<u8> {
    let mut bytes = message(packet_type, payload);
    bytes[1] |= status;
    bytes
}

/// ALL_HEADERS with a transaction descriptor.
pub(super) fn headers(descriptor: u64) -> Vec<u8> {
    let mut out = hex("16000000 12000000 0200");
    out.extend_from_slice(&descriptor.to_le_bytes());
    out.extend_from_slice(&1u32.to_le_bytes());
    out
}

pub(super) fn batch(text: &str) -> Vec<u8> {
    message(PacketType::SqlBatch, &[headers(0), utf16(text)].concat())
}

pub(super) fn attention() -> Vec<u8> {
    message(PacketType::Attention, &[])
}

/// A LOGIN7 payload with user, password and database, and one feature when the version has features.
pub(super) fn login7(version: u32, packet_size: u32, database: &str) -> Vec<u8> {
    let has_features = version >= 0x7400_0004;
    let fixed: usize = if version < 0x7200_0000 { 86 } else { 94 };
    let obfuscated = utf16("Pä5s").iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let fields: [Vec<u8>; 9] = [
        utf16("host"),
        utf16("sa"),
        obfuscated,
        utf16("app"),
        utf16("server"),
        if has_features { vec![0; 4] } else { Vec::new() },
        utf16("lib"),
        Vec::new(),
        utf16(database),
    ];
    let mut pairs = Vec::new();
    let mut data = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let offset = if field.is_empty() { 0 } else { fixed + data.len() };
        let length = if index == 5 { field.len() } else { field.len() / 2 };
        pairs.extend_from_slice(&(offset as u16).to_le_bytes());
        pairs.extend_from_slice(&(length as u16).to_le_bytes());
        if index == 5 && has_features {
            let end: usize = fixed + fields.iter().map(Vec::len).sum::<usize>();
            data.extend_from_slice(&(end as u32).to_le_bytes());
        } else {
            data.extend_from_slice(field);
        }
    }
    if has_features {
        data.extend_from_slice(&hex("0a 01000000 01 ff"));
    }
    let mut out = Vec::new();
    for number in [(fixed + data.len()) as u32, version, packet_size, 7, 8, 9] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&[0xE0, 0x03, 0x20, if has_features { 0x10 } else { 0 }]);
    out.extend_from_slice(&hex("00000000 09040000"));
    out.append(&mut pairs);
    out.resize(fixed, 0);
    out.append(&mut data);
    out
}

/// A server that never has TLS.
pub(super) fn clear_server() -> Connection {
    server(EncryptionPolicy::Unavailable)
}

pub(super) fn server(encryption: EncryptionPolicy) -> Connection {
    let version = ServerVersion::default();
    Connection::new(Settings { encryption, version, server_name: Arc::from("STUB"), max_request: 1 << 20 })
}

pub(super) fn answer() -> LoginAnswer {
    LoginAnswer { database: "master".into(), language: "us_english".into(), spid: 51 }
}

/// A connection that is logged in without TLS, its output taken.
pub(super) fn logged_in(version: u32) -> Connection {
    let mut connection = clear_server();
    let events = connection.receive(&message(PacketType::Login7, &login7(version, 0, ""))).unwrap();
    assert!(matches!(events.as_slice(), [Event::Login(_)]), "{events:?}");
    connection.accept_login(&answer());
    connection.take_output();
    connection
}

/// Whole messages of a byte stream; nothing may be left over.
pub(super) fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut reader = PacketReader::new(1 << 24);
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut bytes).unwrap() {
        messages.push(message);
    }
    messages
}

/// A token of a response, as far as tests look at it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    EnvChange(u8),
    Error(i32),
    Info(i32),
    LoginAck(u32),
    FeatureExtAck(Vec<u8>),
    Columns(Vec<String>),
    Row(Vec<Value>),
    ReturnStatus(i32),
    ReturnValue(String, Value),
    Done { id: u8, status: u16, command: u16, rows: u64 },
}

/// The tokens of a response payload.
pub(super) fn tokens(payload: &[u8], dialect: Dialect) -> Vec<Token> {
    let mut reader = Reader::new(payload);
    let mut columns = Vec::new();
    let mut tokens = Vec::new();
    while !reader.is_empty() {
        tokens.push(token(&mut reader, dialect, &mut columns));
    }
    tokens
}

fn token(reader: &mut Reader<'_>, dialect: Dialect, columns: &mut Vec<TypeInfo>) -> Token {
    let wide = dialect.has_wide_counts();
    match reader.u8().unwrap() {
        0x79 => Token::ReturnStatus(reader.i32().unwrap()),
        0x81 => {
            *columns = Vec::new();
            let count = reader.u16().unwrap();
            let names = (0..count).map(|_| column(reader, dialect, columns)).collect();
            Token::Columns(names)
        }
        0xAC => {
            reader.u16().unwrap();
            let name = reader.b_varchar().unwrap();
            reader.bytes(if wide { 7 } else { 5 }).unwrap();
            let info = TypeInfo::decode(reader, dialect).unwrap();
            Token::ReturnValue(name, decode_value(reader, &info).unwrap())
        }
        0xAE => {
            let rest = reader.peek_until(0xFF);
            Token::FeatureExtAck(rest)
        }
        0xD1 => Token::Row(columns.iter().map(|info| decode_value(reader, info).unwrap()).collect()),
        0xD2 => {
            let bitmap = reader.bytes(columns.len().div_ceil(8)).unwrap();
            let is_null = |index: usize| bitmap[index / 8] >> (index % 8) & 1 == 1;
            let value = |(index, info)| {
                if is_null(index) { Value::Null } else { decode_value(reader, info).unwrap() }
            };
            Token::Row(columns.iter().enumerate().map(value).collect())
        }
        id @ 0xFD..=0xFF => {
            let (status, command) = (reader.u16().unwrap(), reader.u16().unwrap());
            let rows = if wide { reader.u64().unwrap() } else { u64::from(reader.u32().unwrap()) };
            Token::Done { id, status, command, rows }
        }
        id => {
            let length = reader.u16().unwrap();
            let mut body = reader.part(usize::from(length)).unwrap();
            match id {
                0xE3 => Token::EnvChange(body.u8().unwrap()),
                0xAA => Token::Error(body.i32().unwrap()),
                0xAB => Token::Info(body.i32().unwrap()),
                0xAD => {
                    body.u8().unwrap();
                    Token::LoginAck(u32::from_be_bytes(body.array().unwrap()))
                }
                other => panic!("token {other:02X}"),
            }
        }
    }
}

fn column(reader: &mut Reader<'_>, dialect: Dialect, columns: &mut Vec<TypeInfo>) -> String {
    reader.bytes(if dialect.has_wide_counts() { 6 } else { 4 }).unwrap();
    let kind = reader.peek().unwrap();
    columns.push(TypeInfo::decode(reader, dialect).unwrap());
    if matches!(kind, 0x22 | 0x23 | 0x63) {
        reader.us_varchar().unwrap();
    }
    reader.b_varchar().unwrap()
}

impl Reader<'_> {
    /// Bytes up to and without `end`, which is read, too.
    fn peek_until(&mut self, end: u8) -> Vec<u8> {
        let mut taken = Vec::new();
        loop {
            match self.u8().unwrap() {
                byte if byte == end => return taken,
                byte => taken.push(byte),
            }
        }
    }
}
