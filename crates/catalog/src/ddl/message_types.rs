//! CREATE, ALTER and DROP MESSAGE TYPE.

use duologue_messages::sql_error;
use duologue_types::MessageTypeId;

use super::context::{DdlContext, Target, check_new_name};
use super::outcome::{DdlOutcome, DdlResult};
use crate::object_set::Class;
use crate::objects::{MessageType, Validation};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "message type";
const OBJECT_TYPE: &str = "MESSAGE TYPE";

/// `CREATE MESSAGE TYPE`.
#[derive(Clone, Debug)]
pub struct CreateMessageType {
    /// Compared by bytes.
    pub name: String,
    /// `AUTHORIZATION`.
    pub authorization: Option<String>,
    /// `VALIDATION`.
    pub validation: Validation,
}

/// `CREATE MESSAGE TYPE`: event 151.
pub fn create_message_type(cx: &mut DdlContext<'_>, spec: &CreateMessageType) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateMessageType)?;
    check_new_name(&cx.db()?.message_types, NOUN, &spec.name)?;
    let owner = cx.owner(spec.authorization.as_deref())?;
    let id = MessageTypeId(cx.draft.take_id(cx.database, Class::MessageType));
    let created = MessageType { id, name: spec.name.clone(), owner, validation: spec.validation };
    cx.draft.put(cx.database, created);
    Ok(DdlOutcome::event(cx.event(151, OBJECT_TYPE, &spec.name)))
}

/// `ALTER MESSAGE TYPE … VALIDATION`: messages that are already queued are not looked at again. Event 152.
pub fn alter_message_type(cx: &mut DdlContext<'_>, name: &str, validation: Validation) -> DdlResult {
    let id = target(cx, Target::alter(NOUN, name))?;
    cx.draft.update::<MessageType>(cx.database, id.0, |message_type| message_type.validation = validation);
    Ok(DdlOutcome::event(cx.event(152, OBJECT_TYPE, name)))
}

/// `DROP MESSAGE TYPE`: refused while a contract holds it (3716). Event 153.
pub fn drop_message_type(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let id = target(cx, Target::drop(NOUN, name))?;
    if cx.db()?.contracts.iter().any(|contract| contract.sent_by(id).is_some()) {
        return Err(sql_error!(3716, NOUN, name, "contract"));
    }
    cx.remove::<MessageType>(id.0, Securable::MessageType(id));
    Ok(DdlOutcome::event(cx.event(153, OBJECT_TYPE, name)))
}

fn target(cx: &DdlContext<'_>, target: Target<'_>) -> Result<MessageTypeId, duologue_messages::SqlError> {
    let found = cx.target(&cx.db()?.message_types, target, |id| Securable::MessageType(MessageTypeId(id)))?;
    Ok(found.id)
}
