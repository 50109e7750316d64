//! CREATE and DROP CONTRACT; there is no ALTER.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{ContractId, MessageTypeId};

use super::context::{DdlContext, Target, check_new_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::object_set::Class;
use crate::objects::{Contract, ContractMessage, SentBy};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "contract";
const OBJECT_TYPE: &str = "CONTRACT";

/// `CREATE CONTRACT`.
#[derive(Clone, Debug)]
pub struct CreateContract {
    /// Compared by bytes.
    pub name: String,
    /// `AUTHORIZATION`.
    pub authorization: Option<String>,
    /// Message types and who sends them.
    pub messages: Vec<(String, SentBy)>,
}

/// `CREATE CONTRACT`: 8403 for a message type named twice, 8492 when the initiator has nothing to say. Event 154.
pub fn create_contract(cx: &mut DdlContext<'_>, spec: &CreateContract) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateContract)?;
    check_new_name(&cx.db()?.contracts, NOUN, &spec.name)?;
    let messages = messages(cx, spec)?;
    let owner = cx.owner(spec.authorization.as_deref())?;
    let id = ContractId(cx.draft.take_id(cx.database, Class::Contract));
    cx.draft.put(cx.database, Contract { id, name: spec.name.clone(), owner, messages });
    Ok(DdlOutcome::event(cx.event(154, OBJECT_TYPE, &spec.name)))
}

fn messages(cx: &DdlContext<'_>, spec: &CreateContract) -> Result<Vec<ContractMessage>, SqlError> {
    let mut messages: Vec<ContractMessage> = Vec::new();
    for (name, sent_by) in &spec.messages {
        let securable = |id| Securable::MessageType(MessageTypeId(id));
        let types = &cx.db()?.message_types;
        let message_type = cx.mentioned(types, "message type", name, Permission::References, securable)?.id;
        if messages.iter().any(|usage| usage.message_type == message_type) {
            return Err(sql_error!(8403, name));
        }
        messages.push(ContractMessage { message_type, sent_by: *sent_by });
    }
    if messages.iter().all(|usage| usage.sent_by == SentBy::Target) {
        return Err(sql_error!(8492, spec.name));
    }
    Ok(messages)
}

/// `DROP CONTRACT`: refused while a service or a priority names it (3716); conversations on it end with error.
/// Event 156.
pub fn drop_contract(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let database = cx.db()?;
    let securable = |id| Securable::Contract(ContractId(id));
    let id = cx.target(&database.contracts, Target::drop(NOUN, name), securable)?.id;
    if database.services.iter().any(|service| service.contracts.contains(&id)) {
        return Err(sql_error!(3716, NOUN, name, "service"));
    }
    if database.broker_priorities.iter().any(|priority| priority.contract == Some(id)) {
        return Err(sql_error!(3716, NOUN, name, "conversation priority"));
    }
    cx.remove::<Contract>(id.0, Securable::Contract(id));
    let effect = Effect::ContractDropped { database: cx.database, contract: id };
    Ok(DdlOutcome::event(cx.event(156, OBJECT_TYPE, name)).effect(effect))
}
