//! A client that sends whatever bytes it is told.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub const SQL_BATCH: u8 = 0x01;
pub const RPC: u8 = 0x03;
pub const ATTENTION: u8 = 0x06;
pub const LOGIN7: u8 = 0x10;
pub const PRELOGIN: u8 = 0x12;

const PATIENCE: Duration = Duration::from_secs(10);

pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub struct RawClient {
    pub socket: Box<dyn Stream>,
}

impl RawClient {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub fn over(stream: impl Stream + 'static) -> Self {
        Self { socket: Box::new(stream) }
    }

    /// Connects and logs in, in clear and without PRELOGIN, as jTDS does.
    pub async fn log_in(address: SocketAddr, user: &str, password: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.send(LOGIN7, &login7(user, password)).await;
        let answer = client.message().await.expect("an answer to the login");
        assert!(answer.contains(&0xAD), "a LOGINACK");
        client
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        // The server may have closed already: what it said before counts.
        let _ = self.socket.write_all(bytes).await;
    }

    /// One message of one packet.
    pub async fn send(&mut self, packet_type: u8, payload: &[u8]) {
        self.send_bytes(&packet(packet_type, payload)).await;
    }

    pub async fn batch(&mut self, text: &str) {
        self.send(SQL_BATCH, &batch(text)).await;
    }

    /// The next message's payload; none once the server has closed.
    pub async fn message(&mut self) -> Option<Vec<u8>> {
        timeout(PATIENCE, self.read_message()).await.expect("the server answers or closes")
    }

    async fn read_message(&mut self) -> Option<Vec<u8>> {
        let mut payload = Vec::new();
        loop {
            let mut header = [0; 8];
            self.socket.read_exact(&mut header).await.ok()?;
            let length = usize::from(u16::from_be_bytes([header[2], header[3]])) - 8;
            let start = payload.len();
            payload.resize(start + length, 0);
            self.socket.read_exact(&mut payload[start..]).await.ok()?;
            if header[1] & 1 != 0 {
                return Some(payload);
            }
        }
    }

    /// Waits until the server closes.
    pub async fn closed(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.socket.read_to_end(&mut rest)).await.expect("the server closes");
    }
}

pub fn packet(packet_type: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap().to_be_bytes();
    [&[packet_type, 1, length[0], length[1], 0, 0, 1, 0], payload].concat()
}

/// ALL_HEADERS and the text.
pub fn batch(text: &str) -> Vec<u8> {
    let mut payload = vec![22, 0, 0, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    payload.extend(utf16(text));
    payload
}

/// A LOGIN7 of version 7.4 with nothing but user and password.
pub fn login7(user: &str, password: &str) -> Vec<u8> {
    const FIXED: usize = 94;
    let mut fixed = vec![0; FIXED];
    fixed[4..8].copy_from_slice(&0x7400_0004u32.to_le_bytes());
    fixed[8..12].copy_from_slice(&4096u32.to_le_bytes());
    let user = utf16(user);
    let password: Vec<u8> = utf16(password).iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let mut field = |at: usize, offset: usize, bytes: &[u8]| {
        fixed[at..at + 2].copy_from_slice(&(offset as u16).to_le_bytes());
        fixed[at + 2..at + 4].copy_from_slice(&((bytes.len() / 2) as u16).to_le_bytes());
    };
    field(40, FIXED, &user);
    field(44, FIXED + user.len(), &password);
    let mut login = [fixed, user, password].concat();
    let length = (login.len() as u32).to_le_bytes();
    login[..4].copy_from_slice(&length);
    login
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
