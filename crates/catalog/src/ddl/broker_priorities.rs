//! CREATE, ALTER and DROP BROKER PRIORITY.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ContractId, PriorityId, ServiceId};

use super::context::{DdlContext, MAX_REMOTE_NAME, cannot, check_length, check_new_name};
use super::outcome::{DdlOutcome, DdlResult};
use crate::object_set::Class;
use crate::objects::BrokerPriority;
use crate::permissions::{Permission, Securable, fixed_roles::DB_DDLADMIN};

const NOUN: &str = "conversation priority";
const OBJECT_TYPE: &str = "BROKER PRIORITY";
/// `PRIORITY_LEVEL = DEFAULT`.
const DEFAULT_LEVEL: u8 = 5;

/// `… = name` or `… = ANY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyOr<T> {
    /// `ANY`.
    Any,
    /// One.
    One(T),
}

/// `SET (…)`; `None` leaves the default (ANY, 5) or what was.
#[derive(Clone, Debug, Default)]
pub struct PriorityOptions {
    /// `CONTRACT_NAME`.
    pub contract: Option<AnyOr<String>>,
    /// `LOCAL_SERVICE_NAME`.
    pub local_service: Option<AnyOr<String>>,
    /// `REMOTE_SERVICE_NAME`; compared by bytes.
    pub remote_service: Option<AnyOr<String>>,
    /// `PRIORITY_LEVEL`; `Any` is DEFAULT.
    pub level: Option<AnyOr<i64>>,
}

/// `CREATE BROKER PRIORITY`: event 281.
pub fn create_broker_priority(cx: &mut DdlContext<'_>, name: &str, options: &PriorityOptions) -> DdlResult {
    if !may_define(cx)? {
        return Err(sql_error!(262, "CREATE BROKER PRIORITY", cx.db()?.settings.name));
    }
    check_new_name(&cx.db()?.broker_priorities, NOUN, name)?;
    let mut priority = BrokerPriority {
        id: PriorityId::default(),
        name: name.into(),
        contract: None,
        local_service: None,
        remote_service_name: None,
        level: DEFAULT_LEVEL,
    };
    apply(cx, &mut priority, options)?;
    priority.id = PriorityId(cx.draft.take_id(cx.database, Class::BrokerPriority));
    cx.draft.put(cx.database, priority);
    Ok(DdlOutcome::event(cx.event(281, OBJECT_TYPE, name)))
}

/// `ALTER BROKER PRIORITY`: conversations that exist keep their level. Event 282.
pub fn alter_broker_priority(cx: &mut DdlContext<'_>, name: &str, options: &PriorityOptions) -> DdlResult {
    let mut priority = target(cx, "alter", name)?;
    apply(cx, &mut priority, options)?;
    cx.draft.put(cx.database, priority);
    Ok(DdlOutcome::event(cx.event(282, OBJECT_TYPE, name)))
}

/// `DROP BROKER PRIORITY`: event 283.
pub fn drop_broker_priority(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let id = target(cx, "drop", name)?.id;
    cx.draft.remove::<BrokerPriority>(cx.database, id.0);
    Ok(DdlOutcome::event(cx.event(283, OBJECT_TYPE, name)))
}

fn target(cx: &DdlContext<'_>, verb: &str, name: &str) -> Result<BrokerPriority, SqlError> {
    let refused = || cannot(verb, NOUN, name);
    let found = cx.db()?.broker_priorities.find(name).ok_or_else(refused)?;
    if may_define(cx)? { Ok((**found).clone()) } else { Err(refused()) }
}

/// Priorities are no securables: ALTER on the database counts, and db_ddladmin, who lacks that.
fn may_define(cx: &DdlContext<'_>) -> Result<bool, SqlError> {
    let is_ddladmin = cx.db()?.principal_roles(cx.security.user).contains(&DB_DDLADMIN);
    Ok(is_ddladmin || cx.has(Permission::Alter, Securable::Database))
}

fn apply(
    cx: &DdlContext<'_>,
    priority: &mut BrokerPriority,
    options: &PriorityOptions,
) -> Result<(), SqlError> {
    if let Some(contract) = &options.contract {
        priority.contract = one(contract, |name| find_contract(cx, name))?;
    }
    if let Some(service) = &options.local_service {
        priority.local_service = one(service, |name| find_service(cx, name))?;
    }
    if let Some(service) = &options.remote_service {
        priority.remote_service_name = one(service, |name| {
            check_length(name, MAX_REMOTE_NAME)?;
            Ok(name.clone())
        })?;
    }
    if let Some(level) = &options.level {
        priority.level = one(level, checked_level)?.unwrap_or(DEFAULT_LEVEL);
    }
    Ok(())
}

fn one<T, U>(value: &AnyOr<T>, find: impl Fn(&T) -> Result<U, SqlError>) -> Result<Option<U>, SqlError> {
    match value {
        AnyOr::Any => Ok(None),
        AnyOr::One(value) => find(value).map(Some),
    }
}

fn find_contract(cx: &DdlContext<'_>, name: &str) -> Result<ContractId, SqlError> {
    let found = cx.db()?.contracts.find(name);
    found.map(|contract| contract.id).ok_or_else(|| cannot("find", "contract", name))
}

fn find_service(cx: &DdlContext<'_>, name: &str) -> Result<ServiceId, SqlError> {
    let found = cx.db()?.services.find(name);
    found.map(|service| service.id).ok_or_else(|| cannot("find", "service", name))
}

fn checked_level(level: &i64) -> Result<u8, SqlError> {
    let in_range = u8::try_from(*level).ok().filter(|level| (1..=10).contains(level));
    in_range.ok_or_else(|| sql_error!(102, level))
}
