//! EXECUTE: text, system procedures.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, Execute, ExecuteModule, Expr, ExprKind, ImpersonatedPrincipal};

use super::procedures::{self, Argument, Call};
use super::{impersonation, not_built, written};
use crate::execution::{Context, Failure, Flow, Frame, Origin, Reach, StatementResult, Target};
use crate::program::Program;
use crate::state::Variables;

pub(super) fn execute(cx: &mut Context<'_, '_>, statement: &Execute) -> StatementResult {
    let status = match &statement.return_variable {
        None => None,
        Some(variable) => Some(Target::Variable(cx.slot(variable)?.0)),
    };
    match &statement.module {
        ExecuteModule::Procedure { name, arguments, .. } => {
            let call = Call { name: written(name), arguments: evaluate(cx, arguments)?, status };
            procedures::call(cx, &call)
        }
        ExecuteModule::ProcedureVariable { variable, arguments } => {
            let name = cx.variable_text(variable)?.unwrap_or_default();
            let call = Call { name, arguments: evaluate(cx, arguments)?, status };
            procedures::call(cx, &call)
        }
        ExecuteModule::Text { at: Some(_), .. } => not_built("EXECUTE … AT a linked server"),
        ExecuteModule::Text { arguments, .. } if !arguments.is_empty() => {
            not_built("EXECUTE text with arguments")
        }
        ExecuteModule::Text { text, context, .. } => execute_text(cx, text, context.as_ref()),
    }
}

fn execute_text(
    cx: &mut Context<'_, '_>,
    text: &Expr,
    context: Option<&ImpersonatedPrincipal>,
) -> StatementResult {
    let text = cx.text(text)?.unwrap_or_default();
    let program = compile(cx, &text)?;
    let origin = Origin::Call { outputs: Vec::new(), status: None };
    let frame = enter(cx, program, Variables::default(), origin)?;
    if let Some(principal) = context {
        let context = impersonation::impersonated(cx, principal)?;
        cx.session.contexts.push(context, duologue_catalog::RevertRule::Plain)?;
    }
    Ok(Flow::Call(frame))
}

/// The program of a text.
pub(super) fn compile(cx: &mut Context<'_, '_>, text: &str) -> Result<Arc<Program>, Failure> {
    cx.session.compile(text).map_err(|errors| uncompilable(cx, errors))
}

/// A program about to run, with its parameters.
pub(super) fn enter(
    cx: &mut Context<'_, '_>,
    program: Arc<Program>,
    parameters: Variables,
    origin: Origin,
) -> Result<Box<Frame>, Failure> {
    match Frame::new(cx.session, program, parameters, origin) {
        Ok(frame) => Ok(Box::new(frame)),
        Err(errors) => Err(uncompilable(cx, errors)),
    }
}

/// All errors but the last are told at once, the last one is the statement's.
fn uncompilable(cx: &mut Context<'_, '_>, mut errors: Vec<SqlError>) -> Failure {
    let last = errors.pop().unwrap_or_else(|| sql_error!(102, ""));
    for error in &errors {
        cx.output.error(error);
    }
    // The text fails to compile, not the statement that runs it: CATCH blocks around it see the error.
    Failure { error: last, reach: Reach::Statement }
}

/// The values of a procedure's arguments.
fn evaluate(cx: &mut Context<'_, '_>, arguments: &[ast::Argument]) -> Result<Vec<Argument>, SqlError> {
    arguments.iter().map(|argument| evaluate_one(cx, argument)).collect()
}

fn evaluate_one(cx: &mut Context<'_, '_>, argument: &ast::Argument) -> Result<Argument, SqlError> {
    let name = argument.name.as_ref().map(|variable| variable.name.clone());
    let target = match (&argument.value.kind, argument.output) {
        (ExprKind::Variable(name), true) => {
            Some(Target::Variable(cx.frame.variables.require_scalar(name)?.0))
        }
        (_, true) => return Err(sql_error!(179)),
        (_, false) => None,
    };
    let found = match &argument.value.kind {
        ExprKind::Default => return Err(sql_error!(49901, "DEFAULT as an argument")),
        _ => cx.evaluate(&argument.value)?,
    };
    Ok(Argument { name, sql_type: found.sql_type, value: found.value, target })
}
