//! Certificates, wrapped keys, password hashes, headers. Private key files of other formats come from openssl.

use duologue_fuzz_smoke::Hierarchy;
use duologue_keys::dialog_security_header::build_header;
use duologue_keys::{Certificate, KeyExchangeKeyCache, PasswordHash, PrivateKey, RandomSource, SessionKey};
use duologue_types::{ConversationId, Guid, SessionKeyId, Timestamp};

type Seed = (&'static str, &'static str, Vec<u8>);
type File = (&'static str, &'static str, &'static [u8]);

/// Bytes that count: the corpus must not change from run to run.
struct Counting(u8);

impl RandomSource for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}

const FILES: [File; 5] = [
    ("keys_certificate", "version_3", include_bytes!("../../../keys/fixtures/initiator.cer")),
    ("keys_certificate", "version_1", include_bytes!("../../../keys/fixtures/version_1.cer")),
    ("keys_private_key", "pkcs8", include_bytes!("../../../keys/fixtures/target.pk8")),
    ("keys_dialog_security_header", "fixture", include_bytes!("../../../keys/fixtures/header_v1.bin")),
    ("keys_wrapped", "session_key_fixture", include_bytes!("../../../keys/fixtures/session_key_v1.wrapped")),
];

/// A signed and an anonymous header. RSA's padding is random, so these differ after each run.
fn headers(keys: &Hierarchy) -> Vec<Seed> {
    let mut rng = Counting(0);
    let target = Certificate::from_der(include_bytes!("../../../keys/fixtures/target.cer"))
        .expect("the fixture is a certificate");
    let initiator = PrivateKey::from_pkcs8(include_bytes!("../../../keys/fixtures/initiator.pk8"))
        .expect("the fixture is a private key");
    let session_key = SessionKey::generate(&mut rng);
    let id = SessionKeyId(Guid([7; 16]));
    let sources = [("signed", Some((&keys.source, &initiator))), ("anonymous", None)];
    let mut seeds = Vec::new();
    for (name, source) in sources {
        let mut cache = KeyExchangeKeyCache::default();
        let (now, conversation) = (Timestamp::default(), ConversationId(Guid([7; 16])));
        let header = build_header(now, &mut rng, &mut cache, source, &target, &session_key, id, conversation);
        seeds.push(("keys_dialog_security_header", name, header.expect("it can be built").to_vec()));
    }
    seeds
}

fn wrapped(keys: &Hierarchy) -> Vec<Seed> {
    let rng = &mut Counting(0);
    let dmk = &keys.database_master_key;
    let mut by_password = dmk.wrap_by_password("p", rng).into_bytes();
    // One iteration: the tag is wrong then, and the time is spent elsewhere.
    by_password[3..7].copy_from_slice(&1u32.to_be_bytes());
    let wrapped = [
        ("service_master_key", keys.service_master_key.wrap(&keys.root, rng).into_bytes()),
        ("database_master_key", dmk.wrap_by_service_master_key(&keys.service_master_key, rng).into_bytes()),
        ("by_password", by_password),
        ("private_key", keys.destination.wrap(dmk, rng).into_bytes()),
        ("session_key", SessionKey::generate(rng).wrap(SessionKeyId(Guid([7; 16])), dmk, rng).into_bytes()),
    ];
    wrapped.map(|(name, bytes)| ("keys_wrapped", name, bytes)).to_vec()
}

pub(super) fn seeds() -> Vec<Seed> {
    let keys = Hierarchy::new();
    let files = FILES.map(|(target, name, bytes)| (target, name, bytes.to_vec()));
    let slow = PasswordHash::new("p", &mut Counting(0)).to_bytes();
    let sql_server = [&[2, 0, 1, 2, 3, 4][..], &[0xAB; 64]].concat();
    let hashes = [("slow", slow), ("sql_server", sql_server)];
    let hashes = hashes.map(|(name, bytes)| ("keys_password_hash", name, bytes));
    [files.to_vec(), wrapped(&keys), headers(&keys), hashes.to_vec()].concat()
}
