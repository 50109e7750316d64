//! RSA private keys.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::certificate_error::CertificateError;
use crate::database_master_key::DatabaseMasterKey;
use crate::error::KeyError;
use crate::private_key_file;
use crate::public_key::PublicKey;
use crate::random::RandomSource;
use crate::wrapped::{Purpose, WrappedKey};

/// Where new private keys come from: generated in the server, ready-made in tests and simulations.
pub trait PrivateKeySource {
    /// The next new key.
    fn next_private_key(&mut self) -> Result<PrivateKey, CertificateError>;
}

/// New keys by [`PrivateKey::generate`].
pub struct GeneratedKeys;

impl PrivateKeySource for GeneratedKeys {
    fn next_private_key(&mut self) -> Result<PrivateKey, CertificateError> {
        PrivateKey::generate()
    }
}

/// An RSA private key, ready for use. Reading one takes about a millisecond: keep it.
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
    signing: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
    public: PublicKey,
}

impl PrivateKey {
    /// A new RSA-2048 key from the cryptographic library's own random source; takes 50 to 500 ms.
    pub fn generate() -> Result<Self, CertificateError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| CertificateError::Generation)?;
        Self::from_key_pair(pair)
    }

    /// From an unencrypted DER PKCS #8 `PrivateKeyInfo`.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, CertificateError> {
        Self::from_key_pair(KeyPair::from_pkcs8(pkcs8).map_err(|_| CertificateError::NotAPrivateKey)?)
    }

    pub(crate) fn from_key_pair(signing: KeyPair) -> Result<Self, CertificateError> {
        let not_a_key = |_| CertificateError::NotAPrivateKey;
        let spki: PublicKeyX509Der<'_> = signing.public_key().as_der().map_err(not_a_key)?;
        let public = PublicKey::from_spki(spki.as_ref())?;
        // Written anew, so that one key has one stored form whatever its file looked like.
        let pkcs8: Pkcs8V1Der<'_> = signing.as_der().map_err(not_a_key)?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        let decrypting =
            PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| CertificateError::NotAPrivateKey)?;
        let decrypting = OaepPrivateDecryptingKey::new(decrypting).map_err(not_a_key)?;
        Ok(Self { pkcs8, signing, decrypting, public })
    }

    /// From a private key file: PVK (SQL Server's), or DER PKCS #8 or PKCS #1. Give `password` exactly when the
    /// file is encrypted (9639, 15465).
    pub fn import(file: &[u8], password: Option<&str>) -> Result<Self, CertificateError> {
        private_key_file::import(file, password)
    }

    /// The contents of an encrypted private key file: DER PKCS #8 `EncryptedPrivateKeyInfo`.
    pub fn export(&self, password: &str, rng: &mut dyn RandomSource) -> Result<Vec<u8>, CertificateError> {
        private_key_file::export(&self.pkcs8, password, rng)
    }

    /// The unencrypted DER PKCS #8 form, for the TLS library.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// 15474 when `certificate` is another key's.
    pub fn check_matches(&self, certificate: &Certificate) -> Result<(), CertificateError> {
        if self.public.is_same_as(certificate.public_key()) {
            Ok(())
        } else {
            Err(CertificateError::Mismatch)
        }
    }

    /// The stored form under the database master key.
    pub fn wrap(&self, dmk: &DatabaseMasterKey, rng: &mut dyn RandomSource) -> WrappedKey {
        WrappedKey::by_key(Purpose::PrivateKey, &dmk.0, b"", &self.pkcs8, rng)
    }

    /// From the stored form; 15466 when the database master key is another one.
    pub fn unwrap(wrapped: &WrappedKey, dmk: &DatabaseMasterKey) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_key(Purpose::PrivateKey, &dmk.0, b"")
            .map_err(|error| error.refused_as(KeyError::PrivateKey))?;
        Self::from_pkcs8(&secret).map_err(|_| KeyError::Corrupted)
    }

    /// The stored form under a password of its own; such a key is of no use for dialogs and endpoints.
    pub fn wrap_by_password(&self, password: &str, rng: &mut dyn RandomSource) -> WrappedKey {
        WrappedKey::by_password(Purpose::PrivateKey, password, &self.pkcs8, rng)
    }

    /// From the stored form; 15466 for a wrong password.
    pub fn unwrap_by_password(wrapped: &WrappedKey, password: &str) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_password(Purpose::PrivateKey, password)
            .map_err(|error| error.refused_as(KeyError::PrivateKey))?;
        Self::from_pkcs8(&secret).map_err(|_| KeyError::Corrupted)
    }

    /// RSA-PSS with SHA-256 and a salt of 32 bytes.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CertificateError> {
        self.sign_with(&RSA_PSS_SHA256, message)
    }

    /// RSA-OAEP with SHA-256: what [`PublicKey::encrypt`] made.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
        let mut secret = Zeroizing::new(vec![0; self.decrypting.min_output_size()]);
        let size = self
            .decrypting
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut secret, None)
            .map_err(|_| CertificateError::Decryption)?
            .len();
        secret.truncate(size);
        Ok(secret)
    }

    fn sign_with(
        &self,
        encoding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>, CertificateError> {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| CertificateError::Signing)?;
        Ok(signature)
    }
}

/// Certificates are signed with the older PKCS #1 padding: every reader of X.509 knows it.
impl rcgen::SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.sign_with(&RSA_PKCS1_SHA256, message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl rcgen::PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        self.signing.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}
