//! What can be wrong with a certificate or a private key file.

use duologue_messages::{SqlError, sql_error};
use thiserror::Error;

use crate::certificate::MAX_SUBJECT_CHARACTERS;
use crate::error::at_least_severity_16;

/// Why a certificate or a private key was not made or accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// Larger than any key or certificate that is accepted.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
    /// Not a DER X.509 certificate.
    #[error("this is not a DER-encoded X.509 certificate")]
    NotACertificate,
    /// A PEM file.
    #[error("this is a PEM file; convert it to DER")]
    Pem,
    /// A PKCS #12 file.
    #[error("this is a PFX (PKCS #12) file; extract certificate and private key to DER files")]
    Pfx,
    /// Bytes follow the certificate.
    #[error("bytes follow the end of the certificate")]
    TrailingBytes,
    /// The issuer name or the serial number is longer than a dialog security header can carry.
    #[error("the certificate's issuer name or serial number is too long")]
    NameTooLong,
    /// Not an RSA key.
    #[error("the key is not an RSA key")]
    NotRsa,
    /// The RSA modulus is too short, too long, or not a multiple of 64 bits.
    #[error("the RSA key has {bits} bits; it must have 2048 to 4096, a multiple of 64")]
    KeyLength {
        /// Of the modulus.
        bits: usize,
    },
    /// A `SUBJECT` that is empty or too long.
    #[error("the subject must have 1 to {MAX_SUBJECT_CHARACTERS} characters")]
    Subject,
    /// A start or expiry date before 1753 or after 9999.
    #[error("the certificate's dates are outside the years 1753 to 9999")]
    Dates,
    /// The private key file is in no format that is understood.
    #[error("this is not a private key in DER (PKCS #8 or PKCS #1) or PVK format")]
    NotAPrivateKey,
    /// The private key file is encrypted in a way that is not supported.
    #[error("the private key file's encryption is not supported; PBES2 with AES-CBC, or PVK with RC4, is")]
    UnsupportedEncryption,
    /// The private key file needs a password, or has another one.
    #[error("the password of the private key file is missing or wrong")]
    Password,
    /// A password was given for a file that has none.
    #[error("the private key file is not encrypted")]
    NotEncrypted,
    /// The private key belongs to another public key.
    #[error("the private key does not match the certificate")]
    Mismatch,
    /// A signature that this certificate's key did not make.
    #[error("the signature does not verify")]
    Signature,
    /// A signature scheme that is not supported (TLS).
    #[error("signature scheme {0:#06x} is not supported")]
    SignatureScheme(u16),
    /// The cryptographic library failed to generate a key.
    #[error("the key could not be generated")]
    Generation,
    /// The cryptographic library failed to sign.
    #[error("signing failed")]
    Signing,
    /// The cryptographic library failed to encrypt.
    #[error("encryption failed")]
    Encryption,
    /// What was to be decrypted was not made for this key.
    #[error("decryption failed")]
    Decryption,
}

impl CertificateError {
    /// The number under which a statement on a value (`FROM BINARY`) reports it; for files see
    /// [`CertificateError::for_file`].
    pub fn number(self) -> i32 {
        SqlError::from(self).number
    }

    /// The error of `CREATE CERTIFICATE … FROM FILE`: unreadable contents are the deliberately vague 15208.
    pub fn for_file(self) -> SqlError {
        match self {
            Self::NotACertificate | Self::Pem | Self::TrailingBytes | Self::NotAPrivateKey => {
                sql_error!(15208)
            }
            other => other.into(),
        }
    }
}

impl From<CertificateError> for SqlError {
    fn from(error: CertificateError) -> Self {
        use CertificateError::*;
        let mut sql = match error {
            TooLarge { .. } => sql_error!(9638),
            NotACertificate | Pem | TrailingBytes | NameTooLong | NotAPrivateKey => sql_error!(15297),
            Pfx | NotRsa | KeyLength { .. } | UnsupportedEncryption => sql_error!(15464),
            Subject => sql_error!(15212, MAX_SUBJECT_CHARACTERS),
            Dates => sql_error!(9635),
            Password => sql_error!(15465),
            NotEncrypted => sql_error!(9639),
            Mismatch => sql_error!(15474, "certificate"),
            Signature | SignatureScheme(_) => sql_error!(9630),
            Generation => sql_error!(15468, "private key"),
            Signing => sql_error!(15506),
            Encryption => sql_error!(15209),
            Decryption => sql_error!(15466),
        };
        if matches!(sql.number, 15297 | 15464) {
            // These two texts alone leave the user guessing.
            sql.text = format!("{} Detail: {error}.", sql.text);
        }
        at_least_severity_16(sql)
    }
}
