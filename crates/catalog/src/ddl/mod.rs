//! Data definition: one file for each statement family.
//!
//! Every operation checks everything first and changes the draft only when nothing can fail any more, so a failed
//! statement leaves the transaction's catalog as it was.

pub mod authorization;
pub mod broker_priorities;
pub mod certificates;
mod context;
pub mod contracts;
pub mod databases;
pub mod endpoints;
pub mod event_notifications;
pub mod grant;
pub mod logins;
pub mod message_types;
mod outcome;
mod ownership;
pub mod queues;
pub mod remote_service_bindings;
pub mod roles;
pub mod routes;
pub mod schemas;
pub mod services;
pub mod tables;
pub mod users;

pub use context::{DdlContext, ObjectName};
pub use outcome::{DdlOutcome, DdlResult, Effect, EventFact, EventFactScope, EventValue};
