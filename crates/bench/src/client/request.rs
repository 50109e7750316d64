//! sp_executesql calls that are encoded once and sent many times with other values.

use super::{HEADER_BYTES, PACKET_BYTES, RPC, all_headers, packets, utf16};

const BY_ID: u16 = 0xFFFF;
const SP_EXECUTESQL: u16 = 10;
const GUID: u8 = 0x24;
const VARBINARY: u8 = 0xA5;
const NVARCHAR: u8 = 0xE7;
const MAX: u16 = 0xFFFF;
/// SQL_Latin1_General_CP1_CI_AS.
const COLLATION: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];

/// Collects the parameters of a statement.
pub struct RequestBuilder {
    text: String,
    declarations: Vec<String>,
    parameters: Vec<u8>,
    /// Where the values that change begin, from the start of the parameters.
    slots: Vec<usize>,
}

impl RequestBuilder {
    /// Begins with the statement's text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), declarations: Vec::new(), parameters: Vec::new(), slots: Vec::new() }
    }

    /// A `uniqueidentifier`; its 16 bytes are the next slot.
    pub fn guid(mut self, name: &str, value: [u8; 16]) -> Self {
        self.declare(name, "uniqueidentifier");
        self.parameters.extend([GUID, 16, 16]);
        self.slots.push(self.parameters.len());
        self.parameters.extend(value);
        self
    }

    /// A `varbinary(max)`; its bytes are the next slot.
    pub fn binary(mut self, name: &str, value: &[u8]) -> Self {
        self.declare(name, "varbinary(max)");
        self.parameters.push(VARBINARY);
        self.parameters.extend(MAX.to_le_bytes());
        let start = plp(&mut self.parameters, value);
        self.slots.push(start);
        self
    }

    fn declare(&mut self, name: &str, sql_type: &str) {
        self.declarations.push(format!("{name} {sql_type}"));
        parameter_name(&mut self.parameters, name);
    }

    /// Encodes the call.
    pub fn build(self) -> Request {
        let mut payload = Vec::with_capacity(self.parameters.len() + 2 * self.text.len() + 256);
        payload.extend(all_headers());
        payload.extend(BY_ID.to_le_bytes());
        payload.extend(SP_EXECUTESQL.to_le_bytes());
        payload.extend([0, 0]);
        text_parameter(&mut payload, &self.text);
        if !self.declarations.is_empty() {
            text_parameter(&mut payload, &self.declarations.join(", "));
        }
        let start = payload.len();
        payload.extend(&self.parameters);
        let slots = self.slots.iter().map(|slot| start + slot).collect();
        Request { message: packets(RPC, &payload, PACKET_BYTES), slots }
    }
}

/// A call, ready to be sent.
#[derive(Clone)]
pub struct Request {
    message: Vec<u8>,
    /// Offsets in the payload, without packet headers.
    slots: Vec<usize>,
}

impl Request {
    /// The whole message, packet headers included.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Overwrites the first bytes of a parameter's value; a value may lie across packets.
    pub fn set(&mut self, slot: usize, value: &[u8]) {
        const ROOM: usize = PACKET_BYTES - HEADER_BYTES;
        for (index, byte) in value.iter().enumerate() {
            let offset = self.slots[slot] + index;
            self.message[offset + HEADER_BYTES * (offset / ROOM + 1)] = *byte;
        }
    }
}

fn parameter_name(payload: &mut Vec<u8>, name: &str) {
    payload.push(u8::try_from(name.encode_utf16().count()).unwrap_or(u8::MAX));
    payload.extend(utf16(name));
    payload.push(0);
}

/// An unnamed `nvarchar(max)`.
fn text_parameter(payload: &mut Vec<u8>, text: &str) {
    parameter_name(payload, "");
    payload.push(NVARCHAR);
    payload.extend(MAX.to_le_bytes());
    payload.extend(COLLATION);
    plp(payload, &utf16(text));
}

/// A partially length-prefixed value in one chunk; where its bytes begin.
fn plp(payload: &mut Vec<u8>, value: &[u8]) -> usize {
    payload.extend((value.len() as u64).to_le_bytes());
    if !value.is_empty() {
        payload.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    let start = payload.len();
    payload.extend(value);
    payload.extend([0; 4]);
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(request: &Request) -> Vec<u8> {
        request.message.chunks(PACKET_BYTES).flat_map(|packet| packet[HEADER_BYTES..].to_vec()).collect()
    }

    #[test]
    fn slots_are_found_across_packets() {
        let body = vec![7; 3 * PACKET_BYTES];
        let mut request =
            RequestBuilder::new("x").binary("@a", &body).guid("@h", [1; 16]).binary("@b", &[9; 8]).build();
        let before = payload(&request);
        request.set(1, &[2; 16]);
        request.set(2, &[3; 8]);
        let after = payload(&request);
        let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
        assert_eq!(changed.len(), 24);
        assert_eq!(after[request.slots[1]..][..16], [2; 16]);
        assert_eq!(after[request.slots[2]..][..8], [3; 8]);
    }

    #[test]
    fn a_call_has_the_protocols_bytes() {
        let request = RequestBuilder::new("S").guid("@h", [5; 16]).build();
        let mut expected = all_headers().to_vec();
        expected.extend([0xFF, 0xFF, 10, 0, 0, 0]);
        expected.extend([0, 0, 0xE7, 0xFF, 0xFF, 9, 4, 0xD0, 0, 0x34, 2, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend([2, 0, 0, 0, b'S', 0, 0, 0, 0, 0]);
        let payload = payload(&request);
        assert_eq!(payload[..expected.len()], expected);
        let guid = [&[2, b'@', 0, b'h', 0, 0, 0x24, 16, 16][..], &[5; 16]].concat();
        assert!(payload.ends_with(&guid));
    }
}
