//! W2, W2g and the receiving half of W3: a queue is filled, then emptied for as long as the cell lasts.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, ensure};

use super::database::Database;
use super::fill::fill;
use super::{Cell, Measured, Setting, Shape, Workload, text};
use crate::client::{Connection, Request};
use crate::load::{Ledger, Step, Timing, Worker, after_trial, drive};

/// What a client waits on an empty queue.
const TIMEOUT_MS: u32 = 200;
/// Bytes of what has to become durable when a message leaves.
const RECEIVED_LOG_BYTES: usize = 64;
/// Column of message_body.
const BODY: usize = 2;

/// Receives until nothing is left.
struct Receiver {
    connection: Connection,
    request: Request,
    ledger: Rc<RefCell<Ledger>>,
    reply_bytes: usize,
}

impl Worker for Receiver {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let reply = self.connection.call(&self.request).await?;
        if reply.rows() == 0 {
            return Ok(Step::Finished);
        }
        let mut ledger = self.ledger.borrow_mut();
        for row in 0..reply.rows() {
            ledger.note(reply.value(row, BODY))?;
        }
        self.reply_bytes = self.reply_bytes.max(reply.bytes());
        Ok(Step::Messages(reply.rows() as u64))
    }
}

/// A trial tells how much there has to be; then the queue is filled and received from.
pub(super) async fn receive(setting: &Setting, cell: Cell) -> anyhow::Result<Measured> {
    let mut shape = None;
    let outcome =
        after_trial(cell.clients, cell.workload.batch(), setting.timing, async |messages, timing| {
            // The trial ends when the queue is empty.
            let queued = if shape.is_none() { 0 } else { setting.queued };
            let measured = emptied(setting, cell, messages + queued, timing).await?;
            shape = Some(measured.shape);
            Ok(measured.outcome)
        })
        .await?;
    Ok(Measured { outcome, shape: shape.context("it was measured")? })
}

async fn emptied(setting: &Setting, cell: Cell, messages: u64, timing: Timing) -> anyhow::Result<Measured> {
    let mut database = Database::create(&setting.target).await?;
    let sent = fill(&database, cell, messages).await?;
    let ledger = Rc::new(RefCell::new(Ledger::new(&sent)));
    let top = match cell.workload {
        Workload::ReceiveGroup => String::new(),
        other => format!("TOP ({}) ", other.batch()),
    };
    let request = text::receive(&top, "TargetQueue", TIMEOUT_MS);
    let mut receivers = Vec::new();
    for connection in database.connect_all(cell.clients).await? {
        let (request, ledger) = (request.clone(), ledger.clone());
        receivers.push(Receiver { connection, request, ledger, reply_bytes: 0 });
    }
    let (outcome, receivers) = drive(receivers, timing, &setting.meters).await?;
    let (received, sent) = (ledger.borrow().count(), ledger.borrow().sent());
    let left = database.count("TargetQueue").await?;
    ensure!(
        received + left == sent,
        "{sent} messages were sent, {received} were received and {left} are in the queue"
    );
    let reply_bytes = receivers.iter().map(|receiver| receiver.reply_bytes).max().unwrap_or_default();
    let log_bytes = RECEIVED_LOG_BYTES * cell.workload.batch() as usize;
    let shape = Shape { request_bytes: request.message().len(), reply_bytes, log_bytes };
    drop(receivers);
    database.drop().await?;
    Ok(Measured { outcome, shape })
}
