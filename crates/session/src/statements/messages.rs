//! PRINT, RAISERROR, THROW.

use duologue_messages::{SqlError, lookup, sql_error};
use duologue_tsql::ast::{Expr, RaiseError, Throw};
use duologue_types::{SqlType, Value, utf16_length, utf16_prefix};

use crate::execution::{Context, Failure, Flow, Reach, StatementResult};
use crate::output::StatementKind;
use crate::query::{MAX_ARGUMENTS, printf};

/// Longest PRINT in UTF-16 units.
const PRINT_UNITS: usize = 4000;
/// Longest RAISERROR in UTF-16 units.
const MESSAGE_UNITS: usize = 2047;
/// Highest severity that does not need WITH LOG.
const LAST_UNLOGGED: u8 = 18;
/// Highest severity that is only information.
const LAST_INFORMATION: u8 = 10;
/// The user's own errors, and the number of a text.
const USER_ERRORS: std::ops::RangeInclusive<i64> = 50_000..=2_147_483_647;

/// `PRINT`: NULL prints an empty line.
pub(super) fn print(cx: &mut Context<'_, '_>, value: &Expr) -> StatementResult {
    let text = cx.text(value)?.unwrap_or_else(|| " ".into());
    cx.inform(SqlError {
        number: 0,
        severity: 0,
        state: 1,
        line: 0,
        procedure: String::new(),
        text: utf16_prefix(&text, PRINT_UNITS),
    });
    Ok(Flow::done(StatementKind::Other))
}

/// `RAISERROR`: a message, or an error that ends nothing unless a CATCH block or its severity does.
pub(super) fn raise_error(cx: &mut Context<'_, '_>, statement: &RaiseError) -> StatementResult {
    let (number, text) = message(cx, &statement.message)?;
    let severity = cx.integer(&statement.severity)?.unwrap_or_default().clamp(-1, 25);
    let state = cx.integer(&statement.state)?.unwrap_or_default();
    let arguments = arguments(cx, &statement.arguments)?;
    let severity = match u8::try_from(severity) {
        Ok(severity) => severity,
        // −1: the severity that the message has in the table.
        Err(_) => lookup(number).map_or(0, |found| found.severity),
    };
    check_severity(cx, severity, statement.log)?;
    let error = SqlError {
        number,
        severity,
        state: u8::try_from(state.clamp(0, 255)).unwrap_or(1).max(1),
        line: cx.line,
        procedure: String::new(),
        text: shortened(&printf(&text, &arguments)?),
    };
    if statement.log {
        cx.instance.log(&error);
    }
    if severity > LAST_INFORMATION {
        return Err(Failure::raised(error, Reach::Message));
    }
    let number = if statement.seterror { error.number } else { 0 };
    cx.inform(error);
    cx.session.state.succeeded(0);
    cx.session.state.last_error = number;
    Ok(Flow::untraced())
}

/// The number and text of the message: a text has number 50000.
fn message(cx: &mut Context<'_, '_>, expression: &Expr) -> Result<(i32, String), SqlError> {
    let found = cx.evaluate(expression)?;
    if !found.sql_type.family().is_number() {
        return Ok((50_000, crate::execution::text_of(&found.value).unwrap_or_default()));
    }
    let number = match crate::query::assign(&found.value, found.sql_type, SqlType::BigInt)? {
        Value::BigInt(number) => number,
        _ => 0,
    };
    let known = i32::try_from(number).ok().filter(|number| *number >= 13_000 && *number != 50_000);
    match known {
        Some(number) => lookup(number)
            .map(|found| (number, found.text.to_owned()))
            .ok_or_else(|| sql_error!(18054, number, -1, 1)),
        None => Err(sql_error!(2732, number, 13_000, USER_ERRORS.end())),
    }
}

/// Longer messages end in an ellipsis.
fn shortened(text: &str) -> String {
    if utf16_length(text) <= MESSAGE_UNITS {
        text.to_owned()
    } else {
        utf16_prefix(text, MESSAGE_UNITS - 3) + "..."
    }
}

fn arguments(cx: &mut Context<'_, '_>, expressions: &[Expr]) -> Result<Vec<Value>, SqlError> {
    if expressions.len() > MAX_ARGUMENTS {
        return Err(sql_error!(2747, MAX_ARGUMENTS));
    }
    expressions.iter().map(|expression| cx.evaluate(expression).map(|found| found.value)).collect()
}

/// Severities from 19 need WITH LOG and sysadmin (2754).
fn check_severity(cx: &Context<'_, '_>, severity: u8, log: bool) -> Result<(), SqlError> {
    let is_sysadmin = || cx.security().login.is_some_and(|login| cx.catalog().is_sysadmin(login));
    if severity > LAST_UNLOGGED && !(log && is_sysadmin()) {
        return Err(sql_error!(2754, LAST_UNLOGGED));
    }
    Ok(())
}

/// `THROW`: ends the batch unless it is caught; without arguments it raises what the CATCH block handles again.
pub(super) fn throw(cx: &mut Context<'_, '_>, statement: Option<&Throw>) -> StatementResult {
    let Some(statement) = statement else {
        let caught = cx.session.state.caught_error().cloned();
        let error = caught.ok_or_else(|| sql_error!(10704))?;
        return Err(Failure::raised(error, Reach::Batch));
    };
    let number = cx.integer(&statement.number)?.unwrap_or_default();
    let number = match i32::try_from(number) {
        Ok(number) if USER_ERRORS.contains(&i64::from(number)) => number,
        _ => return Err(sql_error!(35100, number).into()),
    };
    let text = cx.text(&statement.message)?.unwrap_or_default();
    let state = cx.integer(&statement.state)?.unwrap_or_default();
    let error = SqlError {
        number,
        severity: 16,
        state: u8::try_from(state.clamp(0, 255)).unwrap_or(1),
        line: cx.line,
        procedure: String::new(),
        text,
    };
    Err(Failure::raised(error, Reach::Batch))
}
