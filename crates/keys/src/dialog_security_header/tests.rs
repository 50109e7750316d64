use std::time::Duration;

use duologue_types::{ConversationId, Guid, SessionKeyId, Timestamp};

use super::*;
use crate::certificate::Certificate;
use crate::fixtures::{self, Identity, SeededRandom};
use crate::private_key::PrivateKey;
use crate::session_key::SessionKey;

const CONVERSATION: ConversationId = ConversationId(Guid([7; 16]));
const KEY_ID: SessionKeyId = SessionKeyId(Guid([9; 16]));
const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// Both sides of a dialog, each with its own cache.
struct World {
    rng: SeededRandom,
    initiator: Identity,
    target: Identity,
    session_key: SessionKey,
    sender: KeyExchangeKeyCache,
    receiver: KeyExchangeKeyCache,
}

impl World {
    fn new() -> Self {
        let mut rng = SeededRandom::new(1);
        Self {
            session_key: SessionKey::generate(&mut rng),
            rng,
            initiator: fixtures::initiator(),
            target: fixtures::target(),
            sender: KeyExchangeKeyCache::default(),
            receiver: KeyExchangeKeyCache::default(),
        }
    }

    fn build_at(&mut self, now: Timestamp, is_anonymous: bool) -> Vec<u8> {
        let source = (!is_anonymous).then_some((&self.initiator.certificate, &self.initiator.private_key));
        build_header(
            now,
            &mut self.rng,
            &mut self.sender,
            source,
            &self.target.certificate,
            &self.session_key,
            KEY_ID,
            CONVERSATION,
        )
        .unwrap()
        .to_vec()
    }

    fn build(&mut self, is_anonymous: bool) -> Vec<u8> {
        self.build_at(NOW, is_anonymous)
    }

    /// As the target does it: the source is looked up by what the header names.
    fn open(&mut self, header: &[u8]) -> Result<(SessionKeyId, SessionKey), HeaderError> {
        let parsed = parse_header(header)?;
        let source = (parsed.source_id.as_ref() == Some(self.initiator.certificate.id()))
            .then_some(&self.initiator.certificate);
        verify_and_unwrap(&parsed, &mut self.receiver, source, &self.target.private_key, CONVERSATION)
    }

    fn open_with(
        &mut self,
        header: &[u8],
        source: Option<&Certificate>,
        destination: &PrivateKey,
        conversation: ConversationId,
    ) -> Result<(SessionKeyId, SessionKey), HeaderError> {
        verify_and_unwrap(&parse_header(header)?, &mut self.receiver, source, destination, conversation)
    }
}

fn error<T>(result: Result<T, HeaderError>) -> HeaderError {
    match result {
        Ok(_) => panic!("the header was accepted"),
        Err(error) => error,
    }
}

#[test]
fn the_target_gets_the_initiators_session_key() {
    for is_anonymous in [false, true] {
        let mut world = World::new();
        let header = world.build(is_anonymous);
        let parsed = parse_header(&header).unwrap();
        assert_eq!(parsed.is_anonymous(), is_anonymous);
        assert_eq!(&parsed.destination_id, world.target.certificate.id());
        for _from_cache in [false, true] {
            let (id, key) = world.open(&header).unwrap();
            assert_eq!(id, KEY_ID);
            assert!(key.0.is_same_as(&world.session_key.0));
        }
        assert_eq!(world.receiver.len(), 1);
    }
}

#[test]
fn a_second_dialog_repeats_the_service_pair_part() {
    let mut world = World::new();
    let (first, second) = (world.build(false), world.build(false));
    let pair = first.len() - ID_SIZE - 2 - ENCRYPTED_SESSION_KEY_SIZE;
    assert_eq!(first[..pair], second[..pair]);
    assert_ne!(first[pair..], second[pair..], "a fresh nonce each time");
    world.open(&first).unwrap();
    world.open(&second).unwrap();
    assert_eq!((world.sender.len(), world.receiver.len()), (1, 1));
    // Another source, or none, is another pair.
    world.build(true);
    assert_eq!(world.sender.len(), 2);
}

#[test]
fn key_exchange_keys_age_and_are_forgotten_with_their_certificates() {
    let key_id = |header: &[u8]| parse_header(header).unwrap().key_exchange_key_id;
    let mut world = World::new();
    let first = key_id(&world.build(false));
    let almost = NOW + Duration::from_secs(4 * 3600 - 1);
    assert_eq!(key_id(&world.build_at(almost, false)), first);
    let later = NOW + Duration::from_secs(4 * 3600);
    let second = key_id(&world.build_at(later, false));
    assert_ne!(second, first);
    assert_ne!(key_id(&world.build_at(NOW, false)), second, "the clock was set back");

    let header = world.build(false);
    world.open(&header).unwrap();
    let (source, destination) =
        (world.initiator.certificate.id().clone(), world.target.certificate.id().clone());
    world.sender.forget_certificate(&destination);
    world.receiver.forget_certificate(&source);
    assert!(world.sender.is_empty() && world.receiver.is_empty());
}

#[test]
fn the_cache_drops_what_was_not_used_for_longest() {
    let mut world = World::new();
    world.sender = KeyExchangeKeyCache::new(Duration::from_secs(3600), 2);
    let send = |world: &mut World, index: usize| {
        let destination = fixtures::identity(index).certificate;
        let header = build_header(
            NOW,
            &mut world.rng,
            &mut world.sender,
            None,
            &destination,
            &world.session_key,
            KEY_ID,
            CONVERSATION,
        );
        parse_header(&header.unwrap()).unwrap().key_exchange_key_id
    };
    let (one, two) = (send(&mut world, 1), send(&mut world, 2));
    assert_eq!(send(&mut world, 1), one);
    send(&mut world, 3);
    assert_eq!(world.sender.len(), 2);
    assert_eq!(send(&mut world, 1), one, "used more recently than 2");
    assert_ne!(send(&mut world, 2), two);
}

#[test]
fn a_replaced_certificate_does_not_profit_from_the_cache() {
    let mut world = World::new();
    let header = world.build(false);
    world.open(&header).unwrap();
    // The same name and serial number, but another key: as if the certificate was dropped and forged anew.
    let mut der = world.initiator.certificate.der().to_vec();
    let spki = world.initiator.certificate.public_key().spki();
    let at = der.windows(spki.len()).position(|window| window == spki).unwrap();
    der[at..at + spki.len()].copy_from_slice(fixtures::stranger().certificate.public_key().spki());
    let forged = Certificate::from_der(&der).unwrap();
    assert_eq!(forged.id(), world.initiator.certificate.id());
    let key = fixtures::target().private_key;
    assert_eq!(error(world.open_with(&header, Some(&forged), &key, CONVERSATION)), HeaderError::Signature);
}

#[test]
fn other_certificates_keys_and_conversations_have_their_numbers() {
    let mut world = World::new();
    let (full, anonymous) = (world.build(false), world.build(true));
    let (initiator, stranger) = (fixtures::initiator(), fixtures::stranger());
    let target = fixtures::target().private_key;
    let other = ConversationId(Guid([8; 16]));
    for _before_and_after_caching in 0..2 {
        for (header, source, key, conversation, number) in [
            (&full, None, &target, CONVERSATION, 11229),
            (&full, Some(&stranger.certificate), &target, CONVERSATION, 11229),
            (&anonymous, Some(&initiator.certificate), &target, CONVERSATION, 11229),
            (&full, Some(&initiator.certificate), &stranger.private_key, CONVERSATION, 11230),
            (&anonymous, None, &stranger.private_key, CONVERSATION, 11230),
            (&full, Some(&initiator.certificate), &target, other, 11230),
            (&anonymous, None, &target, other, 11230),
        ] {
            assert_eq!(error(world.open_with(header, source, key, conversation)).number(), number);
        }
        world.open(&full).unwrap();
        world.open(&anonymous).unwrap();
    }
}

#[test]
fn a_session_key_cannot_be_moved_to_another_service_pair() {
    let mut world = World::new();
    let first = world.build(false);
    world.sender = KeyExchangeKeyCache::default();
    let second = world.build(false);
    let pair = first.len() - ID_SIZE - 2 - ENCRYPTED_SESSION_KEY_SIZE;
    let mixed = [&first[..pair], &second[pair..]].concat();
    assert_eq!(error(world.open(&mixed)), HeaderError::NotDecrypted);
}

/// Every single flipped bit is found, whether the key exchange key is cached or not.
#[test]
fn every_flipped_bit_is_an_error() {
    for is_anonymous in [false, true] {
        let mut world = World::new();
        let header = world.build(is_anonymous);
        for position in 0..header.len() {
            let mut damaged = header.clone();
            damaged[position] ^= 1 << (position % 8);
            assert!(world.open(&damaged).is_err(), "byte {position}, key not cached");
        }
        assert!(world.receiver.is_empty(), "nothing damaged is remembered");
        world.open(&header).unwrap();
        for position in 0..header.len() {
            let mut damaged = header.clone();
            damaged[position] ^= 0x80 >> (position % 8);
            assert!(world.open(&damaged).is_err(), "byte {position}, key cached");
        }
    }
}

#[test]
fn truncated_and_lengthened_headers_are_errors() {
    let mut world = World::new();
    let header = world.build(false);
    for size in 0..header.len() {
        assert_eq!(error(parse_header(&header[..size])), HeaderError::Malformed, "{size} bytes");
    }
    let longer = [&header[..], &[0]].concat();
    assert_eq!(error(parse_header(&longer)), HeaderError::Malformed);
    assert_eq!(error(parse_header(&[0; MAX_HEADER_SIZE + 1])), HeaderError::Malformed);
}

/// A header from its fields, whatever they are.
fn assemble(fields: &[&[u8]; 6], kek_id: [u8; 16], key_id: [u8; 16], session_key: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    let put = |bytes: &mut Vec<u8>, field: &[u8]| {
        bytes.extend((field.len() as u16).to_be_bytes());
        bytes.extend_from_slice(field);
    };
    fields[..4].iter().for_each(|field| put(&mut bytes, field));
    bytes.extend(kek_id);
    put(&mut bytes, fields[4]);
    put(&mut bytes, fields[5]);
    bytes.extend(key_id);
    put(&mut bytes, session_key);
    bytes
}

#[test]
fn each_inconsistency_has_its_number() {
    let (i, s): (&[u8], &[u8]) = (b"issuer", b"serial");
    let (rsa, key): (&[u8], &[u8]) = (&[1; 256], &[2; ENCRYPTED_SESSION_KEY_SIZE]);
    let (long_issuer, long_serial) = (vec![3; 4097], vec![3; 65]);
    let (none, id, zero): (&[u8], _, _) = (b"", [4; 16], [0; 16]);
    assert!(parse_header(&assemble(&[i, s, i, s, rsa, rsa], id, id, key)).is_ok());
    assert!(parse_header(&assemble(&[none, none, i, s, rsa, none], id, id, key)).is_ok());
    for (fields, kek_id, key_id, session_key, number) in [
        ([i, none, i, s, rsa, rsa], id, id, key, 11250),
        ([none, s, i, s, rsa, rsa], id, id, key, 11250),
        ([none, none, i, s, rsa, rsa], id, id, key, 11251),
        ([i, s, i, s, rsa, none], id, id, key, 11251),
        ([i, s, i, none, rsa, rsa], id, id, key, 11252),
        ([i, s, none, s, rsa, rsa], id, id, key, 11253),
        ([i, s, i, s, none, rsa], id, id, key, 11253),
        ([i, s, i, s, rsa, rsa], id, id, none, 11253),
        ([i, s, i, s, rsa, rsa], id, zero, key, 11254),
        ([i, &long_serial, i, s, rsa, rsa], id, id, key, 11259),
        ([&long_issuer, s, i, s, rsa, rsa], id, id, key, 11260),
        ([i, s, i, &long_serial, rsa, rsa], id, id, key, 11261),
        ([i, s, &long_issuer, s, rsa, rsa], id, id, key, 11262),
        ([i, s, i, s, rsa, &rsa[1..]], id, id, key, 11263),
        ([i, s, i, s, &rsa[1..], rsa], id, id, key, 11264),
        ([i, s, i, s, rsa, rsa], zero, id, key, 11265),
        ([i, s, i, s, rsa, rsa], id, id, &key[1..], 11266),
    ] {
        let found = error(parse_header(&assemble(&fields, kek_id, key_id, session_key)));
        assert_eq!(found.number(), number, "{found}");
        let sql = found.to_sql_error(CONVERSATION, true, 0);
        assert_eq!(sql.number, number);
        assert!(!sql.text.contains('%'), "every placeholder is filled: {}", sql.text);
    }
    assert_eq!(error(parse_header(&[0, 2])).number(), 11241);
}

#[test]
fn a_version_1_certificate_serves_as_source_and_destination() {
    let mut world = World::new();
    world.initiator = Identity {
        certificate: fixtures::version_1_certificate(),
        private_key: fixtures::spare().private_key,
    };
    let header = world.build(false);
    world.open(&header).unwrap();
    world.target = fixtures::identity(7);
    world.target.certificate = fixtures::version_1_certificate();
    let header = world.build(false);
    world.open(&header).unwrap();
}
