//! Ready-made keys and certificates, so that tests are quick and simulations repeat. Never use them for anything
//! else: their private keys are public.
//!
//! Made by `cargo run -p duologue-keys --features fixtures --example make_fixtures`; valid 2020 to 2120.

use crate::certificate::Certificate;
use crate::certificate_error::CertificateError;
use crate::private_key::{PrivateKey, PrivateKeySource};
use crate::random::RandomSource;

/// How many ready-made identities there are.
pub const IDENTITIES: usize = 8;

/// A certificate with its private key.
pub struct Identity {
    /// Self-signed; the subject is the identity's name.
    pub certificate: Certificate,
    /// RSA-2048.
    pub private_key: PrivateKey,
}

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident = $index:literal),* $(,)?) => {
        $(
            $(#[$doc])*
            pub fn $name() -> Identity {
                identity($index)
            }
        )*

        const FILES: [(&[u8], &[u8]); IDENTITIES] = [$((
            include_bytes!(concat!("../fixtures/", stringify!($name), ".cer")),
            include_bytes!(concat!("../fixtures/", stringify!($name), ".pk8")),
        )),*];

        /// The identities' names, which are also their subjects, in order.
        pub const NAMES: [&str; IDENTITIES] = [$(stringify!($name)),*];
    };
}

identities! {
    /// Stands for the initiating service.
    initiator = 0,
    /// Stands for the target service.
    target = 1,
    /// Known to nobody.
    stranger = 2,
    /// The endpoint of the first server.
    endpoint_a = 3,
    /// The endpoint of the second server.
    endpoint_b = 4,
    /// The initiator's next certificate.
    renewed_initiator = 5,
    /// The target's next certificate.
    renewed_target = 6,
    /// One more.
    spare = 7,
}

/// The identity with that index; indexes beyond the last start over.
pub fn identity(index: usize) -> Identity {
    let (certificate, private_key) = FILES[index % IDENTITIES];
    Identity {
        certificate: Certificate::from_der(certificate).expect("the fixture is a certificate"),
        private_key: PrivateKey::from_pkcs8(private_key).expect("the fixture is a private key"),
    }
}

/// A certificate of X.509 version 1 for the [`spare`] key, as SQL Server makes them; made with openssl.
pub fn version_1_certificate() -> Certificate {
    Certificate::from_der(include_bytes!("../fixtures/version_1.cer")).expect("the fixture is a certificate")
}

/// The identities' keys in order, over and over, in place of generated ones: two certificates of one simulation may
/// share a key, but never their serial numbers.
#[derive(Default)]
pub struct ReadyMadeKeys(usize);

impl PrivateKeySource for ReadyMadeKeys {
    fn next_private_key(&mut self) -> Result<PrivateKey, CertificateError> {
        let identity = identity(self.0);
        self.0 += 1;
        Ok(identity.private_key)
    }
}

/// The same bytes for the same seed (SplitMix64). Not random at all: for tests only.
pub struct SeededRandom(u64);

impl SeededRandom {
    /// A source that repeats for each `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl RandomSource for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}
