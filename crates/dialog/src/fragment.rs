//! Cutting a message into fragments of one size, and telling that size from any one of them.

/// Bytes of a fragment unless configured otherwise.
pub const DEFAULT_FRAGMENT_SIZE: u32 = 64 * 1024;
/// The largest fragment that is accepted, in bytes before sealing.
pub const MAX_FRAGMENT_LENGTH: u32 = 512 * 1024;
/// The largest message body, in bytes: `varbinary(max)`.
pub const MAX_MESSAGE_LENGTH: u64 = 0x7fff_ffff;

/// Where the bytes of one envelope stand in their message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment {
    /// Counted from 0.
    pub index: u32,
    /// Byte at which the fragment begins; always `index` times the message's fragment size.
    pub offset: u64,
    /// Bytes of the whole message.
    pub total_length: u64,
    /// Whether the message ends with this fragment.
    pub last: bool,
}

impl Fragment {
    /// A message of `length` bytes that travels whole.
    pub const fn whole(length: u64) -> Self {
        Self { index: 0, offset: 0, total_length: length, last: true }
    }

    /// The fragment size of the message to which a fragment of `length` bytes belongs; `None` when the fields
    /// contradict each other. Every fragment of a message must yield the same size, or bytes would be lost or
    /// stored twice when a sender starts again with another setting.
    pub fn size(&self, length: u64) -> Option<u32> {
        let end = self.offset.checked_add(length)?;
        let fits = self.total_length <= MAX_MESSAGE_LENGTH && length <= u64::from(MAX_FRAGMENT_LENGTH);
        if !fits || end > self.total_length || self.last != (end == self.total_length) {
            return None;
        }
        let index = u64::from(self.index);
        let size = match (self.last, index) {
            (true, 0) => length.max(1),
            (true, _) => self.offset / index,
            (false, _) => length,
        };
        let consistent =
            size >= length.max(1) && self.offset == index * size && (length > 0 || self.index == 0);
        u32::try_from(size).ok().filter(|size| consistent && *size <= MAX_FRAGMENT_LENGTH)
    }
}

/// The fragments of a message of `total_length` bytes, `fragment_size` bytes each but the last; an empty
/// message is one empty fragment. A size of 0 counts as 1, one above [`MAX_FRAGMENT_LENGTH`] as that.
pub fn fragments(total_length: u64, fragment_size: u32) -> Fragments {
    Fragments { total_length, size: fragment_size.clamp(1, MAX_FRAGMENT_LENGTH), next: Some(0) }
}

/// Iterator of [`fragments`]: each fragment and its length in bytes.
#[derive(Clone, Debug)]
pub struct Fragments {
    total_length: u64,
    size: u32,
    next: Option<u32>,
}

impl Fragments {
    /// The fragment `index` and its length without walking there; `None` behind the last one.
    pub fn at(&self, index: u32) -> Option<(Fragment, u32)> {
        let offset = u64::from(index) * u64::from(self.size);
        if offset >= self.total_length.max(1) {
            return None;
        }
        let left = self.total_length - offset;
        let last = left <= u64::from(self.size);
        let length = u32::try_from(left).map_or(self.size, |left| left.min(self.size));
        Some((Fragment { index, offset, total_length: self.total_length, last }, length))
    }
}

impl Iterator for Fragments {
    type Item = (Fragment, u32);

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.at(self.next?)?;
        self.next = if item.0.last { None } else { item.0.index.checked_add(1) };
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_cover_the_message_and_agree_on_its_size() {
        for total in 0..40u64 {
            for size in 1..12u32 {
                let all: Vec<_> = fragments(total, size).collect();
                let expected = total.div_ceil(u64::from(size)).max(1);
                assert_eq!(all.len() as u64, expected, "{total} bytes by {size}");
                assert_eq!(all.iter().map(|(_, length)| u64::from(*length)).sum::<u64>(), total);
                for (fragment, length) in all {
                    let seen = fragment.size(u64::from(length));
                    let whole = if expected == 1 { Some(total.max(1) as u32) } else { Some(size) };
                    assert_eq!(seen, whole, "{fragment:?}");
                }
            }
        }
    }

    #[test]
    fn contradictions_have_no_size() {
        let fine = Fragment { index: 1, offset: 4, total_length: 10, last: false };
        assert_eq!(fine.size(4), Some(4));
        for (fragment, length) in [
            (Fragment { index: 2, ..fine }, 4),
            (Fragment { offset: 5, ..fine }, 4),
            (Fragment { last: true, ..fine }, 4),
            (fine, 0),
            (fine, 6),
            (fine, 7),
            (Fragment { index: 0, ..fine }, 4),
            (Fragment { index: 3, offset: 9, last: true, ..fine }, 1 + 3),
            (Fragment { index: 9, offset: 9, last: true, total_length: 13 }, 4),
            (Fragment { total_length: MAX_MESSAGE_LENGTH + 1, ..fine }, 4),
            (Fragment { offset: u64::MAX, ..fine }, 4),
            (Fragment::whole(u64::from(MAX_FRAGMENT_LENGTH) + 1), u64::from(MAX_FRAGMENT_LENGTH) + 1),
        ] {
            assert_eq!(fragment.size(length), None, "{fragment:?} with {length} bytes");
        }
    }
}
