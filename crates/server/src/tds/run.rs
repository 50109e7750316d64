//! The request under way: steps of the session, and packets that wait until what they tell is durable.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use duologue_session::{Progress, Session};
use duologue_store::CommitSequence;
use duologue_tds::Response;
use duologue_types::Timestamp;
use tokio::sync::Notify;

use super::output::{OUTPUT_LIMIT, Reply, TdsOutput};
use super::request::Call;
use crate::durable::Durable;
use crate::shared::Shared;

/// The session panicked. Its statement is lost, and the session with it.
#[derive(Debug)]
pub(super) struct SessionPanicked;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The next call, or the end, is due.
    Between,
    /// The session has more to do.
    Ready,
    /// The session waits to be woken.
    Waiting(Option<Timestamp>),
    /// Everything has been said.
    Ended,
}

/// One request of a client, from its arrival to the last byte of its answer.
pub(super) struct Run {
    calls: VecDeque<Call>,
    response: Option<Response>,
    reply: Reply,
    state: State,
    /// Packets that tell of what is durable only from `until` on.
    held: Vec<u8>,
    until: CommitSequence,
    /// The number that the store is asked to notify at.
    awaited: Option<CommitSequence>,
}

impl Run {
    pub(super) fn new(response: Response, calls: VecDeque<Call>) -> Self {
        Self {
            calls,
            response: Some(response),
            reply: Reply::default(),
            state: State::Between,
            held: Vec::new(),
            until: CommitSequence::default(),
            awaited: None,
        }
    }

    /// Whether the session can go on, while so many bytes wait for the client.
    pub(super) fn can_step(&self, pending: usize) -> bool {
        matches!(self.state, State::Between | State::Ready) && self.held.is_empty() && pending < OUTPUT_LIMIT
    }

    /// When the session wants to go on without having been woken.
    pub(super) fn wakes_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting(until) => until,
            _ => None,
        }
    }

    /// What the session waits for may have come.
    pub(super) fn wake(&mut self) {
        if let State::Waiting(_) = self.state {
            self.state = State::Ready;
        }
    }

    /// Whether only the store's flush and the client's reading are missing.
    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether nothing is missing.
    pub(super) fn is_over(&self) -> bool {
        self.has_ended() && self.held.is_empty()
    }

    /// Whether the connection ends with this request.
    pub(super) fn is_fatal(&self) -> bool {
        self.reply.is_fatal()
    }

    /// The packets that may be sent now. While there are some that may not, `flushed` will be notified.
    pub(super) fn take_sendable(&mut self, durable: &Durable, flushed: &Arc<Notify>) -> Option<Vec<u8>> {
        if self.held.is_empty() {
            return None;
        }
        if durable.up_to() >= self.until {
            return Some(std::mem::take(&mut self.held));
        }
        if self.awaited.replace(self.until) != Some(self.until) {
            durable.notify_at(self.until, flushed);
        }
        None
    }

    /// Goes on for a while.
    pub(super) fn step(
        &mut self,
        shared: &Arc<Shared>,
        session: &mut Session,
    ) -> Result<(), SessionPanicked> {
        if self.state == State::Between && !self.begin_call(session) {
            return Ok(());
        }
        let Some(response) = &mut self.response else { return Ok(()) };
        let mut output = TdsOutput { response, reply: &mut self.reply };
        let (progress, submitted) = shared.with_host(|instance, host| {
            // A statement that panics changed nothing but its own transaction, which the session's end takes back.
            let step = AssertUnwindSafe(|| session.step(instance, host, &mut output));
            (catch_unwind(step), instance.last_submitted())
        });
        let seen = match progress.map_err(|_| SessionPanicked)? {
            Progress::Done(sequence) => {
                self.reply.end(response);
                self.state = State::Between;
                sequence
            }
            Progress::Waiting { until } => {
                self.state = State::Waiting(until);
                submitted
            }
            Progress::Yielded => {
                self.state = State::Ready;
                submitted
            }
        };
        self.until = self.until.max(seen);
        self.held = response.take_packets();
        if self.state == State::Between && self.calls.is_empty() {
            self.finish(Response::finish);
        }
        Ok(())
    }

    /// ATTENTION: gives the rest up. An answer that is complete already stays as it is.
    pub(super) fn interrupt(&mut self, shared: &Arc<Shared>, session: &mut Session) {
        if self.has_ended() {
            return;
        }
        self.calls.clear();
        let submitted = shared.with_host(|instance, host| {
            session.cancel(instance, host);
            instance.last_submitted()
        });
        self.until = self.until.max(submitted);
        self.finish(Response::interrupt);
    }

    /// Gives the next call to the session; false when there was none for it.
    fn begin_call(&mut self, session: &mut Session) -> bool {
        let Some(response) = &mut self.response else { return false };
        match self.calls.pop_front() {
            Some(Call::Run { request, is_procedure }) => {
                self.reply.begin(is_procedure);
                session.start(request);
                self.state = State::Ready;
                return true;
            }
            Some(Call::Refuse(error)) => {
                self.reply.begin(true);
                self.reply.error(response, &error);
                self.reply.end(response);
            }
            Some(Call::Skip) => {
                self.reply.begin(true);
                self.reply.end(response);
            }
            None => {}
        }
        if self.calls.is_empty() {
            self.finish(Response::finish);
        }
        false
    }

    fn finish(&mut self, end: impl FnOnce(Response) -> Vec<u8>) {
        if let Some(response) = self.response.take() {
            self.held.append(&mut end(response));
        }
        self.state = State::Ended;
    }
}
