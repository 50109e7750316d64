//! CREATE, ALTER and DROP ENDPOINT … FOR SERVICE_BROKER.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{CertificateId, DatabaseId, EndpointId, LoginId};

use super::context::{DdlContext, cannot, check_new_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::object_set::Class;
use crate::objects::{
    Authentication, Certificate, Endpoint, EndpointEncryption, EndpointState, ServerPermission,
};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "endpoint";
const OBJECT_TYPE: &str = "ENDPOINT";
const MASTER: DatabaseId = DatabaseId(1);
const PORTS: std::ops::RangeInclusive<i64> = 1024..=32767;

/// Clauses of CREATE and ALTER ENDPOINT; `None` is absent.
#[derive(Clone, Debug, Default)]
pub struct EndpointOptions {
    /// `STATE`.
    pub state: Option<EndpointState>,
    /// `LISTENER_PORT`.
    pub port: Option<i64>,
    /// `LISTENER_IP`.
    pub ip: Option<ListenerIp>,
    /// `AUTHENTICATION`.
    pub authentication: Option<EndpointAuthentication>,
    /// `ENCRYPTION`.
    pub encryption: Option<EndpointEncryption>,
    /// `MESSAGE_FORWARDING`.
    pub message_forwarding: Option<bool>,
    /// `MESSAGE_FORWARD_SIZE` in megabytes.
    pub message_forward_size: Option<i64>,
}

/// `LISTENER_IP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerIp {
    /// `ALL`.
    All,
    /// One address, without parentheses and quotes.
    One(String),
}

/// `AUTHENTICATION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointAuthentication {
    /// `CERTIFICATE name`.
    Certificate(String),
    /// Any clause with WINDOWS: there is no domain here, so it is refused (7871).
    Windows,
}

/// `CREATE ENDPOINT`: one broker endpoint in an instance (7862). `is_usable` says whether a certificate has a private
/// key under master's key and is in date (28055). Event 181.
pub fn create_endpoint(
    cx: &mut DdlContext<'_>,
    name: &str,
    authorization: Option<&str>,
    options: &EndpointOptions,
    is_usable: impl Fn(&Certificate) -> bool,
) -> DdlResult {
    let _granted = cx.require(Permission::CreateEndpoint, Securable::Server)?;
    let endpoints = &cx.catalog().server.endpoints;
    check_new_name(endpoints, NOUN, name)?;
    if !endpoints.is_empty() {
        return Err(sql_error!(7862));
    }
    let port = options.port.ok_or_else(|| sql_error!(7801, "LISTENER_PORT"))?;
    let authentication = options.authentication.as_ref().ok_or_else(|| sql_error!(7801, "AUTHENTICATION"))?;
    let mut endpoint = Endpoint {
        id: EndpointId::default(),
        name: name.into(),
        owner: owner(cx, authorization)?,
        state: EndpointState::Stopped,
        port: checked_port(port)?,
        ip: None,
        authentication: checked_authentication(cx, authentication, &is_usable)?,
        encryption: EndpointEncryption::Required,
        message_forwarding: false,
        message_forward_size: 10,
    };
    apply(cx, &mut endpoint, options, &is_usable)?;
    endpoint.id = EndpointId(cx.draft.take_id(cx.database, Class::Endpoint));
    let effect = Effect::EndpointChanged { endpoint: endpoint.id };
    cx.draft.put(cx.database, endpoint);
    Ok(DdlOutcome::event(cx.server_event(181, OBJECT_TYPE, name)).effect(effect))
}

/// `ALTER ENDPOINT`: changes what it names, 7863 if nothing. Connections drop and form again. Event 182.
pub fn alter_endpoint(
    cx: &mut DdlContext<'_>,
    name: &str,
    options: &EndpointOptions,
    is_usable: impl Fn(&Certificate) -> bool,
) -> DdlResult {
    let mut endpoint = target(cx, "alter", name, Permission::Alter)?;
    if is_empty(options) {
        return Err(sql_error!(7863));
    }
    apply(cx, &mut endpoint, options, &is_usable)?;
    let effect = Effect::EndpointChanged { endpoint: endpoint.id };
    cx.draft.put(cx.database, endpoint);
    Ok(DdlOutcome::event(cx.server_event(182, OBJECT_TYPE, name)).effect(effect))
}

/// `DROP ENDPOINT`: event 183.
pub fn drop_endpoint(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let id = target(cx, "drop", name, Permission::Control)?.id;
    cx.draft.remove::<Endpoint>(cx.database, id.0);
    cx.forget_server_permissions(|row: &ServerPermission| {
        row.class == Securable::Endpoint(id).class() && row.major_id == id.0
    });
    let effect = Effect::EndpointDropped { endpoint: id };
    Ok(DdlOutcome::event(cx.server_event(183, OBJECT_TYPE, name)).effect(effect))
}

fn target(cx: &DdlContext<'_>, verb: &str, name: &str, needs: Permission) -> Result<Endpoint, SqlError> {
    let found = cx.catalog().server.endpoints.find(name);
    let found = found.filter(|endpoint| cx.has(needs, Securable::Endpoint(endpoint.id)));
    found.map(|endpoint| (**endpoint).clone()).ok_or_else(|| cannot(verb, NOUN, name))
}

/// The login that AUTHORIZATION names needs IMPERSONATE (15151).
fn owner(cx: &DdlContext<'_>, authorization: Option<&str>) -> Result<LoginId, SqlError> {
    let Some(name) = authorization else { return Ok(cx.login()) };
    let found = cx.catalog().server.logins.find(name);
    let allowed = found.filter(|login| {
        login.id == cx.login() || cx.has(Permission::Impersonate, Securable::Login(login.id))
    });
    allowed.map(|login| login.id).ok_or_else(|| cannot("find", "login", name))
}

fn is_empty(options: &EndpointOptions) -> bool {
    let EndpointOptions {
        state,
        port,
        ip,
        authentication,
        encryption,
        message_forwarding,
        message_forward_size,
    } = options;
    state.is_none()
        && port.is_none()
        && ip.is_none()
        && authentication.is_none()
        && encryption.is_none()
        && message_forwarding.is_none()
        && message_forward_size.is_none()
}

fn apply(
    cx: &DdlContext<'_>,
    endpoint: &mut Endpoint,
    options: &EndpointOptions,
    is_usable: &impl Fn(&Certificate) -> bool,
) -> Result<(), SqlError> {
    endpoint.state = options.state.unwrap_or(endpoint.state);
    endpoint.encryption = options.encryption.unwrap_or(endpoint.encryption);
    endpoint.message_forwarding = options.message_forwarding.unwrap_or(endpoint.message_forwarding);
    if let Some(port) = options.port {
        endpoint.port = checked_port(port)?;
    }
    if let Some(ip) = &options.ip {
        endpoint.ip = checked_ip(ip)?;
    }
    if let Some(authentication) = &options.authentication {
        endpoint.authentication = checked_authentication(cx, authentication, is_usable)?;
    }
    if let Some(size) = options.message_forward_size {
        let in_range = i32::try_from(size).ok().filter(|size| *size > 0);
        endpoint.message_forward_size =
            in_range.ok_or_else(|| sql_error!(7810, size, "MESSAGE_FORWARD_SIZE"))?;
    }
    Ok(())
}

fn checked_port(port: i64) -> Result<u16, SqlError> {
    let in_range = u16::try_from(port).ok().filter(|_| PORTS.contains(&port));
    in_range.ok_or_else(|| sql_error!(7810, port, "LISTENER_PORT"))
}

fn checked_ip(ip: &ListenerIp) -> Result<Option<String>, SqlError> {
    match ip {
        ListenerIp::All => Ok(None),
        ListenerIp::One(address) => match address.parse::<std::net::IpAddr>() {
            Ok(parsed) => Ok(Some(parsed.to_string())),
            Err(_) => Err(sql_error!(7888)),
        },
    }
}

fn checked_authentication(
    cx: &DdlContext<'_>,
    authentication: &EndpointAuthentication,
    is_usable: &impl Fn(&Certificate) -> bool,
) -> Result<Authentication, SqlError> {
    let EndpointAuthentication::Certificate(name) = authentication else {
        return Err(sql_error!(7871, "AUTHENTICATION = WINDOWS"));
    };
    let master = cx.catalog().database(MASTER);
    let certificate = master.and_then(|master| master.certificates.find(name));
    let certificate = certificate.ok_or_else(|| cannot("find", "certificate", name))?;
    if !is_usable(certificate) {
        return Err(sql_error!(28055, name));
    }
    Ok(Authentication::Certificate(CertificateId(certificate.id.0)))
}
