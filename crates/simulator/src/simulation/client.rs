//! Clients: sessions that run transactions statement by statement, wait, are woken, and give up.

use std::collections::VecDeque;

use duologue_broker::{Attempt, BeginDialog, Caller, EndMode, QueueMessage, ReceiveFilter, ReceiveRequest};
use duologue_broker::{RelatedConversation, SendRequest};
use duologue_messages::SqlError;
use duologue_types::{ConversationHandle, SessionId, Timestamp, TransactionId};

use super::body;
use super::cluster::{Cluster, DATABASE, Mode, queue, service};
use super::model::{Conversation, Deed, Dialog, Fate, Model};
use super::random::Chance;

/// One side of a dialog that a client knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    pub(crate) dialog: Dialog,
    pub(crate) side: usize,
    pub(crate) handle: ConversationHandle,
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Begin { to: usize, lifetime: Option<i64>, related: Option<ConversationHandle>, messages: usize },
    Send(Known, usize),
    End(Known, Option<i32>),
    Timer(Known, i32),
    Move(Known, ConversationHandle),
    Receive(u64),
    Wait(u64),
}

/// A transaction under way.
pub(crate) struct Work {
    pub(crate) transaction: TransactionId,
    deeds: Vec<Deed>,
    todo: VecDeque<Statement>,
    met: Vec<Known>,
}

pub(crate) enum State {
    Idle,
    Working(Work),
    /// For a lock, or at a queue: goes on when woken.
    Blocked(Work, Statement),
}

pub(crate) struct Client {
    pub(crate) node: usize,
    pub(crate) session: SessionId,
    pub(crate) state: State,
    pub(crate) woken: bool,
}

/// What a statement came to.
enum Outcome {
    Done,
    /// It waits until its session is woken.
    Waits,
}

/// What clients work on.
pub(crate) struct Surroundings<'a> {
    pub(crate) cluster: &'a mut Cluster,
    pub(crate) model: &'a mut Model,
    pub(crate) chance: &'a mut Chance,
    /// Sides by node.
    pub(crate) known: &'a mut Vec<Vec<Known>>,
    pub(crate) now: Timestamp,
    /// Faults have stopped: only read what is there and end what has ended.
    pub(crate) finishing: bool,
    pub(crate) dialog_limit: usize,
}

/// Why a client's statement failed: the model was contradicted, or an error that its program lives with.
enum Trouble {
    Contradiction(String),
    Error(SqlError),
}

impl From<SqlError> for Trouble {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

impl Client {
    pub(crate) fn new(node: usize, session: SessionId) -> Self {
        Self { node, session, state: State::Idle, woken: false }
    }

    /// One statement, commit or rollback; says whether there was something to do.
    pub(crate) fn step(&mut self, around: &mut Surroundings<'_>) -> Result<bool, String> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {
                let todo = self.plan(around);
                let node = &mut around.cluster.machines[self.node].node;
                let transaction = node.instance.begin(self.session);
                self.state = State::Working(Work { transaction, deeds: Vec::new(), todo, met: Vec::new() });
                Ok(true)
            }
            State::Working(mut work) => match work.todo.pop_front() {
                Some(statement) => self.run(work, statement, around).map(|()| true),
                None => {
                    self.finish(work, around);
                    Ok(true)
                }
            },
            // Also one that was woken just now: the wake must go on to somebody else.
            State::Blocked(work, statement) if !around.finishing && around.chance.happens(20) => {
                self.woken = false;
                self.give_up(work, &statement, around);
                Ok(true)
            }
            State::Blocked(work, statement) if self.woken => {
                self.woken = false;
                self.run(work, statement, around).map(|()| true)
            }
            blocked @ State::Blocked(..) => {
                self.state = blocked;
                Ok(false)
            }
        }
    }

    fn plan(&self, around: &mut Surroundings<'_>) -> VecDeque<Statement> {
        let chance = &mut *around.chance;
        let top = 1 + chance.below(4) as u64;
        if around.finishing {
            return [Statement::Wait(top)].into();
        }
        let known = chance.pick(&around.known[self.node]);
        match (chance.below(100), known) {
            (0..30, _) if around.model.dialogs.len() < around.dialog_limit => {
                let to = chance.below(around.cluster.machines.len());
                let lifetime = chance.happens(50).then(|| 30 + chance.below(300) as i64);
                let related = known.filter(|_| chance.happens(150)).map(|known| known.handle);
                [Statement::Begin { to, lifetime, related, messages: chance.below(4) }].into()
            }
            (0..55, Some(known)) => {
                let mut todo: VecDeque<_> =
                    (0..=chance.below(3)).map(|_| Statement::Send(known, body::size(chance))).collect();
                match chance.below(100) {
                    0..6 => todo.push_back(Statement::End(known, None)),
                    6..9 => todo.push_back(Statement::End(known, Some(42))),
                    9..15 => todo.push_front(Statement::Timer(known, 1 + chance.below(100) as i32)),
                    15..19 => {
                        if let Some(other) = chance.pick(&around.known[self.node]) {
                            todo.push_front(Statement::Move(known, other.handle));
                        }
                    }
                    _ => {}
                }
                todo
            }
            (_, _) if chance.happens(500) => [Statement::Wait(top)].into(),
            _ => [Statement::Receive(top)].into(),
        }
    }

    fn run(
        &mut self,
        mut work: Work,
        statement: Statement,
        around: &mut Surroundings<'_>,
    ) -> Result<(), String> {
        let savepoint = around.cluster.machines[self.node].node.instance.savepoint(work.transaction);
        let deeds_before = work.deeds.len();
        match self.execute(&mut work, &statement, around) {
            Ok(Outcome::Done) => {
                let takes_back = !around.finishing && around.chance.happens(30);
                if let Some(savepoint) = savepoint.filter(|_| takes_back) {
                    let instance = &mut around.cluster.machines[self.node].node.instance;
                    instance.rollback_to(work.transaction, savepoint);
                    for deed in work.deeds.drain(deeds_before..) {
                        around.model.settle(deed, Fate::Undone);
                    }
                    work.todo.clear();
                }
                self.state = State::Working(work);
                Ok(())
            }
            Ok(Outcome::Waits) => {
                self.state = State::Blocked(work, statement);
                Ok(())
            }
            Err(Trouble::Contradiction(text)) => Err(text),
            Err(Trouble::Error(error)) => {
                if error.number == 8426
                    && let Statement::Send(known, _) | Statement::End(known, _) = statement
                {
                    around.known[self.node].retain(|other| other.handle != known.handle);
                }
                self.roll_back(work, around);
                Ok(())
            }
        }
    }

    fn execute(
        &mut self,
        work: &mut Work,
        statement: &Statement,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        match statement {
            Statement::Begin { to, lifetime, related, messages } => {
                self.begin(work, *to, *lifetime, *related, *messages, around)
            }
            Statement::Send(known, size) => self.send(work, *known, *size, around),
            Statement::End(known, code) => self.end(work, *known, *code, around),
            Statement::Timer(known, seconds) => {
                let attempt = self.with(work, around, |instance, caller| {
                    instance.begin_conversation_timer(caller, known.handle, *seconds)
                })?;
                if matches!(attempt, Attempt::Blocked(_)) {
                    return Ok(Outcome::Waits);
                }
                work.deeds.push(around.model.sets_timer(known.dialog, known.side));
                Ok(Outcome::Done)
            }
            Statement::Move(known, other) => {
                let group = around.cluster.machines[self.node]
                    .node
                    .instance
                    .conversations()
                    .get(*other)
                    .map(|endpoint| endpoint.local.group);
                let Some(group) = group else { return Ok(Outcome::Done) };
                let attempt = self.with(work, around, |instance, caller| {
                    instance.move_conversation(caller, known.handle, group)
                })?;
                Ok(if matches!(attempt, Attempt::Blocked(_)) { Outcome::Waits } else { Outcome::Done })
            }
            Statement::Receive(top) => self.receive(work, *top, false, around),
            Statement::Wait(top) => self.receive(work, *top, true, around),
        }
    }

    fn with<T>(
        &self,
        work: &Work,
        around: &mut Surroundings<'_>,
        statement: impl FnOnce(&mut duologue_broker::Instance, Caller<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let machine = &mut around.cluster.machines[self.node];
        let clock = machine.clock(around.now);
        machine.node.within(work.transaction, DATABASE, clock, statement)
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
        let (from_service, to_service) = (service(self.node), service(to));
        let secured = around.cluster.modes[self.node][to] != Mode::Clear;
        let request = BeginDialog {
            from_service: &from_service,
            to_service: &to_service,
            broker_instance: None,
            contract: Some("Contract"),
            related: related.map(RelatedConversation::Conversation),
            lifetime,
            encryption: secured && around.chance.happens(500),
        };
        let begun = self.with(work, around, |instance, caller| {
            let attempt = instance.begin_dialog(caller, request)?;
            Ok(match attempt {
                Attempt::Ready(handle) => Some((handle, instance.conversation_of(caller, handle))),
                Attempt::Blocked(_) => None,
            })
        })?;
        let Some((handle, Some(id))) = begun else { return Ok(Outcome::Waits) };
        let dialog = Conversation {
            nodes: [self.node, to],
            handle,
            begun: Fate::Open,
            secured: secured && self.node != to,
            may_fail: lifetime.is_some(),
            sides: Default::default(),
            directions: Default::default(),
        };
        work.deeds.push(around.model.begin(id, dialog));
        let known = Known { dialog: around.model.dialogs.len() - 1, side: 0, handle };
        work.met.push(known);
        for _ in 0..messages {
            work.todo.push_back(Statement::Send(known, body::size(around.chance)));
        }
        Ok(Outcome::Done)
    }

    fn send(
        &mut self,
        work: &mut Work,
        known: Known,
        size: usize,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let number = around.model.next_number(known.dialog, known.side);
        let request = SendRequest {
            handles: &[Some(known.handle)],
            message_type: if known.side == 0 { "Request" } else { "Reply" },
            body: Some(body::make(number, size)),
        };
        let attempt = self.with(work, around, |instance, caller| instance.send(caller, &request))?;
        if matches!(attempt, Attempt::Blocked(_)) {
            return Ok(Outcome::Waits);
        }
        work.deeds.push(around.model.sends(known.dialog, known.side));
        Ok(Outcome::Done)
    }

    fn end(
        &mut self,
        work: &mut Work,
        known: Known,
        code: Option<i32>,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let mode = match code {
            None => EndMode::Normal,
            Some(code) => EndMode::Error { code, description: "enough".into() },
        };
        let attempt = self
            .with(work, around, |instance, caller| instance.end_conversation(caller, known.handle, &mode))?;
        if matches!(attempt, Attempt::Blocked(_)) {
            return Ok(Outcome::Waits);
        }
        let found = &mut around.model.dialogs[known.dialog];
        found.sides[known.side].tried_to_end = true;
        found.may_fail |= code.is_some();
        work.deeds.push(around.model.ends_early(known.dialog, known.side));
        Ok(Outcome::Done)
    }

    fn receive(
        &mut self,
        work: &mut Work,
        top: u64,
        waits: bool,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, Trouble> {
        let key = around.cluster.machines[self.node].node.queue(DATABASE, &queue(self.node));
        let request = ReceiveRequest { queue: key, top: Some(top), filter: ReceiveFilter::Any };
        let attempt = self.with(work, around, |instance, caller| instance.receive(caller, request))?;
        let Attempt::Ready(messages) = attempt else { return Ok(Outcome::Waits) };
        if messages.is_empty() && waits {
            let instance = &mut around.cluster.machines[self.node].node.instance;
            instance.wait_on_queue(self.session, key, ReceiveFilter::Any);
            return Ok(Outcome::Waits);
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
        let instance = &around.cluster.machines[self.node].node.instance;
        let endpoint = instance.conversations().get(message.handle);
        let endpoint = endpoint.ok_or("a message was received whose endpoint is gone")?;
        let dialog = around.model.find(endpoint.conversation).ok_or("a message of no known dialog")?;
        let side = usize::from(!endpoint.is_initiator);
        let known = Known { dialog, side, handle: message.handle };
        match &*message.message_type_name {
            "Request" | "Reply" => {
                let number = body::check(message.body.as_deref())?;
                work.deeds.push(around.model.receives(dialog, side, number)?);
                work.met.push(known);
                if !around.finishing && around.chance.happens(400) {
                    work.todo.push_back(Statement::Send(known, body::size(around.chance)));
                }
            }
            duologue_broker::DIALOG_TIMER => work.deeds.push(around.model.timer_fires(dialog, side)?),
            duologue_broker::END_DIALOG => {
                around.model.sees_end(dialog, side)?;
                work.todo.push_back(Statement::End(known, None));
            }
            duologue_broker::ERROR => {
                let code = body::error_code(message.body.as_deref());
                around.model.sees_error(dialog, side, code)?;
                work.todo.push_back(Statement::End(known, None));
            }
            other => return Err(format!("a message of type {other} was received")),
        }
        Ok(())
    }

    /// The end of a transaction: mostly a commit.
    fn finish(&mut self, work: Work, around: &mut Surroundings<'_>) {
        if !around.finishing && around.chance.happens(150) {
            self.roll_back(work, around);
            return;
        }
        for known in &work.met {
            if !around.known[self.node].contains(known) {
                around.known[self.node].push(*known);
            }
        }
        let machine = &mut around.cluster.machines[self.node];
        let clock = machine.clock(around.now);
        let sequence = machine.node.instance.commit(work.transaction, clock);
        machine.commits(sequence, work.deeds, around.model);
    }

    fn roll_back(&mut self, work: Work, around: &mut Surroundings<'_>) {
        for deed in work.deeds {
            around.model.settle(deed, Fate::Undone);
        }
        let machine = &mut around.cluster.machines[self.node];
        let clock = machine.clock(around.now);
        machine.node.instance.rollback(work.transaction, clock);
    }

    /// The client cancels what it waits for.
    fn give_up(&mut self, work: Work, statement: &Statement, around: &mut Surroundings<'_>) {
        let machine = &mut around.cluster.machines[self.node];
        if let Statement::Wait(_) = statement {
            let key = machine.node.queue(DATABASE, &queue(self.node));
            machine.node.instance.stop_waiting(self.session, key);
        }
        machine.node.instance.cancel_wait(work.transaction);
        self.roll_back(work, around);
    }

    /// Its server crashed.
    pub(crate) fn disconnect(&mut self, model: &mut Model) {
        let (State::Working(work) | State::Blocked(work, _)) =
            std::mem::replace(&mut self.state, State::Idle)
        else {
            return;
        };
        for deed in work.deeds {
            model.settle(deed, Fate::Undone);
        }
        self.woken = false;
    }
}
