//! BEGIN DIALOG, SEND, END CONVERSATION, conversation timers and groups.

use bytes::Bytes;
use duologue_broker as broker;
use duologue_broker::{EndMode, ObjectKey, ReceiveFilter};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    BeginDialog, EndConversationMode, Expr, GetConversationGroup, ObjectName, RelatedConversation, Send,
};
use duologue_types::{ConversationGroupId, ConversationHandle, SqlType, Value, utf16_prefix};

use crate::execution::{Context, Flow, StatementResult, Typed};
use crate::output::StatementKind;
use crate::query;

/// Longest description of END CONVERSATION WITH ERROR, in UTF-16 units.
const DESCRIPTION_UNITS: usize = 3000;

/// `BEGIN DIALOG`.
pub(super) fn begin_dialog(cx: &mut Context<'_, '_>, statement: &BeginDialog) -> StatementResult {
    let (_, handle_type) = cx.slot(&statement.handle)?;
    if handle_type != SqlType::UniqueIdentifier {
        return Err(sql_error!(206, "uniqueidentifier", handle_type.error_name()).into());
    }
    let (from_service, to_service) = (cx.name(&statement.from_service)?, cx.string(&statement.to_service)?);
    let broker_instance = statement.broker_instance.as_ref().map(|text| cx.string(text)).transpose()?;
    let contract = statement.contract.as_ref().map(|name| cx.name(name)).transpose()?;
    // NULL in a variable is an empty name.
    if from_service.is_empty() || to_service.is_empty() {
        return Err(sql_error!(8421).into());
    }
    if contract.as_deref() == Some("") {
        return Err(sql_error!(8417).into());
    }
    let related = match &statement.related {
        None => None,
        Some(RelatedConversation::Conversation(handle)) => {
            Some(broker::RelatedConversation::Conversation(cx.handle(handle)?))
        }
        Some(RelatedConversation::Group(group)) => {
            let group = cx.guid(group)?.ok_or_else(|| sql_error!(8420))?;
            Some(broker::RelatedConversation::Group(ConversationGroupId(group)))
        }
    };
    let lifetime = match &statement.lifetime {
        None => None,
        Some(seconds) => Some(cx.integer(seconds)?.ok_or_else(|| sql_error!(8406, 1, i32::MAX))?),
    };
    let request = broker::BeginDialog {
        from_service: &from_service,
        to_service: &to_service,
        broker_instance: broker_instance.as_deref(),
        contract: contract.as_deref(),
        related,
        lifetime,
        encryption: statement.encryption,
    };
    let handle = match cx.attempt(|instance, caller| instance.begin_dialog(caller, request))? {
        Ok(handle) => handle,
        Err(wait) => return Ok(wait),
    };
    let value = Value::Guid(handle.0);
    cx.assign(&statement.handle, &Typed { value, sql_type: SqlType::UniqueIdentifier })?;
    Ok(Flow::done(StatementKind::Other))
}

/// `SEND`.
pub(super) fn send(cx: &mut Context<'_, '_>, statement: &Send) -> StatementResult {
    let mut handles = Vec::with_capacity(statement.handles.len());
    for handle in &statement.handles {
        handles.push(cx.guid(handle)?.map(ConversationHandle));
    }
    let message_type = statement.message_type.as_ref().map(|name| cx.name(name)).transpose()?;
    let body = statement.body.as_ref().map(|body| message_body(cx, body)).transpose()?;
    let request = broker::SendRequest {
        handles: &handles,
        message_type: message_type.as_deref().unwrap_or("DEFAULT"),
        body,
    };
    match cx.attempt(|instance, caller| instance.send(caller, &request))? {
        Ok(()) => Ok(Flow::done(StatementKind::Other)),
        Err(wait) => Ok(wait),
    }
}

/// The bytes of a message: 8433 for NULL. A value of type `xml` travels with a byte order mark, text without.
fn message_body(cx: &mut Context<'_, '_>, body: &Expr) -> Result<Bytes, SqlError> {
    let found = cx.evaluate(body)?;
    match query::cast(&found.value, found.sql_type, SqlType::VARBINARY_MAX)? {
        Value::VarBinary(bytes) => Ok(bytes),
        _ => Err(sql_error!(8433)),
    }
}

/// `END CONVERSATION`.
pub(super) fn end(cx: &mut Context<'_, '_>, handle: &Expr, mode: &EndConversationMode) -> StatementResult {
    let handle = cx.handle(handle)?;
    let mode = match mode {
        EndConversationMode::Normal => EndMode::Normal,
        EndConversationMode::Cleanup => EndMode::Cleanup,
        EndConversationMode::Error { code, description } => error_mode(cx, code, description)?,
    };
    match cx.attempt(|instance, caller| instance.end_conversation(caller, handle, &mode))? {
        Ok(()) => Ok(Flow::done(StatementKind::Other)),
        Err(wait) => Ok(wait),
    }
}

/// A code above 0 (8424) and a description, which is cut to 3000 characters; neither of them NULL (8419).
fn error_mode(cx: &mut Context<'_, '_>, code: &Expr, description: &Expr) -> Result<EndMode, SqlError> {
    let code = cx.integer(code)?.ok_or_else(|| sql_error!(8419))?;
    let description = cx.text(description)?.ok_or_else(|| sql_error!(8419))?;
    let code = i32::try_from(code).ok().filter(|code| *code > 0).ok_or_else(|| sql_error!(8424))?;
    let description = utf16_prefix(&description, DESCRIPTION_UNITS);
    Ok(EndMode::Error { code, description })
}

/// `BEGIN CONVERSATION TIMER`.
pub(super) fn begin_timer(cx: &mut Context<'_, '_>, handle: &Expr, timeout: &Expr) -> StatementResult {
    let handle = cx.handle(handle)?;
    let seconds = cx.integer(timeout)?.and_then(|seconds| i32::try_from(seconds).ok());
    let seconds = seconds.ok_or_else(|| sql_error!(8410))?;
    match cx.attempt(|instance, caller| instance.begin_conversation_timer(caller, handle, seconds))? {
        Ok(()) => Ok(Flow::done(StatementKind::Other)),
        Err(wait) => Ok(wait),
    }
}

/// `MOVE CONVERSATION`.
pub(super) fn move_conversation(cx: &mut Context<'_, '_>, handle: &Expr, group: &Expr) -> StatementResult {
    let handle = cx.handle(handle)?;
    let group = cx.guid(group)?.map(ConversationGroupId).ok_or_else(|| sql_error!(8420))?;
    match cx.attempt(|instance, caller| instance.move_conversation(caller, handle, group))? {
        Ok(()) => Ok(Flow::done(StatementKind::Other)),
        Err(wait) => Ok(wait),
    }
}

/// `GET CONVERSATION GROUP`, once or, within WAITFOR, as soon as there is one.
pub(super) fn get_group(
    cx: &mut Context<'_, '_>,
    statement: &GetConversationGroup,
    waits: bool,
) -> StatementResult {
    cx.slot(&statement.variable)?;
    let queue = queue(cx, &statement.queue)?;
    let found = cx.broker(|instance, caller| instance.get_conversation_group(caller, queue))?;
    if found.is_none() && waits && !cx.is_wait_over() {
        return Ok(cx.wait_on_queue(queue, ReceiveFilter::Any));
    }
    let value = found.map_or(Value::Null, |group| Value::Guid(group.0));
    cx.assign(&statement.variable, &Typed { value, sql_type: SqlType::UniqueIdentifier })?;
    Ok(Flow::assigned(found.iter().len() as u64))
}

/// The queue that a statement names: 208.
pub(super) fn queue(cx: &Context<'_, '_>, name: &ObjectName) -> Result<ObjectKey, SqlError> {
    let security = match name.database() {
        None => cx.security().clone(),
        Some(database) => {
            let database = cx.catalog().require_database(database)?.settings.id;
            cx.security().enter(cx.catalog(), database)?
        }
    };
    let database = cx.catalog().database(security.database);
    let found = database.and_then(|found| found.find_queue(security.user, name.schema(), name.object()));
    let found = found.ok_or_else(|| sql_error!(208, super::written(name)).at_line(name.line()))?;
    Ok((security.database, found.id))
}
