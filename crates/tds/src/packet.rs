//! Packets (2.2.3.1): `type u8 | status u8 | length u16 BE with header | spid u16 BE | id u8 | window u8`.

use crate::error::ProtocolError;

/// Bytes of a packet header.
pub const HEADER_LENGTH: usize = 8;
/// Packet size until a login negotiates another.
pub const DEFAULT_PACKET_SIZE: u16 = 4096;
/// Smallest packet size that can be negotiated.
pub const MIN_PACKET_SIZE: u16 = 512;
/// Largest packet size that can be negotiated.
pub const MAX_PACKET_SIZE: u16 = 32767;

const STATUS_END_OF_MESSAGE: u8 = 0x01;
const STATUS_IGNORE: u8 = 0x02;
const STATUS_RESET: u8 = 0x08;
const STATUS_RESET_SKIP_TRANSACTION: u8 = 0x10;

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum PacketType {
    /// T-SQL text.
    SqlBatch = 0x01,
    /// Remote procedure calls.
    Rpc = 0x03,
    /// Everything the server sends but TLS handshakes.
    Response = 0x04,
    /// Interrupts the request under way.
    Attention = 0x06,
    /// Rows of INSERT BULK.
    BulkLoad = 0x07,
    /// A federated authentication token.
    FedAuthToken = 0x08,
    /// Begin, commit, roll back, save.
    TransactionManager = 0x0E,
    /// The login.
    Login7 = 0x10,
    /// Windows authentication.
    Sspi = 0x11,
    /// PRELOGIN from the client, and the TLS handshake in both directions.
    Prelogin = 0x12,
}

impl TryFrom<u8> for PacketType {
    type Error = ProtocolError;

    fn try_from(byte: u8) -> Result<Self, ProtocolError> {
        Ok(match byte {
            0x01 => Self::SqlBatch,
            0x03 => Self::Rpc,
            0x04 => Self::Response,
            0x06 => Self::Attention,
            0x07 => Self::BulkLoad,
            0x08 => Self::FedAuthToken,
            0x0E => Self::TransactionManager,
            0x10 => Self::Login7,
            0x11 => Self::Sspi,
            0x12 => Self::Prelogin,
            other => return Err(ProtocolError::PacketType(other)),
        })
    }
}

/// Whether the session is to be made as new before a request runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Reset {
    /// No.
    #[default]
    No,
    /// RESETCONNECTION: also roll back.
    Connection,
    /// RESETCONNECTIONSKIPTRAN: keep the open transaction.
    KeepTransaction,
}

/// A complete message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Type of all its packets.
    pub packet_type: PacketType,
    /// From its first packet.
    pub reset: Reset,
    /// The client gave it up while sending.
    pub ignore: bool,
    /// The packets' bodies.
    pub payload: Vec<u8>,
}

/// A decoded packet header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) packet_type: PacketType,
    status: u8,
    /// Without the header.
    pub(crate) body_length: usize,
}

impl Header {
    pub(crate) fn decode(bytes: [u8; HEADER_LENGTH]) -> Result<Self, ProtocolError> {
        let [packet_type, status, high, low, ..] = bytes;
        let length = u16::from_be_bytes([high, low]);
        let body_length = usize::from(length)
            .checked_sub(HEADER_LENGTH)
            .filter(|_| length <= MAX_PACKET_SIZE)
            .ok_or(ProtocolError::PacketLength(length))?;
        Ok(Self { packet_type: PacketType::try_from(packet_type)?, status, body_length })
    }

    fn reset(self) -> Reset {
        if self.status & STATUS_RESET != 0 {
            Reset::Connection
        } else if self.status & STATUS_RESET_SKIP_TRANSACTION != 0 {
            Reset::KeepTransaction
        } else {
            Reset::No
        }
    }
}

/// Collects the eight bytes of a header from input that may come in any pieces.
#[derive(Default, Debug)]
pub(crate) struct HeaderBuffer {
    bytes: [u8; HEADER_LENGTH],
    filled: usize,
}

impl HeaderBuffer {
    /// Takes from `input` what the header lacks; the header, once, when it is complete.
    pub(crate) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Header>, ProtocolError> {
        let (taken, rest) = input.split_at(input.len().min(HEADER_LENGTH - self.filled));
        self.bytes[self.filled..self.filled + taken.len()].copy_from_slice(taken);
        self.filled += taken.len();
        *input = rest;
        if self.filled < HEADER_LENGTH {
            return Ok(None);
        }
        self.filled = 0;
        Header::decode(self.bytes).map(Some)
    }
}

/// Joins packets to messages.
#[derive(Debug)]
pub struct PacketReader {
    limit: usize,
    header: HeaderBuffer,
    packet: Option<Header>,
    body_left: usize,
    message: Option<Message>,
}

impl PacketReader {
    /// Reads messages of at most `limit` bytes without their headers.
    pub fn new(limit: usize) -> Self {
        Self { limit, header: HeaderBuffer::default(), packet: None, body_left: 0, message: None }
    }

    /// Changes the limit, also of a message that has begun.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes bytes from the front of `input` until one message is complete; `None` when `input` is used up first.
    /// After an error the stream has no meaning any more.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ProtocolError> {
        loop {
            let packet = match self.packet {
                Some(packet) => packet,
                None => match self.header.read(input)? {
                    Some(header) => self.begin_packet(header)?,
                    None => return Ok(None),
                },
            };
            self.take_body(input);
            if self.body_left > 0 {
                return Ok(None);
            }
            self.packet = None;
            if packet.status & STATUS_END_OF_MESSAGE != 0
                && let Some(mut message) = self.message.take()
            {
                message.ignore = packet.status & STATUS_IGNORE != 0;
                return Ok(Some(message));
            }
        }
    }

    fn begin_packet(&mut self, header: Header) -> Result<Header, ProtocolError> {
        // Some clients interrupt a message that they are still sending: what came of it is void.
        if header.packet_type == PacketType::Attention {
            self.message = None;
        }
        let message = self.message.get_or_insert_with(|| Message {
            packet_type: header.packet_type,
            reset: header.reset(),
            ignore: false,
            payload: Vec::new(),
        });
        if message.packet_type != header.packet_type {
            return Err(ProtocolError::MixedMessage {
                begun: message.packet_type as u8,
                found: header.packet_type as u8,
            });
        }
        if message.payload.len() + header.body_length > self.limit {
            return Err(ProtocolError::MessageTooLong(self.limit));
        }
        self.body_left = header.body_length;
        self.packet = Some(header);
        Ok(header)
    }

    fn take_body(&mut self, input: &mut &[u8]) {
        let (taken, rest) = input.split_at(input.len().min(self.body_left));
        if let Some(message) = &mut self.message {
            message.payload.extend_from_slice(taken);
        }
        self.body_left -= taken.len();
        *input = rest;
    }
}

/// Cuts one message into packets as its payload grows.
#[derive(Debug)]
pub struct PacketWriter {
    packet_type: PacketType,
    packet_size: usize,
    spid: u16,
    next_id: u8,
    payload: Vec<u8>,
}

impl PacketWriter {
    /// A message of packets of at most `packet_size` bytes with header; sizes that TDS forbids become the nearest
    /// allowed one.
    pub fn new(packet_type: PacketType, packet_size: u16, spid: u16) -> Self {
        let packet_size = usize::from(packet_size.clamp(MIN_PACKET_SIZE, MAX_PACKET_SIZE));
        Self { packet_type, packet_size, spid, next_id: 1, payload: Vec::new() }
    }

    /// Payload that is not in a packet yet; append to it.
    pub fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.payload
    }

    /// Bytes of payload that wait for a packet.
    pub fn pending(&self) -> usize {
        self.payload.len()
    }

    /// The packets that are full and are not the message's last.
    pub fn take_full(&mut self) -> Vec<u8> {
        let body = self.packet_size - HEADER_LENGTH;
        // The last packet carries the end mark, so a payload of exactly one body stays.
        let full = self.payload.len().saturating_sub(1) / body * body;
        let rest = self.payload.split_off(full);
        let payload = std::mem::replace(&mut self.payload, rest);
        self.packets(&payload, false)
    }

    /// All of the payload so far, the last packet partly filled, with the message still open.
    pub fn flush(&mut self) -> Vec<u8> {
        let payload = std::mem::take(&mut self.payload);
        self.packets(&payload, false)
    }

    /// The rest of the message with its end mark.
    pub fn finish(mut self) -> Vec<u8> {
        let payload = std::mem::take(&mut self.payload);
        self.packets(&payload, true)
    }

    fn packets(&mut self, payload: &[u8], end: bool) -> Vec<u8> {
        let body = self.packet_size - HEADER_LENGTH;
        let mut chunks: Vec<&[u8]> = payload.chunks(body).collect();
        if end && chunks.is_empty() {
            chunks.push(&[]);
        }
        let mut out = Vec::with_capacity(payload.len() + chunks.len() * HEADER_LENGTH);
        for (index, chunk) in chunks.iter().enumerate() {
            let last = end && index + 1 == chunks.len();
            self.put_packet(&mut out, chunk, if last { STATUS_END_OF_MESSAGE } else { 0 });
        }
        out
    }

    fn put_packet(&mut self, out: &mut Vec<u8>, body: &[u8], status: u8) {
        let length = (body.len() + HEADER_LENGTH) as u16;
        out.extend_from_slice(&[self.packet_type as u8, status]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.spid.to_be_bytes());
        out.extend_from_slice(&[self.next_id, 0]);
        out.extend_from_slice(body);
        self.next_id = self.next_id.wrapping_add(1);
    }
}
