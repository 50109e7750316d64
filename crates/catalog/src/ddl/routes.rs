//! CREATE, ALTER and DROP ROUTE.

use std::time::Duration;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{BrokerInstance, RouteId};

use super::context::{DdlContext, MAX_REMOTE_NAME, Target, check_new_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::object_set::Class;
use crate::objects::Route;
use crate::permissions::{Permission, Securable};

const NOUN: &str = "route";
const OBJECT_TYPE: &str = "ROUTE";
/// Where configuration requests go; its route may not name a broker instance.
const BROKER_CONFIGURATION: &str = "SQL/ServiceBroker/BrokerConfiguration";

/// Options of CREATE and ALTER ROUTE as they are written; `None` is absent.
#[derive(Clone, Debug, Default)]
pub struct RouteOptions {
    /// `SERVICE_NAME`.
    pub service_name: Option<String>,
    /// `BROKER_INSTANCE`.
    pub broker_instance: Option<String>,
    /// `LIFETIME` in seconds from now.
    pub lifetime: Option<i64>,
    /// `ADDRESS`.
    pub address: Option<String>,
    /// `MIRROR_ADDRESS`.
    pub mirror_address: Option<String>,
}

/// `CREATE ROUTE`: event 164.
pub fn create_route(
    cx: &mut DdlContext<'_>,
    name: &str,
    authorization: Option<&str>,
    options: &RouteOptions,
) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateRoute)?;
    check_new_name(&cx.db()?.routes, NOUN, name)?;
    let owner = cx.owner(authorization)?;
    let mut route = Route {
        id: RouteId::default(),
        name: name.into(),
        owner,
        remote_service_name: None,
        broker_instance: None,
        expires: None,
        address: String::new(),
        mirror_address: None,
    };
    apply(cx, &mut route, options)?;
    route.id = RouteId(cx.draft.take_id(cx.database, Class::Route));
    cx.draft.put(cx.database, route);
    Ok(outcome(cx, 164, name))
}

/// `ALTER ROUTE`: what is not named stays; nothing can be taken back to "any". Event 165.
pub fn alter_route(cx: &mut DdlContext<'_>, name: &str, options: &RouteOptions) -> DdlResult {
    let securable = |id| Securable::Route(RouteId(id));
    let mut route = cx.target(&cx.db()?.routes, Target::alter(NOUN, name), securable)?.clone();
    apply(cx, &mut route, options)?;
    cx.draft.put(cx.database, route);
    Ok(outcome(cx, 165, name))
}

/// `DROP ROUTE`: event 166.
pub fn drop_route(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let securable = |id| Securable::Route(RouteId(id));
    let id = cx.target(&cx.db()?.routes, Target::drop(NOUN, name), securable)?.id;
    cx.remove::<Route>(id.0, Securable::Route(id));
    Ok(outcome(cx, 166, name))
}

fn outcome(cx: &DdlContext<'_>, event: i32, name: &str) -> DdlOutcome {
    DdlOutcome::event(cx.event(event, OBJECT_TYPE, name))
        .effect(Effect::RoutesChanged { database: cx.database })
}

/// Sets what the options name, then checks the route as a whole.
fn apply(cx: &DdlContext<'_>, route: &mut Route, options: &RouteOptions) -> Result<(), SqlError> {
    if let Some(service) = checked("SERVICE_NAME", route, &options.service_name, MAX_REMOTE_NAME)? {
        route.remote_service_name = Some(service);
    }
    if let Some(instance) = checked("BROKER_INSTANCE", route, &options.broker_instance, 128)? {
        let parsed = instance.parse().map_err(|_| sql_error!(8413, instance))?;
        route.broker_instance = Some(BrokerInstance(parsed));
    }
    if let Some(address) = checked("ADDRESS", route, &options.address, MAX_REMOTE_NAME)? {
        route.address = normalized(address);
    }
    if let Some(address) = checked("MIRROR_ADDRESS", route, &options.mirror_address, MAX_REMOTE_NAME)? {
        route.mirror_address = Some(normalized(address));
    }
    if let Some(seconds) = options.lifetime {
        let in_range = i32::try_from(seconds).ok().filter(|seconds| *seconds > 0);
        let seconds = in_range.ok_or_else(|| sql_error!(9746, route.name, 1, i32::MAX))?;
        route.expires = Some(cx.now + Duration::from_secs(seconds.unsigned_abs().into()));
    }
    check(route)
}

/// An option that is given may be neither empty (9659) nor too long (9660).
fn checked(
    option: &str,
    route: &Route,
    value: &Option<String>,
    max: usize,
) -> Result<Option<String>, SqlError> {
    let Some(value) = value else { return Ok(None) };
    if value.is_empty() {
        return Err(sql_error!(9659, option, route.name));
    }
    if value.encode_utf16().count() > max {
        return Err(sql_error!(9660, option, route.name, max + 1));
    }
    Ok(Some(value.clone()))
}

/// The rules that tie the options of a route together.
fn check(route: &Route) -> Result<(), SqlError> {
    let name = &route.name;
    if route.address.is_empty() {
        return Err(sql_error!(9659, "ADDRESS", name));
    }
    if route.broker_instance.is_some() && route.remote_service_name.is_none() {
        return Err(sql_error!(9662, name));
    }
    if route.remote_service_name.as_deref() == Some(BROKER_CONFIGURATION)
        && let Some(instance) = route.broker_instance
    {
        return Err(sql_error!(8413, instance));
    }
    if !is_address(&route.address) {
        return Err(sql_error!(9744, "ADDRESS", name));
    }
    if let Some(mirror) = &route.mirror_address {
        check_mirror(route, mirror)?;
    }
    if route.address == "TRANSPORT" && route.remote_service_name.is_some() {
        return Err(sql_error!(9745, name));
    }
    Ok(())
}

fn check_mirror(route: &Route, mirror: &str) -> Result<(), SqlError> {
    if route.remote_service_name.is_none() || route.broker_instance.is_none() {
        return Err(sql_error!(9661, route.name));
    }
    if !is_address(mirror) {
        return Err(sql_error!(9744, "MIRROR_ADDRESS", route.name));
    }
    for (option, address) in [("ADDRESS", route.address.as_str()), ("MIRROR_ADDRESS", mirror)] {
        if is_keyword(address) {
            return Err(sql_error!(9743, option, route.name));
        }
    }
    if route.address.eq_ignore_ascii_case(mirror) {
        return Err(sql_error!(9747, route.name));
    }
    Ok(())
}

/// `LOCAL` and `TRANSPORT` in capitals, anything else as it is.
fn normalized(address: String) -> String {
    let upper = address.to_ascii_uppercase();
    if is_keyword(&upper) { upper } else { address }
}

fn is_keyword(address: &str) -> bool {
    matches!(address, "LOCAL" | "TRANSPORT")
}

/// `LOCAL`, `TRANSPORT` or `TCP://host:port`; an IPv6 host stands in brackets.
fn is_address(address: &str) -> bool {
    if is_keyword(address) {
        return true;
    }
    let rest = address.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("tcp://")).map(|_| &address[6..]);
    let Some((host, port)) = rest.and_then(|rest| rest.rsplit_once(':')) else { return false };
    let is_host = match host.strip_prefix('[') {
        Some(ipv6) => ipv6.strip_suffix(']').is_some_and(|ipv6| ipv6.parse::<std::net::Ipv6Addr>().is_ok()),
        None => !host.is_empty() && !host.contains([':', '/', ' ', '[', ']']),
    };
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}
