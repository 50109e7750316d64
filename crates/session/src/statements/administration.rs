//! CHECKPOINT, RECONFIGURE, KILL, SHUTDOWN, DBCC.

use duologue_tsql::ast::AdministrationStatement;

use super::not_built;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

pub(super) fn run(_: &mut Context<'_, '_>, statement: &AdministrationStatement) -> StatementResult {
    match statement {
        // Commits are durable at once, and there is no configuration that waits to be applied.
        AdministrationStatement::Checkpoint { .. } | AdministrationStatement::Reconfigure { .. } => {
            Ok(Flow::done(StatementKind::Other))
        }
        AdministrationStatement::Kill { .. } => not_built("KILL"),
        AdministrationStatement::Shutdown { .. } => not_built("SHUTDOWN"),
        AdministrationStatement::Dbcc { command, .. } => not_built(&format!("DBCC {command}")),
    }
}
