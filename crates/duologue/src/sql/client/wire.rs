//! Messages over a connection: packets out, payload in.

use anyhow::{Context, bail};
use bytes::{BufMut, Bytes, BytesMut};
use tds_protocol::{PACKET_HEADER_SIZE, PacketHeader, PacketStatus, PacketType};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A connection with its packet size.
pub(super) struct Wire<S> {
    stream: S,
    packet_size: usize,
    incoming: BytesMut,
}

/// Before LOGIN7 is answered.
const FIRST_PACKET_SIZE: usize = 4096;

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, packet_size: FIRST_PACKET_SIZE, incoming: BytesMut::new() }
    }

    pub(super) fn set_packet_size(&mut self, size: usize) {
        self.packet_size = size.clamp(512, 32_767);
    }

    /// Sends one message; an empty payload is a message too (attention).
    pub(super) async fn send(&mut self, kind: PacketType, payload: &[u8]) -> anyhow::Result<()> {
        let most = self.packet_size - PACKET_HEADER_SIZE;
        let count = payload.len().div_ceil(most).max(1);
        let mut packets = BytesMut::with_capacity(payload.len() + count * PACKET_HEADER_SIZE);
        for index in 0..count {
            let part = &payload[index * most..payload.len().min((index + 1) * most)];
            let status = if index + 1 == count { PacketStatus::END_OF_MESSAGE } else { PacketStatus::NORMAL };
            let length = u16::try_from(part.len() + PACKET_HEADER_SIZE).unwrap_or(u16::MAX);
            let mut header = PacketHeader::new(kind, status, length);
            header.packet_id = u8::try_from((index + 1) % 256).unwrap_or(0);
            header.encode(&mut packets);
            packets.put_slice(part);
        }
        self.stream.write_all(&packets).await.context("the connection to the server broke")?;
        self.stream.flush().await.context("the connection to the server broke")
    }

    /// The payload of the next packet, and whether it ends its message. May be dropped while it waits: what was
    /// read so far is kept.
    pub(super) async fn receive(&mut self) -> anyhow::Result<(Bytes, bool)> {
        self.fill(PACKET_HEADER_SIZE).await?;
        let header = PacketHeader::decode(&mut &self.incoming[..PACKET_HEADER_SIZE])
            .context("the server sent something that is not TDS")?;
        let length = usize::from(header.length);
        if length < PACKET_HEADER_SIZE {
            bail!("the server sent a packet of {length} bytes");
        }
        self.fill(length).await?;
        let payload = self.incoming.split_to(length).freeze().slice(PACKET_HEADER_SIZE..);
        Ok((payload, header.status.contains(PacketStatus::END_OF_MESSAGE)))
    }

    async fn fill(&mut self, length: usize) -> anyhow::Result<()> {
        while self.incoming.len() < length {
            let read = self.stream.read_buf(&mut self.incoming).await;
            if read.context("the connection to the server broke")? == 0 {
                bail!("the server closed the connection");
            }
        }
        Ok(())
    }
}
