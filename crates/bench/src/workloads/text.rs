//! The statements that clients send, as a user would write them.

use crate::client::{Request, RequestBuilder};
use crate::load::Body;

pub(super) const INITIATOR: &str = "//bench/initiator";
pub(super) const TARGET: &str = "//bench/target";

/// WITH ENCRYPTION of a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encryption {
    On,
    Off,
}

/// Answers with the handle.
pub(super) fn open_dialog(from: &str, to: &str, encryption: Encryption) -> String {
    let begin = begin_dialog(from, to, encryption);
    format!("SET NOCOUNT ON; DECLARE @h uniqueidentifier; {begin} SELECT @h AS handle;")
}

fn begin_dialog(from: &str, to: &str, encryption: Encryption) -> String {
    let encryption = if encryption == Encryption::On { "ON" } else { "OFF" };
    format!(
        "BEGIN DIALOG CONVERSATION @h FROM SERVICE [{from}] TO SERVICE '{to}' \
         ON CONTRACT [//bench/contract] WITH ENCRYPTION = {encryption};"
    )
}

/// SEND of `count` messages on an existing conversation `@h`, in one transaction. Slot 0 is the handle, the bodies
/// follow.
pub(super) fn send(count: u32, body: &Body) -> Request {
    let text = if count == 1 { send_statement(1) } else { transaction("", count) };
    bodies(RequestBuilder::new(text).guid("@h", [0; 16]), count, body).build()
}

/// A new dialog and its first messages, in one transaction. The slots are the bodies.
pub(super) fn send_new_dialog(count: u32, body: &Body) -> Request {
    let begin = begin_dialog(INITIATOR, TARGET, Encryption::Off);
    let text = format!("DECLARE @h uniqueidentifier; {}", transaction(&format!("{begin} "), count));
    bodies(RequestBuilder::new(text), count, body).build()
}

fn transaction(first: &str, count: u32) -> String {
    let sends: String = (1..=count).map(|number| send_statement(number) + "; ").collect();
    format!("BEGIN TRANSACTION; {first}{sends}COMMIT TRANSACTION")
}

fn send_statement(number: u32) -> String {
    format!("SEND ON CONVERSATION @h MESSAGE TYPE [//bench/message] (@b{number})")
}

fn bodies(builder: RequestBuilder, count: u32, body: &Body) -> RequestBuilder {
    (1..=count).fold(builder, |builder, number| builder.binary(&format!("@b{number}"), body.bytes()))
}

/// RECEIVE with WAITFOR; `top` is `TOP (n) ` or nothing. The body is column 2.
pub(super) fn receive(top: &str, queue: &str, timeout_ms: u32) -> Request {
    let text = format!(
        "WAITFOR (RECEIVE {top}conversation_handle, message_type_name, message_body FROM {queue}), \
         TIMEOUT {timeout_ms}"
    );
    RequestBuilder::new(text).build()
}

/// The service of a round trip: takes a request and answers it with its own body, in one transaction.
pub(super) fn answer(queue: &str, timeout_ms: u32) -> Request {
    RequestBuilder::new(format!(
        "DECLARE @h uniqueidentifier, @body varbinary(max); \
         BEGIN TRANSACTION; \
         WAITFOR (RECEIVE TOP (1) @h = conversation_handle, @body = message_body FROM {queue}), \
         TIMEOUT {timeout_ms}; \
         IF @h IS NOT NULL SEND ON CONVERSATION @h MESSAGE TYPE [//bench/message] (@body); \
         COMMIT TRANSACTION"
    ))
    .build()
}
