//! sp_getapplock and sp_releaseapplock: locks on names of the application's own, held to the end of the transaction.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use duologue_broker::Resource;
use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, TransactionId, Value};

use super::{Argument, Call, give};
use crate::execution::{Context, Flow, StatementResult, text_of};
use crate::output::StatementKind;
use crate::query;

/// Return values of sp_getapplock.
const GRANTED: i32 = 0;
const GRANTED_AFTER_WAITING: i32 = 1;
const TIMED_OUT: i32 = -1;
const DEADLOCK: i32 = -3;

/// `sp_getapplock @Resource, @LockMode [, @LockOwner, @LockTimeout, @DbPrincipal]`: 15626 outside a transaction.
pub(super) fn get(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let (transaction, resource) = lock_of(cx, call, 2)?;
    let mode = required(call, 1, "@LockMode")?.to_lowercase();
    if !["exclusive", "update"].contains(&mode.as_str()) {
        return Err(sql_error!(49901, "sp_getapplock in a mode that is not Exclusive").into());
    }
    let granted = match cx.instance.lock(transaction, resource) {
        Err(error) if error.number == 1205 => DEADLOCK,
        Err(error) => return Err(error.into()),
        Ok(None) if cx.work.has_waited => GRANTED_AFTER_WAITING,
        Ok(None) => GRANTED,
        Ok(Some(_)) => match wait(cx, call)? {
            Some(flow) => return Ok(flow),
            None => {
                cx.instance.cancel_wait(transaction);
                TIMED_OUT
            }
        },
    };
    returned(cx, call, granted)
}

/// `sp_releaseapplock @Resource [, @LockOwner, @DbPrincipal]`: 1223 for a lock that is not held.
pub(super) fn release(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let (transaction, resource) = lock_of(cx, call, 1)?;
    if !cx.instance.unlock(transaction, resource) {
        return Err(sql_error!(1223, "public", required(call, 0, "@Resource")?).into());
    }
    returned(cx, call, GRANTED)
}

/// How the call waits; `None` when its time is over.
fn wait(cx: &mut Context<'_, '_>, call: &Call) -> Result<Option<Flow>, SqlError> {
    cx.work.has_waited = true;
    let timeout = match given(call, 3, "@LockTimeout") {
        Some(argument) => match query::assign(&argument.value, argument.sql_type, SqlType::Int)? {
            Value::Int(milliseconds) => milliseconds,
            _ => -1,
        },
        None => cx.session.state.options.lock_timeout,
    };
    let Ok(milliseconds) = u64::try_from(timeout) else { return Ok(Some(Flow::Wait(None))) };
    let deadline = cx.host.now + Duration::from_millis(milliseconds);
    let deadline = *cx.work.lock_deadline.get_or_insert(deadline);
    Ok((cx.host.now < deadline).then_some(Flow::Wait(Some(deadline))))
}

/// The transaction that owns the lock, and what is locked: names are told apart byte for byte, in each database.
fn lock_of(
    cx: &Context<'_, '_>,
    call: &Call,
    owner_position: usize,
) -> Result<(TransactionId, Resource), SqlError> {
    let owner = text(call, owner_position, "@LockOwner")?;
    if owner.is_some_and(|owner| !owner.eq_ignore_ascii_case("transaction")) {
        return Err(sql_error!(49901, "an application lock that the session owns"));
    }
    let name = required(call, 0, "@Resource")?;
    let transaction = cx.session.transaction.as_ref().map(|open| open.id).ok_or_else(|| sql_error!(15626))?;
    Ok((transaction, Resource::Application(cx.database_id(), digest(&name))))
}

/// Names that share a number by chance wait for each other and nothing worse.
fn digest(name: &str) -> u128 {
    let half = |number: u8| {
        let mut hasher = DefaultHasher::new();
        (number, name).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// The argument of that name, or at that position without one.
fn given<'c>(call: &'c Call, position: usize, name: &str) -> Option<&'c Argument> {
    let is_named =
        |argument: &&Argument| argument.name.as_ref().is_some_and(|given| given.eq_ignore_ascii_case(name));
    let positional = call.arguments.get(position).filter(|argument| argument.name.is_none());
    call.arguments.iter().find(is_named).or(positional)
}

fn text(call: &Call, position: usize, name: &str) -> Result<Option<String>, SqlError> {
    let Some(argument) = given(call, position, name) else { return Ok(None) };
    let value = query::assign(&argument.value, argument.sql_type, SqlType::NVARCHAR_MAX)?;
    Ok(text_of(&value))
}

/// 201 for an argument that is missing.
fn required(call: &Call, position: usize, name: &str) -> Result<String, SqlError> {
    text(call, position, name)?.ok_or_else(|| sql_error!(201, &call.name, name))
}

fn returned(cx: &mut Context<'_, '_>, call: &Call, status: i32) -> StatementResult {
    if let Some(target) = &call.status {
        give(cx, target, SqlType::Int, &Value::Int(status))?;
    }
    Ok(Flow::done(StatementKind::Execute))
}
