//! PVK, the private key file of SQL Server up to 2019. All numbers are little-endian.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | `1E F1 B5 B0` |
//! | 4 | 4 | reserved |
//! | 8 | 4 | key type: 1 key exchange, 2 signature |
//! | 12 | 4 | encrypted: 0 or 1 |
//! | 16 | 4 | salt length s |
//! | 20 | 4 | key length k |
//! | 24 | s | salt |
//! | 24 + s | 8 | blob header: 07, 02, reserved (2), algorithm (4) |
//! | 32 + s | k − 8 | `RSA2`, bits (4), public exponent (4), modulus, p, q, dP, dQ, qInv, d; encrypted from here |
//!
//! The modulus and d take bits/8 bytes, the others half as many. Encryption is RC4 under the first 16 bytes of
//! SHA-1(salt ‖ password); export-grade files use 5 bytes followed by zeros.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use zeroize::Zeroizing;

use super::rc4;
use crate::certificate_error::CertificateError;
use crate::private_key::PrivateKey;

const MAGIC: &[u8] = &[0x1e, 0xf1, 0xb5, 0xb0];
const RSA2: &[u8] = b"RSA2";
const BLOB_HEADER: [u8; 2] = [7, 2];
const BLOB_HEADER_SIZE: usize = 8;
const MAX_SALT_SIZE: usize = 1024;

pub(super) fn is_pvk(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

pub(super) fn import(file: &[u8], password: Option<&str>) -> Result<PrivateKey, CertificateError> {
    let pvk = split(file).ok_or(CertificateError::NotAPrivateKey)?;
    match (pvk.is_encrypted, password) {
        (true, None) => Err(CertificateError::Password),
        (false, Some(_)) => Err(CertificateError::NotEncrypted),
        (false, None) => read_key(pvk.key),
        (true, Some(password)) => read_key(&decrypt(&pvk, password)?),
    }
}

struct Pvk<'a> {
    is_encrypted: bool,
    salt: &'a [u8],
    key: &'a [u8],
}

fn split(file: &[u8]) -> Option<Pvk<'_>> {
    let mut cursor = file.get(MAGIC.len()..)?;
    let (_reserved, _key_type) = (number(&mut cursor)?, number(&mut cursor)?);
    let is_encrypted = number(&mut cursor)? != 0;
    let (salt_size, key_size) = (number(&mut cursor)? as usize, number(&mut cursor)? as usize);
    if salt_size > MAX_SALT_SIZE || is_encrypted && salt_size == 0 {
        return None;
    }
    let salt = cursor.split_off(..salt_size)?;
    let header = cursor.split_off(..BLOB_HEADER_SIZE)?;
    if !header.starts_with(&BLOB_HEADER) || cursor.len() + BLOB_HEADER_SIZE != key_size {
        return None;
    }
    Some(Pvk { is_encrypted, salt, key: cursor })
}

/// The file does not say which of the two key lengths it uses; `RSA2` at the start tells.
fn decrypt(pvk: &Pvk<'_>, password: &str) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(pvk.salt);
    context.update(password.as_bytes());
    let hash = context.finish();
    let mut strong = Zeroizing::new([0; 16]);
    strong.copy_from_slice(&hash.as_ref()[..16]);
    let mut weak = Zeroizing::new([0; 16]);
    weak[..5].copy_from_slice(&hash.as_ref()[..5]);
    [strong, weak]
        .into_iter()
        .map(|key| {
            let mut text = Zeroizing::new(pvk.key.to_vec());
            rc4::apply(key.as_slice(), &mut text);
            text
        })
        .find(|text| text.starts_with(RSA2))
        .ok_or(CertificateError::Password)
}

fn read_key(blob: &[u8]) -> Result<PrivateKey, CertificateError> {
    let bits =
        blob.get(4..8).and_then(|mut bits| number(&mut bits)).ok_or(CertificateError::NotAPrivateKey)?;
    if !blob.starts_with(RSA2) {
        return Err(CertificateError::NotAPrivateKey);
    }
    if !(2048..=4096).contains(&bits) || !bits.is_multiple_of(64) {
        return Err(CertificateError::KeyLength { bits: bits as usize });
    }
    let pair = read_components(&blob[8..], bits as usize / 8).ok_or(CertificateError::NotAPrivateKey)?;
    PrivateKey::from_key_pair(pair)
}

fn read_components(mut blob: &[u8], size: usize) -> Option<KeyPair> {
    let exponent = number(&mut blob)?.to_be_bytes();
    let e = exponent[exponent.iter().position(|byte| *byte != 0)?..].to_vec();
    let mut part = |size: usize| {
        let mut bytes = Zeroizing::new(blob.split_off(..size)?.to_vec());
        bytes.reverse();
        Some(bytes)
    };
    let n = part(size)?.to_vec();
    let [p, q, dp, dq, q_inv] =
        [part(size / 2)?, part(size / 2)?, part(size / 2)?, part(size / 2)?, part(size / 2)?];
    let d = part(size)?;
    KeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d: d.as_slice(),
        p: p.as_slice(),
        q: q.as_slice(),
        dP: dp.as_slice(),
        dQ: dq.as_slice(),
        qInv: q_inv.as_slice(),
    })
    .ok()
}

fn number(cursor: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = cursor.split_first_chunk()?;
    *cursor = rest;
    Some(u32::from_le_bytes(*bytes))
}
