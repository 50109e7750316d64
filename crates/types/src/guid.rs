//! The 16 bytes behind `uniqueidentifier`.

use std::fmt;
use std::str::FromStr;

/// A GUID, kept in the order in which it is written (RFC 4122 byte order); TDS and SQL Server's binary form are
/// mixed-endian, see [`Guid::to_sql_bytes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// `00000000-0000-0000-0000-000000000000`, which the catalog shows for "none".
    pub const ZERO: Self = Self([0; 16]);

    /// A version 4 GUID from 16 random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The bytes as SQL Server stores and sends them: the first three groups little-endian.
    pub fn to_sql_bytes(self) -> [u8; 16] {
        swap_groups(self.0)
    }

    /// The inverse of [`Guid::to_sql_bytes`].
    pub fn from_sql_bytes(bytes: [u8; 16]) -> Self {
        Self(swap_groups(bytes))
    }
}

fn swap_groups(b: [u8; 16]) -> [u8; 16] {
    [b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Guid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Guid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("not a uniqueidentifier"))
    }
}

/// The text is not `XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX`, with or without braces.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidGuid;

impl FromStr for Guid {
    type Err = InvalidGuid;

    fn from_str(text: &str) -> Result<Self, InvalidGuid> {
        let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        let raw = text.as_bytes();
        if raw.len() != 36 {
            return Err(InvalidGuid);
        }
        let mut bytes = [0u8; 16];
        let mut position = 0;
        for (index, byte) in bytes.iter_mut().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                if raw[position] != b'-' {
                    return Err(InvalidGuid);
                }
                position += 1;
            }
            *byte = hex(raw[position])? << 4 | hex(raw[position + 1])?;
            position += 2;
        }
        Ok(Self(bytes))
    }
}

fn hex(digit: u8) -> Result<u8, InvalidGuid> {
    (digit as char).to_digit(16).map(|value| value as u8).ok_or(InvalidGuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_sql_bytes_round_trip() {
        let text = "01234567-89AB-CDEF-0123-456789ABCDEF";
        let guid: Guid = text.parse().unwrap();
        assert_eq!(guid.to_string(), text);
        assert_eq!(Guid::from_sql_bytes(guid.to_sql_bytes()), guid);
        assert_eq!(&guid.to_sql_bytes()[..4], &[0x67, 0x45, 0x23, 0x01]);
        assert_eq!("{01234567-89ab-cdef-0123-456789abcdef}".parse(), Ok(guid));
        assert_eq!("01234567x89AB-CDEF-0123-456789ABCDEF".parse::<Guid>(), Err(InvalidGuid));
    }
}
