//! WAITFOR: for a while, until a time of day, for a message.

use std::time::Duration;

use duologue_broker::{ObjectKey, ReceiveFilter};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Expr, WaitFor, WaitForStatement};
use duologue_types::{SqlType, TICKS_PER_DAY, TICKS_PER_SECOND, Timestamp, Value};

use super::{conversations, receive, set_options};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query;

pub(super) fn wait(cx: &mut Context<'_, '_>, statement: &WaitFor) -> StatementResult {
    match statement {
        WaitFor::Delay(delay) => {
            let ticks = time_of_day(cx, delay)?;
            let start = cx.host.now;
            wait_until(cx, |_| start + duration(ticks))
        }
        WaitFor::Time(time) => {
            let ticks = time_of_day(cx, time)?;
            wait_until(cx, |cx| next_time(cx, ticks))
        }
        WaitFor::Statement { statement, timeout } => {
            begin_waiting(cx, timeout.as_ref())?;
            match statement {
                WaitForStatement::Receive(receive) => receive::receive(cx, receive, true),
                WaitForStatement::GetConversationGroup(get) => conversations::get_group(cx, get, true),
            }
        }
    }
}

/// Notes the end of the wait when the statement is tried for the first time.
fn begin_waiting(cx: &mut Context<'_, '_>, timeout: Option<&Expr>) -> Result<(), SqlError> {
    let Some(timeout) = timeout else { return Ok(()) };
    if cx.work.deadline.is_none() {
        let milliseconds = cx.integer(timeout)?.unwrap_or(-1);
        cx.work.deadline = set_options::timeout(milliseconds).map(|timeout| cx.host.now + timeout);
    }
    Ok(())
}

fn wait_until(cx: &mut Context<'_, '_>, end: impl FnOnce(&Context<'_, '_>) -> Timestamp) -> StatementResult {
    if cx.work.deadline.is_none() {
        cx.work.deadline = Some(end(cx));
    }
    if cx.is_wait_over() { Ok(Flow::done(StatementKind::Other)) } else { Ok(Flow::Wait(cx.work.deadline)) }
}

/// A time of day, in ticks: 148 for what is none.
fn time_of_day(cx: &mut Context<'_, '_>, text: &Expr) -> Result<i64, SqlError> {
    let found = cx.evaluate(text)?;
    let invalid = || {
        let shown = crate::execution::text_of(&found.value).unwrap_or_default();
        sql_error!(148, shown)
    };
    match query::cast(&found.value, found.sql_type, SqlType::Time { scale: 7 }) {
        Ok(Value::Time(ticks)) => Ok(ticks),
        _ => Err(invalid()),
    }
}

fn duration(ticks: i64) -> Duration {
    Duration::from_micros(u64::try_from(ticks / 10).unwrap_or_default())
}

/// The next moment at which a clock on the server's wall shows that time.
fn next_time(cx: &Context<'_, '_>, ticks: i64) -> Timestamp {
    let offset = i64::from(cx.host.utc_offset_minutes) * 60 * TICKS_PER_SECOND;
    let shown = (cx.host.now.to_moment().ticks + offset).rem_euclid(TICKS_PER_DAY);
    cx.host.now + duration((ticks - shown).rem_euclid(TICKS_PER_DAY))
}

impl Context<'_, '_> {
    /// Whether the WAITFOR has waited long enough.
    pub(super) fn is_wait_over(&self) -> bool {
        self.work.deadline.is_some_and(|deadline| self.host.now >= deadline)
    }

    /// Stands in the line of a queue until something comes or the time is over.
    pub(super) fn wait_on_queue(&mut self, queue: ObjectKey, filter: ReceiveFilter) -> Flow {
        self.instance.wait_on_queue(self.session.id(), queue, filter);
        self.work.queue = Some(queue);
        Flow::Wait(self.work.deadline)
    }
}
