//! BEGIN, COMMIT, ROLLBACK and SAVE TRANSACTION.

use duologue_messages::SqlError;
use duologue_tsql::ast::{TransactionName, TransactionStatement};

use crate::execution::{Context, Flow, StatementResult};
use crate::output::{SessionChange, StatementKind};

/// Names of transactions and savepoints are cut to this many characters.
const NAME_CHARACTERS: usize = 32;

pub(super) fn run(cx: &mut Context<'_, '_>, statement: &TransactionStatement) -> StatementResult {
    let now = cx.host.now;
    match statement {
        TransactionStatement::Begin { name, .. } => {
            let name = name_of(cx, name.as_ref())?;
            let change = cx.session.begin_transaction(cx.instance, name);
            finish(cx, StatementKind::BeginTransaction, change)
        }
        TransactionStatement::Commit { .. } => {
            let change = cx.session.commit_transaction(cx.instance, now)?;
            finish(cx, StatementKind::Commit, change)
        }
        TransactionStatement::Rollback { name } => {
            let name = name_of(cx, name.as_ref())?;
            let change = cx.session.roll_back_named(cx.instance, now, name.as_deref())?;
            // What the statement began with is gone.
            cx.work.start = None;
            finish(cx, StatementKind::Rollback, change)
        }
        TransactionStatement::Save { name } => {
            let name = name_of(cx, Some(name))?.unwrap_or_default();
            cx.session.save_transaction(cx.instance, name)?;
            finish(cx, StatementKind::Other, None)
        }
    }
}

fn finish(cx: &mut Context<'_, '_>, kind: StatementKind, change: Option<SessionChange>) -> StatementResult {
    if let Some(change) = change {
        cx.output.change(&change);
    }
    Ok(Flow::done(kind))
}

fn name_of(cx: &Context<'_, '_>, name: Option<&TransactionName>) -> Result<Option<String>, SqlError> {
    let name = match name {
        None => None,
        Some(TransactionName::Name(ident)) => Some(ident.name.clone()),
        Some(TransactionName::Variable(variable)) => cx.variable_text(variable)?,
    };
    Ok(name.map(|name| name.chars().take(NAME_CHARACTERS).collect()))
}
