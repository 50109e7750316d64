//! The queue table: sends and receives.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, ensure};

use super::super::PeerAddress;
use super::connection::Postgres;
use super::wire::{Call, CallBuilder};
use crate::load::{Body, Ledger, Outcome, Stamp, Step, Timing, Worker, after_trial, drive, to_the_end};
use crate::measure::Meters;
use crate::workloads::{BATCH, Cell, DIALOGS_PER_CLIENT, FILLERS, Workload};

const CREATE: &str = "\
    DROP TABLE IF EXISTS duologue_bench_queue, duologue_bench_conversation; \
    CREATE TABLE duologue_bench_conversation (id serial PRIMARY KEY, sent bigint NOT NULL DEFAULT 0, \
        received bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50); \
    CREATE TABLE duologue_bench_queue (id bigserial PRIMARY KEY, conversation int NOT NULL, body bytea NOT NULL)";
const DROP: &str = "DROP TABLE duologue_bench_queue, duologue_bench_conversation";
const SEND: &str = "WITH u AS (UPDATE duologue_bench_conversation SET sent = sent + 1 WHERE id = $1) \
    INSERT INTO duologue_bench_queue (conversation, body) VALUES ($1, $2)";
const SEND_NEW: &str = "WITH c AS (INSERT INTO duologue_bench_conversation (sent) VALUES (1) RETURNING id) \
    INSERT INTO duologue_bench_queue (conversation, body) SELECT id, $1 FROM c";
const SEND_BATCH: &str = "\
    WITH u AS (UPDATE duologue_bench_conversation SET sent = sent + cardinality($2::bytea[]) WHERE id = $1) \
    INSERT INTO duologue_bench_queue (conversation, body) SELECT $1, b FROM unnest($2::bytea[]) AS b";
const RECEIVE: &str = "WITH m AS (DELETE FROM duologue_bench_queue WHERE id = \
    (SELECT id FROM duologue_bench_queue ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) \
    RETURNING conversation, body), \
    u AS (UPDATE duologue_bench_conversation AS c SET received = received + 1 FROM m WHERE c.id = m.conversation) \
    SELECT body FROM m";
/// Without the conversations' rows: two batches could wait for each other's.
const RECEIVE_BATCH: &str = "DELETE FROM duologue_bench_queue WHERE id IN \
    (SELECT id FROM duologue_bench_queue ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 100) RETURNING body";
const STATEMENT: &str = "s";

struct Sender {
    connection: Postgres,
    call: Call,
    first_body: usize,
    batch: u32,
    sender: u32,
    sent: u32,
    /// It has sent enough then.
    wanted: u32,
    /// Conversations that take turns.
    conversations: Vec<u32>,
}

impl Sender {
    async fn new(peer: &PeerAddress, cell: Cell, batch: u32, number: usize) -> anyhow::Result<Self> {
        let mut connection = Postgres::open(peer).await?;
        let body = Body::new(cell.size);
        let (text, call) = match (cell.workload, batch) {
            (Workload::SendNewDialog, _) => (SEND_NEW, CallBuilder::new().binary(&body)),
            (_, 1) => (SEND, CallBuilder::new().integer().binary(&body)),
            _ => (SEND_BATCH, CallBuilder::new().integer().binaries(batch, &body)),
        };
        connection.prepare(STATEMENT, text).await?;
        let is_new = cell.workload == Workload::SendNewDialog;
        Ok(Self {
            connection,
            call: call.build(STATEMENT),
            first_body: usize::from(!is_new),
            batch,
            sender: u32::try_from(number)?,
            sent: 0,
            wanted: u32::MAX,
            conversations: Vec::new(),
        })
    }

    async fn add_conversation(&mut self) -> anyhow::Result<()> {
        let insert = "INSERT INTO duologue_bench_conversation DEFAULT VALUES RETURNING id";
        self.conversations.push(self.connection.query(insert).await?.parse().context("an identity")?);
        Ok(())
    }
}

impl Worker for Sender {
    async fn step(&mut self) -> anyhow::Result<Step> {
        if self.sent >= self.wanted {
            return Ok(Step::Finished);
        }
        if !self.conversations.is_empty() {
            let turn = (self.sent / self.batch) as usize % self.conversations.len();
            self.call.set(0, &self.conversations[turn].to_be_bytes());
        }
        for index in 0..self.batch {
            let stamp = Stamp { sender: self.sender, number: self.sent + index };
            self.call.set(self.first_body + index as usize, &stamp.bytes());
        }
        self.connection.call(&self.call).await?;
        self.sent += self.batch;
        Ok(Step::Messages(self.batch.into()))
    }
}

pub(super) async fn send(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    let mut control = Postgres::open(peer).await?;
    control.query(CREATE).await?;
    let mut senders = Vec::new();
    for number in 0..cell.clients {
        let mut sender = Sender::new(peer, cell, cell.workload.batch(), number).await?;
        if cell.workload != Workload::SendNewDialog {
            sender.add_conversation().await?;
        }
        senders.push(sender);
    }
    let (outcome, senders) = drive(senders, timing, &Meters::default()).await?;
    let sent: u64 = senders.iter().map(|sender| u64::from(sender.sent)).sum();
    ensure!(count(&mut control).await? == sent, "PostgreSQL does not hold {sent} messages");
    control.query(DROP).await?;
    Ok(outcome)
}

struct Receiver {
    connection: Postgres,
    call: Call,
    ledger: Rc<RefCell<Ledger>>,
}

impl Worker for Receiver {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let rows = self.connection.call(&self.call).await?;
        if rows == 0 {
            return Ok(Step::Finished);
        }
        let mut ledger = self.ledger.borrow_mut();
        for row in 0..rows {
            ledger.note(self.connection.value(row))?;
        }
        Ok(Step::Messages(rows as u64))
    }
}

pub(super) async fn receive(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    after_trial(cell.clients, cell.workload.batch(), timing, async |messages, timing| {
        emptied(peer, cell, messages, timing).await
    })
    .await
}

async fn emptied(peer: &PeerAddress, cell: Cell, messages: u64, timing: Timing) -> anyhow::Result<Outcome> {
    let mut control = Postgres::open(peer).await?;
    control.query(CREATE).await?;
    let sent = fill(peer, cell, messages).await?;
    control.query("ANALYZE duologue_bench_queue, duologue_bench_conversation").await?;
    let ledger = Rc::new(RefCell::new(Ledger::new(&sent)));
    let text = if cell.workload == Workload::ReceiveBatch { RECEIVE_BATCH } else { RECEIVE };
    let mut receivers = Vec::new();
    for _ in 0..cell.clients {
        let mut connection = Postgres::open(peer).await?;
        connection.prepare(STATEMENT, text).await?;
        let call = CallBuilder::new().build(STATEMENT);
        receivers.push(Receiver { connection, call, ledger: ledger.clone() });
    }
    let (outcome, _) = drive(receivers, timing, &Meters::default()).await?;
    let (received, sent) = (ledger.borrow().count(), ledger.borrow().sent());
    let left = count(&mut control).await?;
    ensure!(received + left == sent, "PostgreSQL: {sent} sent, {received} received, {left} left");
    control.query(DROP).await?;
    Ok(outcome)
}

/// Conversations take turns, batch by batch.
async fn fill(peer: &PeerAddress, cell: Cell, messages: u64) -> anyhow::Result<Vec<u32>> {
    let dialogs = cell.clients * DIALOGS_PER_CLIENT;
    let fillers = FILLERS.min(dialogs);
    let batch = if cell.workload == Workload::ReceiveBatch { BATCH } else { 1 };
    let each = u32::try_from(messages.div_ceil(fillers as u64))?.next_multiple_of(batch);
    let mut senders = Vec::new();
    for number in 0..fillers {
        let mut sender = Sender::new(peer, cell, batch, number).await?;
        sender.wanted = each;
        for _ in 0..dialogs.div_ceil(fillers) {
            sender.add_conversation().await?;
        }
        // Only what is measured has to be durable before it is answered.
        sender.connection.query("SET synchronous_commit = off").await?;
        senders.push(sender);
    }
    to_the_end(senders).await?;
    Ok(vec![each; fillers])
}

async fn count(connection: &mut Postgres) -> anyhow::Result<u64> {
    connection.query("SELECT count(*) FROM duologue_bench_queue").await?.parse().context("a count")
}
