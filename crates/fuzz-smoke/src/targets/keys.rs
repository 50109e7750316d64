//! Certificates, key files, wrapped keys, password hashes, the dialog security header.

use std::sync::LazyLock;

use duologue_keys::dialog_security_header::{parse_header, verify_and_unwrap};
use duologue_keys::{
    Certificate, DatabaseMasterKey, KeyExchangeKeyCache, PasswordHash, PrivateKey, RandomSource, RootSecret,
    ServiceMasterKey, SessionKey, WrappedKey,
};
use duologue_types::{ConversationId, Guid, SessionKeyId, Timestamp};

/// Iterations of a password's key derivation beyond which an input only costs time.
const MAX_ITERATIONS: u32 = 1000;

/// The same bytes every time.
struct NotRandom;

impl RandomSource for NotRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// The keys that the targets of this module open things with.
pub struct Hierarchy {
    /// Above the service master key.
    pub root: RootSecret,
    /// Above the database master key.
    pub service_master_key: ServiceMasterKey,
    /// Above private keys and session keys.
    pub database_master_key: DatabaseMasterKey,
    /// The certificate that signs headers.
    pub source: Certificate,
    /// The private key that opens headers.
    pub destination: PrivateKey,
}

impl Hierarchy {
    /// The same keys every time.
    pub fn new() -> Self {
        let fixture = "the fixture of crate keys can be read";
        Self {
            root: RootSecret::new([7; 32]),
            service_master_key: ServiceMasterKey::generate(&mut NotRandom),
            database_master_key: DatabaseMasterKey::generate(&mut NotRandom),
            source: Certificate::from_der(include_bytes!("../../../keys/fixtures/initiator.cer"))
                .expect(fixture),
            destination: PrivateKey::from_pkcs8(include_bytes!("../../../keys/fixtures/target.pk8"))
                .expect(fixture),
        }
    }
}

impl Default for Hierarchy {
    fn default() -> Self {
        Self::new()
    }
}

static KEYS: LazyLock<Hierarchy> = LazyLock::new(Hierarchy::new);

/// DER; what is accepted can be shown and checked.
pub(crate) fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::from_der(data) else { return };
    let _ = (certificate.serial_text(), certificate.thumbprint());
    for now in [Timestamp(i64::MIN), Timestamp::default(), Timestamp(i64::MAX)] {
        let _ = (certificate.is_valid_at(now), certificate.validity_warning(now));
    }
    let _ = certificate.verify_self_signature();
    assert_eq!(Certificate::from_der(certificate.der()).as_ref(), Ok(&certificate));
}

/// A private key file in every format, with and without password.
pub(crate) fn private_key(data: &[u8]) {
    for password in [None, Some("p")] {
        if let Ok(key) = PrivateKey::import(data, password) {
            let again = PrivateKey::from_pkcs8(key.pkcs8()).expect("what was imported can be read");
            assert!(again.public_key().is_same_as(key.public_key()));
        }
    }
}

/// The header of a secured dialog's first messages, parsed and, when it has its shape, opened.
pub(crate) fn dialog_security_header(data: &[u8]) {
    let Ok(header) = parse_header(data) else { return };
    let source = (!header.is_anonymous()).then_some(&KEYS.source);
    let mut cache = KeyExchangeKeyCache::default();
    let _ = verify_and_unwrap(&header, &mut cache, source, &KEYS.destination, ConversationId(Guid([7; 16])));
}

/// Each kind of wrapped key.
pub(crate) fn wrapped(data: &[u8]) {
    let wrapped = WrappedKey::from_bytes(data.to_vec());
    let dmk = &KEYS.database_master_key;
    let _ = ServiceMasterKey::unwrap(&wrapped, &KEYS.root);
    let _ = DatabaseMasterKey::unwrap_by_service_master_key(&wrapped, &KEYS.service_master_key);
    let _ = PrivateKey::unwrap(&wrapped, dmk);
    let _ = SessionKey::unwrap(&wrapped, SessionKeyId(Guid([7; 16])), dmk);
    let iterations = data.get(3..7).and_then(|field| field.try_into().ok()).map_or(0, u32::from_be_bytes);
    if iterations <= MAX_ITERATIONS {
        let _ = DatabaseMasterKey::unwrap_by_password(&wrapped, "p");
        let _ = PrivateKey::unwrap_by_password(&wrapped, "p");
    }
}

/// The stored form of a login's password, ours and SQL Server's.
pub(crate) fn password_hash(data: &[u8]) {
    let Ok(hash) = PasswordHash::from_bytes(data) else { return };
    assert_eq!(hash.to_bytes(), data);
    if !hash.is_slow() {
        assert!(!hash.verify("no password has such a hash by chance"));
    }
}
