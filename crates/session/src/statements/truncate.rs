//! TRUNCATE TABLE: every row goes, and IDENTITY begins again.

use duologue_catalog::Permission;
use duologue_tsql::ast::{DmlTarget, ObjectName, data_target};

use super::rows::{Change, Target};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;

pub(super) fn truncate(cx: &mut Context<'_, '_>, name: &ObjectName) -> StatementResult {
    let kind = data_target(name.clone());
    let target = DmlTarget { line: name.line(), kind, hints: Vec::new() };
    let target = Target::resolve(cx, &target, Permission::Alter)?;
    let numbers: Vec<u64> = target.rows(cx).into_iter().map(|(number, _)| number).collect();
    if let Some(wait) = target.lock_rows(cx, numbers.iter().copied())? {
        return Ok(wait);
    }
    let changes = numbers.into_iter().map(|number| Change { number: Some(number), row: None }).collect();
    match target.apply(cx, changes)? {
        Some(wait) => Ok(wait),
        None => {
            target.reset_identity(cx);
            Ok(Flow::done(StatementKind::Other))
        }
    }
}
