//! The broker proper: conversations, queues, transmission, configuration notice, event notifications, and the
//! transactions in which statements change them. One [`Instance`] holds everything; it has no sockets, threads or
//! clock, and is driven by calls that take the time and return [`Action`]s.

mod action;
mod admission;
mod arrival;
mod audit;
mod bodies;
mod codec;
mod commit;
mod configuration_notice;
mod conversations;
mod effects;
mod event_notifications;
mod instance;
mod key_changes;
mod keyring;
mod names;
mod opening;
mod peers;
mod priorities;
mod queues;
mod row_codec;
mod sessions;
mod shrink;
mod system;
mod system_conversations;
mod tables;
mod timers;
mod transaction;
mod transmission;
mod upkeep;

pub use action::{Action, LogEntry};
pub use arrival::Rejection;
pub use bodies::Body;
pub use conversations::{
    BeginDialog, Caller, Conversations, DialogSecurity, EndMode, Endpoint, FarEnd, Group, LocalEnd,
    LocalHalf, RelatedConversation, SecuredDialog, SendRequest, StoredSessionKey, SystemUse,
};
pub use event_notifications::EventEnvironment;
pub use instance::{Attempt, Blocked, Figures, Instance, Parts};
pub use keyring::Keyring;
pub use opening::NewInstance;
pub use peers::{BrokerConnection, EndpointIdentity, PeerIdentity};
pub use queues::{MessageStatus, Queue, QueueMessage, ReceiveFilter, ReceiveRequest};
pub use sessions::SessionEntry;
pub use system::{
    BROKER_CONFIGURATION, DIALOG_TIMER, END_DIALOG, ERROR, EVENT_NOTIFICATION, EVENT_NOTIFICATION_SERVICE,
    POST_EVENT_NOTIFICATION,
};
pub use tables::TableRows;
pub use transaction::{ObjectKey, Resource, Row, Savepoint};
pub use transmission::{Links, OutgoingKind, OutgoingMessage, Transmission, tcp_address};
