//! The dialog security header: how the first messages of a secured dialog carry their session key.
//!
//! It has two parts. The *service pair* part names both certificates and carries the key exchange key, encrypted
//! for the destination and signed by the source; the sender makes it once per pair of certificates and some hours.
//! The *dialog* part carries the session key under the key exchange key, so that a new dialog costs no RSA
//! operation at either side while the [`KeyExchangeKeyCache`] holds the pair. Byte table and reasons:
//! `docs/formats/dialog-security-header.md`.
//!
//! Sender: [`build_header`]. Receiver: [`parse_header`], look up both certificates by issuer and serial number,
//! check their dates, then [`verify_and_unwrap`].

mod build;
mod cache;
mod error;
mod parse;
#[cfg(test)]
mod tests;
mod verify;

pub use build::build_header;
pub use cache::KeyExchangeKeyCache;
pub use error::HeaderError;
pub use parse::{MAX_HEADER_SIZE, ParsedHeader, parse_header};
pub use verify::verify_and_unwrap;

use duologue_types::{ConversationId, SessionKeyId};

use crate::secret::{KEY_SIZE, NONCE_SIZE, TAG_SIZE};

/// RSA-OAEP (SHA-256) for the key exchange key, RSA-PSS (SHA-256) over the header, AES-256-GCM for the session key
/// and the messages.
pub const SUITE_1: u16 = 1;

/// Bytes of a GUID.
const ID_SIZE: usize = 16;
/// Nonce, session key, tag.
const ENCRYPTED_SESSION_KEY_SIZE: usize = NONCE_SIZE + KEY_SIZE + TAG_SIZE;
/// Precedes the signed bytes, so that no signature of this key made for another protocol (TLS) can stand here.
const SIGNATURE_CONTEXT: &[u8] = b"duologue service pair security header, suite 1\0";

/// What the source signs.
fn signed_message(service_pair: &[u8]) -> Vec<u8> {
    [SIGNATURE_CONTEXT, service_pair].concat()
}

/// What ties an encrypted session key to its service pair, its id and its conversation.
fn session_key_aad(pair_hash: &[u8; 32], key: SessionKeyId, conversation: ConversationId) -> Vec<u8> {
    [&pair_hash[..], &key.0.0, &conversation.0.0].concat()
}
