//! Data definition: one file for each statement family.
//!
//! Every operation checks everything first and changes the draft only when nothing can fail any more, so a failed
//! statement leaves the transaction's catalog as it was.

mod context;
mod outcome;

pub use context::DdlContext;
pub use outcome::{DdlOutcome, DdlResult, Effect, EventFact, EventFactScope, EventValue};
