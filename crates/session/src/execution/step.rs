//! Running a request: one instruction after the other, until it is done, blocked or has used up its slice.

use duologue_broker::Instance;
use duologue_messages::sql_error;
use duologue_tsql::ast::{SetStatement, StatementKind as Statement};
use duologue_types::Timestamp;

use super::context::{Context, Done, Flow, StatementResult, Work};
use super::frame::Frame;
use super::returning::ReturnValue;
use super::sending::Sending;
use crate::host::Host;
use crate::output::{Output, StatementKind};
use crate::program::{Instruction, Operation, Program};
use crate::request::{Progress, Request};
use crate::session::Session;
use crate::statements::{self, Call};

/// Instructions after which the others get a turn.
const SLICE: u32 = 500;
/// Frames on top of each other.
const MAX_NESTING: usize = 32;

/// A request that runs.
pub(crate) struct Execution {
    /// Not begun yet.
    request: Option<Request>,
    /// The innermost frame last.
    pub(super) frames: Vec<Frame>,
    /// What the present statement holds.
    pub(super) work: Work,
    /// It came as a procedure call.
    pub(super) is_rpc: bool,
    /// Output parameters of that call: the client gets them after everything else.
    pub(super) returned: Vec<ReturnValue>,
    /// The procedure call that the request is, until it has run.
    pub(super) call: Option<Call>,
    /// The last statement's rows.
    sending: Option<Sending>,
}

/// Where a session finds what it works with during one step.
pub(super) struct Surroundings<'a, 'h> {
    pub(super) instance: &'a mut Instance,
    pub(super) host: &'a mut Host<'h>,
    pub(super) output: &'a mut dyn Output,
}

/// What one instruction led to.
pub(super) enum Advance {
    Next,
    /// The client has enough to read.
    Full,
    Wait(Option<Timestamp>),
    Finished,
}

impl Execution {
    pub(crate) fn new(request: Request) -> Self {
        let is_rpc = matches!(request, Request::Rpc { .. });
        Self {
            request: Some(request),
            frames: Vec::new(),
            work: Work::default(),
            is_rpc,
            returned: Vec::new(),
            call: None,
            sending: None,
        }
    }
}

impl Session {
    /// Goes on with a request.
    pub(crate) fn run(
        &mut self,
        mut execution: Execution,
        instance: &mut Instance,
        host: &mut Host<'_>,
        output: &mut dyn Output,
    ) -> Progress {
        let mut around = Surroundings { instance, host, output };
        if let Some(request) = execution.request.take() {
            self.begin_request(&mut execution, request, &mut around);
        }
        for _ in 0..SLICE {
            match self.advance(&mut execution, &mut around) {
                Advance::Next => {}
                Advance::Full => break,
                Advance::Wait(until) => {
                    self.execution = Some(execution);
                    return Progress::Waiting { until };
                }
                Advance::Finished => {
                    self.end_request(&mut execution, &mut around);
                    return Progress::Done(self.committed);
                }
            }
        }
        self.execution = Some(execution);
        Progress::Yielded
    }

    fn advance(&mut self, execution: &mut Execution, around: &mut Surroundings<'_, '_>) -> Advance {
        if let Some(sending) = execution.sending.take() {
            return self.send_on(execution, sending, around.output);
        }
        if let Some(call) = execution.call.take() {
            return self.run_call(execution, call, around);
        }
        let Some(frame) = execution.frames.last_mut() else { return Advance::Finished };
        frame.see(&self.temp_tables);
        let program = frame.program.clone();
        let Some(instruction) = program.instructions.get(frame.position) else {
            return self.leave_frame(execution, around);
        };
        self.state.caught.truncate(frame.caught_base + instruction.scope.catch_depth);
        match &instruction.operation {
            Operation::Jump(target) => {
                frame.position = *target;
                Advance::Next
            }
            Operation::Branch { condition, otherwise } => {
                let mut context = self.context(execution, instruction, around);
                match context.holds(condition) {
                    Ok(true) => self.go_to(execution, |position| position + 1),
                    Ok(false) => self.go_to(execution, |_| *otherwise),
                    Err(error) => self.fail(execution, error.into(), around),
                }
            }
            Operation::Return(value) => {
                let mut context = self.context(execution, instruction, around);
                match context.return_status(value.as_ref()) {
                    Ok(status) => self.return_from(execution, &program, status),
                    Err(error) => self.fail(execution, error.into(), around),
                }
            }
            Operation::Run(statement) => self.run_statement(execution, instruction, statement, around),
        }
    }

    fn go_to(&mut self, execution: &mut Execution, place: impl FnOnce(usize) -> usize) -> Advance {
        self.state.succeeded(0);
        if let Some(frame) = execution.frames.last_mut() {
            frame.position = place(frame.position);
        }
        Advance::Next
    }

    fn return_from(&mut self, execution: &mut Execution, program: &Program, status: i32) -> Advance {
        self.state.succeeded(1);
        if let Some(frame) = execution.frames.last_mut() {
            frame.status = status;
            frame.position = program.instructions.len();
        }
        Advance::Next
    }

    fn run_statement(
        &mut self,
        execution: &mut Execution,
        instruction: &Instruction,
        statement: &Statement,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        if self.state.options.no_exec && !switches_execution_on(statement) {
            return self.go_to(execution, |position| position + 1);
        }
        self.begin_implicitly(statement, around);
        let mut context = self.context(execution, instruction, around);
        if let Some(open) = &context.session.transaction {
            context.work.start = context.instance.savepoint(open.id);
        }
        context.work.temp_tables = Some(context.session.temp_tables.mark());
        let result = statements::run(statement, &mut context);
        self.settle(execution, result, around)
    }

    /// Ends a statement: commits what was its own, or waits, or fails.
    pub(super) fn settle(
        &mut self,
        execution: &mut Execution,
        result: StatementResult,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        match result {
            Ok(Flow::Wait(until)) => {
                self.undo_statement(&execution.work, around.instance);
                execution.work.results = None;
                Advance::Wait(until)
            }
            Ok(Flow::Done(done)) => {
                let results = execution.work.results.take();
                self.finish_statement(execution, around);
                if let Some(frame) = execution.frames.last_mut() {
                    frame.position += 1;
                }
                match results {
                    Some(results) => {
                        execution.sending = Some(Sending::begin(results, done, around.output));
                    }
                    None => self.report(done, around.output),
                }
                Advance::Next
            }
            Ok(Flow::Call(frame)) => {
                self.finish_statement(execution, around);
                if execution.frames.len() >= MAX_NESTING {
                    return self.fail(execution, sql_error!(217, MAX_NESTING).into(), around);
                }
                execution.frames.push(*frame);
                self.state.nest_level += 1;
                Advance::Next
            }
            Err(failure) => self.fail(execution, failure, around),
        }
    }

    /// Sends rows of a statement that is done already, in a piece that others need not wait long for.
    fn send_on(
        &mut self,
        execution: &mut Execution,
        mut sending: Sending,
        output: &mut dyn Output,
    ) -> Advance {
        if !sending.go_on(output) {
            self.report(sending.done, output);
            return Advance::Next;
        }
        execution.sending = Some(sending);
        if output.is_full() { Advance::Full } else { Advance::Next }
    }

    fn report(&mut self, done: Done, output: &mut dyn Output) {
        if let Some(rows) = done.row_count {
            self.state.succeeded(i64::try_from(rows).unwrap_or(i64::MAX));
        }
        let rows = done.rows.filter(|_| !self.state.options.no_count);
        if done.kind != StatementKind::Set || done.rows.is_some() {
            output.statement_done(done.kind, rows);
        }
    }

    /// Commits the statement's own transaction and leaves the line it stood in.
    fn finish_statement(&mut self, execution: &mut Execution, around: &mut Surroundings<'_, '_>) {
        let work = std::mem::take(&mut execution.work);
        if let Some(own) = work.autocommit {
            self.committed = around.instance.commit(own, around.host.now);
        }
        self.settle_temp_tables();
        if let Some(queue) = work.queue {
            around.instance.stop_waiting(self.id(), queue);
        }
    }

    /// A statement is done: inside a transaction its changes can be taken back with others only.
    fn settle_temp_tables(&mut self) {
        match &self.transaction {
            Some(open) => self.temp_tables.join_since(open.temp_tables_mark()),
            None => self.temp_tables.settle(),
        }
    }

    /// Takes back what a statement did that has to wait; its locks and its places in lines stay.
    fn undo_statement(&mut self, work: &Work, instance: &mut Instance) {
        let transaction = work.autocommit.or(self.transaction.as_ref().map(|open| open.id));
        if let (Some(transaction), Some(start)) = (transaction, work.start) {
            instance.rollback_to(transaction, start);
        }
        if let Some(mark) = work.temp_tables {
            self.temp_tables.undo_to(mark);
        }
    }

    /// Takes back what a statement did, for good.
    pub(super) fn abandon_statement(&mut self, work: Work, instance: &mut Instance, now: Timestamp) {
        if let Some(mark) = work.temp_tables {
            self.temp_tables.undo_to(mark);
        }
        match (work.autocommit, &self.transaction) {
            (Some(own), _) => instance.rollback(own, now),
            (None, Some(open)) => {
                instance.cancel_wait(open.id);
                if let Some(start) = work.start {
                    instance.rollback_to(open.id, start);
                }
            }
            (None, None) => {}
        }
        if let Some(queue) = work.queue {
            instance.stop_waiting(self.id(), queue);
        }
    }

    /// Gives up a request in the middle.
    pub(crate) fn give_up(&mut self, mut execution: Execution, instance: &mut Instance, now: Timestamp) {
        self.abandon_statement(std::mem::take(&mut execution.work), instance, now);
        while let Some(mut frame) = execution.frames.pop() {
            frame.unwind(self, instance);
        }
        self.forget_request();
    }

    /// IMPLICIT_TRANSACTIONS: statements that read or change data begin a transaction.
    fn begin_implicitly(&mut self, statement: &Statement, around: &mut Surroundings<'_, '_>) {
        let wanted = self.state.options.implicit_transactions && self.transaction.is_none();
        if wanted
            && statements::begins_transaction(statement)
            && let Some(change) = self.begin_transaction(around.instance, None)
        {
            around.output.change(&change);
        }
    }

    /// What an instruction of the innermost frame works with.
    pub(super) fn context<'s, 'h>(
        &'s mut self,
        execution: &'s mut Execution,
        instruction: &Instruction,
        around: &'s mut Surroundings<'_, 'h>,
    ) -> Context<'s, 'h> {
        let frame = execution.frames.last_mut().expect("an instruction belongs to a frame");
        Context {
            session: self,
            frame,
            work: &mut execution.work,
            returned: &mut execution.returned,
            instance: around.instance,
            host: around.host,
            output: around.output,
            line: instruction.line,
            span: instruction.span.clone(),
        }
    }
}

/// `SET NOEXEC OFF` runs even while NOEXEC is ON.
fn switches_execution_on(statement: &Statement) -> bool {
    matches!(statement, Statement::Set(SetStatement::Switches { .. }))
}
