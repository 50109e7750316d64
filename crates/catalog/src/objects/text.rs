//! How values that JSON lacks stand in a stored row.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Bytes, optional bytes and lists of bytes as base64 text.
pub(crate) mod base64_text {
    use super::*;

    pub(crate) trait Base64Text: Sized {
        type Text: Serialize + for<'de> Deserialize<'de>;
        fn to_text(&self) -> Self::Text;
        fn from_text(text: Self::Text) -> Result<Self, base64::DecodeError>;
    }

    impl Base64Text for Vec<u8> {
        type Text = String;

        fn to_text(&self) -> String {
            STANDARD.encode(self)
        }

        fn from_text(text: String) -> Result<Self, base64::DecodeError> {
            STANDARD.decode(text)
        }
    }

    impl Base64Text for Option<Vec<u8>> {
        type Text = Option<String>;

        fn to_text(&self) -> Option<String> {
            self.as_ref().map(Base64Text::to_text)
        }

        fn from_text(text: Option<String>) -> Result<Self, base64::DecodeError> {
            text.map(Base64Text::from_text).transpose()
        }
    }

    impl Base64Text for Vec<Vec<u8>> {
        type Text = Vec<String>;

        fn to_text(&self) -> Vec<String> {
            self.iter().map(Base64Text::to_text).collect()
        }

        fn from_text(text: Vec<String>) -> Result<Self, base64::DecodeError> {
            text.into_iter().map(Base64Text::from_text).collect()
        }
    }

    pub(crate) fn serialize<T: Base64Text, S: Serializer>(
        bytes: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.to_text().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Base64Text, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::from_text(T::Text::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
