//! W2, W2g and the receiving half of W3: a queue is filled, then emptied for as long as the cell lasts.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, ensure};

use super::database::Database;
use super::send::Sender;
use super::{BATCH, Cell, DIALOGS_PER_CLIENT, FILLERS, GROUP, Measured, Setting, Shape, Workload, text};
use crate::client::{Connection, Request};
use crate::load::{Body, Ledger, Step, Timing, Worker, after_trial, drive, to_the_end};

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

/// Fills the queue, one conversation after the other.
struct Filler {
    sender: Sender,
    dialogs: Vec<Dialog>,
    batch: u32,
}

struct Dialog {
    handle: [u8; 16],
    number: u32,
    /// Messages sent and to be sent.
    sent: u32,
    wanted: u32,
}

impl Worker for Filler {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let Some(dialog) = self.dialogs.iter_mut().find(|dialog| dialog.sent < dialog.wanted) else {
            return Ok(Step::Finished);
        };
        self.sender.go_on_with(dialog.handle, dialog.number, dialog.sent);
        self.sender.send().await?;
        dialog.sent += self.batch;
        Ok(Step::Messages(self.batch.into()))
    }
}

/// Sends groups until there are enough.
struct GroupFiller {
    sender: Sender,
    wanted: u32,
}

impl Worker for GroupFiller {
    async fn step(&mut self) -> anyhow::Result<Step> {
        if self.sender.sent() >= self.wanted {
            return Ok(Step::Finished);
        }
        self.sender.step().await
    }
}

/// A trial tells how much there has to be; then the queue is filled and received from.
pub(super) async fn receive(setting: &Setting, cell: Cell) -> anyhow::Result<Measured> {
    let mut shape = None;
    let outcome =
        after_trial(cell.clients, cell.workload.batch(), setting.timing, async |messages, timing| {
            let measured = emptied(setting, cell, messages, timing).await?;
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

/// Puts at least that many messages into the queue; how many each conversation got.
async fn fill(database: &Database, cell: Cell, messages: u64) -> anyhow::Result<Vec<u32>> {
    let body = Body::new(cell.size);
    if cell.workload == Workload::ReceiveGroup {
        return fill_groups(database, &body, messages.div_ceil(GROUP.into())).await;
    }
    let dialogs = cell.clients * DIALOGS_PER_CLIENT;
    let each = u32::try_from(messages.div_ceil(dialogs as u64))?;
    let batch = each.clamp(1, BATCH);
    let each = each.div_ceil(batch) * batch;
    let request = text::send(batch, &body);
    let mut fillers = Vec::new();
    for connection in database.connect_all(FILLERS.min(dialogs)).await? {
        let sender = Sender::on_any(connection, request.clone(), batch);
        fillers.push(Filler { sender, dialogs: Vec::new(), batch });
    }
    for index in 0..dialogs {
        let filler = &mut fillers[index % FILLERS];
        let handle = filler.sender.open_dialog().await?;
        filler.dialogs.push(Dialog { handle, number: u32::try_from(index)?, sent: 0, wanted: each });
    }
    to_the_end(fillers).await?;
    Ok(vec![each; dialogs])
}

/// One dialog for each group.
async fn fill_groups(database: &Database, body: &Body, groups: u64) -> anyhow::Result<Vec<u32>> {
    let request = text::send_new_dialog(GROUP, body);
    let wanted = u32::try_from(groups.div_ceil(FILLERS as u64))? * GROUP;
    let mut fillers = Vec::new();
    for (index, connection) in database.connect_all(FILLERS).await?.into_iter().enumerate() {
        let sender = Sender::on_new_dialogs(connection, request.clone(), GROUP, u32::try_from(index)?);
        fillers.push(GroupFiller { sender, wanted });
    }
    to_the_end(fillers).await?;
    Ok(vec![wanted; FILLERS])
}
