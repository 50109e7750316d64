//! The stored form: one row for each service name, with the state of both questions.

use std::collections::BTreeSet;

use bytes::Bytes;
use duologue_store::{Key, WriteBatch};
use duologue_types::{ConversationHandle, DatabaseId, Timestamp};

use super::{Kind, Notice, Notices};
use crate::codec::{DamagedRow, Reader, Writer};

const VERSION: u8 = 1;

/// The row of one service's questions; `None` when there are none.
pub(super) fn encode(notices: &Notices, database: DatabaseId, name: &str) -> Option<Bytes> {
    let mut row = Writer::new(VERSION);
    let found =
        [Kind::Binding, Kind::Route].map(|kind| notices.by_service.get(&(database, kind, name.to_owned())));
    for notice in found {
        row.option(notice, |row, notice| match notice {
            Notice::Pending(conversation) => {
                row.u8(0).guid(conversation.0);
            }
            Notice::Answered { at, not_before } => {
                row.u8(1).i64(at.0).i64(not_before.0);
            }
        });
    }
    found.iter().any(Option::is_some).then(|| row.finish())
}

impl Notices {
    /// Every question's row.
    pub(crate) fn put_rows(&self, batch: &mut WriteBatch) {
        let services: BTreeSet<_> =
            self.by_service.keys().map(|(database, _, name)| (*database, name)).collect();
        for (database, name) in services {
            if let Some(row) = encode(self, database, name) {
                batch.put(Key::Notice { database, name: name.clone() }, row);
            }
        }
    }

    /// Restores the questions about one service.
    pub(crate) fn restore(&mut self, database: DatabaseId, name: &str, row: &[u8]) -> Result<(), DamagedRow> {
        let mut row = Reader::new(row, VERSION)?;
        for kind in [Kind::Binding, Kind::Route] {
            let Some(notice) = row.option(read_notice)? else { continue };
            let key = (database, kind, name.to_owned());
            if let Notice::Pending(conversation) = notice {
                self.by_conversation.insert(conversation, key.clone());
            }
            self.by_service.insert(key, notice);
        }
        row.end()
    }
}

fn read_notice(row: &mut Reader<'_>) -> Result<Notice, DamagedRow> {
    Ok(match row.u8()? {
        0 => Notice::Pending(ConversationHandle(row.guid()?)),
        1 => Notice::Answered { at: Timestamp(row.i64()?), not_before: Timestamp(row.i64()?) },
        _ => return Err(DamagedRow),
    })
}
