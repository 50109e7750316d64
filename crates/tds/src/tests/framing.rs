//! Packets and the place of TLS.

use proptest::prelude::*;

use super::client::{attention, hex, message, messages};
use crate::error::ProtocolError;
use crate::packet::{PacketReader, PacketType, PacketWriter, Reset};
use crate::tls::{HandshakeUnwrapper, wrap_handshake};

fn read(bytes: &[u8], limit: usize) -> Result<Option<crate::packet::Message>, ProtocolError> {
    PacketReader::new(limit).read(&mut &*bytes)
}

#[test]
fn packets_join_to_messages() {
    let bytes = hex("01 08 000a 0000 01 00 6100 | 01 01 000a 0000 02 00 6200");
    let joined = read(&bytes, 100).unwrap().unwrap();
    assert_eq!(joined.payload, hex("6100 6200"));
    assert_eq!((joined.reset, joined.ignore), (Reset::Connection, false));
    let given_up = hex("03 10 0009 0000 01 00 61 | 03 03 0008 0000 02 00");
    let joined = read(&given_up, 100).unwrap().unwrap();
    assert_eq!((joined.reset, joined.ignore), (Reset::KeepTransaction, true));
}

#[test]
fn bad_packets_are_errors() {
    for (bytes, error) in [
        ("01 01 0007 0000 01 00", ProtocolError::PacketLength(7)),
        ("01 01 8000 0000 01 00", ProtocolError::PacketLength(0x8000)),
        ("55 01 0008 0000 01 00", ProtocolError::PacketType(0x55)),
        ("01 01 000d 0000 01 00", ProtocolError::MessageTooLong(4)),
        ("01 00 000b 0000 01 00 616263 01 01 000a 0000 02 00 6465", ProtocolError::MessageTooLong(4)),
        ("01 00 0008 0000 01 00 03 01 0008 0000 02 00", ProtocolError::MixedMessage { begun: 1, found: 3 }),
    ] {
        assert_eq!(read(&hex(bytes), 4).unwrap_err(), error, "{bytes}");
    }
}

#[test]
fn an_attention_voids_a_message_that_is_being_sent() {
    let bytes = [hex("01 00 000a 0000 01 00 6100"), attention()].concat();
    assert_eq!(read(&bytes, 100).unwrap().unwrap().packet_type, PacketType::Attention);
}

#[test]
fn the_last_packet_may_be_full_and_carries_the_end() {
    let mut packets = PacketWriter::new(PacketType::Response, 512, 51);
    packets.payload().resize(2 * 504, 7);
    let full = packets.take_full();
    assert_eq!(full.len(), 512);
    assert_eq!(&full[..8], hex("04 00 0200 0033 01 00"));
    let rest = packets.finish();
    assert_eq!(rest.len(), 512);
    assert_eq!(&rest[..8], hex("04 01 0200 0033 02 00"));
    assert_eq!(PacketWriter::new(PacketType::Response, 512, 51).finish(), hex("04 01 0008 0033 01 00"));
}

#[test]
fn a_flushed_message_goes_on() {
    let mut packets = PacketWriter::new(PacketType::Response, 512, 0);
    packets.payload().push(1);
    let mut bytes = packets.flush();
    packets.payload().push(2);
    bytes.append(&mut packets.finish());
    assert_eq!(bytes, hex("04 00 0009 0000 01 00 01 | 04 01 0009 0000 02 00 02"));
}

#[test]
fn handshake_records_travel_in_prelogin_packets_until_they_come_bare() {
    let flight: Vec<u8> = (0..5000u32).map(|n| n as u8).collect();
    let wrapped = wrap_handshake(&flight, 4096);
    assert_eq!(wrapped.len(), flight.len() + 16);
    assert_eq!(wrapped[0], 0x12);
    let mut bytes = wrapped;
    let bare = hex("17 0303 0012 0102030405060708 090a0b0c0d0e0f101112");
    bytes.extend_from_slice(&bare);
    for size in [1, 3, 8, 4096, bytes.len()] {
        let mut unwrapper = HandshakeUnwrapper::default();
        let records: Vec<u8> =
            bytes.chunks(size).flat_map(|piece| unwrapper.unwrap(piece).unwrap()).collect();
        assert_eq!(records, [&flight[..], &bare[..]].concat(), "in pieces of {size}");
    }
    let error = HandshakeUnwrapper::default().unwrap(&[0x10, 0x01]).unwrap_err();
    assert!(matches!(error, ProtocolError::Unexpected { packet_type: 0x10, .. }));
    assert_eq!(wrap_handshake(&[], 4096), Vec::<u8>::new());
}

proptest! {
    #[test]
    fn any_payload_comes_back_whatever_the_pieces(
        payload in proptest::collection::vec(any::<u8>(), 0..2000),
        size in 1usize..600,
    ) {
        let bytes = message(PacketType::Rpc, &payload);
        prop_assert_eq!(&messages(&bytes)[0].payload, &payload);
        let mut reader = PacketReader::new(2000);
        let mut found = Vec::new();
        for mut piece in bytes.chunks(size) {
            while let Some(message) = reader.read(&mut piece).unwrap() {
                found.push(message);
            }
        }
        prop_assert_eq!(found, messages(&bytes));
    }
}
