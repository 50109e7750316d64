//! Where a request's results go: the server writes TDS tokens, tests write text.

use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

/// A column of a result set.
#[derive(Clone, PartialEq, Debug)]
pub struct ResultColumn {
    /// Empty when the column has no name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may hold NULL.
    pub nullable: bool,
}

/// What a finished statement was, for its DONE token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the variants name the statements")]
pub enum StatementKind {
    Select,
    Insert,
    Update,
    Delete,
    BeginTransaction,
    Commit,
    Rollback,
    Execute,
    Set,
    Other,
}

/// A change of the session that drivers follow.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "old and new values, or the transaction's descriptor")]
pub enum SessionChange {
    Database { old: String, new: String },
    Language { old: String, new: String },
    TransactionBegun { descriptor: u64 },
    TransactionCommitted { descriptor: u64 },
    TransactionRolledBack { descriptor: u64 },
}

/// Receives the results of a request in order.
pub trait Output {
    /// A result set begins.
    fn columns(&mut self, columns: &[ResultColumn]);
    /// A row of the result set that began last.
    fn row(&mut self, row: &[Value]);
    /// Whether the client should read before it is given more rows: the step ends then.
    fn is_full(&self) -> bool {
        false
    }
    /// A statement is finished; `rows` is its row count if it has one and NOCOUNT is off.
    fn statement_done(&mut self, kind: StatementKind, rows: Option<u64>);
    /// An error of severity 11 or more.
    fn error(&mut self, error: &SqlError);
    /// PRINT, RAISERROR below 11, warnings.
    fn info(&mut self, message: &SqlError);
    /// The session changed.
    fn change(&mut self, change: &SessionChange);
    /// Return value of a procedure call.
    fn return_status(&mut self, status: i32);
    /// Final value of an output parameter, by position in the request.
    fn return_value(&mut self, ordinal: u16, name: &str, sql_type: SqlType, value: &Value);
    /// One procedure call of a request is finished.
    fn procedure_done(&mut self);
}
