//! Bugs that are planted on the way between a broker and its surroundings.

use bytes::Bytes;
use duologue_dialog::{Envelope, Kind};

use super::{Canary, Simulation, body};

impl Simulation {
    /// An envelope as a faulty broker would take it.
    pub(super) fn as_taken(&mut self, to: usize, bytes: Bytes, envelope: &Envelope) -> Bytes {
        let changed = match self.options.canary {
            Some(Canary::AcceptDuplicates) => self.renumbered(to, envelope),
            Some(Canary::IgnoreAcknowledgements) if envelope.acknowledgement.is_some() => {
                Some(Envelope { acknowledgement: None, ..envelope.clone() })
            }
            _ => None,
        };
        // The sealed ones would not open.
        let changed = changed.filter(|envelope| envelope.security.is_none());
        changed.and_then(|envelope| envelope.encode().ok()).unwrap_or(bytes)
    }

    /// A message that was here before, with the number of the next one.
    fn renumbered(&self, to: usize, envelope: &Envelope) -> Option<Envelope> {
        let conversations = self.machines[to].node.instance.conversations();
        let handle = conversations.find(envelope.conversation_id, !envelope.from_initiator)?;
        let expected = conversations.get(handle)?.received.expected();
        let is_again = envelope.kind == Kind::Message
            && envelope.position() < expected
            && envelope.fragment.last
            && envelope.fragment.index == 0;
        is_again.then(|| Envelope { sequence: expected.sequence, ..envelope.clone() })
    }

    /// An envelope as a faulty broker would send it.
    pub(super) fn as_sent(&mut self, bytes: &Bytes, envelope: &Envelope) -> Bytes {
        let is_found = self.options.canary == Some(Canary::SendInClear) && envelope.security.is_some();
        if is_found && self.chance.happens(20) {
            return [bytes, body::MARKER].concat().into();
        }
        bytes.clone()
    }
}
