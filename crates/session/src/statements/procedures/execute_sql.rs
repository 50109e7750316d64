//! sp_executesql.

use duologue_messages::sql_error;

use super::Call;
use super::parameters::bind;
use crate::execution::{Context, Flow, Origin, StatementResult};
use crate::statements::execute::{compile, enter};

/// `sp_executesql @stmt [, @params, arguments…]`.
pub(super) fn execute_sql(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    if call.arguments.is_empty() {
        return Err(sql_error!(201, "sp_executesql", "@statement").into());
    }
    let text = call.text(0)?.unwrap_or_default();
    let parameters = call.text(1)?.unwrap_or_default();
    let declared = cx.session.declared_parameters(&parameters)?;
    let (variables, outputs) = bind(&declared, call.rest(2), || format!("({parameters}){text}"))?;
    let program = compile(cx, &text)?;
    let origin = Origin::Call { outputs, status: call.status.clone() };
    enter(cx, program, variables, origin).map(Flow::Call)
}
