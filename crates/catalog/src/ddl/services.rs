//! CREATE, ALTER and DROP SERVICE.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ContractId, ServiceId};

use super::context::{DdlContext, ObjectName, Target, cannot, check_new_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::object_set::Class;
use crate::objects::{Queue, Service};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "service";
const OBJECT_TYPE: &str = "SERVICE";

/// `CREATE SERVICE`.
#[derive(Clone, Debug)]
pub struct CreateService {
    /// Compared by bytes.
    pub name: String,
    /// `AUTHORIZATION`: its certificate becomes the service's identity.
    pub authorization: Option<String>,
    /// `ON QUEUE`.
    pub queue: ObjectName,
    /// Contracts for which it may be the target.
    pub contracts: Vec<String>,
}

/// `ALTER SERVICE`.
#[derive(Clone, Debug)]
pub struct AlterService {
    /// Compared by bytes.
    pub name: String,
    /// `ON QUEUE`.
    pub queue: Option<ObjectName>,
    /// `ADD CONTRACT`.
    pub add: Vec<String>,
    /// `DROP CONTRACT`.
    pub drop: Vec<String>,
}

/// `CREATE SERVICE`: needs REFERENCES on the queue and on each contract; 8404 for a contract named twice. Event 161.
pub fn create_service(cx: &mut DdlContext<'_>, spec: &CreateService) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateService)?;
    check_new_name(&cx.db()?.services, NOUN, &spec.name)?;
    let queue = referenced_queue(cx, &spec.queue)?.id;
    let contracts = referenced_contracts(cx, &spec.contracts)?;
    let owner = cx.owner(spec.authorization.as_deref())?;
    let id = ServiceId(cx.draft.take_id(cx.database, Class::Service));
    cx.draft.put(cx.database, Service { id, name: spec.name.clone(), owner, queue, contracts });
    let effect = Effect::ServiceCreated { database: cx.database, service: id };
    Ok(DdlOutcome::event(cx.event(161, OBJECT_TYPE, &spec.name)).effect(effect))
}

/// `ALTER SERVICE`: 8493 when nothing changes. Running conversations keep a contract that is dropped. Event 162.
pub fn alter_service(cx: &mut DdlContext<'_>, spec: &AlterService) -> DdlResult {
    let securable = |id| Securable::Service(ServiceId(id));
    let service = cx.target(&cx.db()?.services, Target::alter(NOUN, &spec.name), securable)?.clone();
    let queue = spec.queue.as_ref().map(|name| referenced_queue(cx, name)).transpose()?;
    let queue = queue.map_or(service.queue, |queue| queue.id);
    let contracts = changed_contracts(cx, &service, spec)?;
    if queue == service.queue && contracts == service.contracts {
        return Err(sql_error!(8493, spec.name));
    }
    let (database, id) = (cx.database, service.id);
    let mut outcome = DdlOutcome::event(cx.event(162, OBJECT_TYPE, &spec.name));
    if queue != service.queue {
        outcome =
            outcome.effect(Effect::ServiceMoved { database, service: id, from: service.queue, to: queue });
    }
    if contracts != service.contracts {
        outcome = outcome.effect(Effect::ServiceChanged { database, service: id });
    }
    cx.draft.put(database, Service { queue, contracts, ..service });
    Ok(outcome)
}

/// `DROP SERVICE`: refused while a priority names it (3716); its conversations end with error. Event 163.
pub fn drop_service(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let database = cx.db()?;
    let securable = |id| Securable::Service(ServiceId(id));
    let id = cx.target(&database.services, Target::drop(NOUN, name), securable)?.id;
    if database.broker_priorities.iter().any(|priority| priority.local_service == Some(id)) {
        return Err(sql_error!(3716, NOUN, name, "conversation priority"));
    }
    cx.remove::<Service>(id.0, Securable::Service(id));
    let effect = Effect::ServiceDropped { database: cx.database, service: id };
    Ok(DdlOutcome::event(cx.event(163, OBJECT_TYPE, name)).effect(effect))
}

fn referenced_queue(cx: &DdlContext<'_>, name: &ObjectName) -> Result<Arc<Queue>, SqlError> {
    let found = cx.db()?.find_queue(cx.security.user, name.schema.as_deref(), &name.name);
    let found = found.filter(|queue| cx.has(Permission::References, Securable::Object(queue.id)));
    found.ok_or_else(|| cannot("find", "queue", &name.name))
}

fn referenced_contracts(cx: &DdlContext<'_>, names: &[String]) -> Result<Vec<ContractId>, SqlError> {
    let mut contracts = Vec::new();
    for name in names {
        let securable = |id| Securable::Contract(ContractId(id));
        let id = cx.mentioned(&cx.db()?.contracts, "contract", name, Permission::References, securable)?.id;
        if contracts.contains(&id) {
            return Err(sql_error!(8404, name));
        }
        contracts.push(id);
    }
    Ok(contracts)
}

fn changed_contracts(
    cx: &DdlContext<'_>,
    service: &Service,
    spec: &AlterService,
) -> Result<Vec<ContractId>, SqlError> {
    let mut contracts = service.contracts.clone();
    let mut seen: Vec<&String> = Vec::new();
    for name in spec.drop.iter().chain(&spec.add) {
        if seen.contains(&name) {
            return Err(sql_error!(8404, name));
        }
        seen.push(name);
    }
    for name in &spec.drop {
        let id = cx.db()?.contracts.find(name).map(|contract| contract.id);
        let position = contracts.iter().position(|contract| Some(*contract) == id);
        contracts.remove(position.ok_or_else(|| sql_error!(8425, name))?);
    }
    for (id, name) in referenced_contracts(cx, &spec.add)?.into_iter().zip(&spec.add) {
        if contracts.contains(&id) {
            return Err(sql_error!(8404, name));
        }
        contracts.push(id);
    }
    Ok(contracts)
}
