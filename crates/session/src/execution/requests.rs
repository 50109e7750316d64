//! How a request begins: as a program of its own, as a procedure call, or as a change of the transaction.

use super::context::{Context, Flow};
use super::frame::{Frame, Origin, Target};
use super::step::{Advance, Execution, Surroundings};
use crate::output::{SessionChange, StatementKind};
use crate::program::Program;
use crate::request::{Request, RpcParameter, TransactionRequest};
use crate::session::Session;
use crate::state::Variables;
use crate::statements::{self, Argument, Call};

impl Session {
    pub(super) fn begin_request(
        &mut self,
        execution: &mut Execution,
        request: Request,
        around: &mut Surroundings<'_, '_>,
    ) {
        match request {
            Request::Batch(text) => self.begin_batch(execution, &text, around),
            Request::Rpc { procedure, parameters } => {
                self.begin_call(execution, procedure, parameters, around)
            }
            Request::Transaction(change) => self.change_transaction(&change, around),
        }
    }

    fn begin_batch(&mut self, execution: &mut Execution, text: &str, around: &mut Surroundings<'_, '_>) {
        let errors = match self.compile(text) {
            Ok(program) => match Frame::new(self, program, Variables::default(), Origin::Batch) {
                Ok(_) if self.state.options.parse_only => return,
                Ok(frame) => return execution.frames.push(frame),
                Err(errors) => errors,
            },
            Err(errors) => errors,
        };
        for error in errors {
            self.state.failed(&error);
            around.output.error(&error);
        }
    }

    /// A procedure call runs on top of an empty program, so that it can be stepped like EXEC.
    fn begin_call(
        &mut self,
        execution: &mut Execution,
        procedure: String,
        parameters: Vec<RpcParameter>,
        around: &mut Surroundings<'_, '_>,
    ) {
        let frame = match Frame::new(self, Program::empty(), Variables::default(), Origin::Batch) {
            Ok(frame) => frame,
            Err(errors) => return errors.iter().for_each(|error| around.output.error(error)),
        };
        execution.frames.push(frame);
        execution.call = Some(Call {
            name: procedure,
            arguments: parameters.into_iter().enumerate().map(argument).collect(),
            status: Some(Target::Status),
        });
    }

    /// Runs the call, or tries it again after it had to wait.
    pub(super) fn run_call(
        &mut self,
        execution: &mut Execution,
        call: Call,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        let Some(frame) = execution.frames.last_mut() else { return Advance::Finished };
        let mut context = Context {
            session: self,
            frame,
            work: &mut execution.work,
            returned: &mut execution.returned,
            instance: around.instance,
            host: around.host,
            output: around.output,
            line: 1,
            span: 0..0,
        };
        let result = statements::call(&mut context, &call);
        if matches!(result, Ok(Flow::Wait(_))) {
            execution.call = Some(call);
        }
        self.settle(execution, result, around)
    }

    /// A transaction manager request: like the statements, with BEGIN chained to COMMIT and ROLLBACK.
    fn change_transaction(&mut self, request: &TransactionRequest, around: &mut Surroundings<'_, '_>) {
        let now = around.host.now;
        let (kind, changed, begin_next) = match request {
            TransactionRequest::Begin => {
                (StatementKind::BeginTransaction, Ok(self.begin_transaction(around.instance, None)), false)
            }
            TransactionRequest::Commit { begin_next } => {
                (StatementKind::Commit, self.commit_transaction(around.instance, now), *begin_next)
            }
            TransactionRequest::Rollback { name, begin_next } => {
                let name = name.as_deref().filter(|name| !name.is_empty());
                (StatementKind::Rollback, self.roll_back_named(around.instance, now, name), *begin_next)
            }
            TransactionRequest::Save { name } => {
                let saved = self.save_transaction(around.instance, name.clone()).map(|()| None);
                (StatementKind::BeginTransaction, saved, false)
            }
        };
        match changed {
            Ok(change) => self.tell_transaction(change, begin_next, kind, around),
            Err(error) => {
                self.state.failed(&error);
                around.output.error(&error.at_line(1));
            }
        }
    }

    fn tell_transaction(
        &mut self,
        change: Option<SessionChange>,
        begin_next: bool,
        kind: StatementKind,
        around: &mut Surroundings<'_, '_>,
    ) {
        self.state.succeeded(0);
        let next = if begin_next { self.begin_transaction(around.instance, None) } else { None };
        for change in change.into_iter().chain(next) {
            around.output.change(&change);
        }
        around.output.statement_done(kind, None);
    }
}

fn argument((position, parameter): (usize, RpcParameter)) -> Argument {
    let RpcParameter { name, sql_type, value, output } = parameter;
    let ordinal = u16::try_from(position).unwrap_or(u16::MAX);
    let target = output.then(|| Target::Client { ordinal, name: name.clone() });
    Argument { name: (!name.is_empty()).then_some(name), sql_type, value, target }
}
