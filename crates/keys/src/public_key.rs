//! The RSA public key of a certificate, and what it verifies and encrypts.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey,
};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as AnyPublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::certificate::Certificate;
use crate::certificate_error::CertificateError;

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;
const BITS_MULTIPLE: usize = 64;

/// Proof that a signature was checked: only this crate makes one, and only after it verified.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SignatureVerified(pub(crate) ());

/// An RSA public key of acceptable length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PublicKey {
    /// From a DER `SubjectPublicKeyInfo`.
    pub fn from_spki(spki: &[u8]) -> Result<Self, CertificateError> {
        let (rest, info) = SubjectPublicKeyInfo::from_der(spki).map_err(|_| CertificateError::NotRsa)?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingBytes);
        }
        Self::from_parsed(&info)
    }

    pub(crate) fn from_parsed(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, CertificateError> {
        let Ok(AnyPublicKey::RSA(rsa)) = info.parsed() else { return Err(CertificateError::NotRsa) };
        let key = Self {
            spki: info.raw.to_vec(),
            modulus: without_leading_zeros(rsa.modulus),
            exponent: without_leading_zeros(rsa.exponent),
        };
        let bits = key.bits();
        if !(MIN_BITS..=MAX_BITS).contains(&bits) || !bits.is_multiple_of(BITS_MULTIPLE) {
            return Err(CertificateError::KeyLength { bits });
        }
        // The cryptographic library refuses what the parser lets pass, such as an even exponent.
        PublicEncryptingKey::from_der(&key.spki).map_err(|_| CertificateError::NotRsa)?;
        Ok(key)
    }

    /// The DER `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Length of the modulus in bits.
    pub fn bits(&self) -> usize {
        let leading = self.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        self.modulus.len() * 8 - leading
    }

    /// Length of the modulus in bytes: of a signature, and of a ciphertext.
    pub fn size(&self) -> usize {
        self.modulus.len()
    }

    /// Whether both are the same key, however encoded.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }

    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        sha256(&[&self.modulus, &self.exponent])
    }

    /// RSA-OAEP with SHA-256, for the holder of the private key.
    pub fn encrypt(&self, secret: &[u8]) -> Result<Vec<u8>, CertificateError> {
        let key =
            PublicEncryptingKey::from_der(&self.spki).and_then(|key| Ok(OaepPublicEncryptingKey::new(key)?));
        let key = key.map_err(|_| CertificateError::Encryption)?;
        let mut ciphertext = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut ciphertext, None)
            .map_err(|_| CertificateError::Encryption)?;
        Ok(ciphertext)
    }

    /// RSA-PSS with SHA-256 and a salt of 32 bytes.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<SignatureVerified, CertificateError> {
        self.verify_with(&RSA_PSS_2048_8192_SHA256, message, signature)
    }

    pub(crate) fn verify_pkcs1_sha256(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureVerified, CertificateError> {
        self.verify_with(&RSA_PKCS1_2048_8192_SHA256, message, signature)
    }

    fn verify_with(
        &self,
        parameters: &'static RsaParameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureVerified, CertificateError> {
        UnparsedPublicKey::new(parameters, &self.spki)
            .verify(message, signature)
            .map(|()| SignatureVerified(()))
            .map_err(|_| CertificateError::Signature)
    }
}

/// Verifies the peer's `CertificateVerify` of a TLS 1.3 handshake. `scheme` is the TLS number of the signature
/// scheme; RSA-PSS with SHA-256, -384 and -512 (0x0804 to 0x0806) are supported. Unlike webpki this takes X.509 v1
/// certificates, which SQL Server makes.
pub fn verify_tls13_signature(
    certificate: &Certificate,
    scheme: u16,
    message: &[u8],
    signature: &[u8],
) -> Result<SignatureVerified, CertificateError> {
    let parameters = match scheme {
        0x0804 => &RSA_PSS_2048_8192_SHA256,
        0x0805 => &RSA_PSS_2048_8192_SHA384,
        0x0806 => &RSA_PSS_2048_8192_SHA512,
        other => return Err(CertificateError::SignatureScheme(other)),
    };
    certificate.public_key().verify_with(parameters, message, signature)
}

/// SHA-256 over the parts, each preceded by its length, so that no two lists of parts share a hash.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut all = Vec::new();
    for part in parts {
        all.extend((part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &all).as_ref());
    hash
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}
