//! The interpreter: frames, stepping, transactions, errors.

mod context;
mod failure;
mod frame;
mod handling;
mod requests;
mod returning;
mod sending;
mod step;
mod transaction;
mod values;

pub(crate) use context::{Context, Flow, StatementResult, Work};
pub(crate) use failure::{Failure, Reach};
pub(crate) use frame::{Binding, Frame, Origin, Target, sql_type};
pub(crate) use returning::ReturnValue;
pub(crate) use sending::ResultSet;
pub(crate) use step::Execution;
pub(crate) use transaction::UserTransaction;
pub(crate) use values::{Typed, text_of};
