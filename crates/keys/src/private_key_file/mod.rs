//! Private key files: what administrators bring from SQL Server, openssl or this server.
//!
//! Read: PVK (plain, or RC4-encrypted as SQL Server writes it), DER PKCS #8 (plain, or PBES2-encrypted) and DER
//! PKCS #1. Written: DER PKCS #8 encrypted by PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, which
//! `openssl pkcs8 -inform der` reads. PFX is refused by name.

mod pbes2;
mod pvk;
mod rc4;

use aws_lc_rs::rsa::KeyPair;
use yasna::models::ObjectIdentifier;

pub(crate) use pbes2::export;

use crate::certificate_error::CertificateError;
use crate::private_key::PrivateKey;

/// Four times the file of an RSA-4096 key.
const MAX_SIZE: usize = 10 * 1024;
/// `pkcs7-data`, the content type of every PFX file.
const PKCS7_DATA: &[u64] = &[1, 2, 840, 113549, 1, 7, 1];

pub(crate) fn import(file: &[u8], password: Option<&str>) -> Result<PrivateKey, CertificateError> {
    if file.len() > MAX_SIZE {
        return Err(CertificateError::TooLarge { limit: MAX_SIZE });
    }
    if file.starts_with(b"-----BEGIN") {
        return Err(CertificateError::Pem);
    }
    if is_pfx(file) {
        return Err(CertificateError::Pfx);
    }
    if pvk::is_pvk(file) {
        return pvk::import(file, password);
    }
    if let Some(encrypted) = pbes2::parse(file)? {
        let password = password.ok_or(CertificateError::Password)?;
        // The right password yields a key; a wrong one passes the padding check once in 256 times.
        return PrivateKey::from_pkcs8(&encrypted.decrypt(password)?).map_err(|_| CertificateError::Password);
    }
    let key = plain(file)?;
    if password.is_some() { Err(CertificateError::NotEncrypted) } else { Ok(key) }
}

fn plain(file: &[u8]) -> Result<PrivateKey, CertificateError> {
    let pair = KeyPair::from_pkcs8(file).or_else(|_| KeyPair::from_der(file));
    PrivateKey::from_key_pair(pair.map_err(|_| CertificateError::NotAPrivateKey)?)
}

/// Whether the file is a PKCS #12 `PFX`: version 3, then a `pkcs7-data` content.
pub(crate) fn is_pfx(file: &[u8]) -> bool {
    let found = yasna::parse_der(file, |reader| {
        reader.read_sequence(|reader| {
            let version = reader.next().read_u8()?;
            let content_type = reader.next().read_sequence(|reader| {
                let content_type = reader.next().read_oid()?;
                reader.next().read_der()?;
                Ok(content_type)
            })?;
            reader.read_optional(|reader| reader.read_der())?;
            Ok(version == 3 && content_type == ObjectIdentifier::from_slice(PKCS7_DATA))
        })
    });
    found.unwrap_or(false)
}
