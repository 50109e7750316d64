//! The stream: sends, receives, round trips.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{bail, ensure};

use super::super::PeerAddress;
use super::connection::Redis;
use super::resp::{Value, command};
use crate::load::{Body, Ledger, Outcome, Stamp, Step, Timing, Worker, after_trial, drive, to_the_end};
use crate::measure::Meters;
use crate::workloads::{BATCH, Cell, FILLERS};

const QUEUE: &[u8] = b"duologue:bench:queue";
const REPLIES: &[u8] = b"duologue:bench:replies";
const GROUP: &[u8] = b"bench";
/// Milliseconds that a reader waits for an entry; nothing else ends the wait.
const BLOCK: &[u8] = b"30000";

/// XADD of a batch, in MULTI and EXEC if it is more than one; stamped bodies.
struct Sender {
    connection: Redis,
    message: Vec<u8>,
    bodies: Vec<usize>,
    commands: usize,
    sender: u32,
    sent: u32,
    wanted: u32,
}

impl Sender {
    async fn new(
        peer: &PeerAddress,
        stream: &[u8],
        size: usize,
        batch: u32,
        number: usize,
    ) -> anyhow::Result<Self> {
        let body = Body::new(size);
        let (mut message, mut bodies, mut commands) = (Vec::new(), Vec::new(), batch as usize);
        for _ in 0..batch {
            let (add, starts) = command(&[b"XADD", stream, b"*", b"b", body.bytes()]);
            bodies.push(message.len() + starts[4]);
            message.extend(add);
        }
        if batch > 1 {
            let multi = command(&[b"MULTI"]).0;
            bodies.iter_mut().for_each(|start| *start += multi.len());
            message = [multi, message, command(&[b"EXEC"]).0].concat();
            commands += 2;
        }
        let connection = Redis::open(peer).await?;
        let sender = u32::try_from(number)?;
        Ok(Self { connection, message, bodies, commands, sender, sent: 0, wanted: u32::MAX })
    }

    async fn send(&mut self) -> anyhow::Result<u64> {
        for start in &self.bodies {
            let stamp = Stamp { sender: self.sender, number: self.sent }.bytes();
            self.message[*start..*start + stamp.len()].copy_from_slice(&stamp);
            self.sent += 1;
        }
        self.connection.call(&self.message, self.commands).await?;
        Ok(self.bodies.len() as u64)
    }
}

impl Worker for Sender {
    async fn step(&mut self) -> anyhow::Result<Step> {
        if self.sent >= self.wanted {
            return Ok(Step::Finished);
        }
        Ok(Step::Messages(self.send().await?))
    }
}

/// Reads entries as one consumer of the group, then acknowledges and deletes them.
struct Reader {
    connection: Redis,
    stream: &'static [u8],
    read: Vec<u8>,
    ids: Vec<Vec<u8>>,
    bodies: Vec<Vec<u8>>,
}

impl Reader {
    async fn new(
        peer: &PeerAddress,
        stream: &'static [u8],
        count: u32,
        number: usize,
        waits: bool,
    ) -> anyhow::Result<Self> {
        let (consumer, count) = (format!("c{number}"), count.to_string());
        let mut arguments: Vec<&[u8]> =
            vec![b"XREADGROUP", b"GROUP", GROUP, consumer.as_bytes(), b"COUNT", count.as_bytes()];
        if waits {
            arguments.extend([&b"BLOCK"[..], BLOCK]);
        }
        arguments.extend([&b"STREAMS"[..], stream, b">"]);
        let read = command(&arguments).0;
        let connection = Redis::open(peer).await?;
        Ok(Self { connection, stream, read, ids: Vec::new(), bodies: Vec::new() })
    }

    /// How many entries came.
    async fn read(&mut self) -> anyhow::Result<usize> {
        let answer = self.connection.call(&self.read, 1).await?.first().cloned().unwrap_or(Value::Nil);
        self.ids.clear();
        self.bodies.clear();
        let stream = answer.parts().first().map(Value::parts).unwrap_or_default();
        for entry in stream.get(1).map(Value::parts).unwrap_or_default() {
            let [id, fields] = entry.parts() else { bail!("Redis sent an entry without fields") };
            self.ids.push(self.connection.text(id).to_vec());
            let body = fields.parts().get(1).unwrap_or(&Value::Nil);
            self.bodies.push(self.connection.text(body).to_vec());
        }
        Ok(self.ids.len())
    }

    /// The entries read last are gone for good; `with` is one more command of the transaction.
    async fn finish(&mut self, with: Option<&[&[u8]]>) -> anyhow::Result<()> {
        let ids: Vec<&[u8]> = self.ids.iter().map(Vec::as_slice).collect();
        let mut message = command(&[b"MULTI"]).0;
        message.extend(command(&[&[&b"XACK"[..], self.stream, GROUP], ids.as_slice()].concat()).0);
        message.extend(command(&[&[&b"XDEL"[..], self.stream], ids.as_slice()].concat()).0);
        let commands = 4 + usize::from(with.is_some());
        message.extend(with.map(|arguments| command(arguments).0).unwrap_or_default());
        message.extend(command(&[b"EXEC"]).0);
        self.connection.call(&message, commands).await.map(drop)
    }
}

/// A consumer that keeps a ledger.
struct Receiver {
    reader: Reader,
    ledger: Rc<RefCell<Ledger>>,
}

impl Worker for Receiver {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let count = self.reader.read().await?;
        if count == 0 {
            return Ok(Step::Finished);
        }
        self.reader.finish(None).await?;
        let mut ledger = self.ledger.borrow_mut();
        for body in &self.reader.bodies {
            ledger.note(body)?;
        }
        Ok(Step::Messages(count as u64))
    }
}

pub(super) async fn send(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    let mut control = fresh(peer).await?;
    let mut senders = Vec::new();
    for number in 0..cell.clients {
        senders.push(Sender::new(peer, QUEUE, cell.size, cell.workload.batch(), number).await?);
    }
    let (outcome, senders) = drive(senders, timing, &Meters::default()).await?;
    let sent: u64 = senders.iter().map(|sender| u64::from(sender.sent)).sum();
    ensure!(length(&mut control, QUEUE).await? == sent, "Redis does not hold {sent} messages");
    remove(&mut control).await?;
    Ok(outcome)
}

pub(super) async fn receive(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    after_trial(cell.clients, cell.workload.batch(), timing, async |messages, timing| {
        emptied(peer, cell, messages, timing).await
    })
    .await
}

async fn emptied(peer: &PeerAddress, cell: Cell, messages: u64, timing: Timing) -> anyhow::Result<Outcome> {
    let mut control = fresh(peer).await?;
    let each = u32::try_from(messages.div_ceil(FILLERS as u64))?.next_multiple_of(BATCH);
    let mut fillers = Vec::new();
    for number in 0..FILLERS {
        let filler = Sender::new(peer, QUEUE, cell.size, BATCH, number).await?;
        fillers.push(Sender { wanted: each, ..filler });
    }
    to_the_end(fillers).await?;
    let ledger = Rc::new(RefCell::new(Ledger::new(&[each; FILLERS])));
    let mut receivers = Vec::new();
    for number in 0..cell.clients {
        let reader = Reader::new(peer, QUEUE, cell.workload.batch(), number, false).await?;
        receivers.push(Receiver { reader, ledger: ledger.clone() });
    }
    let (outcome, _) = drive(receivers, timing, &Meters::default()).await?;
    let (received, sent) = (ledger.borrow().count(), ledger.borrow().sent());
    let left = length(&mut control, QUEUE).await?;
    ensure!(received + left == sent, "Redis: {sent} sent, {received} received, {left} left");
    remove(&mut control).await?;
    Ok(outcome)
}

struct Client {
    sender: Sender,
    reader: Reader,
}

impl Worker for Client {
    async fn step(&mut self) -> anyhow::Result<Step> {
        let stamp = Stamp { sender: 0, number: self.sender.sent };
        self.sender.send().await?;
        ensure!(self.reader.read().await? == 1, "Redis: a request was not answered");
        self.reader.finish(None).await?;
        ensure!(Stamp::of(&self.reader.bodies[0]) == Some(stamp), "the answer is not the request's");
        Ok(Step::Messages(1))
    }
}

pub(super) async fn round_trip(peer: &PeerAddress, cell: Cell, timing: Timing) -> anyhow::Result<Outcome> {
    let mut control = fresh(peer).await?;
    let sender = Sender::new(peer, QUEUE, cell.size, 1, 0).await?;
    let client = Client { sender, reader: Reader::new(peer, REPLIES, 1, 0, true).await? };
    let service = Reader::new(peer, QUEUE, 1, 0, true).await?;
    let meters = Meters::default();
    let driven = tokio::select! {
        driven = drive(vec![client], timing, &meters) => driven,
        failed = serve(service) => bail!(failed),
    };
    remove(&mut control).await?;
    Ok(driven?.0)
}

/// Answers until it is dropped or fails.
async fn serve(mut reader: Reader) -> anyhow::Error {
    loop {
        let answered = async {
            if reader.read().await? > 0 {
                let body = reader.bodies[0].clone();
                reader.finish(Some(&[b"XADD", REPLIES, b"*", b"b", &body])).await?;
            }
            anyhow::Ok(())
        };
        if let Err(error) = answered.await {
            return error;
        }
    }
}

/// Streams without entries, each with its group.
async fn fresh(peer: &PeerAddress) -> anyhow::Result<Redis> {
    let mut connection = Redis::open(peer).await?;
    remove(&mut connection).await?;
    for stream in [QUEUE, REPLIES] {
        connection.run(&[b"XGROUP", b"CREATE", stream, GROUP, b"$", b"MKSTREAM"]).await?;
    }
    Ok(connection)
}

async fn remove(connection: &mut Redis) -> anyhow::Result<()> {
    connection.run(&[b"DEL", QUEUE, REPLIES]).await.map(drop)
}

async fn length(connection: &mut Redis, stream: &[u8]) -> anyhow::Result<u64> {
    match connection.run(&[b"XLEN", stream]).await? {
        Value::Integer(length) => Ok(u64::try_from(length)?),
        other => bail!("Redis answered XLEN with {other:?}"),
    }
}
