//! The end of a frame, and of a request: what goes back to whoever called.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, Value};

use super::failure::Failure;
use super::frame::{Frame, Origin, Target};
use super::step::{Advance, Execution, Surroundings};
use crate::output::SessionChange;
use crate::query;
use crate::session::Session;

/// The final value of an output parameter of a remote procedure call.
pub(crate) struct ReturnValue {
    pub(crate) ordinal: u16,
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
}

impl Session {
    /// What a frame leaves: output parameters, return status, and 266 when transactions were left open or ended.
    pub(super) fn leave_frame(
        &mut self,
        execution: &mut Execution,
        around: &mut Surroundings<'_, '_>,
    ) -> Advance {
        let Some(mut frame) = execution.frames.pop() else { return Advance::Finished };
        self.unwind(&mut frame, around);
        let Origin::Call { outputs, status } = &frame.origin else { return Advance::Next };
        self.state.nest_level = self.state.nest_level.saturating_sub(1);
        let mut outcome = Ok(());
        if let Some(status) = status {
            let value = Value::Int(frame.status);
            outcome = outcome.and(self.deliver(execution, status, SqlType::Int, &value, around));
        }
        for output in outputs {
            let (Some(sql_type), value) =
                (frame.variables.scalar_type(output.inner), frame.variables.value(output.inner))
            else {
                continue;
            };
            outcome = outcome.and(self.deliver(execution, &output.target, sql_type, value, around));
        }
        let (before, after) = (frame.transaction_count, self.state.transaction_count);
        if before != after && !self.is_doomed() && outcome.is_ok() {
            outcome = Err(sql_error!(266, before, after));
        }
        if let Err(error) = outcome {
            return self.fail(execution, Failure::from(error), around);
        }
        if let Some(caller) = execution.frames.last_mut() {
            caller.position += 1;
        }
        Advance::Next
    }

    /// Takes back what a frame changed for itself only; the client follows the database.
    pub(super) fn unwind(&mut self, frame: &mut Frame, around: &mut Surroundings<'_, '_>) {
        let old = self.database_name(around.instance);
        self.state.caught.truncate(frame.caught_base);
        if frame.unwind(self, around.instance) {
            let new = self.database_name(around.instance);
            around.output.change(&SessionChange::Database { old, new });
        }
    }

    /// Hands the final value of an output parameter to whoever asked for it.
    pub(super) fn deliver(
        &mut self,
        execution: &mut Execution,
        target: &Target,
        sql_type: SqlType,
        value: &Value,
        around: &mut Surroundings<'_, '_>,
    ) -> Result<(), SqlError> {
        match target {
            Target::Status => {
                if let Value::Int(status) = value {
                    around.output.return_status(*status);
                }
            }
            Target::Client { ordinal, name } => execution.returned.push(ReturnValue {
                ordinal: *ordinal,
                name: name.clone(),
                sql_type,
                value: value.clone(),
            }),
            Target::Variable(slot) => {
                let Some(caller) = execution.frames.last_mut() else { return Ok(()) };
                if let Some(declared) = caller.variables.scalar_type(*slot) {
                    let converted = query::assign(value, sql_type, declared)?;
                    caller.variables.set(*slot, converted);
                }
            }
        }
        Ok(())
    }

    /// The end of a request: a doomed transaction does not outlive it.
    pub(super) fn end_request(&mut self, execution: &mut Execution, around: &mut Surroundings<'_, '_>) {
        if self.is_doomed() {
            let descriptor = self.transaction_descriptor();
            self.roll_back(around.instance, around.host.now);
            around.output.error(&sql_error!(3998).at_line(1));
            around.output.change(&SessionChange::TransactionRolledBack { descriptor });
        }
        if execution.is_rpc {
            execution.returned.sort_by_key(|returned| returned.ordinal);
            for ReturnValue { ordinal, name, sql_type, value } in &execution.returned {
                around.output.return_value(*ordinal, name, *sql_type, value);
            }
            around.output.procedure_done();
        }
        self.forget_request();
    }

    pub(super) fn forget_request(&mut self) {
        self.state.caught.clear();
        self.state.nest_level = 0;
    }
}
