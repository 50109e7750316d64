//! What belongs to the instance as a whole.

use duologue_types::{CertificateId, EndpointId, Guid, LoginId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Login, ServerEventNotification, ServerPermission};
use crate::ids::IdCounters;
use crate::object_set::ObjectSet;

/// The instance's own row.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ServerSettings {
    /// Identity of the instance towards adjacent brokers.
    pub instance_id: Guid,
    /// `@@SERVERNAME`.
    pub name: String,
    /// When the instance was created.
    pub created: Timestamp,
    /// The service master key under the root secret.
    #[serde(with = "super::text::base64_text")]
    pub service_master_key: Vec<u8>,
    /// Which numbers its objects have used up.
    #[serde(default)]
    pub ids: IdCounters,
}

/// Logins, endpoints and permissions of the instance.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its own row.
    pub settings: ServerSettings,
    /// Logins and server roles.
    pub logins: ObjectSet<Login>,
    /// Broker endpoints: at most one.
    pub endpoints: ObjectSet<Endpoint>,
    /// Granted and denied permissions.
    pub permissions: ObjectSet<ServerPermission>,
    /// Event notifications ON SERVER.
    pub event_notifications: ObjectSet<ServerEventNotification>,
}

/// `STATE` of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EndpointState {
    /// Listens.
    Started,
    /// Does not listen: the default.
    Stopped,
    /// Listens and refuses.
    Disabled,
}

/// `AUTHENTICATION` of a broker endpoint. Windows methods are refused when the statement runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Authentication {
    /// `CERTIFICATE name`, in `master`.
    Certificate(CertificateId),
}

/// `ENCRYPTION` of a broker endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum EndpointEncryption {
    Disabled,
    Supported,
    Required,
}

/// `sys.service_broker_endpoints` with `sys.tcp_endpoints`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// From 65536.
    pub id: EndpointId,
    /// Compared without case.
    pub name: String,
    /// Owner.
    pub owner: LoginId,
    /// Started, stopped or disabled.
    pub state: EndpointState,
    /// `LISTENER_PORT`.
    pub port: u16,
    /// `LISTENER_IP`; `None` is ALL.
    pub ip: Option<String>,
    /// How peers prove who they are.
    pub authentication: Authentication,
    /// Negotiated with the peer's.
    pub encryption: EndpointEncryption,
    /// `MESSAGE_FORWARDING`.
    pub message_forwarding: bool,
    /// `MESSAGE_FORWARD_SIZE` in megabytes.
    pub message_forward_size: i32,
}
