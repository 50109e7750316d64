//! What drivers send.

use super::{hex, utf16};

type Seed = (&'static str, &'static str, Vec<u8>);

const PRELOGIN: &str =
    "00 0024 0006 01 002a 0001 02 002b 0001 03 002c 0004 04 0030 0001 05 0031 0024 06 0055 0001 ff
    | 0b00 0c38 0000 | 00 | 00 | 0102 0304 | 01
    | 000102030405060708090a0b0c0d0e0f 000102030405060708090a0b0c0d0e0f 01000000 | 01";
const EXECUTE_SQL: &str = "ffff 0a00 0200 | 00 00 e7 401f 0904d00034 0200 7800 | 02 40006100 01 2604 00
    | 00 02 e7 ffff 0904d00034 ffffffffffffffff";
/// Every family of types, one parameter each.
const TYPES: &str = "0100 7000 0000
    | 00 00 2604 04 01000000 | 00 00 3201 | 00 00 6801 01 01 | 00 00 7f 0100000000000000
    | 00 00 6a 11 260a 05 01 39300000 | 00 00 6e 08 08 0000000001000000 | 00 00 6d 08 08 000000000000f03f
    | 00 00 28 03 000102 | 00 00 29 07 05 0100000000 | 00 00 2a 07 08 0100000000 000102
    | 00 00 2b 07 0a 0100000000 000102 a6ff | 00 00 6f 08 08 0100000002000000
    | 00 00 24 10 10 0102030405060708090a0b0c0d0e0f10 | 00 00 a5 0800 0200 abcd
    | 00 00 a7 0800 0904d00034 0200 6162 | 00 00 a5 ffff 0200000000000000 02000000 abcd 00000000
    | 00 00 f1 00 0400000000000000 04000000 3c002f00 00000000
    | 00 00 62 491f0000 15000000 6c 02 26 01 00 01000000000000000000000000000000
    | 00 00 63 ffffff7f 0904d00034 02000000 e900";
const TABLE: &str = "0100 7000 0000 | 02 40007400 00 f3 00 03 640062006f00 01 7400 | 0300
    | 00000000 0000 2604 00 | 00000000 0000 e7 0400 0904d00034 00 | 00000000 0002 2601 00
    | 10 0100 0100 01 | 00 | 01 04 01000000 0200 7800 | 01 00 ffff | 00";

/// One message in one packet.
fn packet(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).expect("a seed fits into a packet");
    [&[kind, 1][..], &length.to_be_bytes(), &[0, 0, 1, 0], payload].concat()
}

/// ALL_HEADERS with a transaction descriptor, before `body`.
fn with_headers(body: &[u8]) -> Vec<u8> {
    [&hex("16000000 12000000 0200 0000000000000000 01000000"), body].concat()
}

/// LOGIN7 with host, user, password, application, server, library and database, and one feature.
fn login7(version: u32, has_features: bool) -> Vec<u8> {
    let fixed: usize = if version < 0x7200_0000 { 86 } else { 94 };
    let password = utf16("Pa5s").iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let extension = if has_features { vec![0; 4] } else { Vec::new() };
    let (host, library) = (utf16("host"), utf16("lib"));
    let fields = [
        host,
        utf16("sa"),
        password,
        utf16("app"),
        utf16("server"),
        extension,
        library,
        Vec::new(),
        utf16("master"),
    ];
    let number = |value: usize| u16::try_from(value).expect("a seed is short").to_le_bytes();
    let mut pairs = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        pairs.extend(number(fixed + data.len()));
        pairs.extend(number(if index == 5 { field.len() } else { field.len() / 2 }));
        data.extend(field);
    }
    if has_features {
        let end = u32::try_from(fixed + data.len()).expect("a seed is short");
        let place = fields[..5].iter().map(Vec::len).sum::<usize>();
        data[place..place + 4].copy_from_slice(&end.to_le_bytes());
        data.extend(hex("0a 01000000 01 | 04 00000000 | ff"));
    }
    let total = u32::try_from(fixed + data.len()).expect("a seed is short");
    let mut login: Vec<u8> = [total, version, 4096, 7, 8, 9].into_iter().flat_map(u32::to_le_bytes).collect();
    login.extend([0xE0, 0x03, 0x20, if has_features { 0x10 } else { 0 }]);
    login.extend(hex("00000000 09040000"));
    login.extend(pairs);
    login.resize(fixed, 0);
    login.extend(data);
    login
}

/// A conversation behind the two bytes that choose its start and the size of the pieces.
fn conversation(start: u8, size: u8, messages: &[Vec<u8>]) -> Vec<u8> {
    [&[start, size][..], &messages.concat()].concat()
}

pub(super) fn seeds() -> Vec<Seed> {
    let batch = packet(1, &with_headers(&utf16("SELECT 1")));
    let rpc = |body: &str| packet(3, &with_headers(&hex(body)));
    let begin = packet(14, &with_headers(&hex("0500 02 00")));
    let attention = packet(6, &[]);
    let prelogin = packet(18, &hex(PRELOGIN));
    let login = packet(16, &login7(0x7400_0004, true));
    let mut two_packets = [batch.clone(), batch.clone()].concat();
    two_packets[1] = 0;
    let record = packet(18, &hex("16 0303 0005 01 000001 00"));
    vec![
        ("tds_packet", "batch", batch.clone()),
        ("tds_packet", "two_packets", two_packets.clone()),
        ("tds_packet", "handshake", [record, hex("17 0303 0002 abcd")].concat()),
        ("tds_prelogin", "all_options", hex(PRELOGIN)),
        ("tds_prelogin", "version_only", hex("00 0006 0006 ff | 0b00 0c38 0000")),
        ("tds_prelogin", "encryption", hex("00 000b 0006 01 0011 0001 ff 0b000c380000 01")),
        ("tds_login7", "with_features", login7(0x7400_0004, true)),
        ("tds_login7", "version_7_2", login7(0x7209_0002, false)),
        ("tds_login7", "version_7_1", login7(0x7100_0001, false)),
        ("tds_rpc", "sp_executesql", hex(EXECUTE_SQL)),
        ("tds_rpc", "types", hex(TYPES)),
        ("tds_rpc", "table", hex(TABLE)),
        ("tds_rpc", "several", hex("ffff 0c00 0000 00 00 2604 04 01000000 ff 0200 70003100 0100")),
        ("tds_rpc", "several_7_1", hex("ffff 0c00 0000 00 00 2604 04 01000000 80 0200 70003100 0100")),
        ("tds_transaction_manager", "begin", hex("0500 02 02 6100")),
        ("tds_transaction_manager", "commit_and_begin", hex("0700 02 7300 01 02 02 6100")),
        ("tds_transaction_manager", "rollback", hex("0800 02 7300 00")),
        ("tds_transaction_manager", "save", hex("0900 02 7300")),
        ("tds_connection", "from_the_start", conversation(0, 0xFF, &[prelogin, login, batch.clone()])),
        (
            "tds_connection",
            "requests",
            conversation(1, 50, &[batch.clone(), rpc(EXECUTE_SQL), begin.clone()]),
        ),
        ("tds_connection", "calls", conversation(1, 200, &[rpc(TYPES), rpc(TABLE), attention.clone()])),
        ("tds_connection", "attention", conversation(1, 8, &[two_packets, attention, batch])),
        ("tds_connection", "old", conversation(3, 30, &[packet(1, &utf16("SELECT 1")), begin])),
    ]
}
