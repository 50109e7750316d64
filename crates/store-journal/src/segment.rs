//! A segment: a file that holds a stretch of the log. Its name says its number, its first block repeats it.

use std::sync::Arc;

use crc32c::crc32c;
use duologue_store::{FORMAT_VERSION, StoreError};

use crate::files::{BlockFile, Folder, read_all, write_all};
use crate::record::{BLOCK, u32_at, u64_at};

/// Version of segments and records; the keys' and rows' own version stands beside it.
pub const JOURNAL_VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"DUOLOGUE";
const HEADER: usize = 48;
const SEGMENT: &str = ".segment";
const SPARE: &str = ".spare";
/// A spare that is being filled with zeros.
const UNFINISHED: &str = ".unfinished";

/// A name in the journal's folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Name {
    /// A stretch of the log.
    Segment(u32),
    /// Room for one; whatever its bytes are, they mean nothing.
    Spare(u32),
    /// Room that is not made to the end.
    Unfinished(u32),
}

impl Name {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbered = |suffix| -> Option<u32> {
            let digits = text.strip_suffix(suffix)?;
            let number = digits.parse().ok()?;
            (digits == format!("{number:010}")).then_some(number)
        };
        numbered(SEGMENT)
            .map(Self::Segment)
            .or_else(|| numbered(SPARE).map(Self::Spare))
            .or_else(|| numbered(UNFINISHED).map(Self::Unfinished))
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Segment(number) => format!("{number:010}{SEGMENT}"),
            Self::Spare(number) => format!("{number:010}{SPARE}"),
            Self::Unfinished(number) => format!("{number:010}{UNFINISHED}"),
        }
    }
}

/// An open segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) nonce: u128,
    /// Bytes of the file.
    pub(crate) size: u64,
    pub(crate) file: Arc<dyn BlockFile>,
    /// The file's path, for error texts.
    pub(crate) place: String,
}

impl Segment {
    /// Writes the first block, and waits until it is durable. The file still has a name that means nothing.
    pub(crate) fn write_header(
        number: u32,
        nonce: u128,
        size: u64,
        file: &dyn BlockFile,
    ) -> std::io::Result<()> {
        let mut block = vec![0; BLOCK as usize];
        block[..HEADER].copy_from_slice(&encode(number, nonce, size));
        write_all(file, 0, &block)?;
        file.flush()
    }

    /// Opens the segment of that number and verifies its first block.
    pub(crate) fn open(folder: &dyn Folder, number: u32) -> Result<Self, StoreError> {
        let name = Name::Segment(number).text();
        let place = format!("{}/{name}", folder.place());
        let from_io = |error: std::io::Error| StoreError::from_io(&place, &error);
        let file = folder.open(&name).map_err(from_io)?;
        let length = file.size().map_err(from_io)?;
        let damaged = |detail: String| StoreError::Damaged { place: place.clone(), detail };
        if length < 3 * BLOCK {
            return Err(damaged(format!("it has {length} bytes, less than any segment")));
        }
        let mut header = [0; HEADER];
        read_all(file.as_ref(), 0, &mut header).map_err(from_io)?;
        let Header { version, store_version, number: found, nonce, size } = decode(&header)
            .ok_or_else(|| damaged("its first block, at offset 0, is not that of a segment".into()))?;
        if version > JOURNAL_VERSION || store_version > FORMAT_VERSION {
            let (found, supported) = if version > JOURNAL_VERSION {
                (version, JOURNAL_VERSION)
            } else {
                (store_version, FORMAT_VERSION)
            };
            return Err(StoreError::NewerVersion { place, found, supported });
        }
        if found != number {
            return Err(damaged(format!("its first block, at offset 0, says that it is segment {found}")));
        }
        if length < size {
            return Err(damaged(format!("it has {length} bytes of the {size} that its first block tells")));
        }
        Ok(Self { number, nonce, size, file, place })
    }

    /// Where records may end: a block is kept for the release of old segments, and one for the seal.
    pub(crate) fn room_end(&self) -> u64 {
        self.size - 2 * BLOCK
    }

    pub(crate) fn error(&self, error: &std::io::Error) -> StoreError {
        StoreError::from_io(&self.place, error)
    }

    pub(crate) fn damaged(&self, detail: String) -> StoreError {
        StoreError::Damaged { place: self.place.clone(), detail }
    }
}

/// The largest record that a segment of `size` bytes takes.
pub(crate) fn capacity(size: u64) -> u64 {
    size.saturating_sub(3 * BLOCK)
}

/// The smallest segment that takes a record of `span` bytes.
pub(crate) fn size_for(span: u64) -> u64 {
    span + 3 * BLOCK
}

struct Header {
    version: u32,
    store_version: u32,
    number: u32,
    nonce: u128,
    size: u64,
}

fn encode(number: u32, nonce: u128, size: u64) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[0..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&JOURNAL_VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes[16..20].copy_from_slice(&number.to_le_bytes());
    bytes[20..36].copy_from_slice(&nonce.to_le_bytes());
    bytes[36..44].copy_from_slice(&size.to_le_bytes());
    let crc = crc32c(&bytes[..44]);
    bytes[44..48].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8; HEADER]) -> Option<Header> {
    if bytes[..8] != MAGIC || u32_at(bytes, 44)? != crc32c(&bytes[..44]) {
        return None;
    }
    let size = u64_at(bytes, 36)?;
    let is_whole = size >= 3 * BLOCK && size.is_multiple_of(BLOCK);
    is_whole.then_some(Header {
        version: u32_at(bytes, 8)?,
        store_version: u32_at(bytes, 12)?,
        number: u32_at(bytes, 16)?,
        nonce: u128::from_le_bytes(*bytes[20..].first_chunk()?),
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_others_are_none() {
        for name in [Name::Segment(1), Name::Spare(4_000_000_000), Name::Unfinished(7)] {
            assert_eq!(Name::parse(&name.text()), Some(name));
        }
        for text in ["", "1.segment", "00000000001.segment", "0000000001.segmen", "+000000001.segment"] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
    }
}
