//! Every rule has a line; every length is cut; every byte may be anything.

use proptest::prelude::*;

use super::super::samples;
use super::*;

#[test]
fn round_trip() {
    let full = samples::full();
    let variants = [
        full.clone(),
        Envelope {
            kind: Kind::EndDialog,
            message_type: "".into(),
            fragment: Fragment::whole(4),
            ..full.clone()
        },
        Envelope { kind: Kind::Error, message_type: "".into(), fragment: Fragment::whole(4), ..full.clone() },
        Envelope {
            kind: Kind::BrokerError,
            message_type: "".into(),
            sequence: 0,
            fragment: Fragment::whole(4),
            ..full.clone()
        },
        Envelope { has_body: false, fragment: Fragment::whole(0), body: full.body.slice(..16), ..full },
        samples::acknowledgement(),
    ];
    for envelope in variants {
        let bytes = envelope.encode().unwrap();
        assert_eq!(bytes.len(), envelope.encoded_length());
        assert_eq!(Envelope::decode(&bytes).as_ref(), Ok(&envelope));
    }
}

#[test]
fn every_truncation_and_every_extension_is_refused() {
    for envelope in [samples::full(), samples::acknowledgement()] {
        let bytes = envelope.encode().unwrap();
        for length in 0..bytes.len() {
            assert!(Envelope::decode(&bytes.slice(..length)).is_err(), "cut to {length} bytes");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert_eq!(Envelope::decode(&longer.into()).unwrap_err().number, 28065);
    }
}

#[test]
fn associated_data_covers_everything_but_hops_seconds_header_salt_and_body() {
    let full = samples::full();
    let security = full.security.clone().unwrap();
    let same = [
        Envelope { hops_remaining: 1, seconds_consumed: 9, body: Bytes::new(), ..full.clone() },
        Envelope {
            security: Some(Security { header: Bytes::new(), salt: [0; SALT_LENGTH], ..security }),
            ..full.clone()
        },
    ];
    for envelope in same {
        assert_eq!(envelope.associated_data(), full.associated_data());
    }
    let bytes = full.encode().unwrap();
    let covered = full.associated_data();
    assert_eq!(covered[..6], bytes[..6]);
    assert_eq!(covered[6..], bytes[PREAMBLE_LENGTH..PREAMBLE_LENGTH + covered.len() - 6]);
}

/// One line a rule: what is wrong, the number.
#[test]
fn broken_rules_have_their_numbers() {
    let clear = Envelope { security: None, body: Bytes::from_static(b"four"), ..samples::full() };
    let first = Envelope { sequence: 0, fragment: Fragment::whole(4), ..clear.clone() };
    let end = Envelope { kind: Kind::EndDialog, message_type: "".into(), ..first.clone() };
    let long: Arc<str> = "n".repeat(257).into();
    let security = |change: fn(&mut Security)| {
        let mut envelope = samples::full();
        change(envelope.security.as_mut().unwrap());
        envelope
    };
    let cases = [
        (Envelope { conversation_id: ConversationId::default(), ..clear.clone() }, 11271),
        (Envelope { from_service: "".into(), ..clear.clone() }, 11201),
        (Envelope { from_service: long.clone(), ..clear.clone() }, 11202),
        (Envelope { from_broker_instance: BrokerInstance::default(), ..clear.clone() }, 11203),
        (Envelope { to_service: "".into(), ..clear.clone() }, 11205),
        (Envelope { to_service: long.clone(), ..clear.clone() }, 11206),
        (Envelope { to_service: "\u{1f600}".repeat(129).into(), ..clear.clone() }, 11206),
        (Envelope { contract: "".into(), ..clear.clone() }, 11207),
        (Envelope { contract: long.clone(), ..clear.clone() }, 11208),
        (Envelope { to_broker_instance: Some(BrokerInstance::default()), ..clear.clone() }, 11220),
        (Envelope { fragment: Fragment { offset: 5, ..clear.fragment }, ..clear.clone() }, 11221),
        (Envelope { fragment: clear.fragment, ..end.clone() }, 11277),
        (Envelope { fragment: clear.fragment, sequence: 3, ..end.clone() }, 11221),
        (security(|s| s.session_key_id = SessionKeyId::default()), 11254),
        (Envelope { body: Bytes::from_static(b"short"), ..samples::full() }, 11255),
        (security(|s| s.header = vec![0; MAX_SECURITY_HEADER_LENGTH + 1].into()), 11263),
        (Envelope { message_type: long, ..clear.clone() }, 11270),
        (Envelope { sequence: i64::MAX as u64, ..clear.clone() }, 11274),
        (Envelope { message_type: "".into(), ..clear.clone() }, 11278),
        (Envelope { message_type: "t".into(), ..end.clone() }, 11279),
        (Envelope { kind: Kind::BrokerError, message_type: "".into(), sequence: 1, ..first.clone() }, 11299),
        (Envelope { has_body: false, ..clear.clone() }, 28001),
        (Envelope { has_body: true, ..samples::acknowledgement() }, 28001),
        (Envelope { from_initiator: false, ..clear }, 28001),
        (Envelope { acknowledgement: None, ..samples::acknowledgement() }, 28063),
    ];
    for (envelope, number) in cases {
        let error = envelope.check().unwrap_err();
        assert_eq!(error.number, number, "{envelope:?}");
        assert!(!error.text.contains('%') && !error.text.contains("no text"), "{error}");
        assert_eq!(envelope.encode().unwrap_err().number, number);
    }
    let target_end = Envelope { from_initiator: false, initiator_saw_first_ack: false, ..end };
    assert_eq!(target_end.check(), Ok(()), "the target's first message may be its end");
}

/// Damage that has no `Envelope`: the byte at an offset is replaced.
#[test]
fn broken_bytes_have_their_numbers() {
    let bytes = samples::full().encode().unwrap();
    let names = PREAMBLE_LENGTH + FIXED_LENGTH;
    let flags = u8::try_from(samples::full().flags()).unwrap();
    let clear = Envelope { security: None, body: Bytes::from_static(b"four"), ..samples::full() };
    let salt_length = bytes.len() - 20 - 4 - SALT_LENGTH - 1;
    for (offset, value, number) in [
        (0, b'X', 11240),
        (4, 2, 11241),
        (7, 1, 11240),
        (12, 9, 11235),
        (12, ACKNOWLEDGEMENT, 11279),
        (14, flags | END_DIALOG as u8 | ERROR as u8, 11275),
        (15, 1, 28001),
        (14, flags & !ACKNOWLEDGES as u8, 28001),
        (14, flags & !SECURED as u8, 11257),
        (names + 1, 0xff, 28063),
        (names + 2, 0xff, 28064),
        (salt_length, 11, 11268),
        (bytes.len() - 24, 21, 28068),
        (bytes.len() - 24, 19, 28065),
    ] {
        let mut damaged = bytes.to_vec();
        damaged[offset] = value;
        let error = Envelope::decode(&damaged.into()).unwrap_err();
        assert_eq!(error.number, number, "byte {offset} = {value}");
        assert!(!error.text.contains('%'), "{error}");
    }
    let mut unsequenced_end = clear.encode().unwrap().to_vec();
    unsequenced_end[12] = ACKNOWLEDGEMENT;
    unsequenced_end[14] |= END_DIALOG as u8;
    assert_eq!(Envelope::decode(&unsequenced_end.into()).unwrap_err().number, 11276);
    let oversize = Bytes::from(vec![0; MAX_ENVELOPE_LENGTH + 1]);
    assert_eq!(Envelope::decode(&oversize).unwrap_err().number, 11280);
}

/// The exact bytes of version 1: changing them is a new version (`docs/formats/dialog.md`).
#[test]
fn version_1_bytes() {
    let bytes = samples::acknowledgement().encode().unwrap();
    let expected = [
        "444c474d 0100 10 00 03000000",
        "03 05 6000",
        &"01".repeat(16),
        &"02".repeat(16),
        &"00".repeat(16),
        "0000000000000000 00000000 0000000000000000 0000000000000000",
        "0100000000000000 00000000 58020000 00d2496b00000000",
        &"00".repeat(16),
        "0d00 2f2f412f496e69746961746f72",
        "0f00 2f2f422f5a69656c2dc3a4f09f9880",
        "0000 0000 00000000",
    ];
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected.concat().replace(' ', ""));
}

/// The longest security header of suite 1 (`docs/formats/dialog-security-header.md`): 2 for the suite, 7 lengths, two
/// issuer names and serial numbers, two ids, a key exchange key and a signature of RSA-4096, a session key.
const LONGEST_SUITE_1_HEADER: usize = 2 + 7 * 2 + 2 * (4096 + 64) + 2 * 16 + 2 * 512 + 60;

/// Whatever certificates an administrator installed: a message that is within every limit travels.
#[test]
fn the_longest_of_everything_travels() {
    let name: Arc<str> = "\u{4e2d}".repeat(MAX_NAME_CHARACTERS).into();
    let body = vec![7; crate::MAX_FRAGMENT_LENGTH as usize + TAG];
    let mut longest = Envelope {
        from_service: name.clone(),
        to_service: name.clone(),
        contract: name.clone(),
        message_type: name,
        fragment: Fragment::whole(u64::from(crate::MAX_FRAGMENT_LENGTH)),
        body: body.into(),
        ..samples::full()
    };
    if let Some(security) = &mut longest.security {
        security.header = vec![1; LONGEST_SUITE_1_HEADER].into();
    }
    let bytes = longest.encode().unwrap();
    assert_eq!(Envelope::decode(&bytes).unwrap(), longest);
}

fn arbitrary_envelope() -> impl Strategy<Value = Envelope> {
    let name = || "[a-z/\u{e4}\u{4e2d}\u{1f600}]{1,40}";
    let body = proptest::collection::vec(any::<u8>(), TAG..80);
    (
        name(),
        name(),
        name(),
        any::<(u32, u32, u8, u8, bool)>(),
        0..=MAX,
        any::<Option<[u8; SALT_LENGTH]>>(),
        body,
    )
        .prop_map(
            |(from, to, contract, (ttl, consumed, priority, hops, first), sequence, salt, body)| {
                let plain = body.len() - if salt.is_some() { TAG } else { 0 };
                Envelope {
                    from_service: from.as_str().into(),
                    to_service: to.as_str().into(),
                    contract: contract.as_str().into(),
                    from_initiator: true,
                    initiator_saw_first_ack: first,
                    time_to_live: ttl,
                    seconds_consumed: consumed,
                    priority,
                    hops_remaining: hops,
                    sequence,
                    fragment: Fragment::whole(plain as u64),
                    security: salt
                        .map(|salt| Security { salt, ..samples::full().security.expect("secured") }),
                    body: body.into(),
                    ..samples::full()
                }
            },
        )
}

const TAG: usize = super::super::TAG_LENGTH;
const MAX: u64 = super::super::MAX_SEQUENCE;

proptest! {
    #[test]
    fn any_envelope_survives(envelope in arbitrary_envelope()) {
        let bytes = envelope.encode().unwrap();
        prop_assert_eq!(Envelope::decode(&bytes).unwrap(), envelope);
    }

    #[test]
    fn any_damage_is_refused_or_canonical(
        envelope in arbitrary_envelope(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = envelope.encode().unwrap().to_vec();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        crate::fuzzing::envelope(&bytes);
    }

    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        crate::fuzzing::envelope(&bytes);
        crate::fuzzing::halves(&bytes);
    }
}
