//! A reply as far as load needs it: whether it is an error, and where its values lie.

use std::ops::Range;

use anyhow::{Context, bail};

/// How a column's values are framed.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Fixed(usize),
    /// `u8` length, 0 is NULL.
    Byte,
    /// `u16` length, FFFF is NULL.
    Short,
    /// Partially length-prefixed.
    Plp,
}

/// The tokens of one reply.
#[derive(Default)]
pub struct Reply {
    /// The message without packet headers.
    pub(super) payload: Vec<u8>,
    layouts: Vec<Layout>,
    /// Row by row; NULL and the empty value are an empty range. Of a value in chunks the first.
    values: Vec<Range<usize>>,
    rows: usize,
}

impl Reply {
    pub(super) fn clear(&mut self) {
        self.payload.clear();
        self.values.clear();
        self.rows = 0;
    }

    /// Rows of the last result set.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the reply without packet headers.
    pub fn bytes(&self) -> usize {
        self.payload.len()
    }

    /// A value of the last result set.
    pub fn value(&self, row: usize, column: usize) -> &[u8] {
        let index = row * self.layouts.len() + column;
        self.values.get(index).map_or(&[], |range| &self.payload[range.clone()])
    }

    /// An integer of any width.
    pub fn integer(&self, row: usize, column: usize) -> i64 {
        let mut bytes = [0; 8];
        let value = self.value(row, column);
        bytes[..value.len().min(8)].copy_from_slice(&value[..value.len().min(8)]);
        let unused = 64 - 8 * u32::try_from(value.len().clamp(1, 8)).unwrap_or(8);
        (i64::from_le_bytes(bytes) << unused) >> unused
    }

    /// The identifier in the first row's first column.
    pub fn guid(&self) -> anyhow::Result<[u8; 16]> {
        self.value(0, 0).try_into().context("the server did not answer with an identifier")
    }

    /// Text of a value.
    pub fn text(&self, row: usize, column: usize) -> String {
        utf16_text(self.value(row, column))
    }

    /// Finds the values; an error of the server is one here.
    pub(super) fn scan(&mut self) -> anyhow::Result<()> {
        let payload = std::mem::take(&mut self.payload);
        let scanned = self.tokens(&payload);
        self.payload = payload;
        scanned
    }

    fn tokens(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let mut at = Cursor { payload, position: 0 };
        while let Some(token) = at.next() {
            match token {
                0x81 => self.columns(&mut at)?,
                0xD1 => self.row(&mut at, None)?,
                0xD2 => {
                    let bitmap = at.take(self.layouts.len().div_ceil(8))?;
                    self.row(&mut at, Some(bitmap))?;
                }
                0xFD..=0xFF => drop(at.take(12)?),
                0x79 => drop(at.take(4)?),
                0xAA => bail!("{}", error_text(at.counted()?)),
                0xAB | 0xAD | 0xE3 | 0xA9 => drop(at.counted()?),
                0xAE => features(&mut at)?,
                other => bail!("the server sent a token {other:#04x} that no request here asks for"),
            }
        }
        Ok(())
    }

    fn columns(&mut self, at: &mut Cursor<'_>) -> anyhow::Result<()> {
        self.layouts.clear();
        self.values.clear();
        self.rows = 0;
        let count = at.u16()?;
        for _ in 0..if count == u16::MAX { 0 } else { count } {
            at.take(6)?;
            self.layouts.push(layout(at)?);
            let units = usize::from(at.u8()?);
            at.take(2 * units)?;
        }
        Ok(())
    }

    fn row(&mut self, at: &mut Cursor<'_>, nulls: Option<&[u8]>) -> anyhow::Result<()> {
        for (index, layout) in self.layouts.iter().enumerate() {
            let is_null = nulls.is_some_and(|bitmap| bitmap[index / 8] & (1 << (index % 8)) != 0);
            self.values.push(if is_null { 0..0 } else { value(at, *layout)? });
        }
        self.rows += 1;
        Ok(())
    }
}

fn layout(at: &mut Cursor<'_>) -> anyhow::Result<Layout> {
    Ok(match at.u8()? {
        0x30 | 0x32 => Layout::Fixed(1),
        0x34 => Layout::Fixed(2),
        0x38 => Layout::Fixed(4),
        0x7F => Layout::Fixed(8),
        // GUID, INTN, BITN, FLTN, DATETIMN: the width is for the reader.
        0x24 | 0x26 | 0x68 | 0x6D | 0x6F => {
            at.u8()?;
            Layout::Byte
        }
        0xA5 | 0xAD => short_or_plp(at.u16()?),
        0xA7 | 0xAF | 0xE7 | 0xEF => {
            let length = at.u16()?;
            at.take(5)?;
            short_or_plp(length)
        }
        other => bail!("a column has the type {other:#04x}, which no query here asks for"),
    })
}

fn short_or_plp(length: u16) -> Layout {
    if length == u16::MAX { Layout::Plp } else { Layout::Short }
}

fn value(at: &mut Cursor<'_>, layout: Layout) -> anyhow::Result<Range<usize>> {
    match layout {
        Layout::Fixed(length) => at.range(length),
        Layout::Byte => {
            let length = at.u8()?;
            at.range(length.into())
        }
        Layout::Short => match at.u16()? {
            u16::MAX => Ok(0..0),
            length => at.range(length.into()),
        },
        Layout::Plp => chunks(at),
    }
}

fn chunks(at: &mut Cursor<'_>) -> anyhow::Result<Range<usize>> {
    if at.take(8)? == [0xFF; 8] {
        return Ok(0..0);
    }
    let mut first = 0..0;
    loop {
        let length = at.u32()?;
        if length == 0 {
            return Ok(first);
        }
        let chunk = at.range(usize::try_from(length)?)?;
        if first.is_empty() {
            first = chunk;
        }
    }
}

fn features(at: &mut Cursor<'_>) -> anyhow::Result<()> {
    while at.u8()? != 0xFF {
        let length = at.u32()?;
        at.take(usize::try_from(length)?)?;
    }
    Ok(())
}

/// Number and words of an ERROR token.
fn error_text(token: &[u8]) -> String {
    let mut at = Cursor { payload: token, position: 0 };
    let mut read = || -> anyhow::Result<String> {
        let number = at.u32()?;
        at.take(2)?;
        let units = usize::from(at.u16()?);
        Ok(format!("message {number}: {}", utf16_text(at.take(2 * units)?)))
    };
    read().unwrap_or_else(|_| "an error that cannot be read".to_owned())
}

fn utf16_text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

struct Cursor<'a> {
    payload: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.payload.get(self.position).copied();
        self.position += 1;
        byte
    }

    fn range(&mut self, length: usize) -> anyhow::Result<Range<usize>> {
        let end = self.position.checked_add(length).filter(|end| *end <= self.payload.len());
        let end = end.context("the server's reply ends within a token")?;
        let range = self.position..end;
        self.position = end;
        Ok(range)
    }

    fn take(&mut self, length: usize) -> anyhow::Result<&'a [u8]> {
        let range = self.range(length)?;
        Ok(&self.payload[range])
    }

    fn u8(&mut self) -> anyhow::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> anyhow::Result<u16> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> anyhow::Result<u32> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// What follows a `u16` length.
    fn counted(&mut self) -> anyhow::Result<&'a [u8]> {
        let length = self.u16()?;
        self.take(length.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(payload: &[u8]) -> anyhow::Result<Reply> {
        let mut reply = Reply { payload: payload.to_vec(), ..Reply::default() };
        reply.scan().map(|()| reply)
    }

    /// A row `(-2, 0x0102)` of int and varbinary(max), then one with NULL for both.
    fn sample() -> Vec<u8> {
        let mut payload = vec![0x81, 2, 0, 0, 0, 0, 0, 9, 0, 0x26, 4, 1, b'a', 0];
        payload.extend([0, 0, 0, 0, 9, 0, 0xA5, 0xFF, 0xFF, 0]);
        payload
            .extend([0xD1, 4, 0xFE, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 0]);
        payload.extend([0xD2, 3, 0xFF, 0x10, 0, 0xC1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x79, 0, 0, 0, 0]);
        payload
    }

    #[test]
    fn values_are_found() {
        let reply = scan(&sample()).expect("a reply");
        assert_eq!(reply.rows(), 2);
        assert_eq!((reply.integer(0, 0), reply.value(0, 1)), (-2, &[1, 2][..]));
        assert_eq!((reply.value(1, 0), reply.value(1, 1)), (&[][..], &[][..]));
    }

    #[test]
    fn a_cut_reply_has_fewer_rows_or_is_an_error() {
        let whole = sample();
        for length in 0..whole.len() {
            if let Ok(reply) = scan(&whole[..length]) {
                assert!(reply.rows() <= 2);
                assert!(length < whole.len() - 4 || reply.rows() == 2);
            }
        }
    }

    #[test]
    fn an_error_is_one() {
        let words: Vec<u8> = "no".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let body = [&8134u32.to_le_bytes()[..], &[1, 16, 2, 0], &words, &[0, 0, 1, 0, 0, 0]].concat();
        let token = [&[0xAA, 18, 0][..], &body].concat();
        assert_eq!(scan(&token).map(|_| ()).expect_err("an error").to_string(), "message 8134: no");
    }
}
