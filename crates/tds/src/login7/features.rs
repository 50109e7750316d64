//! FeatureExt: a `u32` offset, and there `id u8, length u32, data` until 0xFF.

use crate::error::ProtocolError;
use crate::reader::Reader;

/// More features than any client knows.
const MAX_FEATURES: usize = 64;
const TERMINATOR: u8 = 0xFF;

/// Ids of feature extensions.
pub mod feature_id {
    /// Session recovery; must never be acknowledged, its duties are not met here.
    pub const SESSION_RECOVERY: u8 = 0x01;
    /// Federated authentication.
    pub const FED_AUTH: u8 = 0x02;
    /// Always Encrypted.
    pub const COLUMN_ENCRYPTION: u8 = 0x04;
    /// The client reads UTF-8 collations. Its data is 01, or nothing at all.
    pub const UTF8_SUPPORT: u8 = 0x0A;
}

/// One feature extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feature {
    /// One of [`feature_id`], or one that this server does not know.
    pub id: u8,
    /// Its data.
    pub data: Vec<u8>,
}

/// Reads the list; `extension` holds its offset in `data`.
pub(super) fn decode(data: &[u8], extension: &[u8]) -> Result<Vec<Feature>, ProtocolError> {
    let offset = Reader::new(extension).length32()?;
    let mut reader = Reader::new(data);
    reader.bytes(offset)?;
    let mut features = Vec::new();
    loop {
        let id = reader.u8()?;
        if id == TERMINATOR {
            return Ok(features);
        }
        if features.len() == MAX_FEATURES {
            return Err(ProtocolError::Malformed("LOGIN7 has too many features"));
        }
        let length = reader.length32()?;
        features.push(Feature { id, data: reader.bytes(length)?.to_vec() });
    }
}
