//! Bounds-checked reading of a message.

use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

/// What is left of a message. Every read checks the bound; none allocates more than the message holds.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ProtocolError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A reader of the next `count` bytes.
    pub(crate) fn part(&mut self, count: usize) -> Result<Self> {
        Ok(Self { rest: self.bytes(count)? })
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(ProtocolError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u16_be(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A `u32` as a length in bytes.
    pub(crate) fn length32(&mut self) -> Result<usize> {
        usize::try_from(self.u32()?).map_err(|_| ProtocolError::Truncated)
    }

    /// UTF-16 text of `units` code units.
    pub(crate) fn utf16(&mut self, units: usize) -> Result<String> {
        decode_utf16(self.bytes(units.checked_mul(2).ok_or(ProtocolError::Truncated)?)?)
    }

    /// B_VARCHAR: the number of units in one byte.
    pub(crate) fn b_varchar(&mut self) -> Result<String> {
        let units = self.u8()?;
        self.utf16(usize::from(units))
    }

    /// US_VARCHAR: the number of units in two bytes.
    pub(crate) fn us_varchar(&mut self) -> Result<String> {
        let units = self.u16()?;
        self.utf16(usize::from(units))
    }

    /// The message must end here.
    pub(crate) fn expect_end(&self, complaint: &'static str) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(ProtocolError::Malformed(complaint)) }
    }
}

/// UTF-16LE to UTF-8; a lone surrogate becomes U+FFFD.
pub(crate) fn decode_utf16(bytes: &[u8]) -> Result<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(ProtocolError::Malformed("UTF-16 text has an odd number of bytes"));
    }
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    Ok(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
