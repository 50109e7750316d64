//! Session keys of dialogs: how messages are sealed, and how the keys are kept.
//!
//! Suite 1: AES-256-GCM. What must arrive unchanged but stays readable for forwarders (service names, contract,
//! message type, conversation id, sequence, fragment, flags, direction) is associated data, chosen by the dialog
//! protocol. The associated data has to tell the two directions apart: in an anonymous dialog both use one key.

use duologue_messages::{SqlError, sql_error};
use duologue_types::SessionKeyId;
use thiserror::Error;

use crate::database_master_key::DatabaseMasterKey;
use crate::error::KeyError;
use crate::random::RandomSource;
use crate::secret::{NONCE_SIZE, SecretKey, TAG_SIZE};
use crate::wrapped::{Purpose, WrappedKey};

/// Bytes of a [`Salt`] (11268 when a message carries another size).
pub const SALT_SIZE: usize = NONCE_SIZE;
/// Bytes of a message integrity check (11258), and by how much sealing lengthens a text.
pub const MIC_SIZE: usize = TAG_SIZE;

/// The nonce that travels with a sealed message. Only sealing makes one; a receiver reads it from the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_SIZE]);

/// A sealed message body or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Travels next to the body.
    pub salt: Salt,
    /// Ciphertext followed by the integrity check of [`MIC_SIZE`] bytes.
    pub body: Vec<u8>,
}

/// The message was not sealed with this session key, salt and associated data (11230).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the message could not be decrypted and validated")]
pub struct MessageNotValidated;

impl MessageNotValidated {
    /// 11230.
    pub fn number(self) -> i32 {
        11230
    }
}

impl From<MessageNotValidated> for SqlError {
    fn from(_: MessageNotValidated) -> Self {
        sql_error!(11230)
    }
}

/// Protects the messages of one conversation in one direction; in an anonymous dialog in both.
pub struct SessionKey(pub(crate) SecretKey);

impl SessionKey {
    /// A new random key.
    pub fn generate(rng: &mut dyn RandomSource) -> Self {
        Self(SecretKey::generate(rng))
    }

    /// The stored form, bound to the key's id so that two conversations' keys cannot be exchanged in the store.
    pub fn wrap(&self, id: SessionKeyId, dmk: &DatabaseMasterKey, rng: &mut dyn RandomSource) -> WrappedKey {
        WrappedKey::by_key(Purpose::SessionKey, &dmk.0, &id.0.0, self.0.bytes(), rng)
    }

    /// From the stored form; 9652 when the database master key is another one.
    pub fn unwrap(wrapped: &WrappedKey, id: SessionKeyId, dmk: &DatabaseMasterKey) -> Result<Self, KeyError> {
        let secret = wrapped
            .open_by_key(Purpose::SessionKey, &dmk.0, &id.0.0)
            .map_err(|error| error.refused_as(KeyError::SessionKey))?;
        SecretKey::from_slice(&secret).map(Self).ok_or(KeyError::Corrupted)
    }

    /// Encrypts a body or fragment.
    pub fn seal(&self, rng: &mut dyn RandomSource, aad: &[u8], text: &[u8]) -> Sealed {
        let mut body = Vec::with_capacity(text.len() + MIC_SIZE);
        body.extend_from_slice(text);
        let salt = self.seal_in_place(rng, aad, &mut body);
        Sealed { salt, body }
    }

    /// Encrypts within `text` and appends the integrity check; give it [`MIC_SIZE`] bytes of spare capacity.
    pub fn seal_in_place(&self, rng: &mut dyn RandomSource, aad: &[u8], text: &mut Vec<u8>) -> Salt {
        Salt(self.0.seal(rng, aad, text))
    }

    /// Decrypts what [`SessionKey::seal`] made.
    pub fn open(&self, salt: Salt, aad: &[u8], body: &[u8]) -> Result<Vec<u8>, MessageNotValidated> {
        let mut text = body.to_vec();
        let size = self.open_in_place(salt, aad, &mut text)?.len();
        text.truncate(size);
        Ok(text)
    }

    /// Decrypts within `body` and returns the text's part of it.
    pub fn open_in_place<'b>(
        &self,
        salt: Salt,
        aad: &[u8],
        body: &'b mut [u8],
    ) -> Result<&'b mut [u8], MessageNotValidated> {
        self.0.open(salt.0, aad, body).ok_or(MessageNotValidated)
    }

    /// The integrity check of a protected message without body (an acknowledgement, an error).
    pub fn mic(&self, rng: &mut dyn RandomSource, aad: &[u8]) -> (Salt, [u8; MIC_SIZE]) {
        let mut tag = Vec::with_capacity(MIC_SIZE);
        let salt = Salt(self.0.seal(rng, aad, &mut tag));
        (salt, tag.try_into().expect("sealing nothing yields the tag alone"))
    }

    /// Checks what [`SessionKey::mic`] made.
    pub fn verify_mic(&self, salt: Salt, aad: &[u8], mic: &[u8]) -> Result<(), MessageNotValidated> {
        let mut tag: [u8; MIC_SIZE] = mic.try_into().map_err(|_| MessageNotValidated)?;
        self.0.open(salt.0, aad, &mut tag).map(|_| ()).ok_or(MessageNotValidated)
    }
}
