//! Bytes to fields; touches no key.

use duologue_types::{Guid, KeyExchangeKeyId, SessionKeyId};

use super::{ENCRYPTED_SESSION_KEY_SIZE, HeaderError, ID_SIZE, SUITE_1};
use crate::certificate::{IssuerAndSerial, MAX_ISSUER_SIZE, MAX_SERIAL_SIZE};
use crate::public_key::sha256;

/// Of a signature and of an encrypted key exchange key: RSA-2048 to RSA-4096.
const RSA_SIZES: std::ops::RangeInclusive<usize> = 256..=512;
/// Suite, seven lengths, two ids and the longest fields.
pub const MAX_HEADER_SIZE: usize = 2
    + 7 * 2
    + 2 * (MAX_ISSUER_SIZE + MAX_SERIAL_SIZE)
    + 2 * ID_SIZE
    + 2 * *RSA_SIZES.end()
    + ENCRYPTED_SESSION_KEY_SIZE;

/// A header whose fields are well-formed. Nothing in it has been verified.
#[derive(Debug)]
pub struct ParsedHeader<'a> {
    /// The source's certificate; `None` in an anonymous dialog.
    pub source_id: Option<IssuerAndSerial>,
    /// The destination's certificate, whose private key opens the header.
    pub destination_id: IssuerAndSerial,
    /// Changes whenever the sender makes a new key exchange key.
    pub key_exchange_key_id: KeyExchangeKeyId,
    /// What later messages of the dialog name.
    pub session_key_id: SessionKeyId,
    pub(super) pair_hash: [u8; 32],
    pub(super) signed: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) encrypted_key_exchange_key: &'a [u8],
    pub(super) encrypted_session_key: &'a [u8; ENCRYPTED_SESSION_KEY_SIZE],
}

impl ParsedHeader<'_> {
    /// Whether the source remains unnamed: only the destination is authenticated.
    pub fn is_anonymous(&self) -> bool {
        self.source_id.is_none()
    }
}

/// Reads a complete header.
pub fn parse_header(bytes: &[u8]) -> Result<ParsedHeader<'_>, HeaderError> {
    if bytes.len() > MAX_HEADER_SIZE {
        return Err(HeaderError::Malformed);
    }
    let mut fields = Fields { rest: bytes };
    let suite = fields.number()?;
    if suite != SUITE_1 {
        return Err(HeaderError::UnsupportedSuite(suite));
    }
    let source_id = read_source(&mut fields)?;
    let destination_id = read_destination(&mut fields)?;
    let key_exchange_key_id = KeyExchangeKeyId(fields.guid()?);
    let encrypted_key_exchange_key = fields.sized()?;
    let signed = &bytes[..bytes.len() - fields.rest.len()];
    let signature = fields.sized()?;
    let service_pair = &bytes[..bytes.len() - fields.rest.len()];
    let session_key_id = SessionKeyId(fields.guid()?);
    let encrypted_session_key = fields.sized()?;
    if !fields.rest.is_empty() {
        return Err(HeaderError::Malformed);
    }
    check_signature_presence(source_id.is_some(), signature)?;
    check_keys(key_exchange_key_id, encrypted_key_exchange_key, session_key_id, encrypted_session_key)?;
    Ok(ParsedHeader {
        source_id,
        destination_id,
        key_exchange_key_id,
        session_key_id,
        pair_hash: sha256(&[service_pair]),
        signed,
        signature,
        encrypted_key_exchange_key,
        encrypted_session_key: encrypted_session_key
            .try_into()
            .map_err(|_| HeaderError::SessionKeySize(encrypted_session_key.len()))?,
    })
}

fn read_source(fields: &mut Fields<'_>) -> Result<Option<IssuerAndSerial>, HeaderError> {
    let (issuer, serial) = (fields.sized()?, fields.sized()?);
    if issuer.len() > MAX_ISSUER_SIZE {
        return Err(HeaderError::SourceIssuerSize(issuer.len()));
    }
    if serial.len() > MAX_SERIAL_SIZE {
        return Err(HeaderError::SourceSerialSize(serial.len()));
    }
    match (issuer.is_empty(), serial.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(IssuerAndSerial { issuer: issuer.to_vec(), serial: serial.to_vec() })),
        _ => Err(HeaderError::SourceIncomplete),
    }
}

fn read_destination(fields: &mut Fields<'_>) -> Result<IssuerAndSerial, HeaderError> {
    let (issuer, serial) = (fields.sized()?, fields.sized()?);
    if issuer.len() > MAX_ISSUER_SIZE {
        return Err(HeaderError::DestinationIssuerSize(issuer.len()));
    }
    if serial.len() > MAX_SERIAL_SIZE {
        return Err(HeaderError::DestinationSerialSize(serial.len()));
    }
    if issuer.is_empty() {
        return Err(HeaderError::DestinationIncomplete);
    }
    if serial.is_empty() {
        return Err(HeaderError::DestinationSerialMissing);
    }
    Ok(IssuerAndSerial { issuer: issuer.to_vec(), serial: serial.to_vec() })
}

fn check_signature_presence(has_source: bool, signature: &[u8]) -> Result<(), HeaderError> {
    if has_source == signature.is_empty() {
        return Err(HeaderError::SignatureWithoutSource);
    }
    let size = signature.len();
    if has_source && !RSA_SIZES.contains(&size) {
        return Err(HeaderError::SignatureSize { size, min: *RSA_SIZES.start(), max: *RSA_SIZES.end() });
    }
    Ok(())
}

fn check_keys(
    key_exchange_key_id: KeyExchangeKeyId,
    key_exchange_key: &[u8],
    session_key_id: SessionKeyId,
    session_key: &[u8],
) -> Result<(), HeaderError> {
    if key_exchange_key.is_empty() || session_key.is_empty() {
        return Err(HeaderError::DestinationIncomplete);
    }
    if key_exchange_key_id.0 == Guid::ZERO {
        return Err(HeaderError::KeyExchangeKeyIdMissing);
    }
    if session_key_id.0 == Guid::ZERO {
        return Err(HeaderError::SessionKeyIdMissing);
    }
    let size = key_exchange_key.len();
    if !RSA_SIZES.contains(&size) {
        return Err(HeaderError::KeyExchangeKeySize { size, min: *RSA_SIZES.start(), max: *RSA_SIZES.end() });
    }
    Ok(())
}

/// What has not been read yet.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], HeaderError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(HeaderError::Malformed)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn number(&mut self) -> Result<u16, HeaderError> {
        self.array().map(u16::from_be_bytes)
    }

    fn guid(&mut self) -> Result<Guid, HeaderError> {
        self.array().map(Guid)
    }

    /// A field preceded by its length.
    fn sized(&mut self) -> Result<&'a [u8], HeaderError> {
        let size = self.number()?;
        self.rest.split_off(..usize::from(size)).ok_or(HeaderError::Malformed)
    }
}
