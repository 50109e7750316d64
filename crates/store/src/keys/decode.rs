//! Keys that come back from a store.

use duologue_types::{ConversationGroupId, ConversationHandle, DatabaseId, Guid, ObjectId};

use super::{Family, Key, MetaItem};

/// The bytes are no key of this layout: the store is damaged, or a later version wrote the row.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a key of this format: {}", Hex(.0))]
pub struct InvalidKey(
    /// The bytes in question.
    pub Vec<u8>,
);

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl Key {
    /// The inverse of [`Key::to_bytes`]; refuses every other sequence of bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let mut reader = Reader(bytes);
        let key = read(&mut reader).filter(|_| reader.0.is_empty());
        key.ok_or_else(|| InvalidKey(bytes.to_vec()))
    }
}

fn read(from: &mut Reader<'_>) -> Option<Key> {
    Some(match family(from.u8()?)? {
        Family::Meta => Key::Meta(meta_item(from.u8()?)?),
        Family::Catalog => Key::Catalog { database: from.database()?, class: from.u8()?, id: from.i64()? },
        Family::Endpoint => Key::Endpoint(from.handle()?),
        Family::Group => Key::Group(ConversationGroupId(from.guid()?)),
        Family::Queue => Key::Queue { database: from.database()?, queue: from.object()?, order: from.u64()? },
        Family::Transmission => Key::Transmission { handle: from.handle()?, sequence: from.u64()? },
        Family::Partial => {
            Key::Partial { handle: from.handle()?, sequence: from.u64()?, fragment: from.u32()? }
        }
        Family::Table => Key::Table { database: from.database()?, table: from.object()?, row: from.u64()? },
        Family::Notice => Key::Notice { database: from.database()?, name: from.rest()? },
    })
}

fn family(tag: u8) -> Option<Family> {
    use Family::*;
    [Meta, Catalog, Endpoint, Group, Queue, Transmission, Partial, Table, Notice]
        .into_iter()
        .find(|family| *family as u8 == tag)
}

fn meta_item(tag: u8) -> Option<MetaItem> {
    [MetaItem::Version, MetaItem::Instance].into_iter().find(|item| *item as u8 == tag)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk()?;
        self.0 = tail;
        Some(*head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn i32(&mut self) -> Option<i32> {
        self.u32().map(|biased| (biased ^ (1 << 31)).cast_signed())
    }

    fn i64(&mut self) -> Option<i64> {
        self.u64().map(|biased| (biased ^ (1 << 63)).cast_signed())
    }

    fn guid(&mut self) -> Option<Guid> {
        self.array().map(Guid)
    }

    fn handle(&mut self) -> Option<ConversationHandle> {
        self.guid().map(ConversationHandle)
    }

    fn database(&mut self) -> Option<DatabaseId> {
        self.i32().map(DatabaseId)
    }

    fn object(&mut self) -> Option<ObjectId> {
        self.i32().map(ObjectId)
    }

    fn rest(&mut self) -> Option<String> {
        let text = std::str::from_utf8(std::mem::take(&mut self.0)).ok()?;
        Some(text.to_owned())
    }
}
