//! One session.

use std::ops::Range;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::PeerAddress;
use super::scram::Scram;
use super::wire::{self, Call};

const READ_BYTES: usize = 64 << 10;
const HEADER_BYTES: usize = 5;
const AUTHENTICATED: u32 = 0;
const CLEAR_PASSWORD: u32 = 3;
const SASL: u32 = 10;
const SASL_CONTINUE: u32 = 11;
const SASL_FINAL: u32 = 12;

/// A connection of its user's.
pub(super) struct Postgres {
    socket: TcpStream,
    /// Read and not yet taken.
    buffer: Vec<u8>,
    filled: usize,
    /// The first column of each row of the last answer, one after the other.
    values: Vec<u8>,
    rows: Vec<Range<usize>>,
    /// NOTIFYs that have come and were not asked for.
    notices: u32,
}

impl Postgres {
    pub(super) async fn open(peer: &PeerAddress) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(&peer.address).await.context("cannot connect to PostgreSQL")?;
        socket.set_nodelay(true)?;
        let buffer = vec![0; READ_BYTES];
        let mut connection =
            Self { socket, buffer, filled: 0, values: Vec::new(), rows: Vec::new(), notices: 0 };
        connection.socket.write_all(&wire::startup(&peer.user, &peer.database)).await?;
        connection.authenticate(peer).await?;
        connection.answer().await?;
        Ok(connection)
    }

    async fn authenticate(&mut self, peer: &PeerAddress) -> anyhow::Result<()> {
        let mut scram = Scram::new(&peer.password)?;
        loop {
            let (kind, fields) = self.message().await?;
            match kind {
                b'R' => {}
                b'E' => bail!("PostgreSQL: {}", error_text(&fields)),
                other => bail!("PostgreSQL sent {other:#04x} during the login"),
            }
            let (code, data) = fields.split_first_chunk::<4>().context("a cut message")?;
            let text = String::from_utf8_lossy(data).into_owned();
            let answer = match u32::from_be_bytes(*code) {
                AUTHENTICATED => return Ok(()),
                CLEAR_PASSWORD => wire::zero_terminated(&peer.password),
                SASL => {
                    let first = scram.first();
                    let length = u32::try_from(first.len())?.to_be_bytes();
                    [wire::zero_terminated("SCRAM-SHA-256"), length.to_vec(), first.into_bytes()].concat()
                }
                SASL_CONTINUE => scram.last(&text)?.into_bytes(),
                SASL_FINAL => {
                    scram.check(&text)?;
                    continue;
                }
                other => bail!("PostgreSQL asks for authentication {other}, which is not built"),
            };
            self.socket.write_all(&wire::message(b'p', &answer)).await?;
        }
    }

    /// Runs statements as text; the first value of the answer.
    pub(super) async fn query(&mut self, text: &str) -> anyhow::Result<String> {
        self.socket.write_all(&wire::query(text)).await?;
        self.answer().await.with_context(|| text.to_owned())?;
        Ok(String::from_utf8_lossy(self.value(0)).into_owned())
    }

    pub(super) async fn prepare(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        self.socket.write_all(&wire::prepare(name, text)).await?;
        self.answer().await.with_context(|| text.to_owned())
    }

    /// Runs a prepared statement; how many rows came.
    pub(super) async fn call(&mut self, call: &Call) -> anyhow::Result<usize> {
        self.socket.write_all(call.message()).await?;
        self.answer().await?;
        Ok(self.rows.len())
    }

    /// The first column of a row.
    pub(super) fn value(&self, row: usize) -> &[u8] {
        self.rows.get(row).map_or(&[], |range| &self.values[range.clone()])
    }

    /// Waits for a NOTIFY unless one has come already; those that have come count as one.
    pub(super) async fn notified(&mut self) -> anyhow::Result<()> {
        while self.notices == 0 {
            let (kind, fields) = self.message().await?;
            self.take(kind, &fields)?;
        }
        self.notices = 0;
        Ok(())
    }

    /// Reads up to ReadyForQuery.
    async fn answer(&mut self) -> anyhow::Result<()> {
        self.values.clear();
        self.rows.clear();
        let mut failure = None;
        loop {
            let (kind, fields) = self.message().await?;
            match self.take(kind, &fields) {
                Ok(true) => return failure.map_or(Ok(()), Err),
                Ok(false) => {}
                // The server skips what follows and is ready then.
                Err(error) => failure = Some(error),
            }
        }
    }

    /// True for ReadyForQuery.
    fn take(&mut self, kind: u8, fields: &[u8]) -> anyhow::Result<bool> {
        match kind {
            b'Z' => return Ok(true),
            b'D' => {
                let start = self.values.len();
                self.values.extend(first_column(fields)?);
                self.rows.push(start..self.values.len());
            }
            b'A' => self.notices += 1,
            b'E' => bail!("PostgreSQL: {}", error_text(fields)),
            _ => {}
        }
        Ok(false)
    }

    async fn message(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        loop {
            if let Some(header) = self.buffer[..self.filled].first_chunk::<HEADER_BYTES>() {
                let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
                let end = length + 1;
                ensure!(length >= 4, "PostgreSQL sent a message of {length} bytes");
                if self.filled >= end {
                    let message = (header[0], self.buffer[HEADER_BYTES..end].to_vec());
                    self.buffer.copy_within(end..self.filled, 0);
                    self.filled -= end;
                    return Ok(message);
                }
                if self.buffer.len() < end {
                    self.buffer.resize(end, 0);
                }
            }
            let length = self.socket.read(&mut self.buffer[self.filled..]).await?;
            ensure!(length > 0, "PostgreSQL closed the connection");
            self.filled += length;
        }
    }
}

/// Of a DataRow; NULL is empty.
fn first_column(fields: &[u8]) -> anyhow::Result<&[u8]> {
    let (length, rest) = fields
        .split_at_checked(2)
        .and_then(|(_, columns)| columns.split_first_chunk::<4>())
        .context("a row without columns")?;
    let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
    rest.get(..length).context("a cut row")
}

/// The words of an ErrorResponse.
fn error_text(fields: &[u8]) -> String {
    let words = fields.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(b"M"));
    String::from_utf8_lossy(words.unwrap_or_default()).into_owned()
}
