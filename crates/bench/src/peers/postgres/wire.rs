//! Messages of PostgreSQL's protocol 3.0: `u8` kind, `i32` length with itself, fields; all big-endian.

use crate::load::Body;

/// OID of bytea.
const BYTEA: u32 = 17;

/// A message of that kind.
pub(super) fn message(kind: u8, fields: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(length(fields.len() + 4));
    message.extend(fields);
    message
}

/// The first message has no kind.
pub(super) fn startup(user: &str, database: &str) -> Vec<u8> {
    let mut fields = 0x0003_0000u32.to_be_bytes().to_vec();
    for text in ["user", user, "database", database, "application_name", "duologue bench"] {
        fields.extend(zero_terminated(text));
    }
    fields.push(0);
    message(0, &fields)[1..].to_vec()
}

pub(super) fn query(text: &str) -> Vec<u8> {
    message(b'Q', &zero_terminated(text))
}

/// Parse and Sync.
pub(super) fn prepare(name: &str, text: &str) -> Vec<u8> {
    let fields = [zero_terminated(name), zero_terminated(text), vec![0, 0]].concat();
    [message(b'P', &fields), message(b'S', &[])].concat()
}

pub(super) fn zero_terminated(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

/// Bind, Execute and Sync of a prepared statement, encoded once.
#[derive(Clone)]
pub(super) struct Call {
    message: Vec<u8>,
    slots: Vec<usize>,
}

/// Collects parameters.
pub(super) struct CallBuilder {
    parameters: Vec<u8>,
    count: u16,
    slots: Vec<usize>,
}

impl CallBuilder {
    pub(super) fn new() -> Self {
        Self { parameters: Vec::new(), count: 0, slots: Vec::new() }
    }

    /// An `int4`; its 4 bytes are the next slot.
    pub(super) fn integer(self) -> Self {
        self.value(&[0; 4], &[0])
    }

    /// A `bytea`; its bytes are the next slot.
    pub(super) fn binary(self, body: &Body) -> Self {
        self.value(body.bytes(), &[0])
    }

    /// A `bytea[]`; the bytes of its elements are the next slots.
    pub(super) fn binaries(self, count: u32, body: &Body) -> Self {
        let mut array = Vec::new();
        let mut slots = Vec::new();
        for field in [1, 0, BYTEA, count, 1] {
            array.extend(field.to_be_bytes());
        }
        for _ in 0..count {
            array.extend(length(body.bytes().len()));
            slots.push(array.len());
            array.extend(body.bytes());
        }
        self.value(&array, &slots)
    }

    fn value(mut self, value: &[u8], slots: &[usize]) -> Self {
        self.parameters.extend(length(value.len()));
        let start = self.parameters.len();
        self.slots.extend(slots.iter().map(|slot| start + slot));
        self.parameters.extend(value);
        self.count += 1;
        self
    }

    pub(super) fn build(self, statement: &str) -> Call {
        // The unnamed portal; one format for all parameters: binary.
        let mut fields = [vec![0], zero_terminated(statement), vec![0, 1, 0, 1]].concat();
        fields.extend(self.count.to_be_bytes());
        // Kind and length come before the fields.
        let start = 5 + fields.len();
        fields.extend(&self.parameters);
        fields.extend([0, 1, 0, 1]);
        let execute = message(b'E', &[0; 5]);
        let message = [message(b'B', &fields), execute, message(b'S', &[])].concat();
        Call { message, slots: self.slots.iter().map(|slot| start + slot).collect() }
    }
}

impl Call {
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Overwrites the first bytes of a value.
    pub(super) fn set(&mut self, slot: usize, value: &[u8]) {
        let start = self.slots[slot];
        self.message[start..start + value.len()].copy_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_the_protocols_bytes() {
        let mut call = CallBuilder::new().integer().binaries(2, &Body::new(8)).build("s");
        call.set(0, &7u32.to_be_bytes());
        call.set(1, &[1; 8]);
        call.set(2, &[2; 8]);
        let array = [&[0, 0, 0, 8][..], &[1; 8], &[0, 0, 0, 8], &[2; 8]].concat();
        let head = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 2, 0, 0, 0, 1];
        let parameters = [&[0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 44][..], &head, &array].concat();
        let fields = [&[0, b's', 0, 0, 1, 0, 1, 0, 2][..], &parameters, &[0, 1, 0, 1]].concat();
        let expected = [
            &[b'B', 0, 0, 0, u8::try_from(fields.len() + 4).expect("short")][..],
            &fields,
            &[b'E', 0, 0, 0, 9, 0, 0, 0, 0, 0, b'S', 0, 0, 0, 4],
        ]
        .concat();
        assert_eq!(call.message(), expected);
    }
}
