//! USE.

use duologue_messages::sql_error;
use duologue_tsql::ast::Ident;

use crate::execution::{Context, Flow, StatementResult};
use crate::output::{SessionChange, StatementKind};

/// `USE database`: 911 when it does not exist, 916 when the effective user may not enter it.
pub(super) fn use_database(cx: &mut Context<'_, '_>, name: &Ident) -> StatementResult {
    let database = cx.catalog().require_database(&name.name)?;
    let (id, new) = (database.settings.id, database.settings.name.clone());
    let old = cx.database().map(|database| database.settings.name.clone()).unwrap_or_default();
    let seen = cx.seen_transaction();
    cx.session.contexts.enter(cx.instance.catalog_for(seen), id)?;
    cx.output.change(&SessionChange::Database { old, new: new.clone() });
    cx.inform(sql_error!(5701, new));
    Ok(Flow::done(StatementKind::Other))
}
