//! Identifiers as newtypes, T-SQL types and values, their conversions and comparison.

mod guid;
mod ids;
mod time;
mod sql_type;
mod value;

pub use guid::Guid;
pub use ids::{
    BrokerInstance, CertificateId, ContractId, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId,
    EndpointId, EventNotificationId, KeyExchangeKeyId, LoginId, MessageTypeId, ObjectId, PrincipalId, PriorityId,
    RouteId, RemoteServiceBindingId, SchemaId, ServiceId, SessionId, SessionKeyId, TransactionId,
};
pub use sql_type::{Length, SqlType};
pub use time::Timestamp;
pub use value::{Decimal, Value};
