//! Hostile bytes: every message cut off at every length, changed in every byte, and noise.

use proptest::prelude::*;

use super::client::{headers, hex, login7, message};
use crate::dialect::Dialect;
use crate::fuzzing::{
    fuzz_connection, fuzz_login7, fuzz_packet, fuzz_prelogin, fuzz_rpc, fuzz_transaction_manager,
};
use crate::login7::Login7;
use crate::packet::PacketType;
use crate::prelogin::Prelogin;
use crate::reader::Reader;
use crate::rpc;

const PRELOGIN: &str =
    "00 001a 0006 01 0020 0001 02 0021 0001 03 0022 0000 04 0022 0001 ff | 0b00 0c38 0000 01 00 01";
const RPC: &str = "ffff 0a00 0200 | 00 00 e7 ffff 0904d00034 feffffffffffffff 02000000 6100 00000000
    | 02 40006100 01 2604 00 | 00 00 62 491f0000 15000000 6c 02 26 01 00 01000000000000000000000000000000
    | 00 00 63 ffffff7f 0904d00034 02000000 e900 | 00 00 2b 07 0a 0100000000 020000 a6ff
    | 00 00 f3 00 00 01 7400 0100 00000000 0000 2604 00 00 01 04 01000000 00
    ff 0100 7000 0000 00 00 f1 00 0400000000000000 04000000 61006200 00000000";

/// Calls `decode` with every prefix of `bytes`; none but the whole may be accepted.
fn every_prefix(bytes: &[u8], decode: impl Fn(&[u8]) -> bool) {
    assert!(decode(bytes));
    for length in 0..bytes.len() {
        assert!(!decode(&bytes[..length]), "cut off at {length}");
    }
}

#[test]
fn truncated_messages_are_errors() {
    every_prefix(&hex(PRELOGIN), |bytes| Prelogin::decode(bytes).is_ok());
    for version in [0x7000_0000, 0x7400_0004] {
        every_prefix(&login7(version, 0, "master"), |bytes| Login7::decode(bytes).is_ok());
    }
}

#[test]
fn truncated_calls_are_errors_unless_cut_between_parameters() {
    let bytes = hex(RPC);
    let accepted = (0..=bytes.len())
        .filter(|length| rpc::decode(&mut Reader::new(&bytes[..*length]), Dialect::V74).is_ok())
        .count();
    // After the call's head, after each of six parameters, after the separator, the head and the last parameter.
    assert_eq!(accepted, 10);
}

#[test]
fn a_changed_byte_does_no_harm() {
    let login = login7(0x7400_0004, 0, "master");
    for (bytes, decode) in [
        (hex(PRELOGIN), fuzz_prelogin as fn(&[u8])),
        (login, fuzz_login7),
        (hex(RPC), fuzz_rpc),
        (hex("0700 02 7300 01 02 02 6100"), fuzz_transaction_manager),
    ] {
        for at in 0..bytes.len() {
            for byte in [0, 1, 0x7F, 0x80, 0xFE, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                decode(&changed);
            }
        }
    }
}

#[test]
fn a_changed_byte_of_a_session_does_no_harm() {
    let session = [
        vec![1, 5],
        message(PacketType::Rpc, &[headers(0), hex(RPC)].concat()),
        message(PacketType::Attention, &[]),
    ]
    .concat();
    for at in 0..session.len() {
        for byte in [0, 1, 0x80, 0xFF] {
            let mut changed = session.clone();
            changed[at] = byte;
            fuzz_connection(&changed);
        }
    }
}

proptest! {
    #[test]
    fn noise_does_no_harm(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz_packet(&noise);
        fuzz_prelogin(&noise);
        fuzz_login7(&noise);
        fuzz_rpc(&noise);
        fuzz_transaction_manager(&noise);
        fuzz_connection(&noise);
    }

    #[test]
    fn noise_behind_a_good_beginning_does_no_harm(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        kind in prop_oneof![Just(PacketType::Rpc), Just(PacketType::SqlBatch), Just(PacketType::TransactionManager)],
    ) {
        let call = [hex("ffff 0a00 0200 00 00"), noise.clone()].concat();
        fuzz_rpc(&call);
        let mut session = vec![1, 64];
        session.extend(message(kind, &[headers(0), noise].concat()));
        fuzz_connection(&session);
    }
}
