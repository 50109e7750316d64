//! Where TLS sits in the byte stream. The TLS session itself is the caller's.
//!
//! In-band TLS (TDS 7.x): the handshake's records are bodies of 0x12 packets in both directions, afterwards bare
//! TLS records carry TDS packets. In-band TLS must stop at version 1.2: clients hang or fail on 1.3 there.
//! Strict TLS (TDS 8.0): an ordinary TLS stream, of 1.2 or 1.3, ALPN `tds/8.0`, from the first byte.

use crate::error::ProtocolError;
use crate::packet::{HeaderBuffer, PacketType, PacketWriter};

/// ALPN protocol of strict TLS.
pub const ALPN: &[u8] = b"tds/8.0";

/// Which kind of TLS begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsMode {
    /// Inside 0x12 packets; version 1.2 at most.
    InBand {
        /// Only the LOGIN7 message is encrypted; both sides drop to clear text after it.
        login_only: bool,
    },
    /// From the first byte.
    Strict,
}

/// What lies between the socket and [`crate::Connection::receive`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsPosition {
    /// Nothing: TDS in clear.
    Clear,
    /// TLS handshake; wrap and unwrap it when the mode is in-band.
    Handshake(TlsMode),
    /// TLS records with TDS inside.
    Encrypted(TlsMode),
}

/// Handshake records of the server as 0x12 packets.
pub fn wrap_handshake(records: &[u8], packet_size: u16) -> Vec<u8> {
    if records.is_empty() {
        return Vec::new();
    }
    let mut packets = PacketWriter::new(PacketType::Prelogin, packet_size, 0);
    packets.payload().extend_from_slice(records);
    packets.finish()
}

/// Takes the client's TLS records out of their 0x12 packets.
///
/// It needs no word about the handshake's end: no TLS record begins with 0x12, so the first bare record shows
/// itself, and everything from there on passes unchanged.
#[derive(Debug, Default)]
pub struct HandshakeUnwrapper {
    header: HeaderBuffer,
    header_begun: bool,
    body_left: usize,
    bare: bool,
}

impl HandshakeUnwrapper {
    /// The TLS bytes in `input`, which may come in any pieces.
    pub fn unwrap(&mut self, mut input: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let mut records = Vec::with_capacity(input.len());
        while !input.is_empty() && !self.bare {
            if self.body_left > 0 {
                let (taken, rest) = input.split_at(input.len().min(self.body_left));
                records.extend_from_slice(taken);
                self.body_left -= taken.len();
                input = rest;
            } else {
                self.begin(&mut input)?;
            }
        }
        records.extend_from_slice(input);
        Ok(records)
    }

    fn begin(&mut self, input: &mut &[u8]) -> Result<(), ProtocolError> {
        if !self.header_begun {
            match input.first() {
                Some(&(0x14..=0x17)) => {
                    self.bare = true;
                    return Ok(());
                }
                Some(&first) if first != PacketType::Prelogin as u8 => {
                    let state = "during the TLS handshake";
                    return Err(ProtocolError::Unexpected { packet_type: first, state });
                }
                _ => self.header_begun = true,
            }
        }
        if let Some(header) = self.header.read(input)? {
            self.body_left = header.body_length;
            self.header_begun = false;
        }
        Ok(())
    }
}
