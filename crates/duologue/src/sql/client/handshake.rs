//! TLS inside TDS: while the handshake lasts, its records travel as the payload of pre-login packets.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, BytesMut};
use tds_protocol::{PACKET_HEADER_SIZE, PacketHeader, PacketStatus, PacketType};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Payload of one packet before the packet size is negotiated.
const MAX_PAYLOAD: usize = 4096 - PACKET_HEADER_SIZE;

/// A connection that wraps what is written in packets and unwraps what is read, until [`HandshakeStream::finish`].
pub(super) struct HandshakeStream {
    tcp: TcpStream,
    is_wrapping: bool,
    /// Bytes of the packet being read: header and payload as far as they came.
    packet: BytesMut,
    /// Payload not handed on yet.
    payload: BytesMut,
    /// Written, not wrapped yet: a flight becomes one message.
    flight: BytesMut,
    /// Wrapped, not sent yet.
    outgoing: BytesMut,
}

impl HandshakeStream {
    pub(super) fn new(tcp: TcpStream) -> Self {
        let empty = BytesMut::new;
        Self { tcp, is_wrapping: true, packet: empty(), payload: empty(), flight: empty(), outgoing: empty() }
    }

    /// From here on TLS records stand on the connection as they are.
    pub(super) fn finish(&mut self) {
        self.is_wrapping = false;
    }

    fn wrap_flight(&mut self) {
        while !self.flight.is_empty() {
            let payload = self.flight.split_to(self.flight.len().min(MAX_PAYLOAD));
            let status =
                if self.flight.is_empty() { PacketStatus::END_OF_MESSAGE } else { PacketStatus::NORMAL };
            let length = u16::try_from(payload.len() + PACKET_HEADER_SIZE).unwrap_or(u16::MAX);
            PacketHeader::new(PacketType::PreLogin, status, length).encode(&mut self.outgoing);
            self.outgoing.put(payload);
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let sent = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.outgoing))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads until `packet` has `length` bytes; false at the end of the connection.
    fn poll_fill(&mut self, cx: &mut Context<'_>, length: usize) -> Poll<io::Result<bool>> {
        while self.packet.len() < length {
            let mut space = vec![0; length - self.packet.len()];
            let mut buffer = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.packet.extend_from_slice(buffer.filled());
        }
        Poll::Ready(Ok(true))
    }

    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if !ready!(self.poll_fill(cx, PACKET_HEADER_SIZE))? {
            return Poll::Ready(Ok(false));
        }
        let header = PacketHeader::decode(&mut &self.packet[..]).map_err(io::Error::other)?;
        let length = usize::from(header.length);
        if header.packet_type != PacketType::PreLogin || length < PACKET_HEADER_SIZE {
            return Poll::Ready(Err(io::Error::other("the server left the TLS handshake")));
        }
        if !ready!(self.poll_fill(cx, length))? {
            return Poll::Ready(Ok(false));
        }
        let packet = self.packet.split();
        self.payload.extend_from_slice(&packet[PACKET_HEADER_SIZE..]);
        Poll::Ready(Ok(true))
    }
}

impl AsyncRead for HandshakeStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.is_wrapping && this.payload.is_empty() {
            if !ready!(this.poll_packet(cx))? {
                return Poll::Ready(Ok(()));
            }
        }
        if this.payload.is_empty() {
            return Pin::new(&mut this.tcp).poll_read(cx, buffer);
        }
        let length = this.payload.len().min(buffer.remaining());
        buffer.put_slice(&this.payload.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for HandshakeStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.is_wrapping {
            return Pin::new(&mut self.tcp).poll_write(cx, bytes);
        }
        self.flight.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wrap_flight();
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
