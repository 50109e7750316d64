//! Keys and certificates: the encryption hierarchy, key files, login passwords, and the dialog security header.
//!
//! ```text
//! root secret (outside the store)
//!   └ service master key, one per instance
//!       └ database master key, one per database; also under one or more passwords
//!           ├ private keys of certificates; or under a password of their own
//!           └ session keys of dialogs, at rest
//! ```
//!
//! In transit a session key travels under a *key exchange key*, and that one under the public key of the
//! destination's certificate ([`dialog_security_header`]). Byte tables: `docs/formats/keys.md` and
//! `docs/formats/dialog-security-header.md`.
//!
//! Nothing here opens a file or reads a clock. Randomness comes through [`RandomSource`], with two exceptions that
//! the cryptographic library does not let us feed: RSA key generation and the padding of RSA-OAEP and RSA-PSS.
//! Their results have a fixed length, so simulations stay reproducible in everything but those bytes.

mod backup;
mod certificate;
mod certificate_error;
mod database_master_key;
pub mod dialog_security_header;
mod error;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
mod login_password;
mod password_policy;
mod private_key;
mod private_key_file;
mod public_key;
mod random;
mod secret;
mod service_master_key;
mod session_key;
mod wrapped;

pub use certificate::{Certificate, IssuerAndSerial, MAX_CERTIFICATE_SIZE, MAX_SUBJECT_CHARACTERS};
pub use certificate_error::CertificateError;
pub use database_master_key::DatabaseMasterKey;
pub use dialog_security_header::KeyExchangeKeyCache;
pub use error::KeyError;
pub use login_password::{InvalidPasswordHash, PasswordHash};
pub use password_policy::check_password_policy;
pub use private_key::{GeneratedKeys, PrivateKey, PrivateKeySource};
pub use public_key::{PublicKey, SignatureVerified, verify_tls13_signature};
pub use random::{RandomSource, random_array, random_guid};
pub use secret::RootSecret;
pub use service_master_key::ServiceMasterKey;
pub use session_key::{MIC_SIZE, MessageNotValidated, SALT_SIZE, Salt, Sealed, SessionKey};
pub use wrapped::WrappedKey;
