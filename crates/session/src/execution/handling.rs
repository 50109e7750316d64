//! What happens after an error: a CATCH block, the next statement, or the end of batch, transaction or connection.

use duologue_messages::{SqlError, sql_error};

use super::failure::{Failure, Reach};
use super::step::{Advance, Execution, Surroundings};
use crate::output::SessionChange;
use crate::session::Session;
use crate::state::CaughtError;

/// Errors of data statements that are followed by "The statement has been terminated."
const TERMINATING: &[i32] = &[515, 547, 2601, 2627, 2628, 8115, 8152];

impl Session {
    /// Takes the present statement back and goes on where its error says.
    pub(super) fn fail(
        &mut self,
        execution: &mut Execution,
        failure: Failure,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        let Failure { error, reach } = failure;
        let line =
            execution.frames.last().and_then(|frame| frame.instruction()).map_or(1, |found| found.line);
        let error = error.at_line(line);
        let work = std::mem::take(&mut execution.work);
        if reach == Reach::Message {
            self.finish_work(work, around);
        } else {
            self.abandon_statement(work, around.instance, around.host.now);
        }
        self.state.failed(&error);
        let reach = self.widened(reach);
        match handler(execution, reach) {
            Some(place) => self.catch(execution, place, error, reach, around),
            None => self.give_way(execution, &error, reach, around),
        }
    }

    /// A message changes nothing: what its statement had is committed as ever.
    fn finish_work(&mut self, work: super::Work, around: &mut Surroundings<'_, '_>) {
        if let Some(own) = work.autocommit {
            self.committed = around.instance.commit(own, around.host.now);
        }
    }

    /// XACT_ABORT: every error but RAISERROR's ends batch and transaction.
    fn widened(&self, reach: Reach) -> Reach {
        if self.state.options.xact_abort && reach > Reach::Message {
            reach.max(Reach::Transaction)
        } else {
            reach
        }
    }

    /// Goes on in a CATCH block. The transaction may have become unfit.
    fn catch(
        &mut self,
        execution: &mut Execution,
        (depth, handler): (usize, usize),
        error: SqlError,
        reach: Reach,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        if reach >= Reach::Transaction {
            self.doom();
        }
        while execution.frames.len() > depth + 1 {
            self.drop_frame(execution, around);
        }
        if let Some(frame) = execution.frames.last_mut() {
            let catch_depth = frame.instruction().map_or(0, |instruction| instruction.scope.catch_depth);
            self.state.caught.truncate(frame.caught_base + catch_depth);
            frame.position = handler;
        }
        self.state.caught.push(CaughtError { error });
        Advance::Next
    }

    /// Tells the client, and goes on behind what the error ended.
    fn give_way(
        &mut self,
        execution: &mut Execution,
        error: &SqlError,
        reach: Reach,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        around.output.error(error);
        if reach == Reach::Statement && TERMINATING.contains(&error.number) {
            around.output.info(&sql_error!(3621).at_line(error.line));
        }
        if reach >= Reach::Transaction {
            let descriptor = self.transaction_descriptor();
            if self.roll_back(around.instance, around.host.now) {
                around.output.change(&SessionChange::TransactionRolledBack { descriptor });
            }
        }
        match reach {
            Reach::Message | Reach::Statement => {}
            Reach::Scope => {
                self.drop_frame(execution, around);
            }
            Reach::Batch | Reach::Transaction | Reach::Connection => {
                while self.drop_frame(execution, around) {}
            }
        }
        if let Some(frame) = execution.frames.last_mut() {
            frame.position += 1;
        }
        Advance::Next
    }

    /// Drops the innermost frame; nothing of it goes back to its caller.
    fn drop_frame(&mut self, execution: &mut Execution, around: &mut Surroundings<'_, '_>) -> bool {
        let Some(mut frame) = execution.frames.pop() else { return false };
        self.unwind(&mut frame, around);
        self.state.nest_level = i32::try_from(execution.frames.len().saturating_sub(1)).unwrap_or(i32::MAX);
        true
    }
}

/// The frame and the instruction at which the error is handled. A statement that does not compile is not seen by the
/// CATCH blocks of its own frame; errors that end the connection by none.
fn handler(execution: &Execution, reach: Reach) -> Option<(usize, usize)> {
    if reach == Reach::Connection {
        return None;
    }
    let skipped = usize::from(reach == Reach::Scope);
    let frames = execution.frames.iter().enumerate().rev().skip(skipped);
    let mut handlers = frames.filter_map(|(depth, frame)| Some((depth, frame.instruction()?.scope.handler?)));
    handlers.next()
}
