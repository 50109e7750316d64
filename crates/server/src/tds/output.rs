//! A session's results as TDS tokens.

use duologue_messages::{SqlError, sql_error};
use duologue_session::{Output, ResultColumn, SessionChange, StatementKind};
use duologue_tds::token::command;
use duologue_tds::{Column, Done, EncodeError, EnvChange, Response, ReturnValue};
use duologue_types::{SqlType, Value};

/// Bytes that may wait for a client that reads slowly; it gets nothing more until it has read some.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024;
/// From this severity on the connection ends with the request.
const FATAL: u8 = 20;

/// What has to be remembered between the tokens of a reply.
#[derive(Default)]
pub(super) struct Reply {
    /// Statements of procedures end with another token.
    in_procedure: bool,
    /// An ERROR went out, and no DONE since has said so.
    has_failed: bool,
    /// The connection ends with this request.
    is_fatal: bool,
}

impl Reply {
    /// A procedure call begins, or a batch.
    pub(super) fn begin(&mut self, is_procedure: bool) {
        self.in_procedure = is_procedure;
    }

    /// The call is over: what every reply needs and the session may not have said.
    pub(super) fn end(&mut self, response: &mut Response) {
        if self.in_procedure {
            self.done(response, Done::procedure());
            self.in_procedure = false;
        } else if self.has_failed {
            self.done(response, Done::statement(command::NONE, None));
        }
    }

    pub(super) fn is_fatal(&self) -> bool {
        self.is_fatal
    }

    /// An error of the server itself.
    pub(super) fn error(&mut self, response: &mut Response, error: &SqlError) {
        self.has_failed = true;
        self.is_fatal |= error.severity >= FATAL;
        response.message(error);
    }

    fn done(&mut self, response: &mut Response, done: Done) {
        let has_failed = std::mem::take(&mut self.has_failed);
        response.done(if has_failed { done.failed() } else { done });
    }

    fn unsendable(&mut self, response: &mut Response, error: &EncodeError) {
        tracing::error!(%error, "a result could not be sent");
        self.error(response, &sql_error!(49909, error));
    }
}

/// Writes a session's results into a response.
pub(super) struct TdsOutput<'a> {
    pub(super) response: &'a mut Response,
    pub(super) reply: &'a mut Reply,
}

impl Output for TdsOutput<'_> {
    fn columns(&mut self, columns: &[ResultColumn]) {
        let column = |found: &ResultColumn| {
            let mut column = Column::new(found.name.as_str(), found.sql_type);
            column.nullable = found.nullable;
            column
        };
        self.response.columns(&columns.iter().map(column).collect::<Vec<_>>());
    }

    fn row(&mut self, row: &[Value]) {
        if let Err(error) = self.response.row(row) {
            self.reply.unsendable(self.response, &error);
        }
    }

    fn is_full(&self) -> bool {
        self.response.pending() >= OUTPUT_LIMIT
    }

    fn statement_done(&mut self, kind: StatementKind, rows: Option<u64>) {
        let command = command_of(kind);
        let done = match self.reply.in_procedure {
            true => Done::in_procedure(command, rows),
            false => Done::statement(command, rows),
        };
        self.reply.done(self.response, done);
    }

    fn error(&mut self, error: &SqlError) {
        self.reply.error(self.response, error);
    }

    fn info(&mut self, message: &SqlError) {
        self.response.info(message);
    }

    fn change(&mut self, change: &SessionChange) {
        self.response.env_change(match change {
            SessionChange::Database { old, new } => EnvChange::Database { new, old },
            SessionChange::Language { old, new } => EnvChange::Language { new, old },
            SessionChange::TransactionBegun { descriptor } => EnvChange::BeginTransaction(*descriptor),
            SessionChange::TransactionCommitted { descriptor } => EnvChange::CommitTransaction(*descriptor),
            SessionChange::TransactionRolledBack { descriptor } => {
                EnvChange::RollbackTransaction(*descriptor)
            }
        });
    }

    fn return_status(&mut self, status: i32) {
        self.response.return_status(status);
    }

    fn return_value(&mut self, ordinal: u16, name: &str, sql_type: SqlType, value: &Value) {
        let value = ReturnValue { ordinal, name: name.to_owned(), sql_type, value: value.clone() };
        if let Err(error) = self.response.return_value(&value) {
            self.reply.unsendable(self.response, &error);
        }
    }

    fn procedure_done(&mut self) {
        self.reply.done(self.response, Done::procedure());
        self.reply.in_procedure = false;
    }
}

fn command_of(kind: StatementKind) -> u16 {
    match kind {
        StatementKind::Select => command::SELECT,
        StatementKind::Insert => command::INSERT,
        StatementKind::Update => command::UPDATE,
        StatementKind::Delete => command::DELETE,
        StatementKind::BeginTransaction => command::BEGIN_TRANSACTION,
        StatementKind::Commit => command::COMMIT,
        StatementKind::Rollback => command::ROLLBACK,
        StatementKind::Execute => command::EXECUTE,
        StatementKind::Set => command::SET,
        StatementKind::Other => command::NONE,
    }
}
