//! W5: sends on one server, counted when they are in the queue of the other.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

use super::pair::{Initiator, Pair};
use super::send::Sender;
use super::text::{self, Encryption, TARGET};
use super::{BATCH, Cell, Measured, Shape};
use crate::client::Connection;
use crate::load::{Body, Ledger, Timing, drive};

/// Between two looks at the far queue.
const PAUSE: Duration = Duration::from_millis(10);
/// Without any arrival for so long a message is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Column of message_body.
const BODY: usize = 2;

/// Clients in so many databases send for the duration; the cell ends when the last message is durable at the target.
/// Then the queue is emptied: every message must have come once and in order.
pub(crate) async fn broker_to_broker(
    pair: &mut Pair,
    databases: usize,
    timing: Timing,
    cell: Cell,
) -> anyhow::Result<Measured> {
    let batch = cell.workload.batch();
    let request = text::send(batch, &Body::new(cell.size));
    let mut senders = Vec::new();
    for index in 0..cell.clients {
        let Initiator { database, service } = &pair.initiators[index % databases];
        let mut sender = Sender::on_any(database.connect().await?, request.clone(), batch);
        let handle = sender.open(&text::open_dialog(service, TARGET, Encryption::On)).await?;
        sender.go_on_with(handle, u32::try_from(index)?, 0);
        senders.push(sender);
    }
    // Session keys are exchanged before anything is measured.
    let warm_up = Timing { warm_up: Duration::ZERO, measured: timing.warm_up };
    let meters = pair.meters();
    let (_, senders) = drive(senders, warm_up, &meters).await?;
    let before = total(&senders);
    arrival(pair, before).await?;

    let (started, usage) = (Instant::now(), meters.read());
    let measured = Timing { warm_up: Duration::ZERO, ..timing };
    let (mut outcome, senders) = drive(senders, measured, &meters).await?;
    let sent = total(&senders);
    arrival(pair, sent).await?;
    outcome.elapsed = started.elapsed();
    outcome.messages = sent - before;
    outcome.usage = meters.read().since(&usage);

    let reply_bytes = senders.first().map_or(0, Sender::reply_bytes);
    let shape =
        Shape { request_bytes: request.message().len(), reply_bytes, log_bytes: cell.size * batch as usize };
    let sent: Vec<u32> = senders.iter().map(Sender::sent).collect();
    drop(senders);
    check(pair.target.connect().await?, &sent).await?;
    acknowledged(pair).await?;
    Ok(Measured { outcome, shape })
}

fn total(senders: &[Sender]) -> u64 {
    senders.iter().map(|sender| u64::from(sender.sent())).sum()
}

/// Waits until that many messages are in the far queue.
async fn arrival(pair: &mut Pair, expected: u64) -> anyhow::Result<()> {
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let looked = Instant::now();
        let arrived = pair.target.count("TargetQueue").await?;
        ensure!(arrived <= expected, "{expected} messages were sent and {arrived} have come");
        if arrived == expected {
            return Ok(());
        }
        if arrived > last {
            (last, since) = (arrived, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            bail!("{expected} messages were sent and {arrived} have come; {}", reason(pair).await?);
        }
        // Counting a long queue is work as well: it may take a tenth of the time.
        tokio::time::sleep(PAUSE.max(looked.elapsed() * 10)).await;
    }
}

/// Why the near server keeps its messages.
async fn reason(pair: &Pair) -> anyhow::Result<String> {
    let mut connection = pair.initiators[0].database.connect().await?;
    let reply = connection.batch("SELECT TOP (1) transmission_status FROM sys.transmission_queue").await?;
    Ok(reply.text(0, 0))
}

/// Receives everything: each message once, each sender's in order.
async fn check(mut connection: Connection, sent: &[u32]) -> anyhow::Result<()> {
    let request = text::receive(&format!("TOP ({BATCH}) "), "TargetQueue", 0);
    let mut ledger = Ledger::new(sent);
    let mut next = vec![0; sent.len()];
    while ledger.count() < ledger.sent() {
        let reply = connection.call(&request).await?;
        ensure!(reply.rows() > 0, "{} messages were sent, {} received", ledger.sent(), ledger.count());
        for row in 0..reply.rows() {
            let stamp = ledger.note(reply.value(row, BODY))?;
            let expected = &mut next[stamp.sender as usize];
            ensure!(stamp.number == *expected, "message {expected} was expected, {stamp:?} came");
            *expected += 1;
        }
    }
    Ok(())
}

/// Nothing stays with the sender: the acknowledgements have come as well.
async fn acknowledged(pair: &mut Pair) -> anyhow::Result<()> {
    let started = Instant::now();
    for initiator in &mut pair.initiators {
        while initiator.database.count("sys.transmission_queue").await? > 0 {
            ensure!(started.elapsed() < PATIENCE, "messages that have come are not acknowledged");
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}
