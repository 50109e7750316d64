//! The receiver's side.

use duologue_types::{ConversationId, SessionKeyId};

use super::cache::{InboundKey, KeyExchangeKeyCache};
use super::{HeaderError, ParsedHeader, session_key_aad, signed_message};
use crate::certificate::Certificate;
use crate::private_key::PrivateKey;
use crate::public_key::SignatureVerified;
use crate::secret::{NONCE_SIZE, SecretKey};
use crate::session_key::SessionKey;

/// Opens a header: verifies the signature with `source` (the certificate that the header names; `None` for an
/// anonymous header), decrypts the key exchange key with `destination`'s key and the session key with that one.
///
/// The caller has looked both certificates up by issuer and serial number and checked their dates; what the source
/// may do is decided afterwards, by the certificate's owner.
pub fn verify_and_unwrap(
    header: &ParsedHeader<'_>,
    cache: &mut KeyExchangeKeyCache,
    source: Option<&Certificate>,
    destination: &PrivateKey,
    conversation: ConversationId,
) -> Result<(SessionKeyId, SessionKey), HeaderError> {
    if header.source_id.as_ref() != source.map(Certificate::id) {
        return Err(HeaderError::SourceCertificate);
    }
    let key = InboundKey {
        pair_hash: header.pair_hash,
        source: source.map(Certificate::fingerprint),
        destination: destination.public_key().fingerprint(),
    };
    if let Some(key_exchange_key) = cache.inbound(&key) {
        return Ok((header.session_key_id, unwrap_session_key(header, key_exchange_key, conversation)?));
    }
    let authority = verify_source(header, source)?;
    let key_exchange_key = unwrap_key_exchange_key(header, authority, destination)?;
    let session_key = unwrap_session_key(header, &key_exchange_key, conversation)?;
    // Only what opened completely may take a place in the cache.
    let certificates = header.source_id.iter().chain([&header.destination_id]).cloned().collect();
    cache.insert_inbound(key, certificates, key_exchange_key);
    Ok((header.session_key_id, session_key))
}

/// On whose word a key exchange key is taken.
enum Authority {
    Anonymous,
    Source(SignatureVerified),
}

/// The signature comes before the decryption: verifying is thirty times cheaper, so garbage costs little.
fn verify_source(header: &ParsedHeader<'_>, source: Option<&Certificate>) -> Result<Authority, HeaderError> {
    let Some(source) = source else { return Ok(Authority::Anonymous) };
    let (size, expected) = (header.signature.len(), source.public_key().size());
    if size != expected {
        return Err(HeaderError::SignatureSize { size, min: expected, max: expected });
    }
    let verified = source.public_key().verify(&signed_message(header.signed), header.signature);
    verified.map(Authority::Source).map_err(|_| HeaderError::Signature)
}

fn unwrap_key_exchange_key(
    header: &ParsedHeader<'_>,
    authority: Authority,
    destination: &PrivateKey,
) -> Result<SecretKey, HeaderError> {
    // Nothing but the fact that somebody's word was checked.
    let (Authority::Anonymous | Authority::Source(SignatureVerified(()))) = authority;
    let (size, expected) = (header.encrypted_key_exchange_key.len(), destination.public_key().size());
    if size != expected {
        return Err(HeaderError::KeyExchangeKeySize { size, min: expected, max: expected });
    }
    let secret =
        destination.decrypt(header.encrypted_key_exchange_key).map_err(|_| HeaderError::NotDecrypted)?;
    SecretKey::from_slice(&secret).ok_or(HeaderError::DecryptedSize)
}

fn unwrap_session_key(
    header: &ParsedHeader<'_>,
    key_exchange_key: &SecretKey,
    conversation: ConversationId,
) -> Result<SessionKey, HeaderError> {
    let (nonce, sealed) =
        header.encrypted_session_key.split_first_chunk::<NONCE_SIZE>().ok_or(HeaderError::Malformed)?;
    let aad = session_key_aad(&header.pair_hash, header.session_key_id, conversation);
    let mut secret = zeroize::Zeroizing::new(sealed.to_vec());
    let secret = key_exchange_key.open(*nonce, &aad, &mut secret).ok_or(HeaderError::NotDecrypted)?;
    SecretKey::from_slice(secret).map(SessionKey).ok_or(HeaderError::NotDecrypted)
}
