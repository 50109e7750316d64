//! What clients' statements do, and what the model says to their outcome.

use bytes::Bytes;
use duologue_broker::{Attempt, BeginDialog, Caller, EndMode, Instance, QueueMessage, ReceiveFilter};
use duologue_broker::{ReceiveRequest, RelatedConversation, SendRequest};
use duologue_messages::SqlError;
use duologue_types::ConversationHandle;
use std::time::Duration;

use super::body;
use super::client::{Client, Ending, Known, Statement, Surroundings, Waits, Work};
use super::model::{Conversation, Fate, Protection};
use super::sites::Mode;

/// What a statement came to.
pub(crate) enum Outcome {
    Done,
    /// It waits until its session is woken.
    Waits(Waits),
}

/// Why a client's statement failed: the model was contradicted, or an error that its program lives with.
pub(crate) enum Trouble {
    Contradiction(String),
    Error(SqlError),
}

impl From<SqlError> for Trouble {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

const BLOCKED: Outcome = Outcome::Waits(Waits::ForLock);

impl Client {
    pub(super) fn execute(
        &mut self,
        work: &mut Work,
        statement: &Statement,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        match statement {
            Statement::Begin { to, lifetime, related, messages } => {
                self.begin(work, *to, *lifetime, *related, *messages, around)
            }
            Statement::Send(known, count) => self.send(work, *known, *count, around),
            Statement::End(known, ending) => self.end(work, *known, *ending, around),
            Statement::Timer(known, seconds) => self.set_timer(work, *known, *seconds, around),
            Statement::Move(known, other) => self.move_to(work, *known, *other, around),
            Statement::Group(top) => {
                let queue = around.sites.all[self.site].queue;
                let group = self
                    .with(work, around, |instance, caller| instance.get_conversation_group(caller, queue))?;
                if let Some(group) = group {
                    let filter = ReceiveFilter::Group(group);
                    work.todo.push_front(Statement::Receive { top: *top, filter, waits: false });
                }
                Ok(Outcome::Done)
            }
            Statement::Receive { top, filter, waits } => self.receive(work, *top, *filter, *waits, around),
        }
    }

    fn with<T>(
        &self,
        work: &Work,
        around: &mut Surroundings<'_>,
        statement: impl FnOnce(&mut Instance, Caller<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let machine = &mut around.machines[self.node];
        let now = machine.clock(around.now);
        let security = &around.sites.all[self.site].security;
        statement(&mut machine.node.instance, Caller { transaction: work.transaction, security, now })
    }

    fn begin(
        &mut self,
        work: &mut Work,
        to: usize,
        lifetime: Option<i64>,
        related: Option<ConversationHandle>,
        messages: usize,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let sites = around.sites;
        let mode = sites.mode(self.site, to);
        let encryption = mode != Mode::Clear && around.chance.happens(300);
        let request = BeginDialog {
            from_service: &sites.all[self.site].service,
            to_service: &sites.all[to].service,
            broker_instance: None,
            contract: Some("Contract"),
            related: related.map(RelatedConversation::Conversation),
            lifetime,
            encryption,
        };
        let begun = self.with(work, around, |instance, caller| {
            let attempt = instance.begin_dialog(caller, request)?;
            Ok(match attempt {
                Attempt::Ready(handle) => Some((handle, instance.conversation_of(caller, handle))),
                Attempt::Blocked(_) => None,
            })
        })?;
        let Some((handle, Some(id))) = begun else { return Ok(BLOCKED) };
        let protection = match mode {
            _ if sites.are_near(self.site, to) => Protection::Near,
            Mode::Clear => Protection::Clear,
            _ if encryption || around.options.protection_is_steady() => Protection::Sealed,
            _ => Protection::Undecided,
        };
        let dialog = Conversation {
            sites: [self.site, to],
            begun: Fate::Open,
            protection,
            may_fail: lifetime.is_some(),
            sides: Default::default(),
            directions: Default::default(),
        };
        work.deeds.push(around.model.begin(id, handle, dialog));
        let known = Known { dialog: around.model.dialogs.len() - 1, side: 0, handle };
        work.met.push(known);
        work.todo.push_back(Statement::Send(known, messages));
        Ok(Outcome::Done)
    }

    fn send(
        &mut self,
        work: &mut Work,
        known: Known,
        count: usize,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        for left in (0..count).rev() {
            let number = around.model.next_number(known.dialog, known.side);
            let body: Bytes = body::make(number, body::size(around.chance));
            let request = SendRequest {
                handles: &[Some(known.handle)],
                message_type: if known.side == 0 { "Request" } else { "Reply" },
                body: Some(body),
            };
            let attempt = self.with(work, around, |instance, caller| instance.send(caller, &request))?;
            if matches!(attempt, Attempt::Blocked(_)) {
                // The lock is the transaction's from the first one on.
                return if left + 1 == count { Ok(BLOCKED) } else { Err(contradiction("a lock was lost")) };
            }
            work.deeds.push(around.model.sends(known.dialog, known.side));
        }
        Ok(Outcome::Done)
    }

    fn end(
        &mut self,
        work: &mut Work,
        known: Known,
        ending: Ending,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let mode = match ending {
            Ending::Normal => EndMode::Normal,
            Ending::Error(code) => EndMode::Error { code, description: "enough".into() },
            Ending::Cleanup => EndMode::Cleanup,
        };
        let attempt = self
            .with(work, around, |instance, caller| instance.end_conversation(caller, known.handle, &mode))?;
        if matches!(attempt, Attempt::Blocked(_)) {
            return Ok(BLOCKED);
        }
        let found = &mut around.model.dialogs[known.dialog];
        found.sides[known.side].tried_to_end = true;
        found.may_fail |= ending != Ending::Normal;
        work.deeds.push(around.model.ends_early(known.dialog, known.side));
        Ok(Outcome::Done)
    }

    fn set_timer(
        &mut self,
        work: &mut Work,
        known: Known,
        seconds: i32,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let attempt = self.with(work, around, |instance, caller| {
            instance.begin_conversation_timer(caller, known.handle, seconds)
        })?;
        if matches!(attempt, Attempt::Blocked(_)) {
            return Ok(BLOCKED);
        }
        let clock = around.machines[self.node].clock(around.now);
        let due = clock + Duration::from_secs(u64::from(seconds.unsigned_abs()));
        work.deeds.push(around.model.sets_timer(known.dialog, known.side, due));
        Ok(Outcome::Done)
    }

    fn move_to(
        &mut self,
        work: &mut Work,
        known: Known,
        other: ConversationHandle,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let conversations = around.machines[self.node].node.instance.conversations();
        let Some(group) = conversations.get(other).map(|endpoint| endpoint.local.group) else {
            return Ok(Outcome::Done);
        };
        let attempt = self
            .with(work, around, |instance, caller| instance.move_conversation(caller, known.handle, group))?;
        Ok(if matches!(attempt, Attempt::Blocked(_)) { BLOCKED } else { Outcome::Done })
    }

    fn receive(
        &mut self,
        work: &mut Work,
        top: u64,
        filter: ReceiveFilter,
        waits: bool,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let queue = around.sites.all[self.site].queue;
        let request = ReceiveRequest { queue, top: Some(top), filter };
        let attempt = self.with(work, around, |instance, caller| instance.receive(caller, request))?;
        let Attempt::Ready(mut messages) = attempt else { return Ok(BLOCKED) };
        if messages.is_empty() && waits {
            let instance = &mut around.machines[self.node].node.instance;
            instance.wait_on_queue(self.session, queue, filter);
            return Ok(Outcome::Waits(Waits::InLine(filter)));
        }
        if messages.len() as u64 > top {
            return Err(contradiction("RECEIVE returned more than TOP says"));
        }
        work.received |= !messages.is_empty();
        if around.options.canary == Some(super::Canary::BreakOrder) && around.chance.happens(20) {
            messages.reverse();
        }
        for message in messages {
            self.look_at(work, &message, around).map_err(Trouble::Contradiction)?;
        }
        Ok(Outcome::Done)
    }

    fn look_at(
        &mut self,
        work: &mut Work,
        message: &QueueMessage,
        around: &mut Surroundings<'_>,
    ) -> Result<(), String> {
        let machine = &around.machines[self.node];
        let endpoint = machine.node.instance.conversations().get(message.handle);
        let endpoint = endpoint.ok_or("a message was received whose endpoint is gone")?;
        let dialog = around.model.find(endpoint.conversation).ok_or("a message of no known dialog")?;
        let side = usize::from(!endpoint.is_initiator);
        let known = Known { dialog, side, handle: message.handle };
        if around.model.dialogs[dialog].sites[side] != self.site {
            return Err(format!("a message of dialog {dialog} was received at another site"));
        }
        around.model.learn_handle(message.handle, dialog, side);
        match &*message.message_type_name {
            "Request" | "Reply" => {
                if (&*message.message_type_name == "Request") != (side == 1) {
                    return Err(format!("side {side} of dialog {dialog} received its own kind of message"));
                }
                let number = body::check(message.body.as_deref())?;
                work.deeds.push(around.model.receives(dialog, side, number)?);
                work.met.push(known);
                if !around.finishing && around.chance.happens(150) {
                    work.todo.push_back(Statement::Send(known, 1 + around.chance.below(3)));
                }
            }
            duologue_broker::DIALOG_TIMER => {
                work.deeds.push(around.model.timer_fires(dialog, side, machine.latest)?);
            }
            duologue_broker::END_DIALOG => {
                around.model.sees_end(dialog, side)?;
                work.todo.push_back(Statement::End(known, Ending::Normal));
            }
            duologue_broker::ERROR => {
                let code = body::error_code(message.body.as_deref());
                around.model.sees_error(dialog, side, code)?;
                work.todo.push_back(Statement::End(known, Ending::Normal));
            }
            other => return Err(format!("a message of type {other} was received")),
        }
        Ok(())
    }
}

fn contradiction(text: &str) -> Trouble {
    Trouble::Contradiction(text.into())
}
