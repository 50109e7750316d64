//! sp_reset_connection.

use super::{Call, returned};
use crate::execution::{Context, StatementResult};
use crate::output::SessionChange;

/// What connection pools call before they hand a connection on: the session as it was after its login.
pub(super) fn reset_connection(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let descriptor = cx.session.transaction_descriptor();
    let had_transaction = descriptor != 0;
    cx.session.reset(cx.instance, false, cx.host);
    cx.work.start = None;
    if had_transaction {
        cx.output.change(&SessionChange::TransactionRolledBack { descriptor });
    }
    returned(cx, call.status.as_ref())
}
