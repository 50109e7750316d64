//! One receiver: takes messages and notes them in a table, in one transaction, and answers the end of a dialog.

use std::sync::atomic::Ordering;
use std::time::Duration;

use duologue_bench::client::{Request, RequestBuilder};

use super::body::Stamp;
use super::{RECEIVED, Shared};
use crate::client::{Client, Target, is_answer};
use crate::pair::{DATABASE, QUEUE};

const PAUSE: Duration = Duration::from_millis(50);

/// Receives until the receivers are to end.
pub(super) fn run(shared: &Shared, target: &Target) -> anyhow::Result<()> {
    let request = request();
    while !is_over(shared) {
        let Ok(mut client) = Client::open(target, DATABASE) else {
            std::thread::sleep(PAUSE);
            continue;
        };
        loop {
            match step(shared, &mut client, &request) {
                Ok(()) if !is_over(shared) => {}
                Err(error) if is_answer(&error) => {
                    shared.ledger().refuse(&[], format!("{error:#}"));
                    std::thread::sleep(PAUSE);
                }
                _ => break,
            }
        }
    }
    Ok(())
}

fn is_over(shared: &Shared) -> bool {
    shared.receivers_end.load(Ordering::SeqCst)
}

/// One transaction.
fn step(shared: &Shared, client: &mut Client, request: &Request) -> anyhow::Result<()> {
    if shared.receivers_pause.load(Ordering::SeqCst) {
        std::thread::sleep(PAUSE);
        return Ok(());
    }
    let reply = client.call(request)?;
    let mut stamps = Vec::new();
    for row in 0..reply.rows() {
        let received = reply.value(row, 0);
        let stamp = Stamp::of(received)?;
        // Of a long body the client keeps the first chunk; the table has its length.
        if !stamp.body().starts_with(received) {
            shared.ledger().damaged();
        }
        stamps.push(stamp);
    }
    if !stamps.is_empty() {
        shared.ledger().taken(&stamps);
        shared.received.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

fn request() -> Request {
    RequestBuilder::new(format!(
        "SET NOCOUNT ON; SET XACT_ABORT ON; \
         DECLARE @t TABLE (h uniqueidentifier, n bigint, b varbinary(max)); DECLARE @ended uniqueidentifier; \
         BEGIN TRANSACTION; \
         WAITFOR (RECEIVE TOP (5) conversation_handle, message_sequence_number, message_body \
                  FROM {QUEUE} INTO @t), TIMEOUT 200; \
         INSERT INTO {RECEIVED} (stamp, bytes) \
             SELECT SUBSTRING(b, 1, 8), DATALENGTH(b) FROM @t WHERE b IS NOT NULL ORDER BY n; \
         SELECT @ended = h FROM @t WHERE b IS NULL; \
         IF @ended IS NOT NULL END CONVERSATION @ended; \
         COMMIT TRANSACTION; \
         SELECT b FROM @t WHERE b IS NOT NULL ORDER BY n"
    ))
    .build()
}
