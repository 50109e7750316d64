//! One session.

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::PeerAddress;
use super::resp::{Value, command, parse};

const READ_BYTES: usize = 64 << 10;

pub(super) struct Redis {
    socket: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// One for each command of the last pipeline.
    answers: Vec<Value>,
}

impl Redis {
    pub(super) async fn open(peer: &PeerAddress) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(&peer.address).await.context("cannot connect to Redis")?;
        socket.set_nodelay(true)?;
        let mut connection = Self { socket, buffer: vec![0; READ_BYTES], filled: 0, answers: Vec::new() };
        if !peer.password.is_empty() {
            connection.run(&[b"AUTH", peer.password.as_bytes()]).await?;
        }
        Ok(connection)
    }

    /// One command.
    pub(super) async fn run(&mut self, arguments: &[&[u8]]) -> anyhow::Result<Value> {
        self.call(&command(arguments).0, 1).await?;
        Ok(self.answers.first().cloned().unwrap_or(Value::Nil))
    }

    /// A setting of the server's.
    pub(super) async fn setting(&mut self, name: &str) -> anyhow::Result<String> {
        let pair = self.run(&[b"CONFIG", b"GET", name.as_bytes()]).await?;
        let value = pair.parts().get(1).with_context(|| format!("Redis has no setting {name}"))?;
        Ok(String::from_utf8_lossy(self.text(value)).into_owned())
    }

    /// Sends a pipeline of that many commands and reads their answers.
    pub(super) async fn call(&mut self, message: &[u8], commands: usize) -> anyhow::Result<&[Value]> {
        self.socket.write_all(message).await?;
        self.answers.clear();
        self.filled = 0;
        let mut position = 0;
        while self.answers.len() < commands {
            match parse(&self.buffer[..self.filled], position)? {
                Some((value, next)) => {
                    self.answers.push(value);
                    position = next;
                }
                None => self.read().await?,
            }
        }
        Ok(&self.answers)
    }

    /// Bytes of a value of the last answers.
    pub(super) fn text(&self, value: &Value) -> &[u8] {
        if let Value::Text(range) = value { &self.buffer[range.clone()] } else { &[] }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let length = self.socket.read(&mut self.buffer[self.filled..]).await?;
        ensure!(length > 0, "Redis closed the connection");
        self.filled += length;
        Ok(())
    }
}
