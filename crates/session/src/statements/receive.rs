//! RECEIVE: messages through a select list, to the client, to variables or into a table variable.

use duologue_broker::{ObjectKey, QueueMessage, ReceiveFilter, ReceiveRequest};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, Receive, SelectItem};
use duologue_types::{ConversationGroupId, Timestamp};

use super::{conversations, returned_rows};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query::{self, Row, Scope, SelectOutcome, queue_columns, queue_row};

/// Runs once or, within WAITFOR, as soon as there is a message.
pub(super) fn receive(cx: &mut Context<'_, '_>, statement: &Receive, waits: bool) -> StatementResult {
    check_shape(statement)?;
    let queue = conversations::queue(cx, &statement.queue)?;
    let request = ReceiveRequest { queue, top: top(cx, statement)?, filter: filter(cx, statement)? };
    let messages = match cx.attempt(|instance, caller| instance.receive(caller, request))? {
        Ok(messages) => messages,
        Err(Flow::Wait(until)) if waits && !cx.is_wait_over() => {
            return Ok(Flow::Wait(earlier(until, cx.work.deadline)));
        }
        // The line of the group's lock is left when the statement ends.
        Err(Flow::Wait(_)) if waits => Vec::new(),
        Err(wait) => return Ok(wait),
    };
    if messages.is_empty() && waits && !cx.is_wait_over() {
        return Ok(cx.wait_on_queue(queue, request.filter));
    }
    give(cx, statement, queue, &messages)
}

/// A received message as the query engine takes it.
fn as_row_source(message: &QueueMessage) -> query::QueueMessage {
    let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
    query::QueueMessage {
        status: message.status as u8,
        priority: message.priority,
        queuing_order: signed(message.queuing_order),
        group: message.group,
        handle: message.handle,
        sequence: signed(message.sequence),
        service: message.service,
        contract: message.contract,
        message_type: message.message_type,
        message_type_name: message.message_type_name.clone(),
        validation: message.validation.into(),
        body: message.body.clone(),
        enqueued: message.enqueued,
    }
}

fn earlier(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    left.into_iter().chain(right).min()
}

/// Assignments stand alone (8447) and without INTO (8450).
fn check_shape(statement: &Receive) -> Result<(), SqlError> {
    let is_assignment = |item: &&SelectItem| matches!(item, SelectItem::Assign { .. });
    let assignments = statement.items.iter().filter(is_assignment).count();
    if assignments > 0 && statement.into.is_some() {
        return Err(sql_error!(8450));
    }
    if assignments > 0 && assignments < statement.items.len() {
        return Err(sql_error!(8447));
    }
    Ok(())
}

fn top(cx: &mut Context<'_, '_>, statement: &Receive) -> Result<Option<u64>, SqlError> {
    let Some(top) = &statement.top else { return Ok(None) };
    let rows = cx.integer(top)?.ok_or_else(|| sql_error!(1060))?;
    u64::try_from(rows).map(Some).map_err(|_| sql_error!(127))
}

fn filter(cx: &mut Context<'_, '_>, statement: &Receive) -> Result<ReceiveFilter, SqlError> {
    Ok(match &statement.filter {
        None => ReceiveFilter::Any,
        Some(ast::ReceiveFilter::Conversation(handle)) => ReceiveFilter::Conversation(cx.handle(handle)?),
        Some(ast::ReceiveFilter::Group(group)) => {
            let group = cx.guid(group)?.ok_or_else(|| sql_error!(8420))?;
            ReceiveFilter::Group(ConversationGroupId(group))
        }
    })
}

fn give(
    cx: &mut Context<'_, '_>,
    statement: &Receive,
    queue: ObjectKey,
    messages: &[QueueMessage],
) -> StatementResult {
    let database = cx.catalog().database(queue.0).cloned().ok_or_else(|| sql_error!(911, queue.0))?;
    let rows: Vec<Row> =
        messages.iter().map(|message| queue_row(&as_row_source(message), &database)).collect();
    let scope = Scope::of_rowset(statement.queue.object(), queue_columns());
    let (columns, outcome) = cx.query(|context| {
        let plan = query::bind_items(context, &statement.items, &scope)?;
        plan.run(context, &rows).map(|outcome| (plan.columns, outcome))
    })?;
    match (outcome, &statement.into) {
        (SelectOutcome::Assigned { rows, values }, _) => {
            Ok(Flow::assigned(returned_rows::assign(cx, rows, values)))
        }
        (SelectOutcome::Rows(rows), None) => {
            let count = returned_rows::send(cx, &columns, rows);
            Ok(Flow::rows(StatementKind::Select, count))
        }
        (SelectOutcome::Rows(rows), Some(variable)) => {
            let target = returned_rows::table_variable_target(cx, variable)?;
            let positions = returned_rows::insertable(&target);
            match returned_rows::append(cx, &target, &positions, &columns, &rows)? {
                Some(wait) => Ok(wait),
                None => Ok(Flow::rows(StatementKind::Insert, rows.len() as u64)),
            }
        }
    }
}
