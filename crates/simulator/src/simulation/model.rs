//! What must be true: every message that clients sent and received, and the rules that they obey.
//!
//! A commit is *pending* until its client was told that it is durable, or a crash decided it. What a lost commit did
//! never happened; what a told one did must be there for ever.

use std::collections::HashMap;

use duologue_types::{ConversationHandle, ConversationId, Timestamp};

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
    pub(crate) fn counts(self) -> bool {
        matches!(self, Self::Committing | Self::Done)
    }

    fn is_possible(self) -> bool {
        self != Self::Undone
    }
}

/// One direction of a dialog: messages by number, as sent and as received.
#[derive(Default)]
pub(crate) struct Direction {
    sent: Vec<Fate>,
    /// `Undone` is also what was never received.
    received: Vec<Fate>,
    /// Below it, everything that was sent for good was received for good.
    complete_below: usize,
}

impl Direction {
    /// Messages that were sent.
    pub(crate) fn len(&self) -> u64 {
        self.sent.len() as u64
    }

    fn was_received(&self, number: usize) -> bool {
        self.received.get(number).is_some_and(|fate| fate.is_possible())
    }

    fn is_missing(&self, number: usize) -> bool {
        self.sent[number].counts() && !self.was_received(number)
    }

    fn first_missing(&self, below: usize) -> Option<usize> {
        (self.complete_below..below.min(self.sent.len())).find(|number| self.is_missing(*number))
    }

    fn note_received(&mut self, number: usize, fate: Fate) {
        if self.received.len() <= number {
            self.received.resize(number + 1, Fate::Undone);
        }
        self.received[number] = fate;
        let is_over = |at: usize| match self.sent.get(at) {
            Some(Fate::Undone) => true,
            Some(Fate::Done) => self.received.get(at) == Some(&Fate::Done),
            _ => false,
        };
        let mut below = self.complete_below;
        while is_over(below) {
            below += 1;
        }
        self.complete_below = below;
    }
}

/// One side of a dialog.
#[derive(Default)]
pub(crate) struct Side {
    /// It ended before it had seen an end or an error: what it had not read is gone.
    pub(crate) ended_early: Vec<Fate>,
    /// END CONVERSATION was tried, with or without success.
    pub(crate) tried_to_end: bool,
    /// When a timer was to fire.
    timers_set: Vec<(Fate, Timestamp)>,
    timers_fired: Vec<Fate>,
}

/// What is known of a dialog's protection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protection {
    /// Between two databases of a node: nothing of it ever travels.
    Near,
    /// Never sealed.
    Clear,
    /// Sealed from its first envelope on.
    Sealed,
    /// Decided with the first envelope.
    Undecided,
}

/// A dialog as the clients know it.
pub(crate) struct Conversation {
    pub(crate) sites: [usize; 2],
    pub(crate) begun: Fate,
    pub(crate) protection: Protection,
    /// It may end with an error of the broker, or lose what was pending: a lifetime, an end with error, a cleanup.
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
    /// A site's event.
    Raised(usize, usize),
    /// The notification of a site's event.
    Noticed(usize, usize),
}

/// All dialogs.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) dialogs: Vec<Conversation>,
    by_id: HashMap<ConversationId, Dialog>,
    by_handle: HashMap<ConversationHandle, (Dialog, usize)>,
    /// Events that sites raise, as messages to whoever listens.
    pub(crate) events: Vec<Direction>,
    /// Messages that were sent, and received for good.
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Model {
    /// Nothing has happened yet, at so many sites.
    pub(crate) fn new(sites: usize) -> Self {
        Self { events: (0..sites).map(|_| Direction::default()).collect(), ..Self::default() }
    }

    pub(crate) fn begin(
        &mut self,
        id: ConversationId,
        handle: ConversationHandle,
        dialog: Conversation,
    ) -> Deed {
        self.by_id.insert(id, self.dialogs.len());
        self.by_handle.insert(handle, (self.dialogs.len(), 0));
        self.dialogs.push(dialog);
        Deed::Began(self.dialogs.len() - 1)
    }

    pub(crate) fn find(&self, id: ConversationId) -> Option<Dialog> {
        self.by_id.get(&id).copied()
    }

    /// Which side of which dialog a handle is.
    pub(crate) fn side_of(&self, handle: ConversationHandle) -> Option<(Dialog, usize)> {
        self.by_handle.get(&handle).copied()
    }

    pub(crate) fn learn_handle(&mut self, handle: ConversationHandle, dialog: Dialog, side: usize) {
        self.by_handle.insert(handle, (dialog, side));
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

    /// `side` has received message `number` in an open transaction.
    pub(crate) fn receives(&mut self, dialog: Dialog, side: usize, number: usize) -> Result<Deed, String> {
        let found = &mut self.dialogs[dialog];
        let near = found.sites[0] == found.sites[1] || found.protection == Protection::Near;
        let name = || format!("message {number} of side {} of dialog {dialog}", 1 - side);
        take(&mut found.directions[1 - side], number, near, found.may_fail)
            .map_err(|broken| format!("{} {broken}", name()))?;
        Ok(Deed::Received(dialog, side, number))
    }

    pub(crate) fn raises(&mut self, site: usize) -> Deed {
        let sent = &mut self.events[site].sent;
        sent.push(Fate::Open);
        Deed::Raised(site, sent.len() - 1)
    }

    /// The notification of a site's event was received.
    pub(crate) fn notices(&mut self, site: usize, number: usize) -> Result<Deed, String> {
        let taken = take(&mut self.events[site], number, false, false);
        taken.map_err(|broken| format!("event {number} of site {site} {broken}"))?;
        Ok(Deed::Noticed(site, number))
    }

    /// `side` has received EndDialog: everything before it must have been received.
    pub(crate) fn sees_end(&self, dialog: Dialog, side: usize) -> Result<(), String> {
        let found = &self.dialogs[dialog];
        if !found.sides[1 - side].tried_to_end {
            return Err(format!("side {side} of dialog {dialog} got EndDialog and nobody ended it"));
        }
        match found.directions[1 - side].first_missing(usize::MAX) {
            Some(missing) if !found.may_fail => {
                Err(format!("side {side} of dialog {dialog} got EndDialog before message {missing}"))
            }
            _ => Ok(()),
        }
    }

    /// `side` has received an Error message with this code.
    pub(crate) fn sees_error(&self, dialog: Dialog, side: usize, code: i32) -> Result<(), String> {
        let found = &self.dialogs[dialog];
        // The far side may be gone for good after both ended.
        if found.may_fail || code == -8462 && found.sides[1 - side].tried_to_end {
            return Ok(());
        }
        Err(format!("side {side} of dialog {dialog} got error {code} without a cause"))
    }

    pub(crate) fn ends_early(&mut self, dialog: Dialog, side: usize) -> Deed {
        let fates = &mut self.dialogs[dialog].sides[side].ended_early;
        fates.push(Fate::Open);
        Deed::EndedEarly(dialog, side, fates.len() - 1)
    }

    pub(crate) fn sets_timer(&mut self, dialog: Dialog, side: usize, due: Timestamp) -> Deed {
        let fates = &mut self.dialogs[dialog].sides[side].timers_set;
        fates.push((Fate::Open, due));
        Deed::SetTimer(dialog, side, fates.len() - 1)
    }

    /// A DialogTimer was received at a node whose clock never showed more than `latest`.
    pub(crate) fn timer_fires(
        &mut self,
        dialog: Dialog,
        side: usize,
        latest: Timestamp,
    ) -> Result<Deed, String> {
        let found = &mut self.dialogs[dialog].sides[side];
        let set = found.timers_set.iter().filter(|(fate, due)| fate.is_possible() && *due <= latest).count();
        if found.timers_fired.iter().filter(|fate| fate.is_possible()).count() >= set {
            return Err(format!(
                "a timer of side {side} of dialog {dialog} fired that nobody set, or too early"
            ));
        }
        found.timers_fired.push(Fate::Open);
        Ok(Deed::TimerFired(dialog, side, found.timers_fired.len() - 1))
    }

    /// The timer that must be set on a side now: committed for good, and later than its node's clock ever was.
    pub(crate) fn timer_of(&self, dialog: Dialog, side: usize, latest: Timestamp) -> Option<Timestamp> {
        let found = &self.dialogs[dialog].sides[side];
        let last = found.timers_set.iter().rev().find(|(fate, _)| fate.is_possible())?;
        let stays = last.0 == Fate::Done && last.1 > latest && !found.tried_to_end;
        stays.then_some(last.1)
    }

    /// The fate of a deed is known, or is to be known with a commit.
    pub(crate) fn settle(&mut self, deed: Deed, fate: Fate) {
        match deed {
            Deed::Began(dialog) => self.dialogs[dialog].begun = fate,
            Deed::Sent(dialog, side, number) => self.dialogs[dialog].directions[side].sent[number] = fate,
            Deed::Received(dialog, side, number) => {
                self.received += u64::from(fate == Fate::Done);
                self.dialogs[dialog].directions[1 - side].note_received(number, fate);
            }
            Deed::EndedEarly(dialog, side, index) => {
                self.dialogs[dialog].sides[side].ended_early[index] = fate;
            }
            Deed::SetTimer(dialog, side, index) => {
                self.dialogs[dialog].sides[side].timers_set[index].0 = fate
            }
            Deed::TimerFired(dialog, side, index) => {
                self.dialogs[dialog].sides[side].timers_fired[index] = fate;
            }
            Deed::Raised(site, number) => self.events[site].sent[number] = fate,
            Deed::Noticed(site, number) => self.events[site].note_received(number, fate),
        }
    }

    /// At the end: nothing that was committed is missing.
    pub(crate) fn check_complete(&self) -> Result<(), String> {
        for (dialog, found) in self.dialogs.iter().enumerate() {
            for side in 0..2 {
                let gave_up = found.sides[side].ended_early.iter().any(|fate| fate.counts());
                if found.may_fail || gave_up {
                    continue;
                }
                if let Some(missing) = found.directions[1 - side].first_missing(usize::MAX) {
                    return Err(format!(
                        "message {missing} to side {side} of dialog {dialog} was committed and never received"
                    ));
                }
            }
        }
        let missing = |(site, events): (usize, &Direction)| Some((site, events.first_missing(usize::MAX)?));
        match self.events.iter().enumerate().find_map(missing) {
            Some((site, number)) => {
                Err(format!("event {number} of site {site} was raised and never noticed"))
            }
            None => Ok(()),
        }
    }
}

/// Takes a message of a direction: sent, not taken before, and everything before it taken.
fn take(direction: &mut Direction, number: usize, near: bool, may_fail: bool) -> Result<(), String> {
    match direction.sent.get(number) {
        None => return Err("was received and never sent".into()),
        Some(Fate::Open | Fate::Undone) => return Err("was received and its SEND never committed".into()),
        Some(Fate::Committing) if !near => {
            return Err("was received elsewhere before its sender was told".into());
        }
        Some(_) => {}
    }
    if direction.was_received(number) {
        return Err(format!("was received twice; first time {:?}", direction.received[number]));
    }
    let later = (number + 1..direction.received.len()).find(|later| direction.was_received(*later));
    if let Some(later) = later {
        return Err(format!("was received after message {later}"));
    }
    if let Some(missing) = direction.first_missing(number).filter(|_| !may_fail) {
        return Err(format!("was received before message {missing}"));
    }
    direction.note_received(number, Fate::Open);
    Ok(())
}
