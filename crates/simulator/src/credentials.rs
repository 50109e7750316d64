//! Certificates for simulations: made once per process, the same in every process, since RSA is slow.

use std::sync::OnceLock;

use duologue_keys::fixtures::{IDENTITIES, Identity, SeededRandom, identity};
use duologue_keys::{Certificate, PrivateKey};
use duologue_types::Timestamp;

/// Parties that can have certificates.
pub(crate) const PARTIES: usize = 6;
/// Certificates that each of them has, one after another.
pub(crate) const GENERATIONS: usize = 4;

/// A certificate and the private key that belongs to it.
pub(crate) struct Credential {
    pub(crate) certificate: Certificate,
    key: usize,
}

impl Credential {
    pub(crate) fn private_key(&self) -> &'static PrivateKey {
        &ready_made(self.key).private_key
    }
}

/// A ready-made identity, read once.
pub(crate) fn ready_made(index: usize) -> &'static Identity {
    static ALL: OnceLock<Vec<Identity>> = OnceLock::new();
    &ALL.get_or_init(|| (0..IDENTITIES).map(identity).collect())[index % IDENTITIES]
}

/// A party's certificate of a generation: some share a key, none a serial number. Later ones expire later.
pub(crate) fn credential(party: usize, generation: usize) -> &'static Credential {
    static ALL: OnceLock<Vec<Credential>> = OnceLock::new();
    let all = ALL.get_or_init(|| (0..PARTIES * GENERATIONS).map(make).collect());
    &all[party % PARTIES * GENERATIONS + generation % GENERATIONS]
}

fn make(index: usize) -> Credential {
    let (party, generation) = (index / GENERATIONS, index % GENERATIONS);
    let key = (party + 3 * generation) % IDENTITIES;
    let years = i64::try_from(generation).unwrap_or(0) * 365 * 86_400;
    let from = Timestamp::from_unix_seconds(1_600_000_000);
    let to = Timestamp::from_unix_seconds(3_600_000_000 + years);
    let mut random = SeededRandom::new(index as u64);
    let subject = format!("party {party}, certificate {generation}");
    let made = Certificate::self_signed(&ready_made(key).private_key, &subject, from, to, &mut random);
    Credential { certificate: made.expect("a certificate can be made"), key }
}
