//! Routing: which way a message goes. Matching and choice follow the documented steps; the first step that has a
//! hit decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_catalog::objects::Route;
use duologue_catalog::{Catalog, Database};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{BrokerInstance, ConversationId, DatabaseId, Timestamp};

use crate::system::BROKER_CONFIGURATION;

/// Where a message goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Destination {
    /// To a database of this instance.
    Local(DatabaseId),
    /// To the broker at this address, `host:port`.
    Remote(Arc<str>),
    /// Nowhere yet, for this reason.
    Delayed(SqlError),
    /// Nobody knows the service: the configuration service is to be asked for a route.
    AskForRoute,
}

/// What is to be routed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The service that the message is for.
    pub(crate) service: &'a str,
    /// The broker instance, once it is known.
    pub(crate) broker_instance: Option<BrokerInstance>,
    /// Chooses among equal routes: one conversation keeps to one.
    pub(crate) conversation: ConversationId,
    /// Routes that have expired are passed over.
    pub(crate) now: Timestamp,
    /// The configuration service may be asked: not for its own name and the broker's own services, and not while an
    /// answer says that there is no route.
    pub(crate) may_ask: bool,
}

/// Routes a message by the routes of `database`.
pub(crate) fn classify(catalog: &Catalog, database: &Database, question: Question<'_>) -> Destination {
    let usable: Vec<&Route> = database
        .routes
        .iter()
        .map(|route| &**route)
        .filter(|route| route.expires.is_none_or(|expires| expires > question.now))
        .collect();
    let named = |route: &&Route| route.remote_service_name.as_deref() == Some(question.service);
    let with_name: Vec<&Route> = usable.iter().copied().filter(named).collect();
    let hits = match matching(&with_name, question.broker_instance) {
        hits if !hits.is_empty() => hits,
        _ => {
            if question.may_ask && has_configuration_route(&usable) {
                return Destination::AskForRoute;
            }
            usable.iter().copied().filter(|route| route.remote_service_name.is_none()).collect()
        }
    };
    if hits.is_empty() {
        return without_route(catalog, question);
    }
    choose(catalog, database, question, &hits)
}

/// Steps 1 to 3: same service with the broker instance, without one, with any.
fn matching<'a>(with_name: &[&'a Route], instance: Option<BrokerInstance>) -> Vec<&'a Route> {
    let having = |wanted: Option<BrokerInstance>| {
        with_name.iter().copied().filter(|route| route.broker_instance == wanted).collect::<Vec<_>>()
    };
    if let Some(instance) = instance {
        let exact = having(Some(instance));
        if !exact.is_empty() {
            return exact;
        }
    }
    let without = having(None);
    if !without.is_empty() || instance.is_some() {
        return without;
    }
    match with_name.iter().find_map(|route| route.broker_instance) {
        Some(any) => having(Some(any)),
        None => Vec::new(),
    }
}

/// Step 4: whether there is a configuration service to ask.
fn has_configuration_route(routes: &[&Route]) -> bool {
    routes.iter().any(|route| route.remote_service_name.as_deref() == Some(BROKER_CONFIGURATION))
}

/// Steps 6 and 7: a broker instance of this instance that has the service is as good as a LOCAL route.
fn without_route(catalog: &Catalog, question: Question<'_>) -> Destination {
    let here = question.broker_instance.and_then(|instance| {
        catalog.databases.values().find(|found| {
            found.settings.broker_instance == instance && found.services.find(question.service).is_some()
        })
    });
    match here {
        Some(database) => Destination::Local(database.settings.id),
        None => Destination::Delayed(sql_error!(9750)),
    }
}

/// Among the hits: LOCAL if the service is here, else an address, else TRANSPORT. Mirrored routes go to their first
/// address (COMPAT.md).
fn choose(catalog: &Catalog, database: &Database, question: Question<'_>, hits: &[&Route]) -> Destination {
    let is_local = |route: &&&Route| route.address.eq_ignore_ascii_case("LOCAL");
    let is_transport = |route: &&&Route| route.address.eq_ignore_ascii_case("TRANSPORT");
    let local = hits.iter().find(is_local);
    let mut reason = None;
    if let Some(route) = local {
        match locate(catalog, database, question, route.broker_instance) {
            Ok(found) => return Destination::Local(found),
            Err(error) => reason = Some(error),
        }
    }
    let addresses: BTreeMap<Arc<str>, ()> = hits
        .iter()
        .filter(|route| !is_local(route) && !is_transport(route))
        .filter_map(|route| tcp_address(&route.address))
        .map(|address| (address, ()))
        .collect();
    if !addresses.is_empty() {
        let pick = usize::from(question.conversation.0.0[0]) % addresses.len();
        if let Some(address) = addresses.into_keys().nth(pick) {
            return Destination::Remote(address);
        }
    }
    if hits.iter().any(|route| is_transport(&route))
        && let Some(address) = transport_address(question.service)
    {
        return Destination::Remote(address);
    }
    Destination::Delayed(reason.unwrap_or_else(|| sql_error!(9793)))
}

/// The database of this instance that has the service: the named one, or the conversation's own before others.
pub(crate) fn locate(
    catalog: &Catalog,
    own: &Database,
    question: Question<'_>,
    route_instance: Option<BrokerInstance>,
) -> Result<DatabaseId, SqlError> {
    let has_service = |database: &Database| {
        database.settings.broker_enabled && database.services.find(question.service).is_some()
    };
    if let Some(instance) = question.broker_instance.or(route_instance) {
        return match catalog.databases.values().find(|found| found.settings.broker_instance == instance) {
            Some(found) if has_service(found) => Ok(found.settings.id),
            Some(_) => Err(sql_error!(9796)),
            None => Err(sql_error!(9795)),
        };
    }
    if has_service(own) {
        return Ok(own.settings.id);
    }
    let other = catalog.databases.values().find(|database| has_service(database));
    other.map(|database| database.settings.id).ok_or_else(|| sql_error!(9796))
}

/// `host:port` of `TCP://host:port`.
pub fn tcp_address(address: &str) -> Option<Arc<str>> {
    let scheme = address.get(..6)?;
    let rest = address.get(6..)?.trim_end_matches('/');
    (scheme.eq_ignore_ascii_case("TCP://") && rest.contains(':')).then(|| rest.into())
}

/// The address at the front of a service name that carries its own: `TCP://host:port/…`.
fn transport_address(service: &str) -> Option<Arc<str>> {
    let end = service.get(6..)?.find('/').map_or(service.len(), |slash| slash + 6);
    tcp_address(&service[..end])
}
