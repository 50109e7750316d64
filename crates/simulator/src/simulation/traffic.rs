//! What travels, held against what may travel: who speaks, how it is protected, what is sent again and when.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use duologue_broker::Instance;
use duologue_dialog::{Envelope, Kind, Partial, Position, WINDOW};
use duologue_types::{ConversationId, SessionKeyId, Timestamp};

use super::body;
use super::model::{Fate, Model, Protection};

/// The shortest wait before something is sent again without a cause.
const FIRST_RETRY: Duration = Duration::from_secs(4);

/// What makes a broker send again at once: an epoch of its node, and progress, since a retry may have begun for
/// something older.
type Cause = (u64, Position);

/// When a fragment was last sent.
#[derive(Clone, Copy)]
struct Sent {
    at: Timestamp,
    cause: Cause,
    /// How often it was sent again for the same cause.
    again: u32,
}

/// One side's part of a conversation on the wire.
#[derive(Default)]
struct Voice {
    /// The unacknowledged fragments.
    sent: BTreeMap<Position, Sent>,
    /// The end of what its broker took as acknowledged, as long as it lives.
    acknowledged: Position,
    /// The end of what it acknowledged to the far side.
    acknowledges: Position,
    /// The last message that it sent.
    highest: Option<u64>,
    /// It said that it saw its first message acknowledged.
    saw_first_ack: bool,
}

/// Everything that was seen on the wire.
#[derive(Default)]
pub(crate) struct Traffic {
    voices: HashMap<(ConversationId, bool), Voice>,
    /// Whether a conversation is sealed, as its first envelope was.
    sealed: HashMap<ConversationId, bool>,
    /// What each sealed body was salted with: twice the same under one key, and both can be read.
    salts: HashSet<(SessionKeyId, [u8; 12])>,
    /// Conversations of the brokers' own.
    system: HashSet<ConversationId>,
    /// By node: grows whenever something happens that makes a broker send again at once.
    pub(crate) epochs: Vec<u64>,
    /// Envelopes that carried what had been sent before.
    pub(crate) repeated: u64,
}

impl Traffic {
    /// Nothing was sent yet, by so many nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self { epochs: vec![0; nodes], ..Self::default() }
    }

    /// A node sends an envelope. `in_clear` is what a body in clear would look like in its bytes.
    pub(crate) fn leaves(
        &mut self,
        node: usize,
        (bytes, envelope): (&[u8], &Envelope),
        instance: &Instance,
        model: &Model,
        clock: Timestamp,
    ) -> Result<(), String> {
        let id = envelope.conversation_id;
        let speaker = instance.conversations().find(id, envelope.from_initiator);
        let speaker = speaker.and_then(|handle| instance.conversations().get(handle));
        if speaker.is_some_and(|endpoint| endpoint.system.is_some()) {
            self.system.insert(id);
        }
        self.check_protection(bytes, envelope, model)?;
        let Some(endpoint) = speaker else { return Ok(()) };
        let voice = self.voices.entry((id, envelope.from_initiator)).or_default();
        if let Some(position) = envelope.acknowledgement {
            if position > endpoint.received.expected() {
                return Err(format!("{id} acknowledges {position:?}, which it has not received"));
            }
            voice.acknowledges = voice.acknowledges.max(position);
        }
        if !matches!(envelope.kind, Kind::Message | Kind::EndDialog | Kind::Error) {
            return Ok(());
        }
        voice.saw_first_ack |= envelope.initiator_saw_first_ack;
        let position = envelope.position();
        voice.highest = voice.highest.max(Some(envelope.sequence));
        if position < voice.acknowledged {
            return Err(format!("{id} sends {position:?} again, which was acknowledged"));
        }
        let cause = (self.epochs[node], voice.acknowledged);
        let is_oldest = voice.sent.keys().next() == Some(&position);
        let before = voice.sent.get(&position).copied();
        let again = before.filter(|sent| sent.cause == cause).map_or(0, |sent| sent.again + 1);
        voice.sent.insert(position, Sent { at: clock, cause, again });
        self.repeated += u64::from(before.is_some());
        let wait = FIRST_RETRY * (1 << again.saturating_sub(1).min(4));
        if let Some(sent) = before.filter(|sent| again > 0 && is_oldest && clock - sent.at < wait) {
            let after = clock - sent.at;
            return Err(format!(
                "{id} sends {position:?} again after {after:?}, time {again} without a cause"
            ));
        }
        if voice.sent.len() > WINDOW && envelope.kind != Kind::Error {
            return Err(format!("{id} has {} fragments under way", voice.sent.len()));
        }
        Ok(())
    }

    fn check_protection(&mut self, bytes: &[u8], envelope: &Envelope, model: &Model) -> Result<(), String> {
        let id = envelope.conversation_id;
        let is_sealed = envelope.security.is_some();
        let first = *self.sealed.entry(id).or_insert(is_sealed);
        if first != is_sealed {
            return Err(format!("{id} is sealed at one time and clear at another"));
        }
        if let Some(security) = &envelope.security
            && !self.salts.insert((security.session_key_id, security.salt))
        {
            return Err(format!("{id} uses a salt twice"));
        }
        if is_sealed && body::is_visible(bytes) {
            return Err(format!("a body of {id}, which is sealed, went in clear"));
        }
        let Some(dialog) = model.find(id) else {
            return if self.system.contains(&id) {
                Ok(())
            } else {
                Err("an envelope of no known dialog".into())
            };
        };
        let found = &model.dialogs[dialog];
        if found.begun == Fate::Undone || found.begun == Fate::Open {
            return Err(format!("an envelope of dialog {dialog}, whose BEGIN never committed"));
        }
        match (found.protection, is_sealed) {
            (Protection::Near, _) => Err(format!("an envelope of dialog {dialog}, which is within a node")),
            (Protection::Clear, true) => Err(format!("dialog {dialog} has no binding and is sealed")),
            (Protection::Sealed, false) => Err(format!("dialog {dialog} must be sealed and is not")),
            _ => Ok(()),
        }
    }

    /// An envelope was taken that carries a part of a message: it is kept, be it behind a gap.
    pub(crate) fn check_kept(&self, envelope: &Envelope, instance: &Instance) -> Result<(), String> {
        let id = envelope.conversation_id;
        let taker = instance.conversations().find(id, !envelope.from_initiator);
        let Some(endpoint) = taker.and_then(|handle| instance.conversations().get(handle)) else {
            return Ok(());
        };
        let listens = endpoint.local.end.is_none() && endpoint.far_end.is_none() && !endpoint.forgotten;
        let is_part = matches!(envelope.kind, Kind::Message | Kind::EndDialog);
        if !listens || !is_part || envelope.position() < endpoint.received.expected() {
            return Ok(());
        }
        let mut partials = endpoint.received.partials();
        let is_kept = |(sequence, partial): (u64, &Partial)| {
            sequence == envelope.sequence && partial.has(envelope.fragment.index)
        };
        match partials.any(is_kept) {
            true => Ok(()),
            false => Err(format!("{id} took {:?} and does not keep it", envelope.position())),
        }
    }

    /// An envelope has arrived. `counts`: nothing could keep its acknowledgement from being taken.
    pub(crate) fn arrived(
        &mut self,
        envelope: &Envelope,
        instance: &Instance,
        counts: bool,
    ) -> Result<(), String> {
        let Some(up_to) = envelope.acknowledgement else { return Ok(()) };
        let id = envelope.conversation_id;
        let listener = instance.conversations().find(id, !envelope.from_initiator);
        let Some(endpoint) = listener.and_then(|handle| instance.conversations().get(handle)) else {
            return Ok(());
        };
        if counts && !endpoint.forgotten && endpoint.sent.acknowledged() < up_to {
            return Err(format!("{id} was told that {up_to:?} is acknowledged, and does not believe it"));
        }
        let voice = self.voices.entry((id, !envelope.from_initiator)).or_default();
        if endpoint.sent.acknowledged() < voice.acknowledged {
            return Err(format!("{id} had {:?} acknowledged, and forgot that", voice.acknowledged));
        }
        voice.acknowledged = endpoint.sent.acknowledged();
        voice.sent = voice.sent.split_off(&voice.acknowledged);
        Ok(())
    }

    /// A node starts again with what its disk had: nothing of what it said to others may be missing.
    pub(crate) fn restarted(&mut self, node: usize, instance: &Instance) -> Result<(), String> {
        self.epochs[node] += 1;
        for endpoint in instance.conversations().iter() {
            let id = endpoint.conversation;
            let Some(voice) = self.voices.get_mut(&(id, endpoint.is_initiator)) else { continue };
            voice.acknowledged = endpoint.sent.acknowledged();
            voice.sent.clear();
            if endpoint.received.expected() < voice.acknowledges {
                return Err(format!("{id} acknowledged {:?} and has lost it", voice.acknowledges));
            }
            if voice.saw_first_ack && !endpoint.sent.first_ack_seen() {
                return Err(format!("{id} said that its first message was acknowledged, and has lost that"));
            }
            if voice.highest.is_some_and(|highest| endpoint.sent.next_sequence() <= highest) {
                return Err(format!("{id} sent message {:?} and has lost it", voice.highest));
            }
        }
        Ok(())
    }
}
