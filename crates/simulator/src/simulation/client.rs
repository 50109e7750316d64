//! Clients: sessions that run transactions statement by statement, wait, are woken, lose their connection and give up.

use std::collections::VecDeque;

use duologue_broker::ReceiveFilter;
use duologue_types::{ConversationHandle, SessionId, Timestamp, TransactionId};

use super::machine::Machine;
use super::model::{Deed, Dialog, Fate, Model};
use super::options::Options;
use super::random::Chance;
use super::sites::Sites;
use super::statements::{Outcome, Trouble};

/// Sides of dialogs that the clients of a site remember, to use them again.
const REMEMBERED: usize = 24;

/// Rollbacks in a row that switch a queue off.
const POISON: u8 = 5;

/// One side of a dialog that a client knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    pub(crate) dialog: Dialog,
    pub(crate) side: usize,
    pub(crate) handle: ConversationHandle,
}

/// How a client ends a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    Normal,
    Error(i32),
    Cleanup,
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Begin {
        to: usize,
        lifetime: Option<i64>,
        related: Option<ConversationHandle>,
        messages: usize,
    },
    /// So many messages, one SEND each.
    Send(Known, usize),
    End(Known, Ending),
    Timer(Known, i32),
    Move(Known, ConversationHandle),
    /// GET CONVERSATION GROUP, then RECEIVE of what the group has.
    Group(u64),
    /// RECEIVE TOP, and whether it waits.
    Receive {
        top: u64,
        filter: ReceiveFilter,
        waits: bool,
    },
}

/// A transaction under way.
pub(crate) struct Work {
    pub(crate) transaction: TransactionId,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) todo: VecDeque<Statement>,
    pub(crate) met: Vec<Known>,
    /// It has received something.
    pub(crate) received: bool,
}

/// What a client waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Waits {
    ForLock,
    InLine(ReceiveFilter),
}

pub(crate) enum State {
    Idle,
    Working(Work),
    /// Goes on when woken.
    Blocked(Work, Statement, Waits),
}

pub(crate) struct Client {
    pub(crate) site: usize,
    pub(crate) node: usize,
    pub(crate) session: SessionId,
    pub(crate) state: State,
    pub(crate) woken: bool,
}

/// What clients work on.
pub(crate) struct Surroundings<'a> {
    pub(crate) machines: &'a mut [Machine],
    pub(crate) sites: &'a Sites,
    pub(crate) model: &'a mut Model,
    pub(crate) chance: &'a mut Chance,
    /// Sides by site.
    pub(crate) known: &'a mut [Vec<Known>],
    /// Rollbacks in a row of transactions that received, by site.
    pub(crate) rollbacks: &'a mut [u8],
    pub(crate) now: Timestamp,
    /// Faults have stopped: only read what is there and end what has ended.
    pub(crate) finishing: bool,
    pub(crate) options: &'a Options,
}

impl Client {
    pub(crate) fn new(site: usize, node: usize, session: SessionId) -> Self {
        Self { site, node, session, state: State::Idle, woken: false }
    }

    /// The transaction that it has open.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// One statement, commit or rollback; says whether there was something to do.
    pub(crate) fn step(&mut self, around: &mut Surroundings<'_>) -> Result<bool, String> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {
                let todo = self.plan(around);
                let instance = &mut around.machines[self.node].node.instance;
                let transaction = instance.begin(self.session);
                let (deeds, met) = (Vec::new(), Vec::new());
                self.state = State::Working(Work { transaction, deeds, todo, met, received: false });
                Ok(true)
            }
            State::Working(work) if !around.finishing && around.chance.happens(3) => {
                self.lose_connection(work, around).map(|()| true)
            }
            State::Working(mut work) => match work.todo.pop_front() {
                Some(statement) => self.run(work, statement, around).map(|()| true),
                None => self.finish(work, around).map(|()| true),
            },
            // Also one that was woken just now: the wake must go on to somebody else.
            State::Blocked(work, _, waits) if self.loses_patience(waits, around) => {
                self.woken = false;
                self.give_up(work, around).map(|()| true)
            }
            State::Blocked(work, statement, _) if self.woken => {
                self.woken = false;
                self.run(work, statement, around).map(|()| true)
            }
            blocked @ State::Blocked(..) => {
                self.state = blocked;
                Ok(false)
            }
        }
    }

    /// In the end nobody holds a conversation's lock and waits for more of it.
    fn loses_patience(&self, waits: Waits, around: &mut Surroundings<'_>) -> bool {
        match around.finishing {
            true => matches!(waits, Waits::InLine(filter) if filter != ReceiveFilter::Any),
            false => around.chance.happens(if self.woken { 100 } else { 20 }),
        }
    }

    fn plan(&self, around: &mut Surroundings<'_>) -> VecDeque<Statement> {
        let chance = &mut *around.chance;
        let top = 1 + chance.below(8) as u64;
        let any = |waits| Statement::Receive { top, filter: ReceiveFilter::Any, waits };
        if around.finishing {
            return [any(true)].into();
        }
        let all = &around.known[self.site];
        let known = chance.pick(all);
        let begins = if all.len() < REMEMBERED / 2 { 20 } else { 2 };
        let is_rough = around.options.cleanups > 0;
        match (chance.below(100), known) {
            (dice, _) if dice < begins || all.is_empty() && dice < 60 => {
                let to = chance.below(around.sites.all.len());
                let lifetime = chance.happens(if is_rough { 30 } else { 0 });
                let lifetime = lifetime.then(|| 30 + chance.below(300) as i64);
                let related = known.filter(|_| chance.happens(150)).map(|known| known.handle);
                [Statement::Begin { to, lifetime, related, messages: 1 + chance.below(8) }].into()
            }
            (0..50, Some(known)) => {
                let mut todo: VecDeque<_> = [Statement::Send(known, 1 + chance.below(8))].into();
                let code = 1 + chance.below(1000) as i32;
                let ending = match () {
                    () if chance.happens(around.options.cleanups) => Ending::Cleanup,
                    () if is_rough && chance.happens(150) => Ending::Error(code),
                    () => Ending::Normal,
                };
                match chance.below(100) {
                    0..4 => todo.push_back(Statement::End(known, ending)),
                    4..8 => todo.push_front(Statement::Timer(known, 1 + chance.below(100) as i32)),
                    // Two groups in one transaction, in any order: some of these wait for each other.
                    11..20 => {
                        if let Some(other) = chance.pick(&around.known[self.site]) {
                            todo.push_back(Statement::Send(other, 1));
                        }
                    }
                    8..11 => {
                        if let Some(other) = chance.pick(&around.known[self.site]) {
                            todo.push_front(Statement::Move(known, other.handle));
                        }
                    }
                    _ => {}
                }
                todo
            }
            (50..56, _) => [Statement::Group(top)].into(),
            (56..60, Some(known)) => {
                let filter = ReceiveFilter::Conversation(known.handle);
                [Statement::Receive { top, filter, waits: chance.happens(300) }].into()
            }
            _ => [any(chance.happens(500))].into(),
        }
    }

    fn run(
        &mut self,
        mut work: Work,
        statement: Statement,
        around: &mut Surroundings<'_>,
    ) -> Result<(), String> {
        let savepoint = around.machines[self.node].node.instance.savepoint(work.transaction);
        let deeds_before = work.deeds.len();
        match self.execute(&mut work, &statement, around) {
            Ok(Outcome::Done) => {
                let takes_back = !around.finishing && around.chance.happens(30);
                if let Some(savepoint) = savepoint.filter(|_| takes_back) {
                    let instance = &mut around.machines[self.node].node.instance;
                    instance.rollback_to(work.transaction, savepoint);
                    for deed in work.deeds.drain(deeds_before..) {
                        around.model.settle(deed, Fate::Undone);
                    }
                    work.todo.clear();
                }
                self.state = State::Working(work);
                Ok(())
            }
            Ok(Outcome::Waits(what)) => {
                self.state = State::Blocked(work, statement, what);
                Ok(())
            }
            Err(Trouble::Contradiction(text)) => Err(text),
            Err(Trouble::Error(error)) => {
                if matches!(error.number, 8426 | 8427 | 8429 | 8436 | 8438 | 8458)
                    && let Statement::Send(known, _) | Statement::End(known, _) | Statement::Move(known, _) =
                        statement
                {
                    around.known[self.site].retain(|other| other.handle != known.handle);
                }
                self.roll_back(work, around)
            }
        }
    }

    /// The end of a transaction: mostly a commit.
    fn finish(&mut self, work: Work, around: &mut Surroundings<'_>) -> Result<(), String> {
        if !around.finishing && around.chance.happens(100) {
            return self.roll_back(work, around);
        }
        for met in &work.met {
            let known = &mut around.known[self.site];
            if !known.contains(met) {
                known.push(*met);
            }
            if known.len() > REMEMBERED {
                let place = around.chance.below(known.len());
                known.swap_remove(place);
            }
        }
        if work.received {
            around.rollbacks[self.site] = 0;
        }
        let machine = &mut around.machines[self.node];
        let clock = machine.clock(around.now);
        let sequence = machine.node.instance.commit(work.transaction, clock);
        machine.commits(sequence, work.deeds, around.model);
        Ok(())
    }

    fn roll_back(&mut self, work: Work, around: &mut Surroundings<'_>) -> Result<(), String> {
        for deed in work.deeds {
            around.model.settle(deed, Fate::Undone);
        }
        let machine = &mut around.machines[self.node];
        let site = &around.sites.all[self.site];
        let was_on = site.queue_is_on(&machine.node);
        let clock = machine.clock(around.now);
        machine.node.instance.rollback(work.transaction, clock);
        let is_on = site.queue_is_on(&machine.node);
        let in_a_row = &mut around.rollbacks[self.site];
        *in_a_row = in_a_row.saturating_add(u8::from(work.received));
        let is_poison = work.received && was_on && *in_a_row >= POISON;
        if is_poison {
            *in_a_row = 0;
        }
        if is_on != (was_on && !is_poison) {
            return Err(format!(
                "after {in_a_row} rollbacks in a row the queue of site {} is on: {is_on}",
                self.site
            ));
        }
        Ok(())
    }

    /// The client cancels what it waits for.
    fn give_up(&mut self, work: Work, around: &mut Surroundings<'_>) -> Result<(), String> {
        let instance = &mut around.machines[self.node].node.instance;
        instance.stop_waiting(self.session, around.sites.all[self.site].queue);
        instance.cancel_wait(work.transaction);
        self.roll_back(work, around)
    }

    /// Its connection is gone: the server rolls back for it.
    fn lose_connection(&mut self, work: Work, around: &mut Surroundings<'_>) -> Result<(), String> {
        if around.options.canary == Some(super::Canary::LeakLocks) {
            work.deeds.into_iter().for_each(|deed| around.model.settle(deed, Fate::Undone));
            return Ok(());
        }
        self.give_up(work, around)
    }

    /// Its server crashed.
    pub(crate) fn disconnect(&mut self, model: &mut Model) {
        self.woken = false;
        let (State::Working(work) | State::Blocked(work, ..)) =
            std::mem::replace(&mut self.state, State::Idle)
        else {
            return;
        };
        for deed in work.deeds {
            model.settle(deed, Fate::Undone);
        }
    }
}
