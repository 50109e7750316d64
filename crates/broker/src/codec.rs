//! Little-endian fields of the broker's stored rows. Every row begins with a version byte.

use bytes::Bytes;
use duologue_types::Guid;

/// A stored row that does not decode: the store returned bytes that this version did not write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DamagedRow;

/// Appends fields.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new(version: u8) -> Self {
        Self::with_capacity(version, 64)
    }

    /// The same, for a row of about that length.
    pub(crate) fn with_capacity(version: u8, length: usize) -> Self {
        let mut row = Vec::with_capacity(length);
        row.push(version);
        Self(row)
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(crate) fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    pub(crate) fn i32(&mut self, value: i32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn guid(&mut self, value: Guid) -> &mut Self {
        self.0.extend_from_slice(&value.0);
        self
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        let length = u32::try_from(value.len()).expect("no field of a stored row reaches 4 GB");
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(value);
        self
    }

    /// Bytes that `write` appends.
    pub(crate) fn nested(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        write(&mut self.0);
        let length = u32::try_from(self.0.len() - start - 4).expect("no field of a stored row reaches 4 GB");
        self.0[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
        self
    }

    pub(crate) fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// A body as a part of the row that ends with it: both share their memory.
pub(crate) fn end_of_row(row: &Bytes, body: Option<&Bytes>) -> Option<Bytes> {
    body.map(|body| row.slice(row.len() - body.len()..))
}

/// Takes fields off the front.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts after the version byte, which must be `version`.
    pub(crate) fn new(row: &'a [u8], version: u8) -> Result<Self, DamagedRow> {
        match row.split_first() {
            Some((found, rest)) if *found == version => Ok(Self(rest)),
            _ => Err(DamagedRow),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DamagedRow> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(DamagedRow)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DamagedRow> {
        Ok(self.take(N)?.try_into().expect("take returned N bytes"))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DamagedRow> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn bool(&mut self) -> Result<bool, DamagedRow> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DamagedRow),
        }
    }

    pub(crate) fn i32(&mut self) -> Result<i32, DamagedRow> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DamagedRow> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, DamagedRow> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn guid(&mut self) -> Result<Guid, DamagedRow> {
        self.array().map(Guid)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DamagedRow> {
        let length = u32::from_le_bytes(self.array()?);
        self.take(usize::try_from(length).map_err(|_| DamagedRow)?)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, DamagedRow> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DamagedRow)
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DamagedRow>,
    ) -> Result<Option<T>, DamagedRow> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    /// The row must be used up: trailing bytes are damage.
    pub(crate) fn end(self) -> Result<(), DamagedRow> {
        if self.0.is_empty() { Ok(()) } else { Err(DamagedRow) }
    }
}
