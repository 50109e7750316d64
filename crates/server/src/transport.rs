//! One TCP connection, perhaps with TLS in it: bytes that wait to be sent, and reading without waiting.
//!
//! TLS is driven by hand and not as a stream, because TDS begins it in the middle of a connection, wraps its
//! handshake in packets and may drop it again after the login.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};

use bytes::{Buf, BytesMut};
use duologue_tds::packet::DEFAULT_PACKET_SIZE;
use duologue_tds::tls::{HandshakeUnwrapper, wrap_handshake};
use rustls::Connection;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use tokio::net::TcpStream;

/// Bytes read at a time: several TLS records of a busy link.
const READ_SIZE: usize = 64 * 1024;
/// Bytes of memory that a connection keeps while it sends nothing.
const IDLE_CAPACITY: usize = 4 * 1024;

thread_local! {
    /// Of whichever connection reads on this thread.
    static BUFFER: RefCell<Box<[u8; READ_SIZE]>> = RefCell::new(Box::new([0; READ_SIZE]));
}

/// What a read brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Received {
    /// Perhaps bytes.
    Open,
    /// The other side sends no more.
    Closed,
}

/// How the handshake's records travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// As they are.
    Bare,
    /// In TDS packets.
    InPackets,
}

struct Tls {
    session: Connection,
    /// Of a handshake in packets.
    unwrapper: Option<HandshakeUnwrapper>,
}

/// One connection.
pub(crate) struct Transport {
    socket: TcpStream,
    tls: Option<Tls>,
    outgoing: BytesMut,
}

impl Transport {
    pub(crate) fn new(socket: TcpStream) -> Self {
        Self { socket, tls: None, outgoing: BytesMut::new() }
    }

    /// From here on TLS, in either direction.
    pub(crate) fn start_tls(&mut self, session: Connection, framing: Framing) {
        let unwrapper = (framing == Framing::InPackets).then(HandshakeUnwrapper::default);
        self.tls = Some(Tls { session, unwrapper });
        self.take_records(true);
    }

    /// From here on no TLS, in either direction.
    pub(crate) fn stop_tls(&mut self) {
        self.tls = None;
    }

    /// Whether TLS has begun and is not established.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.session.is_handshaking())
    }

    /// The certificate that the other side proved, as DER.
    pub(crate) fn peer_certificate(&self) -> Option<&[u8]> {
        let certificates = self.tls.as_ref()?.session.peer_certificates()?;
        certificates.first().map(|certificate| certificate.as_ref())
    }

    /// Bytes that the socket has not taken yet.
    pub(crate) fn pending(&self) -> usize {
        self.outgoing.len()
    }

    /// Waits until something can be read, if `wants_input`, or written, if something is to be.
    pub(crate) async fn ready(&self, wants_input: bool) -> io::Result<Ready> {
        match (wants_input, self.outgoing.is_empty()) {
            (true, true) => self.socket.ready(Interest::READABLE).await,
            (true, false) => self.socket.ready(Interest::READABLE | Interest::WRITABLE).await,
            (false, false) => self.socket.ready(Interest::WRITABLE).await,
            (false, true) => std::future::pending().await,
        }
    }

    /// Reads once, without waiting, and appends what it means to `plain`.
    pub(crate) fn read(&mut self, plain: &mut Vec<u8>) -> io::Result<Received> {
        BUFFER.with_borrow_mut(|buffer| match self.try_read(&mut buffer[..]) {
            Ok(0) => Ok(Received::Closed),
            Ok(length) => self.decrypt(&buffer[..length], plain),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                Ok(Received::Open)
            }
            Err(error) => Err(error),
        })
    }

    /// A read that did not fill the buffer has emptied the socket: saying so at once saves the system call that would
    /// only find that out.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut short = None;
        let outcome = self.socket.try_io(Interest::READABLE, || {
            let length = (&*SockRef::from(&self.socket)).read(buffer)?;
            if length > 0 && length < buffer.len() {
                short = Some(length);
                return Err(ErrorKind::WouldBlock.into());
            }
            Ok(length)
        });
        short.map_or(outcome, Ok)
    }

    /// Takes bytes that came from the socket.
    pub(crate) fn decrypt(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> io::Result<Received> {
        let Some(tls) = &mut self.tls else {
            plain.extend_from_slice(bytes);
            return Ok(Received::Open);
        };
        let unwrapped;
        let mut records = match &mut tls.unwrapper {
            Some(unwrapper) => {
                unwrapped = unwrapper.unwrap(bytes).map_err(io::Error::other)?;
                unwrapped.as_slice()
            }
            None => bytes,
        };
        let was_handshaking = tls.session.is_handshaking();
        let mut outcome = Ok(Received::Open);
        while !records.is_empty() && outcome.as_ref().is_ok_and(|received| *received == Received::Open) {
            outcome = take_record(&mut tls.session, &mut records, plain);
        }
        // Also after an error: the other side is told which.
        self.take_records(was_handshaking);
        outcome
    }

    /// Has bytes sent.
    pub(crate) fn send(&mut self, mut plain: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            self.outgoing.extend_from_slice(plain);
            return Ok(());
        };
        let is_handshaking = tls.session.is_handshaking();
        while !plain.is_empty() {
            let Some(tls) = &mut self.tls else { return Ok(()) };
            let taken = tls.session.writer().write(plain)?;
            plain = &plain[taken..];
            self.take_records(is_handshaking);
            if taken == 0 {
                return Err(io::Error::other("TLS takes no more"));
            }
        }
        Ok(())
    }

    /// Tells the other side that TLS ends here.
    pub(crate) fn close_tls(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.session.send_close_notify();
            let is_handshaking = tls.session.is_handshaking();
            self.take_records(is_handshaking);
        }
    }

    /// Writes what the socket takes without waiting.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            match self.socket.try_write(&self.outgoing) {
                Ok(written) => self.outgoing.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // A long answer must not keep its memory for as long as the client is idle.
        if self.outgoing.capacity() > IDLE_CAPACITY {
            self.outgoing = BytesMut::new();
        }
        Ok(())
    }

    /// Writes everything and waits until the other side has closed: were the socket closed while bytes come in,
    /// the other side would lose the last words. To be given up after a while.
    pub(crate) async fn finish(&mut self) -> io::Result<()> {
        self.write()?;
        while !self.outgoing.is_empty() {
            self.socket.writable().await?;
            self.write()?;
        }
        self.socket.shutdown().await?;
        let mut unread = [0; 1024];
        while self.socket.read(&mut unread).await? > 0 {}
        Ok(())
    }

    /// Moves TLS records to what is to be sent.
    fn take_records(&mut self, is_handshake: bool) {
        let Some(tls) = &mut self.tls else { return };
        let mut records = Vec::new();
        while tls.session.wants_write() {
            tls.session.write_tls(&mut records).expect("a vector takes every byte");
        }
        if is_handshake && tls.unwrapper.is_some() {
            records = wrap_handshake(&records, DEFAULT_PACKET_SIZE);
        }
        self.outgoing.extend_from_slice(&records);
    }
}

/// Feeds TLS with as much as it takes at a time.
fn take_record(session: &mut Connection, records: &mut &[u8], plain: &mut Vec<u8>) -> io::Result<Received> {
    if session.read_tls(records)? == 0 {
        return Err(io::Error::other("TLS takes no more"));
    }
    session.process_new_packets().map_err(io::Error::other)?;
    match session.reader().read_to_end(plain) {
        Ok(_) => Ok(Received::Closed),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Received::Open),
        Err(error) => Err(error),
    }
}
