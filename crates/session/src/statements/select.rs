//! SELECT.

use duologue_tsql::ast::SelectStatement;

use super::{returned_rows, temp_tables};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query::{self, SelectOutcome};

pub(super) fn select(cx: &mut Context<'_, '_>, statement: &SelectStatement) -> StatementResult {
    let (columns, into, outcome) = cx.query(|context| {
        let plan = query::bind_select(context, statement, &[])?;
        plan.run(context).map(|outcome| (plan.columns, plan.into, outcome))
    })?;
    Ok(match outcome {
        SelectOutcome::Rows(rows) => {
            if let Some(name) = into {
                return temp_tables::select_into(cx, &name, &columns, &rows);
            }
            let count = returned_rows::send(cx, &columns, rows);
            Flow::rows(StatementKind::Select, count)
        }
        SelectOutcome::Assigned { rows, values } => Flow::assigned(returned_rows::assign(cx, rows, values)),
    })
}
