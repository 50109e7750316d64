//! A request of the wire as requests to the session: a message may hold several procedure calls.

use std::collections::VecDeque;

use duologue_messages::{SqlError, sql_error};
use duologue_session::{Request, RpcParameter, TransactionRequest};
use duologue_tds::transaction_manager::TransactionRequest as WireTransaction;
use duologue_tds::{Argument, Parameter, Procedure, RequestBody, RpcCall};

/// One thing to run.
pub(super) enum Call {
    /// By the session.
    Run { request: Request, is_procedure: bool },
    /// Not at all, for this reason.
    Refuse(SqlError),
    /// The client wants it checked and not run.
    Skip,
}

/// What is to be run, in order.
pub(super) fn calls(body: RequestBody) -> VecDeque<Call> {
    match body {
        RequestBody::Batch(text) => [run(Request::Batch(text))].into(),
        RequestBody::TransactionManager(request) => [run(Request::Transaction(transaction(request)))].into(),
        RequestBody::Rpc(calls) => calls.into_iter().map(procedure_call).collect(),
    }
}

fn run(request: Request) -> Call {
    Call::Run { request, is_procedure: false }
}

fn procedure_call(call: RpcCall) -> Call {
    if call.no_execute {
        return Call::Skip;
    }
    let procedure = match call.procedure {
        Procedure::WellKnown(known) => known.name().to_owned(),
        Procedure::Named(name) => name,
    };
    match call.parameters.into_iter().map(parameter).collect() {
        Ok(parameters) => Call::Run { request: Request::Rpc { procedure, parameters }, is_procedure: true },
        Err(error) => Call::Refuse(error),
    }
}

fn parameter(parameter: Parameter) -> Result<RpcParameter, SqlError> {
    match parameter.argument {
        Argument::Scalar { .. } if parameter.use_default => {
            Err(sql_error!(49901, "DEFAULT as an argument of a call"))
        }
        Argument::Scalar { sql_type, value } => {
            Ok(RpcParameter { name: name(parameter.name), sql_type, value, output: parameter.by_reference })
        }
        Argument::Table(_) => Err(sql_error!(49901, "a table-valued parameter")),
    }
}

/// tiberius calls the first parameters of `sp_executesql` `stmt` and `params`, without `@`: such a name is none, and
/// the parameter's position counts.
fn name(name: String) -> String {
    if name.starts_with('@') { name } else { String::new() }
}

/// The isolation level of the request is left aside: every transaction runs at the one level that there is.
fn transaction(request: WireTransaction) -> TransactionRequest {
    match request {
        WireTransaction::Begin(_) => TransactionRequest::Begin,
        WireTransaction::Commit { next, .. } => TransactionRequest::Commit { begin_next: next.is_some() },
        WireTransaction::Rollback { name, next } => TransactionRequest::Rollback {
            name: (!name.is_empty()).then_some(name),
            begin_next: next.is_some(),
        },
        WireTransaction::Save { name } => TransactionRequest::Save { name },
    }
}
