//! Queries: binding, typed evaluation, and the operators of plans.
//!
//! What an interpreter calls, all with a [`QueryContext`]:
//! - [`evaluate_scalar`], [`evaluate_condition`]: an expression of SET, PRINT, IF … at once;
//! - [`bind_select`], then [`SelectPlan::run`]: SELECT with or without assignments;
//! - [`bind_query`]: the source of an INSERT or of a cursor;
//! - [`bind_scalar`], [`bind_condition`], [`bind_items`]: expressions and select lists over rows that the caller has
//!   (RECEIVE, OUTPUT, defaults), within a [`Scope`];
//! - [`bind_target_rows`]: the rows that UPDATE and DELETE change;
//! - [`assign`] and [`store`]: a value for a variable or a column.

mod bind;
mod context;
mod conversion;
mod evaluate;
mod frame;
mod functions;
mod instance;
pub mod plan;
mod printf;
mod queue_rows;
mod scalar;
mod scope;
mod snapshot;
mod statement;
#[cfg(test)]
mod tests;
mod xml;

pub use bind::{Assignment, GivenRowset, TargetRows};
pub use context::QueryContext;
pub use conversion::{XML, assign, cast, store};
pub use frame::Frame;
pub use functions::{product_version, split_name, version_text};
pub use instance::InstanceSnapshot;
pub use plan::{Plan, ResultColumn, Row};
pub use printf::{MAX_ARGUMENTS, printf};
pub use queue_rows::{queue_columns, queue_row};
pub use scalar::{Predicate, Scalar};
pub use scope::{Column, ColumnKind, Scope, Source};
pub use snapshot::{
    ActivatedTask, BrokerConnection, ConversationEndpoint, ConversationGroup, OtherSession, QueueMessage,
    QueueMonitor, Snapshot, TransmissionMessage,
};
pub use statement::{
    ItemPlan, QueryPlan, SelectOutcome, SelectPlan, bind_condition, bind_items, bind_query, bind_scalar,
    bind_select, bind_target_rows, changeable_table, data_type, evaluate_condition, evaluate_scalar,
};
