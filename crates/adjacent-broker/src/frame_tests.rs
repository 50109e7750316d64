//! Every frame there and back, cut at every byte, and with anything in it.

use proptest::prelude::*;

use super::*;
use duologue_types::Guid;

fn samples() -> Vec<Frame> {
    let reason = Reason { number: 28034, state: 10, text: "no \u{e4}ccess".into() };
    let offer = Offer {
        versions: 1..=2,
        authentication: vec![AuthenticationMethod::Certificate],
        encryption: Encryption {
            option: EncryptionOption::Supported,
            algorithms: vec![Algorithm::Aes, Algorithm::Rc4],
        },
    };
    let negotiated = Negotiated {
        version: 1,
        authentication: AuthenticationMethod::Certificate,
        encryption: Some(Algorithm::Aes),
    };
    vec![
        Frame::Negotiate(Negotiate {
            instance_id: InstanceId(Guid([1; 16])),
            opened: Timestamp(2),
            nonce: 3,
            listening_port: Some(4022),
            offer,
        }),
        Frame::Confirm(Confirm { negotiated, nonce: 3 }),
        Frame::Confirm(Confirm { negotiated: Negotiated { encryption: None, ..negotiated }, nonce: 3 }),
        Frame::Reject(reason.clone()),
        Frame::Dialog(Bytes::from_static(b"envelope")),
        Frame::DialogReject(DialogReject {
            conversation_id: ConversationId(Guid([5; 16])),
            to_initiator: true,
            sequence: 6,
            number: 11229,
            text: "why".into(),
        }),
        Frame::Ping,
        Frame::Pong,
        Frame::Close(reason),
    ]
}

fn bytes_of(frame: &Frame) -> BytesMut {
    let mut bytes = BytesMut::new();
    frame.encode(&mut bytes);
    bytes
}

fn number_of(bytes: &[u8]) -> Option<i32> {
    Frame::decode(&mut BytesMut::from(bytes), MAX_FRAME_LENGTH).err().map(|error| error.number)
}

#[test]
fn round_trip_and_waiting_for_the_rest() {
    for frame in samples() {
        let bytes = bytes_of(&frame);
        for length in 0..bytes.len() {
            let mut part = BytesMut::from(&bytes[..length]);
            assert_eq!(Frame::decode(&mut part, MAX_FRAME_LENGTH), Ok(None));
            assert_eq!(part.len(), length, "nothing is taken before the frame is complete");
        }
        let mut two = BytesMut::from([&bytes[..], &bytes[..]].concat().as_slice());
        assert_eq!(Frame::decode(&mut two, MAX_FRAME_LENGTH), Ok(Some(frame.clone())));
        assert_eq!(Frame::decode(&mut two, MAX_FRAME_LENGTH), Ok(Some(frame)));
        assert!(two.is_empty());
    }
}

/// A frame whose payload ends early, under a length that says so.
#[test]
fn every_truncated_payload_is_refused_with_its_number() {
    for frame in samples() {
        let number = match frame {
            Frame::Negotiate(_) => 11247,
            Frame::Confirm(_) => 11244,
            Frame::Reject(_) | Frame::Close(_) | Frame::DialogReject(_) => 28040,
            Frame::Dialog(_) | Frame::Ping | Frame::Pong => continue,
        };
        let bytes = bytes_of(&frame);
        for length in LENGTH + 1..bytes.len() {
            let mut cut = bytes[..length].to_vec();
            cut[..LENGTH].copy_from_slice(&((length - LENGTH) as u32).to_le_bytes());
            assert_eq!(number_of(&cut), Some(number), "{frame:?} cut to {length}");
        }
    }
}

#[test]
fn malformed_frames_have_their_numbers() {
    let frame = |kind: u8, payload: &[u8]| {
        let mut bytes = ((payload.len() + 1) as u32).to_le_bytes().to_vec();
        bytes.push(kind);
        bytes.extend_from_slice(payload);
        bytes
    };
    assert_eq!(number_of(&[0, 0, 0, 0]), Some(11236));
    assert_eq!(number_of(&((MAX_FRAME_LENGTH + 1) as u32).to_le_bytes()), Some(11280));
    assert_eq!(number_of(b"GET / HTTP/1.1\r\n"), Some(11280), "a web browser");
    assert_eq!(number_of(&frame(0, b"")), Some(11235));
    assert_eq!(number_of(&frame(9, b"")), Some(11235));
    assert_eq!(number_of(&frame(DIALOG, b"")), Some(11240));
    assert_eq!(number_of(&frame(PING, b"x")), Some(11240));
    let mut negotiate = bytes_of(&samples()[0]);
    negotiate[LENGTH + 1] = b'X';
    assert_eq!(number_of(&negotiate), Some(11247));
    let long_text =
        [&[0; 5][..], &((MAX_TEXT_LENGTH + 1) as u16).to_le_bytes(), &[b'x'; MAX_TEXT_LENGTH + 1]].concat();
    assert_eq!(number_of(&frame(REJECT, &long_text)), Some(28040));
}

#[test]
fn a_later_version_may_say_more_in_negotiate() {
    let Frame::Negotiate(known) = &samples()[0] else { panic!("first") };
    let mut payload = bytes_of(&samples()[0]).split_off(LENGTH + 1);
    let methods = payload.len() - 2;
    payload[methods] = 2;
    payload.extend_from_slice(b"\x63 and more");
    assert_eq!(Negotiate::parse(payload.freeze()).as_ref(), Some(known));
}

#[test]
fn texts_are_cut_and_cleaned() {
    let text = format!("a\r\n\u{1b}[0mb{}", "\u{4e2d}".repeat(MAX_TEXT_LENGTH));
    let mut bytes = bytes_of(&Frame::Reject(Reason { number: 1, state: 1, text }));
    let Ok(Some(Frame::Reject(reason))) = Frame::decode(&mut bytes, MAX_FRAME_LENGTH) else {
        panic!("a reject")
    };
    assert!(reason.text.starts_with("a   [0mb\u{4e2d}") && reason.text.len() <= MAX_TEXT_LENGTH);
}

/// The exact bytes of version 1: changing them is a new version (`docs/formats/adjacent-broker.md`).
#[test]
fn version_1_bytes() {
    let expected = [
        "31000000 01 444c4741 0100 0200 01010101010101010101010101010101 \
         0200000000000000 0300000000000000 b60f 01 020201 0104",
        "0d000000 02 0100 04 02 0300000000000000",
        "0d000000 02 0100 04 00 0300000000000000",
        "12000000 03 826d0000 0a 0a00 6e6f20c3a463636573 73",
        "09000000 04 656e76656c6f7065",
        "23000000 05 05050505050505050505050505050505 01 0600000000000000 dd2b0000 0300 776879",
        "01000000 06",
        "01000000 07",
        "12000000 08 826d0000 0a 0a00 6e6f20c3a463636573 73",
    ];
    for (frame, expected) in samples().iter().zip(expected) {
        let hex: String = bytes_of(frame).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected.replace(' ', ""), "{frame:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        crate::fuzzing::frames(&bytes);
        crate::fuzzing::connection(&bytes);
    }

    #[test]
    fn any_damage_is_taken(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        order in Just((0..9usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let frames = samples();
        let mut bytes: Vec<u8> = order.iter().flat_map(|index| bytes_of(&frames[*index])).collect();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        crate::fuzzing::frames(&bytes);
        let piece = |piece: &[u8]| [&[piece.len() as u8][..], piece].concat();
        let pieces: Vec<u8> = bytes.chunks(200).flat_map(piece).collect();
        crate::fuzzing::connection(&pieces);
    }
}
