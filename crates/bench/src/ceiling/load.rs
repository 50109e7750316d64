//! The same clients against the log server.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{FRAME_BYTES, MAX_BYTES, READY};
use crate::load::{Step, Timing, Worker, drive};
use crate::measure::{Meters, Process};
use crate::servers::{Children, ServerOptions};
use crate::workloads::Shape;

/// A limit is what the machine can do, not what a hiccup of the disk left of it: the best of so many rounds.
const ROUNDS: u32 = 3;

/// One client of the log server.
struct Client {
    socket: TcpStream,
    frame: Vec<u8>,
    reply: Vec<u8>,
}

impl Worker for Client {
    async fn step(&mut self) -> anyhow::Result<Step> {
        self.socket.write_all(&self.frame).await?;
        let mut missing = self.reply.len();
        while missing > 0 {
            let length = self.socket.read(&mut self.reply[..missing]).await?;
            ensure!(length > 0, "the log server is gone");
            missing -= length;
        }
        Ok(Step::Messages(1))
    }
}

/// A running log server, and what it has been measured for.
pub(crate) struct Ceiling {
    address: String,
    meters: Meters,
    timing: Timing,
    known: HashMap<(usize, Shape), f64>,
    process: Process,
    children: Children,
}

impl Ceiling {
    /// Starts the log server with its log in `folder`.
    pub(crate) fn start(
        children: &Children,
        options: &ServerOptions,
        folder: &Path,
        timing: Timing,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(&options.binary);
        command.args(["bench", "--log-server"]).arg(folder);
        let (process, address) = children.start(&mut command, READY)?;
        let meters = Meters { servers: vec![process], device: None };
        Ok(Self { address, meters, timing, known: HashMap::new(), process, children: children.clone() })
    }

    /// Requests of that shape a second that so many clients get through.
    pub(crate) async fn rate(&mut self, clients: usize, shape: Shape) -> anyhow::Result<f64> {
        let shape = rounded(shape);
        if let Some(rate) = self.known.get(&(clients, shape)) {
            return Ok(*rate);
        }
        let mut workers = Vec::with_capacity(clients);
        for _ in 0..clients {
            workers.push(self.client(shape).await?);
        }
        let mut timing = self.timing;
        let mut best: f64 = 0.0;
        for _ in 0..ROUNDS {
            let (outcome, back) = drive(workers, timing, &self.meters).await?;
            best = best.max(outcome.rate());
            workers = back;
            // They are warm.
            timing.warm_up = Duration::ZERO;
        }
        ensure!(best > 0.0, "the log server answered nothing");
        self.known.insert((clients, shape), best);
        Ok(best)
    }

    async fn client(&self, shape: Shape) -> anyhow::Result<Client> {
        let socket = TcpStream::connect(&self.address).await?;
        socket.set_nodelay(true)?;
        let length = shape.request_bytes.max(FRAME_BYTES + shape.log_bytes) - FRAME_BYTES;
        let mut frame = Vec::with_capacity(FRAME_BYTES + length);
        for field in [length, shape.log_bytes, shape.reply_bytes] {
            ensure!(field <= MAX_BYTES, "the log server takes requests of {MAX_BYTES} bytes at most");
            frame.extend(u32::try_from(field)?.to_le_bytes());
        }
        frame.resize(FRAME_BYTES + length, 7);
        Ok(Client { socket, frame, reply: vec![0; shape.reply_bytes.max(1)] })
    }
}

/// Requests that differ by a few bytes need not be measured twice.
fn rounded(shape: Shape) -> Shape {
    let round = |bytes: usize| bytes.next_multiple_of(128);
    Shape {
        request_bytes: round(shape.request_bytes),
        reply_bytes: round(shape.reply_bytes),
        log_bytes: shape.log_bytes,
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        self.children.end(self.process);
    }
}
