//! W1, W1d and the sending half of W3.

use anyhow::ensure;

use super::database::Database;
use super::fill::fill;
use super::text::{self, Encryption, INITIATOR, TARGET};
use super::{Cell, Measured, Setting, Shape, Workload};
use crate::client::{Connection, Request};
use crate::load::{Body, Stamp, Step, Worker, drive};

/// Sends batches, each body stamped.
pub(super) struct Sender {
    connection: Connection,
    request: Request,
    /// Slot of the first body.
    first_body: usize,
    batch: u32,
    sender: u32,
    sent: u32,
    reply_bytes: usize,
}

impl Sender {
    /// On a conversation of its own.
    pub(super) async fn on_dialog(
        connection: Connection,
        request: Request,
        batch: u32,
        number: u32,
    ) -> anyhow::Result<Self> {
        let mut sender = Self::on_any(connection, request, batch);
        let handle = sender.open_dialog().await?;
        sender.go_on_with(handle, number, 0);
        Ok(sender)
    }

    /// On conversations that [`Self::go_on_with`] names.
    pub(super) fn on_any(connection: Connection, request: Request, batch: u32) -> Self {
        Self { connection, request, first_body: 1, batch, sender: 0, sent: 0, reply_bytes: 0 }
    }

    /// The next messages go on this conversation, as that sender, from that number on.
    pub(super) fn go_on_with(&mut self, handle: [u8; 16], sender: u32, number: u32) {
        self.request.set(0, &handle);
        (self.sender, self.sent) = (sender, number);
    }

    /// A dialog within the cell's database.
    pub(super) async fn open_dialog(&mut self) -> anyhow::Result<[u8; 16]> {
        self.open(&text::open_dialog(INITIATOR, TARGET, Encryption::Off)).await
    }

    /// Runs a batch that answers with a handle.
    pub(super) async fn open(&mut self, batch: &str) -> anyhow::Result<[u8; 16]> {
        self.connection.batch(batch).await?.guid()
    }

    /// Of the last answer.
    pub(super) fn reply_bytes(&self) -> usize {
        self.reply_bytes
    }

    /// A new dialog with every request.
    pub(super) fn on_new_dialogs(connection: Connection, request: Request, batch: u32, sender: u32) -> Self {
        Self { connection, request, first_body: 0, batch, sender, sent: 0, reply_bytes: 0 }
    }

    /// One request.
    pub(super) async fn send(&mut self) -> anyhow::Result<()> {
        for index in 0..self.batch {
            let stamp = Stamp { sender: self.sender, number: self.sent + index };
            self.request.set(self.first_body + index as usize, &stamp.bytes());
        }
        self.reply_bytes = self.connection.call(&self.request).await?.bytes();
        self.sent += self.batch;
        Ok(())
    }

    /// Messages of which the server said that they are safe.
    pub(super) fn sent(&self) -> u32 {
        self.sent
    }
}

impl Worker for Sender {
    async fn step(&mut self) -> anyhow::Result<Step> {
        self.send().await?;
        Ok(Step::Messages(self.batch.into()))
    }
}

/// Senders for the duration; then everything must be in the target queue.
pub(super) async fn send(setting: &Setting, cell: Cell) -> anyhow::Result<Measured> {
    let mut database = Database::create(&setting.target).await?;
    let batch = cell.workload.batch();
    let body = Body::new(cell.size);
    let is_new_dialog = cell.workload == Workload::SendNewDialog;
    let request = if is_new_dialog { text::send_new_dialog(batch, &body) } else { text::send(batch, &body) };
    let mut senders = Vec::new();
    for (index, connection) in database.connect_all(cell.clients).await?.into_iter().enumerate() {
        let (request, number) = (request.clone(), u32::try_from(index)?);
        senders.push(if is_new_dialog {
            Sender::on_new_dialogs(connection, request, batch, number)
        } else {
            Sender::on_dialog(connection, request, batch, number).await?
        });
    }
    let before = queued(&database, setting, cell).await?;
    let (outcome, senders) = drive(senders, setting.timing, &setting.meters).await?;
    let sent: u64 = senders.iter().map(|sender| u64::from(sender.sent())).sum();
    let queued = database.count("TargetQueue").await?.saturating_sub(before);
    ensure!(queued == sent, "{sent} messages were sent and {queued} are in the queue");
    let shape = Shape {
        request_bytes: request.message().len(),
        reply_bytes: senders.first().map_or(0, |sender| sender.reply_bytes),
        log_bytes: cell.size * batch as usize,
    };
    drop(senders);
    database.drop().await?;
    Ok(Measured { outcome, shape })
}

/// Fills the queue as wanted; how many messages there are.
async fn queued(database: &Database, setting: &Setting, cell: Cell) -> anyhow::Result<u64> {
    if setting.queued == 0 {
        return Ok(0);
    }
    let each = fill(database, Cell { workload: Workload::Send, ..cell }, setting.queued).await?;
    Ok(each.into_iter().map(u64::from).sum())
}
