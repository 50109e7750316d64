//! Randomness as an argument.

use duologue_types::Guid;

/// A source of random bytes. The server passes the operating system's, tests and the simulator a seeded one.
pub trait RandomSource {
    /// Fills all of `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn random_array<const N: usize>(rng: &mut dyn RandomSource) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

/// A random (version 4) GUID.
pub fn random_guid(rng: &mut dyn RandomSource) -> Guid {
    Guid::from_random(random_array(rng))
}
