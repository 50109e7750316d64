//! Why a dialog security header is not accepted.

use duologue_messages::{SqlError, sql_error};
use duologue_types::ConversationId;
use thiserror::Error;

use super::ENCRYPTED_SESSION_KEY_SIZE;
use crate::certificate::{MAX_ISSUER_SIZE, MAX_SERIAL_SIZE};

/// Each variant has the number that Service Broker gives this kind of corruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// 28066: shorter than its fields say, or longer.
    #[error("the header is truncated or has bytes left over")]
    Malformed,
    /// 11241: made by a newer version.
    #[error("security suite {0} is not known")]
    UnsupportedSuite(u16),
    /// 11250: only one of the source certificate's issuer and serial number.
    #[error("the source certificate's issuer and serial number must both be present or both be absent")]
    SourceIncomplete,
    /// 11251: a source certificate without signature, or the reverse.
    #[error("the source certificate and the signature must both be present or both be absent")]
    SignatureWithoutSource,
    /// 11252: the destination certificate's issuer without its serial number.
    #[error("the destination certificate's serial number is missing")]
    DestinationSerialMissing,
    /// 11253: one of destination certificate, key exchange key and session key is missing.
    #[error("the destination certificate, the key exchange key or the session key is missing")]
    DestinationIncomplete,
    /// 11254: the session key's id is zero.
    #[error("the session key id is missing")]
    SessionKeyIdMissing,
    /// 11259, in bytes.
    #[error("the source certificate's serial number has {0} bytes")]
    SourceSerialSize(usize),
    /// 11260, in bytes.
    #[error("the source certificate's issuer name has {0} bytes")]
    SourceIssuerSize(usize),
    /// 11261, in bytes.
    #[error("the destination certificate's serial number has {0} bytes")]
    DestinationSerialSize(usize),
    /// 11262, in bytes.
    #[error("the destination certificate's issuer name has {0} bytes")]
    DestinationIssuerSize(usize),
    /// 11263: a signature that no acceptable key makes, or not one of the source's key.
    #[error("the signature has {size} bytes instead of {min} to {max}")]
    SignatureSize {
        /// In bytes.
        size: usize,
        /// In bytes.
        min: usize,
        /// In bytes.
        max: usize,
    },
    /// 11264: a key exchange key that no acceptable key encrypts, or not one of the destination's key.
    #[error("the encrypted key exchange key has {size} bytes instead of {min} to {max}")]
    KeyExchangeKeySize {
        /// In bytes.
        size: usize,
        /// In bytes.
        min: usize,
        /// In bytes.
        max: usize,
    },
    /// 11265: the key exchange key's id is zero.
    #[error("the key exchange key id is missing")]
    KeyExchangeKeyIdMissing,
    /// 11266, in bytes.
    #[error("the encrypted session key has {0} bytes")]
    SessionKeySize(usize),
    /// 11229: the source certificate that the header names is not the one given, or none was found.
    #[error("the source certificate that the header names is not at hand")]
    SourceCertificate,
    /// 9630: not signed by the source certificate's key.
    #[error("the signature does not verify")]
    Signature,
    /// 28000: the key exchange key has not a key's length.
    #[error("the decrypted key exchange key has an unexpected size")]
    DecryptedSize,
    /// 11230: not encrypted for this destination key, or for another conversation.
    #[error("the key exchange key or the session key could not be decrypted")]
    NotDecrypted,
    /// 9641: sender only; the cryptographic library failed.
    #[error("a cryptographic operation failed")]
    Cryptography,
}

impl HeaderError {
    /// The number of the Broker:Corrupted Message or Undeliverable event.
    pub fn number(self) -> i32 {
        use HeaderError::*;
        match self {
            Malformed => 28066,
            UnsupportedSuite(_) => 11241,
            SourceIncomplete => 11250,
            SignatureWithoutSource => 11251,
            DestinationSerialMissing => 11252,
            DestinationIncomplete => 11253,
            SessionKeyIdMissing => 11254,
            SourceSerialSize(_) => 11259,
            SourceIssuerSize(_) => 11260,
            DestinationSerialSize(_) => 11261,
            DestinationIssuerSize(_) => 11262,
            SignatureSize { .. } => 11263,
            KeyExchangeKeySize { .. } => 11264,
            KeyExchangeKeyIdMissing => 11265,
            SessionKeySize(_) => 11266,
            SourceCertificate => 11229,
            Signature => 9630,
            DecryptedSize => 28000,
            NotDecrypted => 11230,
            Cryptography => 9641,
        }
    }

    /// The error with its text, which names the message in which it occurred.
    pub fn to_sql_error(self, conversation: ConversationId, is_initiator: bool, sequence: u64) -> SqlError {
        use HeaderError::*;
        let (c, i, s) = (conversation, u8::from(is_initiator), sequence);
        match self {
            Malformed => sql_error!(28066, c, i, s),
            UnsupportedSuite(_) => sql_error!(11241, super::SUITE_1, 0),
            SourceIncomplete => sql_error!(11250, c, i, s),
            SignatureWithoutSource => sql_error!(11251, c, i, s),
            DestinationSerialMissing => sql_error!(11252, c, i, s),
            DestinationIncomplete => sql_error!(11253, c, i, s),
            SessionKeyIdMissing => sql_error!(11254, c, i, s),
            SourceSerialSize(size) => sql_error!(11259, size, MAX_SERIAL_SIZE, c, i, s),
            SourceIssuerSize(size) => sql_error!(11260, size, MAX_ISSUER_SIZE, c, i, s),
            DestinationSerialSize(size) => sql_error!(11261, size, MAX_SERIAL_SIZE, c, i, s),
            DestinationIssuerSize(size) => sql_error!(11262, size, MAX_ISSUER_SIZE, c, i, s),
            SignatureSize { size, min, max } => sql_error!(11263, size, min, max, c, i, s),
            KeyExchangeKeySize { size, min, max } => sql_error!(11264, size, min, max, c, i, s),
            KeyExchangeKeyIdMissing => sql_error!(11265, c, i, s),
            SessionKeySize(size) => sql_error!(11266, size, ENCRYPTED_SESSION_KEY_SIZE, c, i, s),
            SourceCertificate => sql_error!(11229),
            Signature => sql_error!(9630),
            DecryptedSize => sql_error!(28000),
            NotDecrypted => sql_error!(11230),
            Cryptography => sql_error!(9641),
        }
    }
}
