//! CREATE and ALTER ENDPOINT. Payloads other than SERVICE_BROKER are not built.

use std::net::IpAddr;

use super::Ident;

#[derive(Clone, Debug, PartialEq)]
pub enum EndpointStatement {
    Create { name: Ident, authorization: Option<Ident>, options: EndpointOptions },
    Alter { name: Ident, options: EndpointOptions },
}

/// None: not written.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndpointOptions {
    pub state: Option<EndpointState>,
    /// `AS TCP (…)`.
    pub tcp: Option<TcpOptions>,
    /// `FOR SERVICE_BROKER (…)`.
    pub service_broker: Option<ServiceBrokerOptions>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndpointState {
    Started,
    Stopped,
    Disabled,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TcpOptions {
    /// As written; the range is the executor's (7810).
    pub port: Option<i64>,
    pub ip: Option<ListenerIp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerIp {
    All,
    Address(IpAddr),
    /// `( address : mask )`.
    Masked {
        address: IpAddr,
        mask: IpAddr,
    },
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ServiceBrokerOptions {
    pub authentication: Option<EndpointAuthentication>,
    pub encryption: Option<EndpointEncryption>,
    pub message_forwarding: Option<bool>,
    /// Megabytes.
    pub message_forward_size: Option<i64>,
}

/// In the order of preference; at least one is set.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointAuthentication {
    pub windows: Option<WindowsAuthentication>,
    pub certificate: Option<Ident>,
    /// WINDOWS was written before CERTIFICATE.
    pub windows_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowsAuthentication {
    Ntlm,
    Kerberos,
    Negotiate,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EndpointEncryption {
    pub requirement: EncryptionRequirement,
    /// In the order of preference; empty: not written.
    pub algorithms: Vec<EndpointAlgorithm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncryptionRequirement {
    Disabled,
    Supported,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndpointAlgorithm {
    Aes,
    Rc4,
}
