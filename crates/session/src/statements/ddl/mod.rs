//! Definitions: the catalog's operations, run in the statement's transaction, with the events that they raise.

mod broker;
mod databases;
mod drops;
mod endpoints;
pub(super) mod event_notifications;
mod logins;
mod permissions;
mod principals;
mod schemas;
mod tables;

pub(super) use broker::define_broker_object;
pub(super) use databases::define_database;
pub(super) use drops::{drop, drop_event_notifications};
pub(super) use endpoints::define_endpoint;
pub(super) use permissions::{alter_authorization, change_permissions};
pub(super) use principals::define_principal;
pub(super) use schemas::define_other;
pub(super) use tables::{alter as alter_table, create as create_table};

use duologue_broker::EventEnvironment;
use duologue_catalog::ddl::{DdlContext, DdlOutcome, DdlResult, EventFact, ObjectName};
use duologue_catalog::permissions::SecurityContext;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, Ident};
use duologue_tsql::hide_passwords;
use duologue_types::{Timestamp, format_iso};

use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

/// Runs a catalog operation in the current database.
pub(super) fn define(
    cx: &mut Context<'_, '_>,
    operation: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
) -> StatementResult {
    let security = cx.security().clone();
    define_in(cx, &security, operation)
}

/// Runs a catalog operation in the database of `security`.
pub(super) fn define_in(
    cx: &mut Context<'_, '_>,
    security: &SecurityContext,
    operation: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
) -> StatementResult {
    match try_define(cx, security, operation)? {
        Ok(outcome) => {
            finish(cx, outcome)?;
            Ok(Flow::done(StatementKind::Other))
        }
        Err(wait) => Ok(wait),
    }
}

/// The operation itself; `Err` is how it waits for the catalog.
pub(super) fn try_define(
    cx: &mut Context<'_, '_>,
    security: &SecurityContext,
    operation: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
) -> Result<Result<DdlOutcome, Flow>, SqlError> {
    cx.attempt(|instance, caller| {
        let now = caller.now;
        instance.change_catalog(caller.transaction, |draft| {
            operation(&mut DdlContext { draft, database: security.database, security, now })
        })
    })
}

/// Warnings, effects and the event of a successful operation.
pub(super) fn finish(cx: &mut Context<'_, '_>, outcome: DdlOutcome) -> Result<(), SqlError> {
    let transaction = cx.transaction()?;
    cx.instance.add_effects(transaction, outcome.effects);
    for warning in outcome.warnings {
        cx.inform(warning);
    }
    if let Some(event) = outcome.event {
        raise(cx, event)?;
    }
    Ok(())
}

fn raise(cx: &mut Context<'_, '_>, event: EventFact) -> Result<(), SqlError> {
    let transaction = cx.transaction()?;
    let (security, catalog) = (cx.security(), cx.catalog());
    let login = catalog.login_name(security.login.unwrap_or(security.original_login));
    let user = catalog.database(security.database).map(|found| found.principal_name(security.user));
    let options = &cx.session.state.options;
    let command = hide_passwords(cx.statement_text(), options.quoted_identifier);
    let environment = EventEnvironment {
        post_time: &post_time(cx),
        spid: cx.session.id().0,
        login: &login,
        user: &user.unwrap_or_default(),
        command: Some(&command),
        set_options: [
            options.ansi_nulls,
            options.ansi_null_dflt_on,
            options.ansi_padding,
            options.quoted_identifier,
        ],
    };
    cx.instance.raise_event(transaction, event, &environment);
    Ok(())
}

/// Local time as events show it.
fn post_time(cx: &Context<'_, '_>) -> String {
    let offset = i64::from(cx.host.utc_offset_minutes) * 60_000_000;
    format_iso(Timestamp(cx.host.now.0.saturating_add(offset)))
}

/// A name of one to three parts as the catalog takes it; four are 117.
pub(super) fn object_name(name: &ast::ObjectName) -> Result<ObjectName, SqlError> {
    if name.server().is_some() {
        return Err(sql_error!(117, "object", super::written(name), 3));
    }
    Ok(ObjectName {
        database: name.database().map(Into::into),
        schema: name.schema().map(Into::into),
        name: name.object().into(),
    })
}

/// The effective user in the database that a name names.
pub(super) fn security_of(cx: &Context<'_, '_>, name: &ast::ObjectName) -> Result<SecurityContext, SqlError> {
    let Some(database) = name.database() else { return Ok(cx.security().clone()) };
    let database = cx.catalog().require_database(database)?.settings.id;
    cx.security().enter(cx.catalog(), database)
}

/// The text of an optional identifier.
pub(super) fn text(ident: Option<&Ident>) -> Option<String> {
    ident.map(|ident| ident.name.clone())
}
