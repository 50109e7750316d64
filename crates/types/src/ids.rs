//! One newtype for each kind of identifier: several of them are GUIDs, and mixing two up is the classic bug of
//! a broker.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::guid::Guid;

macro_rules! guid_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Guid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

macro_rules! number_ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

guid_ids! {
    /// One side's handle of a conversation. Never travels.
    ConversationHandle;
    /// A conversation's identity, shared by both sides; travels.
    ConversationId;
    /// Conversations that are locked and received together. Local.
    ConversationGroupId;
    /// `service_broker_guid` of a database.
    BrokerInstance;
    /// Names a session key; appears in message headers and in `sys.conversation_endpoints`.
    SessionKeyId;
    /// Names a key exchange key; appears in message headers.
    KeyExchangeKeyId;
}

number_ids! {
    /// `database_id`.
    DatabaseId(i32);
    /// `principal_id` of a database principal.
    PrincipalId(i32);
    /// `principal_id` of a server principal.
    LoginId(i32);
    /// `schema_id`.
    SchemaId(i32);
    /// `object_id` of a queue, table or other schema-scoped object.
    ObjectId(i32);
    /// `message_type_id`.
    MessageTypeId(i32);
    /// `service_contract_id`.
    ContractId(i32);
    /// `service_id`.
    ServiceId(i32);
    /// `route_id`.
    RouteId(i32);
    /// `remote_service_binding_id`.
    RemoteServiceBindingId(i32);
    /// `priority_id` of a conversation priority.
    PriorityId(i32);
    /// `certificate_id`.
    CertificateId(i32);
    /// `endpoint_id` of a server endpoint.
    EndpointId(i32);
    /// `object_id` of an event notification.
    EventNotificationId(i32);
    /// `session_id`, the SPID.
    SessionId(i32);
    /// A transaction of this process's life; never reused within it, never durable.
    TransactionId(u64);
}
