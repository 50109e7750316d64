//! The keys of all rows: order-preserving, so that a scan returns a queue, a conversation or a table in its order.
//!
//! The layout is the byte table of `docs/formats/store.md`. A key begins with the byte of its family; numbers are
//! big-endian; signed ones are biased (their sign bit is flipped) so that bytes compare as the numbers do.

mod decode;
pub mod prefix;

use bytes::Bytes;
use duologue_types::{ConversationGroupId, ConversationHandle, DatabaseId, ObjectId};

pub use decode::InvalidKey;

/// The first byte of a key. Numbers are never reused for another meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Family {
    /// Facts about the instance.
    Meta = 0x01,
    /// Catalog objects.
    Catalog = 0x10,
    /// Conversation endpoints.
    Endpoint = 0x20,
    /// Conversation groups.
    Group = 0x21,
    /// Messages in queues.
    Queue = 0x22,
    /// Messages that wait to be sent, and sent ones that are not acknowledged.
    Transmission = 0x23,
    /// Received fragments of messages that are not complete.
    Partial = 0x24,
    /// Rows of user tables.
    Table = 0x30,
    /// State of configuration notices.
    Notice = 0x40,
}

/// A single fact about the instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum MetaItem {
    /// Which version of the rows' encodings the catalog was written with.
    Version = 0x01,
    /// Who the instance is.
    Instance = 0x02,
}

/// Where a row is filed. `Ord` of two keys of one family is the order of their bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// A fact about the instance.
    Meta(MetaItem),
    /// A catalog object.
    Catalog {
        /// The database that holds it; the server's own objects are filed under `master`.
        database: DatabaseId,
        /// What kind of object; the catalog assigns the numbers.
        class: u8,
        /// Its id within the class. Wide enough for two ids of 32 bits, major before minor.
        id: i64,
    },
    /// A conversation endpoint.
    Endpoint(ConversationHandle),
    /// A conversation group.
    Group(ConversationGroupId),
    /// A message in a queue.
    Queue {
        /// The queue's database.
        database: DatabaseId,
        /// The queue.
        queue: ObjectId,
        /// `queuing_order`.
        order: u64,
    },
    /// A message in the transmission queue.
    Transmission {
        /// The endpoint that sends it.
        handle: ConversationHandle,
        /// `message_sequence_number`.
        sequence: u64,
    },
    /// A received fragment.
    Partial {
        /// The endpoint that receives it.
        handle: ConversationHandle,
        /// `message_sequence_number`.
        sequence: u64,
        /// Fragment number, from 0.
        fragment: u32,
    },
    /// A row of a user table.
    Table {
        /// The table's database.
        database: DatabaseId,
        /// The table.
        table: ObjectId,
        /// The row's number, unique in the table.
        row: u64,
    },
    /// A configuration notice.
    Notice {
        /// The database that asks.
        database: DatabaseId,
        /// The service name that lacks a binding or a route, compared byte for byte.
        name: String,
    },
}

impl Key {
    /// The family whose byte comes first.
    pub fn family(&self) -> Family {
        match self {
            Self::Meta(_) => Family::Meta,
            Self::Catalog { .. } => Family::Catalog,
            Self::Endpoint(_) => Family::Endpoint,
            Self::Group(_) => Family::Group,
            Self::Queue { .. } => Family::Queue,
            Self::Transmission { .. } => Family::Transmission,
            Self::Partial { .. } => Family::Partial,
            Self::Table { .. } => Family::Table,
            Self::Notice { .. } => Family::Notice,
        }
    }

    /// How many bytes the key has.
    fn length(&self) -> usize {
        match self {
            Self::Meta(_) => 2,
            Self::Catalog { .. } => 14,
            Self::Endpoint(_) | Self::Group(_) | Self::Queue { .. } | Self::Table { .. } => 17,
            Self::Transmission { .. } => 25,
            Self::Partial { .. } => 29,
            Self::Notice { name, .. } => 5 + name.len(),
        }
    }

    /// The key's bytes, in memory of their exact size: there are several to a message.
    pub fn to_bytes(&self) -> Bytes {
        let writer = Writer::with_capacity(self.family(), self.length());
        match self {
            Self::Meta(item) => writer.u8(*item as u8),
            Self::Catalog { database, class, id } => writer.i32(database.0).u8(*class).i64(*id),
            Self::Endpoint(handle) => writer.raw(&handle.0.0),
            Self::Group(group) => writer.raw(&group.0.0),
            Self::Queue { database, queue, order } => writer.i32(database.0).i32(queue.0).u64(*order),
            Self::Transmission { handle, sequence } => writer.raw(&handle.0.0).u64(*sequence),
            Self::Partial { handle, sequence, fragment } => {
                writer.raw(&handle.0.0).u64(*sequence).u32(*fragment)
            }
            Self::Table { database, table, row } => writer.i32(database.0).i32(table.0).u64(*row),
            Self::Notice { database, name } => writer.i32(database.0).raw(name.as_bytes()),
        }
        .finish()
    }
}

impl From<Key> for Bytes {
    fn from(key: Key) -> Self {
        key.to_bytes()
    }
}

impl From<&Key> for Bytes {
    fn from(key: &Key) -> Self {
        key.to_bytes()
    }
}

/// Appends components; every number keeps its order as bytes.
struct Writer(Vec<u8>);

impl Writer {
    /// A prefix: as long as the longest fixed key at most.
    fn new(family: Family) -> Self {
        Self::with_capacity(family, 29)
    }

    fn with_capacity(family: Family, length: usize) -> Self {
        let mut bytes = Vec::with_capacity(length);
        bytes.push(family as u8);
        Self(bytes)
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u8(self, number: u8) -> Self {
        self.raw(&[number])
    }

    fn u32(self, number: u32) -> Self {
        self.raw(&number.to_be_bytes())
    }

    fn u64(self, number: u64) -> Self {
        self.raw(&number.to_be_bytes())
    }

    fn i32(self, number: i32) -> Self {
        self.u32(number.cast_unsigned() ^ (1 << 31))
    }

    fn i64(self, number: i64) -> Self {
        self.u64(number.cast_unsigned() ^ (1 << 63))
    }

    fn finish(self) -> Bytes {
        self.0.into()
    }
}

#[cfg(test)]
mod tests;
