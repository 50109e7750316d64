//! One session on its socket: a request, its reply, the next request.

use std::io::{Read, Write};

use anyhow::{Context, bail};
use rustls::ClientConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::login::{Target, log_in};
use super::{HEADER_BYTES, PACKET_BYTES, Pool, Reply, Request, SQL_BATCH, all_headers, packets, utf16};

/// Bytes read at a time.
const READ_BYTES: usize = 64 << 10;

/// First packet's status: the session is as after its login before it does what is asked.
const RESET: u8 = 0x08;

/// A logged-in session.
pub struct Wire {
    socket: TcpStream,
    tls: Option<ClientConnection>,
    /// As read from the socket.
    buffer: Vec<u8>,
    /// What did not make a whole packet yet, in clear.
    rest: Vec<u8>,
    reply: Reply,
    /// A request was sent and its reply not read.
    is_busy: bool,
}

impl Wire {
    /// Logs in, with `database` as the current one.
    pub(super) async fn open(target: &Target, database: &str) -> anyhow::Result<Self> {
        let (socket, tls) = log_in(target, database)?;
        socket.set_nonblocking(true)?;
        let socket = TcpStream::from_std(socket)?;
        let (buffer, rest) = (vec![0; READ_BYTES], Vec::new());
        let mut connection = Self { socket, tls, buffer, rest, reply: Reply::default(), is_busy: true };
        connection.receive().await.with_context(|| format!("cannot log in as {}", target.user))?;
        Ok(connection)
    }

    /// Logs in at `host:port`, for whoever keeps no pool of sessions.
    pub async fn log_in(address: &str, user: &str, password: &str, database: &str) -> anyhow::Result<Self> {
        let (address, user, password) = (address.to_owned(), user.to_owned(), password.to_owned());
        let target = Target { address, user, password, encrypt: false, pool: Pool::default() };
        Self::open(&target, database).await
    }

    /// Nothing is under way, and nothing failed half-way.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_busy && self.rest.is_empty()
    }

    /// Forgets what the session was used for, and goes to another database.
    pub(super) async fn reset(&mut self, database: &str) -> anyhow::Result<()> {
        self.run(&format!("USE [{database}]"), RESET).await.map(drop)
    }

    /// Runs a batch of T-SQL.
    pub async fn batch(&mut self, text: &str) -> anyhow::Result<&Reply> {
        self.run(text, 0).await
    }

    async fn run(&mut self, text: &str, status: u8) -> anyhow::Result<&Reply> {
        let payload = [&all_headers()[..], &utf16(text)].concat();
        let mut message = packets(SQL_BATCH, &payload, PACKET_BYTES);
        message[1] |= status;
        self.send(&message).await?;
        self.receive().await.with_context(|| text.to_owned())?;
        Ok(&self.reply)
    }

    /// Runs a prepared call.
    pub async fn call(&mut self, request: &Request) -> anyhow::Result<&Reply> {
        self.send(request.message()).await?;
        self.receive().await?;
        Ok(&self.reply)
    }

    async fn send(&mut self, message: &[u8]) -> anyhow::Result<()> {
        self.is_busy = true;
        let Some(tls) = &mut self.tls else {
            return Ok(self.socket.write_all(message).await?);
        };
        let mut message = message;
        let mut records = Vec::with_capacity(message.len() + 512);
        while !message.is_empty() {
            let taken = tls.writer().write(message)?;
            message = &message[taken..];
            while tls.wants_write() {
                tls.write_tls(&mut records)?;
            }
        }
        Ok(self.socket.write_all(&records).await?)
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        self.reply.clear();
        while !self.take_packets()? {
            let length = self.socket.read(&mut self.buffer).await?;
            if length == 0 {
                bail!("the server closed the connection");
            }
            self.decrypt(length)?;
        }
        self.is_busy = false;
        self.reply.scan()
    }

    fn decrypt(&mut self, length: usize) -> anyhow::Result<()> {
        let Some(tls) = &mut self.tls else {
            self.rest.extend_from_slice(&self.buffer[..length]);
            return Ok(());
        };
        let mut records = &self.buffer[..length];
        while !records.is_empty() {
            tls.read_tls(&mut records)?;
            let clear = tls.process_new_packets()?.plaintext_bytes_to_read();
            let start = self.rest.len();
            self.rest.resize(start + clear, 0);
            tls.reader().read_exact(&mut self.rest[start..])?;
        }
        Ok(())
    }

    /// Moves whole packets to the reply; true after the message's last one.
    fn take_packets(&mut self) -> anyhow::Result<bool> {
        let mut position = 0;
        let mut is_complete = false;
        while !is_complete && let Some(header) = self.rest.get(position..position + HEADER_BYTES) {
            let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
            if length < HEADER_BYTES {
                bail!("the server sent a packet of {length} bytes");
            }
            let is_last = header[1] & 1 == 1;
            let Some(payload) = self.rest.get(position + HEADER_BYTES..position + length) else { break };
            self.reply.payload.extend_from_slice(payload);
            position += length;
            is_complete = is_last;
        }
        self.rest.drain(..position);
        Ok(is_complete)
    }
}
