//! Stored login passwords.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | version: `01 00` ours, `02 00` SQL Server's salted SHA-512 (`PASSWORD = 0x0200… HASHED`) |
//! | 2 | 4 | ours: PBKDF2-HMAC-SHA512 iterations, big-endian; SQL Server's: salt |
//! | 6 | 16 | ours: salt |
//! | 22 or 6 | 64 | hash |
//!
//! SQL Server's hash is one SHA-512 over the password in UTF-16LE and the salt; it is accepted so that logins can be
//! moved here, and [`PasswordHash::is_slow`] tells that it should be replaced at the next successful login.

use std::num::NonZeroU32;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA512};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::random::{RandomSource, random_array};
use crate::wrapped::MAX_ITERATIONS;

/// SQL Server 2025's count; about 50 ms of one core.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");
const HASH_SIZE: usize = 64;
const SALT_SIZE: usize = 16;
const FOREIGN_SALT_SIZE: usize = 4;
const OURS: [u8; 2] = [1, 0];
const SQL_SERVER: [u8; 2] = [2, 0];

/// A salted hash of a login's password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct PasswordHash(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Slow { iterations: NonZeroU32, salt: [u8; SALT_SIZE], hash: [u8; HASH_SIZE] },
    SqlServer { salt: [u8; FOREIGN_SALT_SIZE], hash: [u8; HASH_SIZE] },
}

/// The bytes are not a password hash that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a password hash")]
pub struct InvalidPasswordHash;

impl PasswordHash {
    /// Hashes a password; slow by intent.
    pub fn new(password: &str, rng: &mut dyn RandomSource) -> Self {
        let salt = random_array(rng);
        let mut hash = [0; HASH_SIZE];
        pbkdf2::derive(PBKDF2_HMAC_SHA512, ITERATIONS, &salt, password.as_bytes(), &mut hash);
        Self(Form::Slow { iterations: ITERATIONS, salt, hash })
    }

    /// Whether this is the password; takes as long for a wrong one.
    pub fn verify(&self, password: &str) -> bool {
        match &self.0 {
            Form::Slow { iterations, salt, hash } => {
                pbkdf2::verify(PBKDF2_HMAC_SHA512, *iterations, salt, password.as_bytes(), hash).is_ok()
            }
            Form::SqlServer { salt, hash } => {
                verify_slices_are_equal(sql_server_hash(password, salt).as_ref(), hash).is_ok()
            }
        }
    }

    /// False for a hash taken over from SQL Server: quick to compute, so quick to guess.
    pub fn is_slow(&self) -> bool {
        matches!(self.0, Form::Slow { .. })
    }

    /// From the stored form, or the value of `PASSWORD = 0x… HASHED`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidPasswordHash> {
        let (version, rest) = bytes.split_first_chunk().ok_or(InvalidPasswordHash)?;
        match *version {
            OURS => Self::parse_slow(rest),
            SQL_SERVER => Self::parse_sql_server(rest),
            _ => None,
        }
        .ok_or(InvalidPasswordHash)
    }

    fn parse_slow(bytes: &[u8]) -> Option<Self> {
        let (iterations, rest) = bytes.split_first_chunk()?;
        let iterations = NonZeroU32::new(u32::from_be_bytes(*iterations))?;
        let (salt, hash) = rest.split_first_chunk()?;
        let form = Form::Slow { iterations, salt: *salt, hash: hash.try_into().ok()? };
        (iterations.get() <= MAX_ITERATIONS).then_some(Self(form))
    }

    fn parse_sql_server(bytes: &[u8]) -> Option<Self> {
        let (salt, hash) = bytes.split_first_chunk()?;
        Some(Self(Form::SqlServer { salt: *salt, hash: hash.try_into().ok()? }))
    }

    /// The form to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Form::Slow { iterations, salt, hash } => {
                [&OURS[..], &iterations.get().to_be_bytes(), salt, hash].concat()
            }
            Form::SqlServer { salt, hash } => [&SQL_SERVER[..], salt, hash].concat(),
        }
    }
}

fn sql_server_hash(password: &str, salt: &[u8]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA512);
    for unit in password.encode_utf16() {
        context.update(&unit.to_le_bytes());
    }
    context.update(salt);
    context.finish()
}

impl TryFrom<Vec<u8>> for PasswordHash {
    type Error = InvalidPasswordHash;

    fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidPasswordHash> {
        Self::from_bytes(&bytes)
    }
}

impl From<PasswordHash> for Vec<u8> {
    fn from(hash: PasswordHash) -> Self {
        hash.to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::SeededRandom;

    #[test]
    fn only_the_password_verifies() {
        let mut rng = SeededRandom::new(1);
        let hash = PasswordHash::new("Pa$$w0rd", &mut rng);
        assert!(hash.verify("Pa$$w0rd") && hash.is_slow());
        assert!(!hash.verify("pa$$w0rd"));
        assert!(!hash.verify(""));
        let again = PasswordHash::new("Pa$$w0rd", &mut rng);
        assert_ne!(hash.to_bytes(), again.to_bytes(), "every hash has its own salt");
        assert!(PasswordHash::from_bytes(&hash.to_bytes()).unwrap().verify("Pa$$w0rd"));
    }

    /// PBKDF2-HMAC-SHA512("password", 16 bytes of 0x5A, 1000), and SHA-512 of `password` in UTF-16LE with the
    /// salt 0A1B2C3D, both computed with Python's hashlib.
    #[test]
    fn known_answers() {
        let ours = concat!(
            "0100000003e85a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            "3c6f3b82b7252e8360722c919456e5ac49765acb18f79e3e2f8074a306b059d2",
            "c5457ec7a3cea3f5f859ab34e10106820dbc65523c745155597aa261bcba47d1",
        );
        let foreign = concat!(
            "02000a1b2c3d",
            "dfb1fdf8ef0b0cc176e726ef8a006611bd59332a552585fcb73575e032592946",
            "1e9d0eacfc24340d0de2b7194fd3eb1555215d2fa05bfa7f6a175d7c8f42b63b",
        );
        for bytes in [unhex(ours), unhex(foreign)] {
            let hash = PasswordHash::from_bytes(&bytes).unwrap();
            assert!(hash.verify("password"));
            assert!(!hash.verify("passwore"));
            assert_eq!(hash.to_bytes(), bytes);
        }
        assert!(!PasswordHash::from_bytes(&unhex(foreign)).unwrap().is_slow());
    }

    #[test]
    fn damaged_hashes_are_refused_or_do_not_verify() {
        let bytes = PasswordHash::new("Pa$$w0rd", &mut SeededRandom::new(2)).to_bytes();
        for size in 0..bytes.len() {
            assert!(PasswordHash::from_bytes(&bytes[..size]).is_err(), "{size} bytes");
        }
        for iterations in [0, MAX_ITERATIONS + 1, u32::MAX] {
            let mut damaged = bytes.clone();
            damaged[2..6].copy_from_slice(&iterations.to_be_bytes());
            assert!(PasswordHash::from_bytes(&damaged).is_err());
        }
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}
