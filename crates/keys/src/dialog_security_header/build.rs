//! The sender's side.

use bytes::Bytes;
use duologue_types::{ConversationId, SessionKeyId, Timestamp};

use super::cache::{KeyExchangeKeyCache, OutboundKey, OutboundPair};
use super::{HeaderError, SUITE_1, session_key_aad, signed_message};
use crate::certificate::{Certificate, IssuerAndSerial};
use crate::private_key::PrivateKey;
use crate::public_key::sha256;
use crate::random::{RandomSource, random_guid};
use crate::secret::SecretKey;
use crate::session_key::SessionKey;

/// The header for a dialog's first messages: `session_key` for the holder of `destination`'s private key, and
/// signed with `source` unless the dialog is anonymous. The key exchange key comes from `cache`, or is made now.
#[expect(clippy::too_many_arguments, reason = "each is a different fact of the dialog")]
pub fn build_header(
    now: Timestamp,
    rng: &mut dyn RandomSource,
    cache: &mut KeyExchangeKeyCache,
    source: Option<(&Certificate, &PrivateKey)>,
    destination: &Certificate,
    session_key: &SessionKey,
    session_key_id: SessionKeyId,
    conversation: ConversationId,
) -> Result<Bytes, HeaderError> {
    let key: OutboundKey =
        (source.map(|(certificate, _)| certificate.fingerprint()), destination.fingerprint());
    if cache.outbound(now, &key).is_none() {
        let certificates = certificate_ids(source.map(|(certificate, _)| certificate), destination);
        cache.insert_outbound(key, certificates, make_pair(now, rng, source, destination)?);
    }
    let pair = cache.outbound(now, &key).ok_or(HeaderError::Cryptography)?;
    Ok(append_dialog(pair, rng, session_key, session_key_id, conversation))
}

/// The certificates whose removal makes a cached key unusable.
pub(super) fn certificate_ids(
    source: Option<&Certificate>,
    destination: &Certificate,
) -> Vec<IssuerAndSerial> {
    source.into_iter().chain([destination]).map(|certificate| certificate.id().clone()).collect()
}

fn make_pair(
    now: Timestamp,
    rng: &mut dyn RandomSource,
    source: Option<(&Certificate, &PrivateKey)>,
    destination: &Certificate,
) -> Result<OutboundPair, HeaderError> {
    let key_exchange_key = SecretKey::generate(rng);
    let encrypted = destination.public_key().encrypt(key_exchange_key.bytes());
    let encrypted = encrypted.map_err(|_| HeaderError::Cryptography)?;

    let mut bytes = SUITE_1.to_be_bytes().to_vec();
    let (issuer, serial) =
        source.map_or((&[][..], &[][..]), |(source, _)| (&source.id().issuer, &source.id().serial));
    put_sized(&mut bytes, issuer);
    put_sized(&mut bytes, serial);
    put_sized(&mut bytes, &destination.id().issuer);
    put_sized(&mut bytes, &destination.id().serial);
    bytes.extend(random_guid(rng).0);
    put_sized(&mut bytes, &encrypted);
    let signature = match source {
        Some((_, key)) => key.sign(&signed_message(&bytes)).map_err(|_| HeaderError::Cryptography)?,
        None => Vec::new(),
    };
    put_sized(&mut bytes, &signature);
    Ok(OutboundPair { hash: sha256(&[&bytes]), bytes, key_exchange_key, created: now })
}

fn append_dialog(
    pair: &OutboundPair,
    rng: &mut dyn RandomSource,
    session_key: &SessionKey,
    id: SessionKeyId,
    conversation: ConversationId,
) -> Bytes {
    let aad = session_key_aad(&pair.hash, id, conversation);
    let mut encrypted = session_key.0.bytes().to_vec();
    let nonce = pair.key_exchange_key.seal(rng, &aad, &mut encrypted);
    let mut bytes = pair.bytes.clone();
    bytes.extend(id.0.0);
    put_sized(&mut bytes, &[&nonce[..], &encrypted].concat());
    bytes.into()
}

/// Every field is far shorter than 64 KiB: certificates limit theirs when they are read.
fn put_sized(bytes: &mut Vec<u8>, field: &[u8]) {
    let size = u16::try_from(field.len()).expect("header fields are limited to a few KiB");
    bytes.extend(size.to_be_bytes());
    bytes.extend_from_slice(field);
}
