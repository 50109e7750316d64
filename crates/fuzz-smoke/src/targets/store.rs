//! Keys of stored rows.

use duologue_store::Key;

/// What is accepted as a key has these bytes and no others.
pub(crate) fn key(data: &[u8]) {
    match Key::parse(data) {
        Ok(key) => assert_eq!(key.to_bytes(), data),
        Err(error) => assert!(error.to_string().len() >= 2 * data.len()),
    }
}
