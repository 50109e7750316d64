//! Key exchange keys of both directions, so that a new dialog between known services costs no RSA operation.

use std::collections::BTreeMap;
use std::time::Duration;

use duologue_types::Timestamp;

use crate::certificate::IssuerAndSerial;
use crate::secret::SecretKey;

/// A hash of a whole certificate, or of a public key.
pub(super) type Fingerprint = [u8; 32];

const DEFAULT_MAX_AGE: Duration = Duration::from_secs(4 * 60 * 60);
const DEFAULT_MAX_ENTRIES: usize = 1024;

/// A sender's entry: source (absent when anonymous) and destination certificate.
pub(super) type OutboundKey = (Option<Fingerprint>, Fingerprint);

/// A receiver's entry: the service pair part, the certificate that verified it and the private key that opened it.
/// Naming the keys makes an entry useless once a certificate was replaced by another one of the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct InboundKey {
    pub(super) pair_hash: [u8; 32],
    pub(super) source: Option<Fingerprint>,
    pub(super) destination: Fingerprint,
}

/// A service pair part that a sender made.
pub(super) struct OutboundPair {
    pub(super) bytes: Vec<u8>,
    pub(super) hash: [u8; 32],
    pub(super) key_exchange_key: SecretKey,
    pub(super) created: Timestamp,
}

/// The key exchange keys in use, made here and received. One cache serves a whole instance; it lives in memory only,
/// since everything in it can be made or decrypted again.
pub struct KeyExchangeKeyCache {
    max_age: Duration,
    outbound: Recent<OutboundKey, OutboundPair>,
    /// Apart from the anonymous ones, which anybody can send any number of.
    inbound: Recent<InboundKey, SecretKey>,
    inbound_anonymous: Recent<InboundKey, SecretKey>,
}

impl Default for KeyExchangeKeyCache {
    /// Four hours and 1024 service pairs.
    fn default() -> Self {
        Self::new(DEFAULT_MAX_AGE, DEFAULT_MAX_ENTRIES)
    }
}

impl KeyExchangeKeyCache {
    /// `max_age`: after which a sender makes a new key for a pair. `max_entries`: of each kind; the least recently
    /// used goes first.
    pub fn new(max_age: Duration, max_entries: usize) -> Self {
        Self {
            max_age,
            outbound: Recent::new(max_entries),
            inbound: Recent::new(max_entries),
            inbound_anonymous: Recent::new(max_entries),
        }
    }

    /// Call when a certificate is dropped, or its private key or owner changes.
    pub fn forget_certificate(&mut self, id: &IssuerAndSerial) {
        self.outbound.forget(id);
        self.inbound.forget(id);
        self.inbound_anonymous.forget(id);
    }

    /// How many keys are held, sent and received.
    pub fn len(&self) -> usize {
        self.outbound.len() + self.inbound.len() + self.inbound_anonymous.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pair's entry unless it is too old, or from the future of a clock that was set back.
    pub(super) fn outbound(&mut self, now: Timestamp, key: &OutboundKey) -> Option<&OutboundPair> {
        let max_age = self.max_age;
        self.outbound.get(key).filter(|pair| pair.created <= now && now - pair.created < max_age)
    }

    pub(super) fn insert_outbound(
        &mut self,
        key: OutboundKey,
        certificates: Vec<IssuerAndSerial>,
        pair: OutboundPair,
    ) {
        self.outbound.insert(key, certificates, pair);
    }

    pub(super) fn inbound(&mut self, key: &InboundKey) -> Option<&SecretKey> {
        self.inbound_of(key).get(key)
    }

    pub(super) fn insert_inbound(
        &mut self,
        key: InboundKey,
        certificates: Vec<IssuerAndSerial>,
        secret: SecretKey,
    ) {
        self.inbound_of(&key).insert(key, certificates, secret);
    }

    fn inbound_of(&mut self, key: &InboundKey) -> &mut Recent<InboundKey, SecretKey> {
        if key.source.is_some() { &mut self.inbound } else { &mut self.inbound_anonymous }
    }
}

/// A bounded map that drops what was not used for longest.
struct Recent<K, V> {
    entries: BTreeMap<K, Entry<V>>,
    max_entries: usize,
    uses: u64,
}

struct Entry<V> {
    value: V,
    certificates: Vec<IssuerAndSerial>,
    last_use: u64,
}

impl<K: Ord + Copy, V> Recent<K, V> {
    fn new(max_entries: usize) -> Self {
        Self { entries: BTreeMap::new(), max_entries: max_entries.max(1), uses: 0 }
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&mut self, key: &K) -> Option<&V> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.last_use = self.uses;
        Some(&entry.value)
    }

    /// Insertion costs an RSA operation, next to which the search for the oldest entry is nothing.
    fn insert(&mut self, key: K, certificates: Vec<IssuerAndSerial>, value: V) {
        if self.entries.len() >= self.max_entries && !self.entries.contains_key(&key) {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use).map(|(key, _)| *key);
            oldest.and_then(|oldest| self.entries.remove(&oldest));
        }
        self.uses += 1;
        self.entries.insert(key, Entry { value, certificates, last_use: self.uses });
    }

    fn forget(&mut self, id: &IssuerAndSerial) {
        self.entries.retain(|_, entry| !entry.certificates.contains(id));
    }
}
