//! Message bodies: incompressible, and each says who sent it as which.

/// Bytes of a stamp at the start of a body.
const STAMP_BYTES: usize = 8;

/// Who sent a message, as his which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stamp {
    pub(crate) sender: u32,
    pub(crate) number: u32,
}

impl Stamp {
    pub(crate) fn bytes(self) -> [u8; STAMP_BYTES] {
        let mut bytes = [0; STAMP_BYTES];
        bytes[..4].copy_from_slice(&self.sender.to_le_bytes());
        bytes[4..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    /// The stamp of a body that has one.
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let (sender, rest) = body.split_first_chunk::<4>()?;
        let number = rest.first_chunk::<4>()?;
        Some(Self { sender: u32::from_le_bytes(*sender), number: u32::from_le_bytes(*number) })
    }
}

/// A body before it is stamped.
#[derive(Clone)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    /// `size` bytes that no disk compresses.
    pub(crate) fn new(size: usize) -> Self {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let next = || {
            // Xorshift64: the bytes only have to be dull.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        Self(std::iter::repeat_with(next).take(size.max(STAMP_BYTES)).collect())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps() {
        let stamp = Stamp { sender: 7, number: 70_000 };
        assert_eq!(Stamp::of(&stamp.bytes()), Some(stamp));
        assert_eq!(Stamp::of(&[0; 7]), None);
        assert_eq!(Body::new(100).bytes().len(), 100);
    }
}
