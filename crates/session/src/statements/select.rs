//! SELECT.

use duologue_messages::sql_error;
use duologue_tsql::ast::SelectStatement;

use super::returned_rows;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query::{self, SelectOutcome};

pub(super) fn select(cx: &mut Context<'_, '_>, statement: &SelectStatement) -> StatementResult {
    let (columns, outcome) = cx.query(|context| {
        let plan = query::bind_select(context, statement, &[])?;
        if plan.into.is_some() {
            return Err(sql_error!(49901, "SELECT INTO"));
        }
        plan.run(context).map(|outcome| (plan.columns, outcome))
    })?;
    Ok(match outcome {
        SelectOutcome::Rows(rows) => {
            let count = returned_rows::send(cx, &columns, rows);
            Flow::rows(StatementKind::Select, count)
        }
        SelectOutcome::Assigned { rows, values } => Flow::assigned(returned_rows::assign(cx, rows, values)),
    })
}
