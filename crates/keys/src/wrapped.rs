//! Keys under keys: the one stored form of every secret.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | purpose: 1 service, 2 database master key, 3 private key, 4 session key, 5 and 6 backups of 1 and 2 |
//! | 2 | 1 | protector: 1 another key, 2 a password |
//! | 3 | 4 | password only: PBKDF2-HMAC-SHA256 iterations, big-endian |
//! | 7 | 16 | password only: salt |
//! | 3 or 23 | 12 | nonce |
//! | then | n | AES-256-GCM ciphertext |
//! | end − 16 | 16 | tag |
//!
//! Associated data: all bytes before the nonce, then a context that the caller knows (the session key's id; empty
//! for all others). A wrapped key therefore cannot be passed off as one for another purpose.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::random::{RandomSource, random_array};
use crate::secret::{KEY_SIZE, NONCE_SIZE, SecretKey, TAG_SIZE};

const VERSION: u8 = 1;
const BY_KEY: u8 = 1;
const BY_PASSWORD: u8 = 2;
const SALT_SIZE: usize = 16;
const KEY_HEADER: usize = 3;
const PASSWORD_HEADER: usize = KEY_HEADER + 4 + SALT_SIZE;
/// About 50 ms of one core.
const ITERATIONS: u32 = 200_000;
/// Stored counts beyond this are damage or an attack on our time.
pub(crate) const MAX_ITERATIONS: u32 = 2_000_000;
/// Longer secrets do not exist: an RSA-4096 private key has 2,400 bytes.
const MAX_SIZE: usize = 16 * 1024;

/// What a wrapped secret is; part of what the tag authenticates.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    ServiceMasterKey = 1,
    DatabaseMasterKey = 2,
    PrivateKey = 3,
    SessionKey = 4,
    ServiceMasterKeyBackup = 5,
    DatabaseMasterKeyBackup = 6,
}

/// Why a wrapped secret did not open. Callers translate it into the statement's error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnwrapError {
    /// Not a wrapped secret of this purpose and protector.
    Malformed,
    /// Another key or password, or damaged.
    Refused,
}

impl UnwrapError {
    /// Damage is 15507 everywhere; a refusal is what the caller says.
    pub(crate) fn refused_as(self, refused: KeyError) -> KeyError {
        match self {
            Self::Malformed => KeyError::Corrupted,
            Self::Refused => refused,
        }
    }
}

/// A key encrypted by another key or by a password, as it is stored and backed up. Safe to keep anywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    /// The stored form; checked when it is unwrapped.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The form to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The form to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn by_key(
        purpose: Purpose,
        key: &SecretKey,
        context: &[u8],
        secret: &[u8],
        rng: &mut dyn RandomSource,
    ) -> Self {
        Self::assemble(vec![VERSION, purpose as u8, BY_KEY], key, context, secret, rng)
    }

    pub(crate) fn by_password(
        purpose: Purpose,
        password: &str,
        secret: &[u8],
        rng: &mut dyn RandomSource,
    ) -> Self {
        let salt: [u8; SALT_SIZE] = random_array(rng);
        let mut header = vec![VERSION, purpose as u8, BY_PASSWORD];
        header.extend(ITERATIONS.to_be_bytes());
        header.extend(salt);
        Self::assemble(header, &password_key(password, &salt, ITERATIONS), b"", secret, rng)
    }

    fn assemble(
        mut bytes: Vec<u8>,
        key: &SecretKey,
        context: &[u8],
        secret: &[u8],
        rng: &mut dyn RandomSource,
    ) -> Self {
        let mut text = secret.to_vec();
        let nonce = key.seal(rng, &[&bytes, context].concat(), &mut text);
        bytes.extend(nonce);
        bytes.extend(text);
        Self(bytes)
    }

    pub(crate) fn open_by_key(
        &self,
        purpose: Purpose,
        key: &SecretKey,
        context: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        self.split(purpose, BY_KEY, KEY_HEADER)?.open(key, context)
    }

    pub(crate) fn open_by_password(
        &self,
        purpose: Purpose,
        password: &str,
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        let parts = self.split(purpose, BY_PASSWORD, PASSWORD_HEADER)?;
        let (iterations, salt) = parts.header[KEY_HEADER..].split_at(4);
        let iterations = u32::from_be_bytes(iterations.try_into().map_err(|_| UnwrapError::Malformed)?);
        if !(1..=MAX_ITERATIONS).contains(&iterations) {
            return Err(UnwrapError::Malformed);
        }
        parts.open(&password_key(password, salt, iterations), b"")
    }

    fn split(&self, purpose: Purpose, protector: u8, header_size: usize) -> Result<Parts<'_>, UnwrapError> {
        let size = self.0.len();
        if size < header_size + NONCE_SIZE + TAG_SIZE || size > MAX_SIZE {
            return Err(UnwrapError::Malformed);
        }
        if self.0[..KEY_HEADER] != [VERSION, purpose as u8, protector] {
            return Err(UnwrapError::Malformed);
        }
        let (header, rest) = self.0.split_at(header_size);
        let (nonce, text) = rest.split_first_chunk().ok_or(UnwrapError::Malformed)?;
        Ok(Parts { header, nonce: *nonce, text })
    }
}

/// The three parts of a wrapped key whose shape is right.
struct Parts<'a> {
    header: &'a [u8],
    nonce: [u8; NONCE_SIZE],
    text: &'a [u8],
}

impl Parts<'_> {
    fn open(&self, key: &SecretKey, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        let mut text = Zeroizing::new(self.text.to_vec());
        let aad = [self.header, context].concat();
        let size = key.open(self.nonce, &aad, &mut text).ok_or(UnwrapError::Refused)?.len();
        text.truncate(size);
        Ok(text)
    }
}

/// A key from a password (its UTF-8 bytes).
fn password_key(password: &str, salt: &[u8], iterations: u32) -> SecretKey {
    let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
    let mut bytes = Zeroizing::new([0; KEY_SIZE]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, password.as_bytes(), bytes.as_mut_slice());
    SecretKey::new(bytes)
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}
