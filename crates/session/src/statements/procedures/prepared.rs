//! Prepared statements: sp_prepare, sp_execute, sp_prepexec, sp_prepexecrpc, sp_unprepare.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, Value};

use super::parameters::bind;
use super::{Argument, Call, give, returned};
use crate::execution::{Context, Flow, Origin, StatementResult, Target};
use crate::program::{Declared, Program};
use crate::statements::execute::{compile, enter};

/// Prepared statements of one session.
const MAX_PREPARED: usize = 10_000;

/// What a handle stands for.
pub(crate) enum Prepared {
    /// A text with parameters.
    Text { text: Arc<str>, parameters: Arc<str>, declared: Arc<[Declared]>, program: Arc<Program> },
    /// A procedure, whose arguments come with each call.
    Procedure(String),
}

/// `sp_prepare @handle OUTPUT, @params, @stmt [, @options]`.
pub(super) fn prepare(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let prepared = prepared_text(cx, call)?;
    let handle = keep(cx, call, prepared)?;
    give_handle(cx, call, handle)?;
    returned(cx, call.status.as_ref())
}

/// `sp_prepexec @handle OUTPUT, @params, @stmt, arguments…`.
pub(super) fn prepare_and_execute(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let prepared = prepared_text(cx, call)?;
    let handle = keep(cx, call, prepared.clone())?;
    give_handle(cx, call, handle)?;
    run(cx, &prepared, call.rest(3), call.status.as_ref())
}

/// `sp_prepexecrpc @handle OUTPUT, @call, arguments…`: the call is a procedure in ODBC's or T-SQL's notation.
pub(super) fn prepare_and_execute_call(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let text = call.text(1)?.unwrap_or_default();
    let procedure = called_procedure(&text).ok_or_else(|| sql_error!(102, text))?;
    let prepared = Arc::new(Prepared::Procedure(procedure));
    let handle = keep(cx, call, prepared.clone())?;
    give_handle(cx, call, handle)?;
    run(cx, &prepared, call.rest(2), call.status.as_ref())
}

/// `sp_execute @handle, arguments…`.
pub(super) fn execute(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let handle = call.integer(0)?.unwrap_or_default();
    let prepared = cx.session.prepared.get(&handle).cloned().ok_or_else(|| sql_error!(8179, handle))?;
    run(cx, &prepared, call.rest(1), call.status.as_ref())
}

/// `sp_unprepare @handle`.
pub(super) fn unprepare(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let handle = call.integer(0)?.unwrap_or_default();
    cx.session.prepared.remove(&handle).ok_or_else(|| sql_error!(8179, handle))?;
    returned(cx, call.status.as_ref())
}

fn prepared_text(cx: &mut Context<'_, '_>, call: &Call) -> Result<Arc<Prepared>, crate::execution::Failure> {
    let parameters = call.text(1)?.unwrap_or_default();
    let text = call.text(2)?.unwrap_or_default();
    let declared = cx.session.declared_parameters(&parameters)?;
    let program = compile(cx, &text)?;
    Ok(Arc::new(Prepared::Text { text, parameters, declared, program }))
}

/// Gives a statement a handle. A handle that is passed in is replaced: ODBC prepares again that way.
fn keep(cx: &mut Context<'_, '_>, call: &Call, prepared: Arc<Prepared>) -> Result<i32, SqlError> {
    if let Some(replaced) = call.integer(0)? {
        cx.session.prepared.remove(&replaced);
    }
    if cx.session.prepared.len() >= MAX_PREPARED {
        return Err(sql_error!(49909, format!("a session has {MAX_PREPARED} prepared statements")));
    }
    let handle = cx.session.next_prepared;
    cx.session.next_prepared = handle.checked_add(1).unwrap_or(1);
    cx.session.prepared.insert(handle, prepared);
    Ok(handle)
}

fn give_handle(cx: &mut Context<'_, '_>, call: &Call, handle: i32) -> Result<(), SqlError> {
    match call.arguments.first().and_then(|argument| argument.target.as_ref()) {
        Some(target) => give(cx, target, SqlType::Int, &Value::Int(handle)),
        None => Ok(()),
    }
}

fn run(
    cx: &mut Context<'_, '_>,
    prepared: &Prepared,
    arguments: &[Argument],
    status: Option<&Target>,
) -> StatementResult {
    match prepared {
        Prepared::Procedure(name) => {
            let (arguments, status) = (arguments.to_vec(), status.cloned());
            super::call(cx, &Call { name: name.clone(), arguments, status })
        }
        Prepared::Text { text, parameters, declared, program } => {
            let (variables, outputs) = bind(declared, arguments, || format!("({parameters}){text}"))?;
            let origin = Origin::Call { outputs, status: status.cloned() };
            enter(cx, program.clone(), variables, origin).map(Flow::Call)
        }
    }
}

/// The procedure of `{? = call dbo.p(?, ?)}`, `EXEC dbo.p` or `dbo.p`.
fn called_procedure(text: &str) -> Option<String> {
    let mut rest = text.trim().trim_start_matches('{').trim_end_matches('}').trim();
    if let Some(behind) = rest.strip_prefix('?') {
        rest = behind.trim_start().strip_prefix('=')?.trim_start();
    }
    for verb in ["call", "execute", "exec"] {
        let start = rest.get(..verb.len()).is_some_and(|start| start.eq_ignore_ascii_case(verb));
        let behind = rest.get(verb.len()..).unwrap_or_default();
        if start && behind.starts_with(char::is_whitespace) {
            rest = behind.trim_start();
            break;
        }
    }
    let end = rest.find(|c: char| c == '(' || c == '?' || c.is_whitespace()).unwrap_or(rest.len());
    let name = rest[..end].trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_name_a_procedure() {
        let cases = [
            ("{call dbo.p(?,?)}", Some("dbo.p")),
            ("{?=call sp_who}", Some("sp_who")),
            ("{ ? = CALL [a].b (?) }", Some("[a].b")),
            ("EXEC p ?", Some("p")),
            ("execute\tp", Some("p")),
            ("p", Some("p")),
            ("{?}", None),
            ("", None),
        ];
        for (text, procedure) in cases {
            assert_eq!(called_procedure(text).as_deref(), procedure, "{text}");
        }
    }
}
