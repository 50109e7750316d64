//! What a client asks for, and how far it has come.

use duologue_store::CommitSequence;
use duologue_types::{SqlType, Timestamp, Value};

/// A parameter of a remote procedure call.
#[derive(Clone, Debug)]
pub struct RpcParameter {
    /// With its at sign; empty when positional.
    pub name: String,
    /// The type that the client declared.
    pub sql_type: SqlType,
    /// Its value.
    pub value: Value,
    /// Passed by reference: its final value goes back.
    pub output: bool,
}

/// One request of a client.
#[derive(Clone, Debug)]
pub enum Request {
    /// Text.
    Batch(String),
    /// A procedure by name: `sp_executesql`, `sp_prepexec`, … or a user's.
    Rpc {
        /// One- to four-part name.
        procedure: String,
        /// Its arguments.
        parameters: Vec<RpcParameter>,
    },
    /// BEGIN, COMMIT, ROLLBACK, SAVE as TDS requests.
    Transaction(TransactionRequest),
}

impl Request {
    /// The text that will be compiled, where that is known beforehand.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Batch(text) => Some(text),
            Self::Rpc { procedure, parameters } => {
                let position = match procedure.as_str() {
                    "sp_executesql" => 0,
                    "sp_prepexec" | "sp_prepare" => 2,
                    _ => return None,
                };
                match &parameters.get(position)?.value {
                    Value::NVarChar(text) | Value::VarChar(text) => Some(text),
                    _ => None,
                }
            }
            Self::Transaction(_) => None,
        }
    }
}

/// A transaction manager request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TransactionRequest {
    /// Begin.
    Begin,
    /// Commit, and begin the next one if `begin_next`.
    Commit {
        /// Chain.
        begin_next: bool,
    },
    /// Roll back to the savepoint `name`, or everything; then begin the next one if `begin_next`.
    Rollback {
        /// Savepoint.
        name: Option<String>,
        /// Chain.
        begin_next: bool,
    },
    /// Set a savepoint.
    Save {
        /// Its name.
        name: String,
    },
}

/// How a call of [`crate::Session::step`] ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The request is finished. Its answer may be completed once this batch is durable.
    Done(CommitSequence),
    /// It waits: step again when the session is woken, or at this moment.
    Waiting {
        /// The end of a WAITFOR or of LOCK_TIMEOUT.
        until: Option<Timestamp>,
    },
    /// It has run for a while: let others have the instance, then step again.
    Yielded,
}
