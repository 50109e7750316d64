//! CHECKPOINT, RECONFIGURE, KILL, SHUTDOWN, DBCC.

use duologue_catalog::{Permission, Securable};
use duologue_messages::sql_error;
use duologue_tsql::ast::{AdministrationStatement, Expr};
use duologue_types::SessionId;

use super::not_built;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

pub(super) fn run(cx: &mut Context<'_, '_>, statement: &AdministrationStatement) -> StatementResult {
    match statement {
        // Commits are durable at once, and there is no configuration that waits to be applied.
        AdministrationStatement::Checkpoint { .. } | AdministrationStatement::Reconfigure { .. } => {
            Ok(Flow::done(StatementKind::Other))
        }
        AdministrationStatement::Kill { session, status_only } => kill(cx, session, *status_only),
        AdministrationStatement::Shutdown { .. } => not_built("SHUTDOWN"),
        AdministrationStatement::Dbcc { command, .. } => not_built(&format!("DBCC {command}")),
    }
}

/// Sessions below are the server's own.
const FIRST_USER_SESSION: i64 = 51;
/// A session's number has 15 bits.
const LAST_SESSION: i64 = 32_767;

/// `KILL session`: ends it and rolls back what it was doing. 6101, 6104, 6106, 6107 for sessions that cannot be
/// killed, 6102 without ALTER ANY CONNECTION, 6115 inside a transaction.
fn kill(cx: &mut Context<'_, '_>, session: &Expr, status_only: bool) -> StatementResult {
    if status_only {
        return not_built("KILL … WITH STATUSONLY");
    }
    if cx.session.transaction.is_some() {
        return Err(sql_error!(6115).into());
    }
    let _granted =
        cx.require(Permission::AlterAnyConnection, Securable::Server).map_err(|_| sql_error!(6102))?;
    let number = cx.integer(session)?.unwrap_or_default();
    if !(1..=LAST_SESSION).contains(&number) {
        return Err(sql_error!(6101, number).into());
    }
    if number < FIRST_USER_SESSION {
        return Err(sql_error!(6107).into());
    }
    let killed = SessionId(i32::try_from(number).unwrap_or_default());
    if killed == cx.session.id() {
        return Err(sql_error!(6104).into());
    }
    if !cx.instance.end_session(killed) {
        return Err(sql_error!(6106, number).into());
    }
    Ok(Flow::done(StatementKind::Other))
}
