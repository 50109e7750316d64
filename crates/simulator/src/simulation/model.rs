//! What must be true: every message that clients sent and received, and the rules that they obey.
//!
//! A commit is *pending* until its client was told that it is durable, or a crash decided it. What a lost commit did
//! never happened; what a told one did must be there for ever.

use std::collections::{BTreeMap, HashMap};

use duologue_types::{ConversationHandle, ConversationId};

/// A conversation, by number.
pub(crate) type Dialog = usize;

/// Whether something happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// In a transaction that is open.
    Open,
    /// In a commit whose client has not been told yet.
    Committing,
    /// For ever.
    Done,
    /// Never: rolled back, or lost with a crash before anybody was told.
    Undone,
}

impl Fate {
    fn counts(self) -> bool {
        matches!(self, Self::Committing | Self::Done)
    }
}

/// One direction of a dialog: messages by number, as sent and as received.
#[derive(Default)]
pub(crate) struct Direction {
    sent: Vec<Fate>,
    received: BTreeMap<usize, Fate>,
}

/// One side of a dialog.
#[derive(Default)]
pub(crate) struct Side {
    /// It ended before it had seen an end or an error: what it had not read is gone.
    pub(crate) ended_early: Vec<Fate>,
    /// END CONVERSATION was tried, with or without success.
    pub(crate) tried_to_end: bool,
    timers_set: Vec<Fate>,
    timers_fired: Vec<Fate>,
}

/// A dialog as the clients know it.
pub(crate) struct Conversation {
    pub(crate) nodes: [usize; 2],
    pub(crate) handle: ConversationHandle,
    pub(crate) begun: Fate,
    pub(crate) secured: bool,
    /// It may end with an error of the broker, or lose what was pending: a lifetime, or an end with error.
    pub(crate) may_fail: bool,
    pub(crate) sides: [Side; 2],
    pub(crate) directions: [Direction; 2],
}

/// Something that a transaction did, to be settled when its fate is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Began(Dialog),
    Sent(Dialog, usize, usize),
    Received(Dialog, usize, usize),
    EndedEarly(Dialog, usize, usize),
    SetTimer(Dialog, usize, usize),
    TimerFired(Dialog, usize, usize),
}

/// All dialogs.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) dialogs: Vec<Conversation>,
    by_id: HashMap<ConversationId, Dialog>,
    /// Messages that were sent, and received for good.
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Model {
    pub(crate) fn begin(&mut self, id: ConversationId, dialog: Conversation) -> Deed {
        self.by_id.insert(id, self.dialogs.len());
        self.dialogs.push(dialog);
        Deed::Began(self.dialogs.len() - 1)
    }

    pub(crate) fn find(&self, id: ConversationId) -> Option<Dialog> {
        self.by_id.get(&id).copied()
    }

    /// Numbers the next message that `side` sends.
    pub(crate) fn next_number(&self, dialog: Dialog, side: usize) -> usize {
        self.dialogs[dialog].directions[side].sent.len()
    }

    pub(crate) fn sends(&mut self, dialog: Dialog, side: usize) -> Deed {
        self.sent += 1;
        let sent = &mut self.dialogs[dialog].directions[side].sent;
        sent.push(Fate::Open);
        Deed::Sent(dialog, side, sent.len() - 1)
    }

    /// `side` has received message `number` in an open transaction that already did `deeds`.
    pub(crate) fn receives(&mut self, dialog: Dialog, side: usize, number: usize) -> Result<Deed, String> {
        let found = &mut self.dialogs[dialog];
        let direction = &mut found.directions[1 - side];
        let name = || format!("message {number} of side {} of dialog {dialog}", 1 - side);
        match direction.sent.get(number) {
            None => return Err(format!("{} was received and never sent", name())),
            Some(Fate::Open | Fate::Undone) => {
                return Err(format!("{} was received and its SEND never committed", name()));
            }
            Some(Fate::Committing) if found.nodes[0] != found.nodes[1] => {
                return Err(format!("{} was received elsewhere before its sender was told", name()));
            }
            Some(_) => {}
        }
        if let Some(fate) = direction.received.get(&number)
            && *fate != Fate::Undone
        {
            return Err(format!("{} was received twice; first time {fate:?}", name()));
        }
        let later = direction.received.range(number + 1..).find(|(_, fate)| **fate != Fate::Undone);
        if let Some((later, _)) = later {
            return Err(format!("{} was received after message {later}", name()));
        }
        let taken =
            |earlier: usize| direction.received.get(&earlier).is_some_and(|fate| *fate != Fate::Undone);
        let missing = (0..number).find(|earlier| direction.sent[*earlier].counts() && !taken(*earlier));
        if let Some(missing) = missing.filter(|_| !found.may_fail) {
            return Err(format!("{} was received before message {missing}", name()));
        }
        direction.received.insert(number, Fate::Open);
        Ok(Deed::Received(dialog, side, number))
    }

    /// `side` has received EndDialog: everything before it must have been received.
    pub(crate) fn sees_end(&self, dialog: Dialog, side: usize) -> Result<(), String> {
        let found = &self.dialogs[dialog];
        if !found.sides[1 - side].tried_to_end {
            return Err(format!("side {side} of dialog {dialog} got EndDialog and nobody ended it"));
        }
        match self.first_missing(dialog, side) {
            Some(missing) if !found.may_fail => {
                Err(format!("side {side} of dialog {dialog} got EndDialog before message {missing}"))
            }
            _ => Ok(()),
        }
    }

    /// `side` has received an Error message with this code.
    pub(crate) fn sees_error(&self, dialog: Dialog, side: usize, code: i32) -> Result<(), String> {
        let found = &self.dialogs[dialog];
        if found.may_fail {
            return Ok(());
        }
        // The far side may be gone for good after both ended.
        if code == -8462 && found.sides[1 - side].tried_to_end {
            return Ok(());
        }
        Err(format!("side {side} of dialog {dialog} got error {code} without a cause"))
    }

    pub(crate) fn ends_early(&mut self, dialog: Dialog, side: usize) -> Deed {
        let fates = &mut self.dialogs[dialog].sides[side].ended_early;
        fates.push(Fate::Open);
        Deed::EndedEarly(dialog, side, fates.len() - 1)
    }

    pub(crate) fn sets_timer(&mut self, dialog: Dialog, side: usize) -> Deed {
        let fates = &mut self.dialogs[dialog].sides[side].timers_set;
        fates.push(Fate::Open);
        Deed::SetTimer(dialog, side, fates.len() - 1)
    }

    pub(crate) fn timer_fires(&mut self, dialog: Dialog, side: usize) -> Result<Deed, String> {
        let found = &mut self.dialogs[dialog].sides[side];
        let count = |fates: &[Fate]| fates.iter().filter(|fate| **fate != Fate::Undone).count();
        if count(&found.timers_fired) >= count(&found.timers_set) {
            return Err(format!("a timer of side {side} of dialog {dialog} fired that nobody set"));
        }
        found.timers_fired.push(Fate::Open);
        Ok(Deed::TimerFired(dialog, side, found.timers_fired.len() - 1))
    }

    /// The fate of a deed is known, or is to be known with a commit.
    pub(crate) fn settle(&mut self, deed: Deed, fate: Fate) {
        if let Deed::Received(..) = deed
            && fate == Fate::Done
        {
            self.received += 1;
        }
        match deed {
            Deed::Began(dialog) => self.dialogs[dialog].begun = fate,
            Deed::Sent(dialog, side, number) => self.dialogs[dialog].directions[side].sent[number] = fate,
            Deed::Received(dialog, side, number) => {
                self.dialogs[dialog].directions[1 - side].received.insert(number, fate);
            }
            Deed::EndedEarly(dialog, side, index) => {
                self.dialogs[dialog].sides[side].ended_early[index] = fate;
            }
            Deed::SetTimer(dialog, side, index) => self.dialogs[dialog].sides[side].timers_set[index] = fate,
            Deed::TimerFired(dialog, side, index) => {
                self.dialogs[dialog].sides[side].timers_fired[index] = fate;
            }
        }
    }

    fn first_missing(&self, dialog: Dialog, side: usize) -> Option<usize> {
        let direction = &self.dialogs[dialog].directions[1 - side];
        (0..direction.sent.len()).find(|number| {
            let received = direction.received.get(number).is_some_and(|fate| *fate != Fate::Undone);
            direction.sent[*number].counts() && !received
        })
    }

    /// At the end: nothing that was committed is missing.
    pub(crate) fn check_complete(&self) -> Result<(), String> {
        for (dialog, found) in self.dialogs.iter().enumerate() {
            for side in 0..2 {
                let gave_up = found.sides[side].ended_early.iter().any(|fate| fate.counts());
                if found.may_fail || gave_up {
                    continue;
                }
                if let Some(missing) = self.first_missing(dialog, side) {
                    return Err(format!(
                        "message {missing} to side {side} of dialog {dialog} was committed and never received"
                    ));
                }
            }
        }
        Ok(())
    }
}
