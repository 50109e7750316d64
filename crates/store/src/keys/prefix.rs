//! What a scan asks for: the beginnings that related keys share.

use bytes::Bytes;
use duologue_types::{ConversationHandle, DatabaseId, ObjectId};

use super::{Family, Writer};

/// Every row of a family.
pub fn family(family: Family) -> Bytes {
    Writer::new(family).finish()
}

/// All catalog objects of a database.
pub fn catalog(database: DatabaseId) -> Bytes {
    of_database(Family::Catalog, database).finish()
}

/// The catalog objects of one class in a database, by id.
pub fn catalog_class(database: DatabaseId, class: u8) -> Bytes {
    of_database(Family::Catalog, database).u8(class).finish()
}

/// All queued messages of a database.
pub fn queues(database: DatabaseId) -> Bytes {
    of_database(Family::Queue, database).finish()
}

/// The messages of a queue in queuing order.
pub fn queue(database: DatabaseId, queue: ObjectId) -> Bytes {
    of_database(Family::Queue, database).i32(queue.0).finish()
}

/// A conversation's messages in the transmission queue, in sequence.
pub fn transmission(handle: ConversationHandle) -> Bytes {
    Writer::new(Family::Transmission).raw(&handle.0.0).finish()
}

/// The fragments received for any message of a conversation.
pub fn partials(handle: ConversationHandle) -> Bytes {
    Writer::new(Family::Partial).raw(&handle.0.0).finish()
}

/// The fragments received for one message, in order.
pub fn partial(handle: ConversationHandle, sequence: u64) -> Bytes {
    Writer::new(Family::Partial).raw(&handle.0.0).u64(sequence).finish()
}

/// All table rows of a database.
pub fn tables(database: DatabaseId) -> Bytes {
    of_database(Family::Table, database).finish()
}

/// The rows of a table in the order of their numbers.
pub fn table(database: DatabaseId, table: ObjectId) -> Bytes {
    of_database(Family::Table, database).i32(table.0).finish()
}

/// The configuration notices of a database.
pub fn notices(database: DatabaseId) -> Bytes {
    of_database(Family::Notice, database).finish()
}

fn of_database(family: Family, database: DatabaseId) -> Writer {
    Writer::new(family).i32(database.0)
}
