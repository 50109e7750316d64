//! Sessions: what a client's requests do to the instance.
//!
//! A session turns a request into a program, runs it statement by statement and hands results to an [`Output`]. It
//! owns no clock, socket or thread: the caller gives it the instance and the moment for one [`Session::step`] at a
//! time. The README of this folder tells how a request runs.

mod execution;
mod host;
mod login;
mod output;
mod program;
pub mod query;
mod request;
mod session;
pub mod state;
mod statements;
mod views;

pub use host::{FileProblem, Files, Host};
pub use login::{LoginCandidate, LoginRequest, login_candidate};
pub use output::{Output, ResultColumn, SessionChange, StatementKind};
pub use program::ProgramCache;
pub use request::{Progress, Request, RpcParameter, TransactionRequest};
pub use session::Session;
