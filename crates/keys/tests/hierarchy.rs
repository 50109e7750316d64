//! The keys at rest: each opens under its own protector only, and damage is found.

use duologue_keys::dialog_security_header::{KeyExchangeKeyCache, parse_header, verify_and_unwrap};
use duologue_keys::fixtures::{self, SeededRandom};
use duologue_keys::{
    DatabaseMasterKey, KeyError, PrivateKey, RootSecret, Salt, ServiceMasterKey, SessionKey, WrappedKey,
};
use duologue_messages::SqlError;
use duologue_types::{ConversationId, Guid, SessionKeyId};

const ID: SessionKeyId = SessionKeyId(Guid([5; 16]));

fn number<T>(result: Result<T, KeyError>) -> i32 {
    result.map_or_else(|error| error.number(), |_| 0)
}

#[test]
fn the_whole_chain_opens_and_no_other_key_does() {
    let mut rng = SeededRandom::new(1);
    let (root, other_root) = (RootSecret::new([1; 32]), RootSecret::new([2; 32]));
    let (smk, other_smk) = (ServiceMasterKey::generate(&mut rng), ServiceMasterKey::generate(&mut rng));
    let (dmk, other_dmk) = (DatabaseMasterKey::generate(&mut rng), DatabaseMasterKey::generate(&mut rng));
    let key = fixtures::initiator().private_key;
    let session_key = SessionKey::generate(&mut rng);

    let wrapped = smk.wrap(&root, &mut rng);
    assert!(ServiceMasterKey::unwrap(&wrapped, &root).unwrap().is_same_as(&smk));
    assert_eq!(number(ServiceMasterKey::unwrap(&wrapped, &other_root)), 33095);

    let by_smk = dmk.wrap_by_service_master_key(&smk, &mut rng);
    assert!(DatabaseMasterKey::unwrap_by_service_master_key(&by_smk, &smk).unwrap().is_same_as(&dmk));
    assert_eq!(number(DatabaseMasterKey::unwrap_by_service_master_key(&by_smk, &other_smk)), 15329);

    let by_password = dmk.wrap_by_password("Pa$$w0rd", &mut rng);
    assert!(DatabaseMasterKey::unwrap_by_password(&by_password, "Pa$$w0rd").unwrap().is_same_as(&dmk));
    assert_eq!(number(DatabaseMasterKey::unwrap_by_password(&by_password, "Pa$$w0re")), 15313);
    assert_ne!(by_password, dmk.wrap_by_password("Pa$$w0rd", &mut rng), "every copy has its own salt");

    let wrapped = key.wrap(&dmk, &mut rng);
    assert_eq!(PrivateKey::unwrap(&wrapped, &dmk).unwrap().pkcs8(), key.pkcs8());
    assert_eq!(number(PrivateKey::unwrap(&wrapped, &other_dmk)), 15466);
    let wrapped = key.wrap_by_password("Pa$$w0rd", &mut rng);
    assert_eq!(PrivateKey::unwrap_by_password(&wrapped, "Pa$$w0rd").unwrap().pkcs8(), key.pkcs8());
    assert_eq!(number(PrivateKey::unwrap_by_password(&wrapped, "")), 15466);

    let wrapped = session_key.wrap(ID, &dmk, &mut rng);
    let again = SessionKey::unwrap(&wrapped, ID, &dmk).unwrap();
    let sealed = session_key.seal(&mut rng, b"header", b"body");
    assert_eq!(again.open(sealed.salt, b"header", &sealed.body).unwrap(), b"body");
    assert_eq!(number(SessionKey::unwrap(&wrapped, ID, &other_dmk)), 9652);
    assert_eq!(number(SessionKey::unwrap(&wrapped, SessionKeyId(Guid([6; 16])), &dmk)), 9652);
}

#[test]
fn a_key_is_not_accepted_for_another_purpose() {
    let mut rng = SeededRandom::new(2);
    let dmk = DatabaseMasterKey::generate(&mut rng);
    let session_key = SessionKey::generate(&mut rng).wrap(ID, &dmk, &mut rng);
    assert_eq!(number(PrivateKey::unwrap(&session_key, &dmk)), 15507);
    let by_password = dmk.wrap_by_password("Pa$$w0rd", &mut rng);
    assert_eq!(number(PrivateKey::unwrap_by_password(&by_password, "Pa$$w0rd")), 15507);
    let smk = ServiceMasterKey::generate(&mut rng);
    assert_eq!(number(DatabaseMasterKey::unwrap_by_service_master_key(&by_password, &smk)), 15507);
}

#[test]
fn every_flipped_bit_and_every_truncation_is_an_error() {
    let mut rng = SeededRandom::new(3);
    let dmk = DatabaseMasterKey::generate(&mut rng);
    let whole = SessionKey::generate(&mut rng).wrap(ID, &dmk, &mut rng).into_bytes();
    let open = |bytes: &[u8]| number(SessionKey::unwrap(&WrappedKey::from_bytes(bytes.to_vec()), ID, &dmk));
    assert_eq!(open(&whole), 0);
    for position in 0..whole.len() {
        assert!(matches!(open(&whole[..position]), 15507 | 9652), "{position} bytes");
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[position] ^= 1 << bit;
            let expected = if position < 3 { 15507 } else { 9652 };
            assert_eq!(open(&damaged), expected, "byte {position}, bit {bit}");
        }
    }
}

#[test]
fn a_damaged_copy_under_a_password_costs_no_unbounded_time() {
    let mut rng = SeededRandom::new(4);
    let dmk = DatabaseMasterKey::generate(&mut rng);
    let whole = dmk.wrap_by_password("Pa$$w0rd", &mut rng).into_bytes();
    let open = |bytes: Vec<u8>| {
        number(DatabaseMasterKey::unwrap_by_password(&WrappedKey::from_bytes(bytes), "Pa$$w0rd"))
    };
    for iterations in [0, 2_000_001, u32::MAX] {
        let mut damaged = whole.clone();
        damaged[3..7].copy_from_slice(&iterations.to_be_bytes());
        assert_eq!(open(damaged), 15507);
    }
    // One byte of each field: iterations, salt, nonce, ciphertext, tag.
    for position in [6, 7, 23, 35, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[position] ^= 1;
        assert_eq!(open(damaged), 15313, "byte {position}");
    }
    for size in [0, 2, 3, 22, 23, 35, 50] {
        assert_eq!(open(whole[..size].to_vec()), 15507, "{size} bytes");
    }
}

#[test]
fn backups_restore_with_their_password_and_kind() {
    let mut rng = SeededRandom::new(5);
    let dmk = DatabaseMasterKey::generate(&mut rng);
    let smk = ServiceMasterKey::generate(&mut rng);
    let (file, smk_file) = (dmk.backup("f1le-Pass", &mut rng), smk.backup("f1le-Pass", &mut rng));
    assert!(DatabaseMasterKey::restore(&file, "f1le-Pass").unwrap().is_same_as(&dmk));
    assert!(ServiceMasterKey::restore(&smk_file, "f1le-Pass").unwrap().is_same_as(&smk));
    assert_eq!(number(DatabaseMasterKey::restore(&file, "f1le-pass")), 15465);
    assert_eq!(number(DatabaseMasterKey::restore(&smk_file, "f1le-Pass")), 15317);
    assert_eq!(number(DatabaseMasterKey::restore(b"", "f1le-Pass")), 15317);
    assert_eq!(number(DatabaseMasterKey::restore(&file[..file.len() - 60], "f1le-Pass")), 15317);
    assert_eq!(number(DatabaseMasterKey::restore(fixtures::target().certificate.der(), "f1le-Pass")), 15317);
}

#[test]
fn messages_open_only_as_they_were_sealed() {
    let mut rng = SeededRandom::new(6);
    let key = SessionKey::generate(&mut rng);
    let sealed = key.seal(&mut rng, b"header", b"a body");
    assert_eq!(key.open(sealed.salt, b"header", &sealed.body).unwrap(), b"a body");
    assert!(key.open(sealed.salt, b"Header", &sealed.body).is_err());
    assert!(SessionKey::generate(&mut rng).open(sealed.salt, b"header", &sealed.body).is_err());
    for position in 0..sealed.body.len() {
        let mut damaged = sealed.body.clone();
        damaged[position] ^= 1;
        assert!(key.open(sealed.salt, b"header", &damaged).is_err());
        assert!(key.open(sealed.salt, b"header", &sealed.body[..position]).is_err());
    }
    let again = key.seal(&mut rng, b"header", b"a body");
    assert_ne!(again.salt, sealed.salt);

    let (salt, mic) = key.mic(&mut rng, b"acknowledgement");
    assert!(key.verify_mic(salt, b"acknowledgement", &mic).is_ok());
    assert!(key.verify_mic(salt, b"acknowledgemenu", &mic).is_err());
    assert!(key.verify_mic(sealed.salt, b"acknowledgement", &mic).is_err());
    assert!(key.verify_mic(salt, b"acknowledgement", &mic[1..]).is_err());
    assert!(key.verify_mic(salt, b"acknowledgement", &[]).is_err());
}

#[test]
fn errors_fail_the_statement() {
    for error in [KeyError::MasterKeyPassword, KeyError::BackupFile, KeyError::ServiceMasterKey] {
        let sql = SqlError::from(error);
        assert_eq!((sql.number, sql.severity), (error.number(), 16), "{error}");
    }
}

#[test]
fn stored_forms_of_version_1_stay_readable() {
    let dmk_file = include_bytes!("../fixtures/master_key_v1.backup");
    let dmk = DatabaseMasterKey::restore(dmk_file, "v1-Passw0rd").unwrap();
    let session_key = WrappedKey::from_bytes(include_bytes!("../fixtures/session_key_v1.wrapped").to_vec());
    let key = SessionKey::unwrap(&session_key, ID, &dmk).unwrap();
    let sealed = include_bytes!("../fixtures/message_v1.sealed");
    let (salt, body) = sealed.split_first_chunk().unwrap();
    let text = b"written by version 1";
    assert_eq!(key.open(Salt(*salt), b"header", body).unwrap(), text);

    let header = parse_header(include_bytes!("../fixtures/header_v1.bin")).unwrap();
    let (initiator, target) = (fixtures::initiator().certificate, fixtures::target().private_key);
    let mut cache = KeyExchangeKeyCache::default();
    let conversation = ConversationId(Guid([7; 16]));
    let (id, key) = verify_and_unwrap(&header, &mut cache, Some(&initiator), &target, conversation).unwrap();
    assert_eq!(id, ID);
    assert_eq!(key.open(Salt(*salt), b"header", body).unwrap(), text);
}
