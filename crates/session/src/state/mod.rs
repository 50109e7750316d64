//! What a session remembers between statements: who it is, its SET options, variables, the outcome of the last
//! statement and the error that a CATCH block handles.

mod connection;
mod options;
mod session_state;
mod temp_tables;
mod variables;

pub use connection::Connection;
pub use options::{DateFormat, Isolation, SessionOptions};
pub use session_state::{CaughtError, SessionState, TransactionState};
pub(crate) use temp_tables::{TempTable, TempTables};
pub use variables::{Slot, TableColumn, TableVariable, Variable, VariableKind, Variables};
