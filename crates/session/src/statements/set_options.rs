//! SET of session options.

use std::time::Duration;

use duologue_catalog::Permission;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    DmlTarget, Expr, IsolationLevel, ObjectName, SetStatement, SetSwitch, SetValueOption, data_target,
};
use duologue_types::{SqlType, Value};

use super::rows::Target;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::{SessionChange, StatementKind};
use crate::state::{DateFormat, Isolation};

/// Longest CONTEXT_INFO.
const CONTEXT_INFO_BYTES: usize = 128;

pub(super) fn set(cx: &mut Context<'_, '_>, statement: &SetStatement) -> StatementResult {
    match statement {
        SetStatement::Switches { switches, on } => {
            switches.iter().for_each(|switch| set_switch(cx, *switch, *on));
        }
        SetStatement::Value { option, value } => set_value(cx, *option, value)?,
        SetStatement::IsolationLevel(level) => cx.session.state.options.isolation = isolation(*level),
        SetStatement::IdentityInsert { table, on } => identity_insert(cx, table, *on)?,
        SetStatement::Statistics { .. } | SetStatement::Offsets { .. } => {}
    }
    Ok(Flow::done(StatementKind::Set))
}

fn identity_insert(cx: &mut Context<'_, '_>, table: &ObjectName, on: bool) -> Result<(), SqlError> {
    let target = DmlTarget { line: table.line(), kind: data_target(table.clone()), hints: Vec::new() };
    let target = Target::resolve(cx, &target, Permission::Alter)?;
    target.set_identity_insert(cx, on)
}

fn set_switch(cx: &mut Context<'_, '_>, switch: SetSwitch, on: bool) {
    let options = &mut cx.session.state.options;
    if switch == SetSwitch::AnsiDefaults {
        options.set_ansi_defaults(on);
    } else if let Some(option) = options.switch_mut(switch) {
        *option = on;
    }
}

fn isolation(level: IsolationLevel) -> Isolation {
    match level {
        IsolationLevel::ReadUncommitted => Isolation::ReadUncommitted,
        IsolationLevel::ReadCommitted => Isolation::ReadCommitted,
        IsolationLevel::RepeatableRead => Isolation::RepeatableRead,
        IsolationLevel::Snapshot => Isolation::Snapshot,
        IsolationLevel::Serializable => Isolation::Serializable,
    }
}

fn set_value(cx: &mut Context<'_, '_>, option: SetValueOption, value: &Expr) -> Result<(), SqlError> {
    match option {
        SetValueOption::ContextInfo => return set_context_info(cx, value),
        SetValueOption::DateFormat => return set_date_format(cx, value),
        SetValueOption::Language => return set_language(cx, value),
        SetValueOption::DeadlockPriority => return set_deadlock_priority(cx, value),
        SetValueOption::FipsFlagger | SetValueOption::QueryGovernorCostLimit => return Ok(()),
        SetValueOption::DateFirst
        | SetValueOption::LockTimeout
        | SetValueOption::RowCount
        | SetValueOption::TextSize => {}
    }
    let number = cx.integer(value)?.unwrap_or_default();
    let options = &mut cx.session.state.options;
    match option {
        SetValueOption::DateFirst => match u8::try_from(number) {
            Ok(day @ 1..=7) => options.date_first = day,
            _ => return Err(sql_error!(2742, number)),
        },
        SetValueOption::LockTimeout => options.lock_timeout = i32::try_from(number).unwrap_or(-1),
        SetValueOption::RowCount => options.row_count = u64::try_from(number).unwrap_or_default(),
        _ => options.text_size = text_size(number),
    }
    Ok(())
}

/// 0 is the default of 4096; −1 is no limit.
fn text_size(number: i64) -> i32 {
    match i32::try_from(number) {
        Ok(0) => 4096,
        Ok(size @ 1..) => size,
        _ => i32::MAX,
    }
}

fn set_context_info(cx: &mut Context<'_, '_>, value: &Expr) -> Result<(), SqlError> {
    let Value::VarBinary(bytes) = cx.evaluate_as(value, SqlType::VARBINARY_MAX)? else { return Ok(()) };
    cx.session.state.options.context_info = Some(bytes.slice(..bytes.len().min(CONTEXT_INFO_BYTES)));
    Ok(())
}

fn set_date_format(cx: &mut Context<'_, '_>, value: &Expr) -> Result<(), SqlError> {
    let name = cx.text(value)?.unwrap_or_default();
    let format = DateFormat::from_name(&name).ok_or_else(|| sql_error!(2741, name))?;
    cx.session.state.options.date_format = format;
    Ok(())
}

fn set_language(cx: &mut Context<'_, '_>, value: &Expr) -> Result<(), SqlError> {
    let name = cx.text(value)?.unwrap_or_default();
    if !["us_english", "english"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Err(sql_error!(2740, name));
    }
    let new = "us_english".to_owned();
    let old = std::mem::replace(&mut cx.session.state.options.language, new.as_str().into());
    cx.output.change(&SessionChange::Language { old: old.to_string(), new: new.clone() });
    cx.inform(sql_error!(5703, new));
    Ok(())
}

fn set_deadlock_priority(cx: &mut Context<'_, '_>, value: &Expr) -> Result<(), SqlError> {
    let text = cx.text(value)?.unwrap_or_default();
    let priority = match text.to_ascii_uppercase().as_str() {
        "LOW" => Some(-5),
        "NORMAL" => Some(0),
        "HIGH" => Some(5),
        number => number.parse().ok().filter(|priority| (-10..=10).contains(priority)),
    };
    cx.session.state.options.deadlock_priority = priority.ok_or_else(|| sql_error!(102, text))?;
    Ok(())
}

/// Milliseconds of a WAITFOR's TIMEOUT: forever below zero.
pub(super) fn timeout(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}
