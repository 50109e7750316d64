//! The 256-bit symmetric keys from which every other type of the hierarchy is made.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::{Zeroize, Zeroizing};

use crate::random::{RandomSource, random_array};

/// Bytes of an AES-256 key.
pub(crate) const KEY_SIZE: usize = 32;
/// Bytes of an AES-GCM nonce.
pub(crate) const NONCE_SIZE: usize = 12;
/// Bytes of an AES-GCM tag.
pub(crate) const TAG_SIZE: usize = 16;

/// An AES-256-GCM key: the bytes, because every key is wrapped by another, and the expanded cipher.
pub(crate) struct SecretKey {
    bytes: Zeroizing<[u8; KEY_SIZE]>,
    cipher: LessSafeKey,
}

impl SecretKey {
    pub(crate) fn new(bytes: Zeroizing<[u8; KEY_SIZE]>) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM, bytes.as_slice()).expect("the key has AES-256's length");
        Self { bytes, cipher: LessSafeKey::new(unbound) }
    }

    pub(crate) fn generate(rng: &mut dyn RandomSource) -> Self {
        Self::new(Zeroizing::new(random_array(rng)))
    }

    /// `None` unless `bytes` has a key's length.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self::new(Zeroizing::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.bytes(), other.bytes()).is_ok()
    }

    /// Encrypts `text` in place, appends the tag and returns the nonce. The nonce is drawn here so that no caller
    /// can use one twice; random 96-bit nonces are safe for 2³² texts per key.
    pub(crate) fn seal(
        &self,
        rng: &mut dyn RandomSource,
        aad: &[u8],
        text: &mut Vec<u8>,
    ) -> [u8; NONCE_SIZE] {
        let nonce = random_array(rng);
        make_room_for_tag(text);
        self.cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text)
            .expect("AES-GCM refuses only texts beyond 64 GiB, and no buffer here is that long");
        nonce
    }

    /// Decrypts `text`‖tag in place; `None` when it was not sealed by this key with this nonce and `aad`.
    pub(crate) fn open<'t>(
        &self,
        nonce: [u8; NONCE_SIZE],
        aad: &[u8],
        text: &'t mut [u8],
    ) -> Option<&'t mut [u8]> {
        self.cipher.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text).ok()
    }
}

/// The tag is appended before the text is encrypted: a buffer that had to grow for it would leave the text behind in
/// freed memory.
fn make_room_for_tag(text: &mut Vec<u8>) {
    if text.capacity() - text.len() < TAG_SIZE {
        let mut roomy = Vec::with_capacity(text.len() + TAG_SIZE);
        roomy.extend_from_slice(text);
        std::mem::replace(text, roomy).zeroize();
    }
}

/// The secret under which an instance's service master key is stored: it takes the place of SQL Server's DPAPI.
/// The server keeps it in a file of its own, mode 0600, outside the store.
pub struct RootSecret(pub(crate) SecretKey);

impl RootSecret {
    /// 32 bytes from a good random source.
    pub fn new(bytes: [u8; KEY_SIZE]) -> Self {
        Self(SecretKey::new(Zeroizing::new(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl RandomSource for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The address that the text has when it is encrypted is the one that it was moved to in good order.
    #[test]
    fn the_text_has_room_for_its_tag_before_it_is_encrypted() {
        let key = SecretKey::new(Zeroizing::new([1; 32]));
        let mut text = Vec::with_capacity(32);
        text.extend_from_slice(&[2; 32]);
        make_room_for_tag(&mut text);
        assert_eq!(text, [2; 32]);
        let address = text.as_ptr();
        key.seal(&mut Fixed(0), b"", &mut text);
        assert_eq!((text.len(), text.as_ptr()), (48, address));
    }

    /// Test cases 13 and 14 of the GCM specification (McGrew and Viega): AES-256, zero key, zero nonce.
    #[test]
    fn aes_256_gcm_gives_the_published_answers() {
        let key = SecretKey::new(Zeroizing::new([0; 32]));
        let mut empty = Vec::new();
        assert_eq!(key.seal(&mut Fixed(0), b"", &mut empty), [0; 12]);
        assert_eq!(hex(&empty), "530f8afbc74536b9a963b4f1c4cb738b");

        let mut zeros = vec![0; 16];
        key.seal(&mut Fixed(0), b"", &mut zeros);
        assert_eq!(hex(&zeros), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    }
}
