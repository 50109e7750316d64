//! sp_executesql.

use duologue_messages::sql_error;

use super::Call;
use super::parameters::{bind, declared_parameters};
use crate::execution::{Context, Flow, Origin, StatementResult};
use crate::statements::execute::{compile, enter};

/// `sp_executesql @stmt [, @params, arguments…]`.
pub(super) fn execute_sql(cx: &mut Context<'_, '_>, call: Call) -> StatementResult {
    if call.arguments.is_empty() {
        return Err(sql_error!(201, "sp_executesql", "@statement").into());
    }
    let text = call.text(0)?.unwrap_or_default();
    let parameters = call.text(1)?.unwrap_or_default();
    let declared = declared_parameters(&parameters)?;
    let shown = format!("({parameters}){text}");
    let (variables, outputs) = bind(&declared, call.rest(2), &shown)?;
    let program = compile(cx, &text)?;
    let origin = Origin::Call { outputs, status: call.status };
    enter(cx, program, variables, origin).map(Flow::Call)
}
