//! From the socket to the session. It happens before anything is measured, so it simply blocks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use super::{HEADER_BYTES, LOGIN7, PACKET_BYTES, PRELOGIN, Pool, packets, trust, utf16};

/// Bytes of a packet before the login has settled it.
const FIRST_PACKET_BYTES: usize = 4096;
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
const ENCRYPTION_OFF: u8 = 0;
const ENCRYPTION_ON: u8 = 1;
const ENCRYPTION_NOT_SUPPORTED: u8 = 2;

/// A server, and as whom.
#[derive(Clone)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) password: String,
    /// Encrypt everything, not only the login.
    pub(crate) encrypt: bool,
    /// Its sessions that nobody uses now.
    pub(crate) pool: Pool,
}

/// A session; the TLS connection if everything is encrypted.
pub(super) type Session = (TcpStream, Option<ClientConnection>);

/// Pre-login and TLS; the LOGIN7 message is sent, its answer is the first thing to read.
pub(super) fn log_in(target: &Target, database: &str) -> anyhow::Result<Session> {
    let mut socket = TcpStream::connect(&target.address)
        .with_context(|| format!("cannot connect to {}", target.address))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(LOGIN_TIMEOUT))?;
    let login = packets(LOGIN7, &login7(target, database), FIRST_PACKET_BYTES);
    let encryption = prelogin(&mut socket, target.encrypt)?;
    if encryption == ENCRYPTION_NOT_SUPPORTED {
        socket.write_all(&login)?;
        return Ok((socket, None));
    }
    let mut tls = handshake(&mut socket).context("the TLS handshake failed")?;
    tls.writer().write_all(&login)?;
    while tls.wants_write() {
        tls.write_tls(&mut socket)?;
    }
    let is_login_only = encryption == ENCRYPTION_OFF;
    Ok((socket, (!is_login_only).then_some(tls)))
}

/// The server's ENCRYPTION.
fn prelogin(socket: &mut TcpStream, encrypt: bool) -> anyhow::Result<u8> {
    let wish = if encrypt { ENCRYPTION_ON } else { ENCRYPTION_OFF };
    // VERSION at 11, ENCRYPTION at 17.
    let request = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, wish];
    socket.write_all(&packets(PRELOGIN, &request, FIRST_PACKET_BYTES))?;
    let answer = packet(socket)?;
    let option = answer.chunks(5).take_while(|option| option[0] != 0xFF).find(|option| option[0] == 1);
    let offset = option.and_then(|option| option.get(1..3)).context("the pre-login answer can't be read")?;
    let offset = usize::from(u16::from_be_bytes([offset[0], offset[1]]));
    let answered = *answer.get(offset).context("the pre-login answer is cut")?;
    if encrypt && answered == ENCRYPTION_NOT_SUPPORTED {
        bail!("the server does not encrypt");
    }
    Ok(answered)
}

/// Handshake records travel inside pre-login packets.
fn handshake(socket: &mut TcpStream) -> anyhow::Result<ClientConnection> {
    let name = ServerName::try_from("localhost")?;
    let mut tls = ClientConnection::new(Arc::new(trust::client_config()?), name)?;
    while tls.is_handshaking() {
        let mut flight = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut flight)?;
        }
        if !flight.is_empty() {
            socket.write_all(&packets(PRELOGIN, &flight, FIRST_PACKET_BYTES))?;
        }
        if tls.is_handshaking() {
            let records = packet(socket)?;
            let mut records = records.as_slice();
            while !records.is_empty() {
                tls.read_tls(&mut records)?;
                tls.process_new_packets()?;
            }
        }
    }
    Ok(tls)
}

/// The payload of one packet.
fn packet(socket: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut header = [0; HEADER_BYTES];
    socket.read_exact(&mut header)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let mut payload = vec![0; length.checked_sub(HEADER_BYTES).context("a packet is too short")?];
    socket.read_exact(&mut payload)?;
    Ok(payload)
}

fn login7(target: &Target, database: &str) -> Vec<u8> {
    const FIXED: usize = 94;
    let swapped = utf16(&target.password).iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let name = utf16("duologue bench");
    // Host, user, password, application, server, extension, library, language, database.
    let fields: [Vec<u8>; 9] = [
        Vec::new(),
        utf16(&target.user),
        swapped,
        name.clone(),
        Vec::new(),
        Vec::new(),
        name,
        Vec::new(),
        utf16(database),
    ];
    let mut fixed = Vec::with_capacity(FIXED);
    let length = FIXED + fields.iter().map(Vec::len).sum::<usize>();
    fixed.extend(u32::try_from(length).unwrap_or_default().to_le_bytes());
    fixed.extend(0x7400_0004u32.to_le_bytes());
    fixed.extend(u32::try_from(PACKET_BYTES).unwrap_or_default().to_le_bytes());
    fixed.extend([0; 12]);
    // The database must exist; the ANSI settings are on, as ODBC has them.
    fixed.extend([0xE0, 0x03, 0, 0]);
    fixed.extend([0; 8]);
    let mut offset = FIXED;
    for field in &fields {
        fixed.extend(u16::try_from(offset).unwrap_or_default().to_le_bytes());
        fixed.extend(u16::try_from(field.len() / 2).unwrap_or_default().to_le_bytes());
        offset += field.len();
    }
    fixed.resize(FIXED, 0);
    fixed.extend(fields.concat());
    fixed
}
