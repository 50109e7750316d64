//! Fragments of messages that are not complete, or are ahead of a gap.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use duologue_dialog::{Envelope, Kind};
use duologue_messages::{SqlError, sql_error};
use duologue_store::Key;
use duologue_types::ConversationHandle;

use super::deliver::Incoming;
use crate::codec::{DamagedRow, Reader, Writer};
use crate::instance::Instance;

/// What is here of a message.
#[derive(Clone, Debug)]
pub struct PartialMessage {
    kind: Kind,
    message_type: Arc<str>,
    has_body: bool,
    fragments: BTreeMap<u32, Bytes>,
}

const VERSION: u8 = 1;

/// Bytes of all incomplete messages that an instance holds.
const PARTIAL_BYTES_LIMIT: usize = 1 << 30;

/// How much is held of incomplete messages.
#[derive(Debug, Default)]
pub(crate) struct PartialBytes {
    held: usize,
    /// The conversation that may go on beyond the limit, so that one at a time always gets to its end: fragments that
    /// are held cannot be given back, their sender has forgotten them.
    beyond: Option<ConversationHandle>,
}

impl PartialBytes {
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.held += bytes;
    }

    pub(crate) fn subtract(&mut self, handle: ConversationHandle, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
        if self.held < PARTIAL_BYTES_LIMIT || self.beyond == Some(handle) {
            self.beyond = None;
        }
    }

    /// Whether a fragment may be held. What completes a message always may: it makes room.
    fn has_room(&mut self, handle: ConversationHandle, place: Place, bytes: usize) -> bool {
        let fits = self.held.saturating_add(bytes) <= PARTIAL_BYTES_LIMIT;
        match place {
            Place::Completes => true,
            Place::InOrder => fits || *self.beyond.get_or_insert(handle) == handle,
            Place::BehindGap => fits,
        }
    }
}

/// Where a fragment stands in its conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Completes,
    InOrder,
    BehindGap,
}

impl PartialMessage {
    fn of(envelope: &Envelope) -> Self {
        Self {
            kind: envelope.kind,
            message_type: envelope.message_type.clone(),
            has_body: envelope.has_body,
            fragments: BTreeMap::new(),
        }
    }

    /// Bytes that are here.
    pub(crate) fn held(&self) -> usize {
        self.fragments.values().map(Bytes::len).sum()
    }

    fn encode_fragment(&self, fragment: &Bytes) -> Bytes {
        let mut row = Writer::new(VERSION);
        row.bool(self.kind == Kind::EndDialog).text(&self.message_type).bool(self.has_body).bytes(fragment);
        row.finish()
    }

    /// How many fragments are here.
    pub(crate) fn fragments(&self) -> usize {
        self.fragments.len()
    }

    /// The rows of what is here, by fragment.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, Bytes)> {
        self.fragments.iter().map(|(index, fragment)| (*index, self.encode_fragment(fragment)))
    }

    /// Adds a stored fragment to what is here.
    pub(crate) fn restore(
        partials: &mut BTreeMap<u64, Self>,
        sequence: u64,
        index: u32,
        row: &[u8],
    ) -> Result<(), DamagedRow> {
        let mut row = Reader::new(row, VERSION)?;
        let kind = if row.bool()? { Kind::EndDialog } else { Kind::Message };
        let message_type: Arc<str> = row.text()?.into();
        let has_body = row.bool()?;
        let fragment = Bytes::copy_from_slice(row.bytes()?);
        row.end()?;
        let partial = partials.entry(sequence).or_insert_with(|| Self {
            kind,
            message_type,
            has_body,
            fragments: BTreeMap::new(),
        });
        partial.fragments.insert(index, fragment);
        Ok(())
    }
}

impl Instance {
    /// Whether one more fragment may be held; else it is not taken, and comes again.
    pub(super) fn require_room_for_fragment(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        body: &Bytes,
    ) -> Result<(), SqlError> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(()) };
        let in_order = envelope.position() == endpoint.received.expected();
        let place = match (in_order, envelope.fragment.last) {
            (true, true) => Place::Completes,
            (true, false) => Place::InOrder,
            (false, _) => Place::BehindGap,
        };
        let listens = endpoint.local.end.is_none() && endpoint.far_end.is_none();
        let is_held = matches!(envelope.kind, Kind::Message | Kind::EndDialog)
            && listens
            && envelope.position() >= endpoint.received.expected();
        if !is_held || self.partial_bytes.has_room(handle, place, body.len()) {
            return Ok(());
        }
        Err(sql_error!(49909, format!("{PARTIAL_BYTES_LIMIT} bytes of incomplete messages are held")))
    }

    /// Keeps an opened fragment. A message of one fragment that is in order goes through here too, without being
    /// stored: it is delivered in the same batch.
    pub(super) fn keep_fragment(&mut self, handle: ConversationHandle, envelope: &Envelope, body: Bytes) {
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        let listens = endpoint.local.end.is_none() && endpoint.far_end.is_none();
        if !listens && envelope.kind == Kind::Message {
            // It counts as received, so that its sender can finish, and nobody will read it.
            return;
        }
        let partial =
            endpoint.partials.entry(envelope.sequence).or_insert_with(|| PartialMessage::of(envelope));
        let delivered_now = endpoint.received.expected().sequence > envelope.sequence;
        if !delivered_now {
            let (sequence, fragment) = (envelope.sequence, envelope.fragment.index);
            let row = partial.encode_fragment(&body);
            self.batch.put(Key::Partial { handle, sequence, fragment }, row);
        }
        self.partial_bytes.add(body.len());
        if let Some(replaced) = partial.fragments.insert(envelope.fragment.index, body) {
            self.partial_bytes.subtract(handle, replaced.len());
        }
    }

    /// A complete message; its stored fragments go.
    pub(super) fn assemble(&mut self, handle: ConversationHandle, sequence: u64) -> Option<Incoming> {
        let partial = self.conversations.get_mut(handle)?.partials.remove(&sequence)?;
        self.partial_bytes.subtract(handle, partial.held());
        for fragment in partial.fragments.keys() {
            self.batch.delete(Key::Partial { handle, sequence, fragment: *fragment });
        }
        let body = match partial.fragments.len() {
            _ if !partial.has_body => None,
            1 => partial.fragments.into_values().next(),
            _ => {
                let mut whole = BytesMut::with_capacity(partial.fragments.values().map(Bytes::len).sum());
                partial.fragments.values().for_each(|fragment| whole.extend_from_slice(fragment));
                Some(whole.freeze())
            }
        };
        Some(Incoming { sequence, kind: partial.kind, message_type: partial.message_type, body })
    }

    /// A side that has ended reads nothing any more: parts of messages go, an EndDialog ahead of a gap stays.
    pub(crate) fn delete_unread_partials(&mut self, handle: ConversationHandle) {
        let Some(endpoint) = self.conversations.get(handle) else { return };
        let unread: Vec<_> = endpoint
            .partials
            .iter()
            .filter(|(_, partial)| partial.kind == Kind::Message)
            .map(|(sequence, _)| *sequence)
            .collect();
        self.delete_partials(handle, &unread);
    }

    /// Deletes what is here of messages that will never be complete.
    pub(crate) fn delete_partials(&mut self, handle: ConversationHandle, sequences: &[u64]) {
        for sequence in sequences {
            let partial =
                self.conversations.get_mut(handle).and_then(|endpoint| endpoint.partials.remove(sequence));
            self.partial_bytes.subtract(handle, partial.as_ref().map_or(0, PartialMessage::held));
            for fragment in partial.into_iter().flat_map(|partial| partial.fragments.into_keys()) {
                self.batch.delete(Key::Partial { handle, sequence: *sequence, fragment });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use duologue_types::Guid;

    use super::*;

    #[test]
    fn beyond_the_limit_one_conversation_gets_to_its_end() {
        let (one, other) = (ConversationHandle(Guid([1; 16])), ConversationHandle(Guid([2; 16])));
        let mut bytes = PartialBytes::default();
        assert!(bytes.has_room(one, Place::BehindGap, PARTIAL_BYTES_LIMIT));
        bytes.add(PARTIAL_BYTES_LIMIT);
        let mut admitted = |handle, place| bytes.has_room(handle, place, 1);
        assert!(!admitted(one, Place::BehindGap), "nothing behind a gap");
        assert!(admitted(one, Place::InOrder), "the first one that asks");
        assert!(!admitted(other, Place::InOrder), "nobody else");
        assert!(admitted(one, Place::InOrder) && admitted(other, Place::Completes));
        bytes.subtract(one, 0);
        assert!(bytes.has_room(other, Place::InOrder, 1), "the next one, once it is done");
        bytes.subtract(one, 10);
        assert!(bytes.has_room(one, Place::BehindGap, 10) && !bytes.has_room(one, Place::BehindGap, 11));
    }
}
