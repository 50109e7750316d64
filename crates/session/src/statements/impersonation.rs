//! EXECUTE AS and REVERT.

use bytes::Bytes;
use duologue_catalog::RevertRule;
use duologue_catalog::permissions::SecurityContext;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{ExecuteAs, ImpersonatedPrincipal, Variable};
use duologue_types::{SqlType, Value};

use crate::execution::{Context, Flow, StatementResult, Typed};
use crate::output::StatementKind;

/// Length of a cookie; more than anybody can guess.
const COOKIE_BYTES: usize = 32;

/// `EXECUTE AS`.
pub(super) fn execute_as(cx: &mut Context<'_, '_>, statement: &ExecuteAs) -> StatementResult {
    let context = match &statement.principal {
        // Outside modules the caller is who one is already.
        None => cx.security().clone(),
        Some(principal) => impersonated(cx, principal)?,
    };
    let rule = match &statement.cookie {
        _ if statement.no_revert => RevertRule::Never,
        None => RevertRule::Plain,
        Some(variable) => RevertRule::Cookie(give_cookie(cx, variable)?),
    };
    cx.session.contexts.push(context, rule)?;
    Ok(Flow::done(StatementKind::Other))
}

/// The context of a user or login that the effective user may impersonate: 15517, 15406.
pub(super) fn impersonated(
    cx: &Context<'_, '_>,
    principal: &ImpersonatedPrincipal,
) -> Result<SecurityContext, SqlError> {
    match principal {
        ImpersonatedPrincipal::User(name) => cx.security().execute_as_user(cx.catalog(), &cx.string(name)?),
        ImpersonatedPrincipal::Login(name) => cx.security().execute_as_login(cx.catalog(), &cx.string(name)?),
    }
}

fn give_cookie(cx: &mut Context<'_, '_>, variable: &Variable) -> Result<Vec<u8>, SqlError> {
    let mut cookie = vec![0; COOKIE_BYTES];
    cx.instance.random().fill(&mut cookie);
    let value = Value::VarBinary(Bytes::from(cookie.clone()));
    cx.assign(variable, &Typed { value, sql_type: SqlType::VARBINARY_MAX })?;
    Ok(cookie)
}

/// `REVERT [WITH COOKIE = @v]`.
pub(super) fn revert(cx: &mut Context<'_, '_>, cookie: Option<&Variable>) -> StatementResult {
    let cookie = match cookie {
        None => None,
        Some(variable) => {
            let (slot, _) = cx.slot(variable)?;
            match cx.frame.variables.value(slot) {
                Value::VarBinary(bytes) => Some(bytes.to_vec()),
                _ => return Err(sql_error!(15591).into()),
            }
        }
    };
    cx.session.contexts.revert(cookie.as_deref())?;
    Ok(Flow::done(StatementKind::Other))
}
