//! Which rows there are and where their values stand: the only thing that is kept in memory for each row.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use duologue_store::prefix_end;

use crate::record::{PUT_HEAD, put_size};
use crate::segment::Segment;

/// Keys of all families but the notices' are at most 29 bytes long and need no allocation of their own.
const INLINE: usize = 30;

/// A key in 32 bytes, ordered as its bytes.
#[derive(Clone, Debug)]
pub(crate) enum RowKey {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Box<[u8]>),
}

impl RowKey {
    fn new(key: &[u8]) -> Self {
        match u8::try_from(key.len()) {
            Ok(length) if key.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..key.len()].copy_from_slice(key);
                Self::Short { length, bytes }
            }
            _ => Self::Long(key.into()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl Borrow<[u8]> for RowKey {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for RowKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for RowKey {}

impl PartialOrd for RowKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RowKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// Where a row stands: from its first byte in the segment on are its head, key, value and checksum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Location {
    pub(crate) segment: u32,
    pub(crate) value_length: u32,
    pub(crate) offset: u64,
}

impl Location {
    /// Bytes that the row takes in the log.
    pub(crate) fn size(&self, key: &[u8]) -> u64 {
        put_size(key.len(), self.value_length as usize)
    }

    /// Offset of the value from the beginning of the row.
    pub(crate) fn value_start(key: &[u8]) -> usize {
        PUT_HEAD + key.len()
    }
}

/// A segment and what of it still counts.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) segment: Arc<Segment>,
    pub(crate) live_rows: u64,
    pub(crate) live_bytes: u64,
}

/// All rows, and the segments from the oldest to the one that is written.
#[derive(Debug, Default)]
pub(crate) struct Index {
    rows: BTreeMap<RowKey, Location>,
    /// Consecutive numbers.
    segments: VecDeque<Usage>,
    live_bytes: u64,
    log_bytes: u64,
}

impl Index {
    /// The log goes on in this segment.
    pub(crate) fn add_segment(&mut self, segment: Arc<Segment>) {
        debug_assert!(self.segments.back().is_none_or(|last| last.segment.number + 1 == segment.number));
        self.log_bytes += segment.size;
        self.segments.push_back(Usage { segment, live_rows: 0, live_bytes: 0 });
    }

    pub(crate) fn put(&mut self, key: &[u8], location: Location) {
        self.count(location.segment, 1, i64::try_from(location.size(key)).unwrap_or(i64::MAX));
        if let Some(old) = self.rows.insert(RowKey::new(key), location) {
            self.forget(key, old);
        }
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        if let Some(old) = self.rows.remove(key) {
            self.forget(key, old);
        }
    }

    fn forget(&mut self, key: &[u8], old: Location) {
        self.count(old.segment, -1, -i64::try_from(old.size(key)).unwrap_or(i64::MAX));
    }

    fn count(&mut self, segment: u32, rows: i64, bytes: i64) {
        self.live_bytes = self.live_bytes.saturating_add_signed(bytes);
        let at = self.position(segment);
        let usage = at.and_then(|at| self.segments.get_mut(at));
        debug_assert!(usage.is_some(), "rows stand in segments that are there");
        if let Some(usage) = usage {
            usage.live_rows = usage.live_rows.saturating_add_signed(rows);
            usage.live_bytes = usage.live_bytes.saturating_add_signed(bytes);
        }
    }

    fn position(&self, segment: u32) -> Option<usize> {
        let first = self.segments.front()?.segment.number;
        usize::try_from(segment.checked_sub(first)?).ok()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Location> {
        self.rows.get(key).copied()
    }

    pub(crate) fn segment(&self, number: u32) -> Option<&Usage> {
        self.segments.get(self.position(number)?)
    }

    pub(crate) fn segments(&self) -> impl DoubleEndedIterator<Item = &Usage> {
        self.segments.iter()
    }

    /// Rows in the order of their keys, as [`duologue_store::Store::scan`] says.
    pub(crate) fn range(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> impl Iterator<Item = (&[u8], Location)> {
        let end = prefix_end(prefix);
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        // A range that ends before it starts is a panic in the map.
        let is_empty = end.as_deref().zip(after).is_some_and(|(end, after)| after >= end);
        let bounds = match end.as_deref() {
            _ if is_empty => (Bound::Included(&b""[..]), Bound::Excluded(&b""[..])),
            Some(end) => (start, Bound::Excluded(end)),
            None => (start, Bound::Unbounded),
        };
        self.rows.range::<[u8], _>(bounds).map(|(key, location)| (key.as_bytes(), *location))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of all keys and values.
    pub(crate) fn row_bytes(&self) -> u64 {
        self.live_bytes - self.rows.len() as u64 * put_size(0, 0)
    }

    /// Whether both say the same of every row.
    pub(crate) fn has_same_rows(&self, other: &Self) -> bool {
        self.rows == other.rows && self.live_bytes == other.live_bytes
    }

    /// The first segment that holds a row; the last one when none does. What is older is of no use.
    pub(crate) fn oldest_in_use(&self) -> Option<u32> {
        let used = self.segments.iter().find(|usage| usage.live_rows > 0).or(self.segments.back());
        used.map(|usage| usage.segment.number)
    }

    /// Takes out the segments before `oldest`; a durable record says that they are not needed.
    pub(crate) fn release(&mut self, oldest: u32) -> Vec<Arc<Segment>> {
        let mut released = Vec::new();
        while self.segments.len() > 1
            && self
                .segments
                .front()
                .is_some_and(|usage| usage.segment.number < oldest && usage.live_rows == 0)
        {
            let Some(usage) = self.segments.pop_front() else { break };
            self.log_bytes -= usage.segment.size;
            released.push(usage.segment);
        }
        released
    }

    /// Bytes of the rows that count, as they stand in the log.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// Bytes of all segments from the oldest to the one that is written.
    pub(crate) fn log_bytes(&self) -> u64 {
        self.log_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_small_and_ordered_as_their_bytes() {
        assert_eq!((size_of::<RowKey>(), size_of::<Location>()), (32, 16));
        let long = [b'k'; 31];
        let keys: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0", &long[..30], &long];
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(RowKey::new(key).as_bytes(), *key);
            for (other, bytes) in keys.iter().enumerate() {
                assert_eq!(RowKey::new(key).cmp(&RowKey::new(bytes)), index.cmp(&other));
            }
        }
    }
}
