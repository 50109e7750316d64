//! A session's identity and the outcome of what it ran last.

use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_types::{ObjectId, SessionId, Timestamp};

use super::{Connection, SessionOptions};

/// `XACT_STATE()`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TransactionState {
    /// 0.
    #[default]
    None,
    /// 1.
    Active,
    /// −1: it can only be rolled back.
    Doomed,
}

/// The error that a CATCH block handles: what `ERROR_NUMBER()` and its like return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaughtError {
    /// The error, with line and procedure.
    pub error: SqlError,
}

/// One session. Cheap to clone: others see a copy of it as it was after its last step.
#[derive(Clone, Debug)]
pub struct SessionState {
    /// `@@SPID`.
    pub session: SessionId,
    /// Program name of LOGIN7.
    pub app_name: Arc<str>,
    /// Host name of LOGIN7.
    pub host_name: Arc<str>,
    /// Process id of LOGIN7.
    pub host_process_id: i32,
    /// Library name of LOGIN7.
    pub client_interface: Arc<str>,
    /// When the login succeeded.
    pub login_time: Timestamp,
    /// Its connection.
    pub connection: Connection,
    /// SET options.
    pub options: SessionOptions,
    /// `@@ERROR`: number of the last statement's error, else 0.
    pub last_error: i32,
    /// `@@ROWCOUNT`.
    pub row_count: i64,
    /// `@@TRANCOUNT`.
    pub transaction_count: i32,
    /// `XACT_STATE()`.
    pub transaction_state: TransactionState,
    /// `@@IDENTITY`.
    pub last_identity: Option<i64>,
    /// `SCOPE_IDENTITY()`.
    pub scope_identity: Option<i64>,
    /// `@@FETCH_STATUS`.
    pub fetch_status: i32,
    /// Rows of the cursor that was opened last: `@@CURSOR_ROWS`.
    pub cursor_rows: i32,
    /// `@@NESTLEVEL`.
    pub nest_level: i32,
    /// `@@PROCID`: the module that runs.
    pub procedure: Option<ObjectId>,
    /// Errors being handled, the innermost CATCH block's last.
    pub caught: Vec<CaughtError>,
    /// `EVENTDATA()` inside a trigger: an `EVENT_INSTANCE` document.
    pub event_data: Option<Arc<str>>,
}

impl SessionState {
    /// A session that has just logged in.
    pub fn new(session: SessionId, login_time: Timestamp) -> Self {
        Self {
            session,
            app_name: Arc::default(),
            host_name: Arc::default(),
            host_process_id: 0,
            client_interface: Arc::default(),
            login_time,
            connection: Connection::default(),
            options: SessionOptions::default(),
            last_error: 0,
            row_count: 0,
            transaction_count: 0,
            transaction_state: TransactionState::None,
            last_identity: None,
            scope_identity: None,
            fetch_status: 0,
            cursor_rows: 0,
            nest_level: 0,
            procedure: None,
            caught: Vec::new(),
            event_data: None,
        }
    }

    /// The error of the innermost CATCH block that is running.
    pub fn caught_error(&self) -> Option<&SqlError> {
        self.caught.last().map(|caught| &caught.error)
    }

    /// Notes a statement's success: `@@ERROR` is 0 and `@@ROWCOUNT` is `rows`.
    pub fn succeeded(&mut self, rows: i64) {
        self.last_error = 0;
        self.row_count = rows;
    }

    /// Notes a statement's failure.
    pub fn failed(&mut self, error: &SqlError) {
        self.last_error = error.number;
        self.row_count = 0;
    }
}
