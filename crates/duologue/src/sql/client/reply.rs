//! From the payload of packets to the events of a reply.

use anyhow::{Context, bail};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use tds_protocol::{
    ColMetaData, DoneStatus, EnvChange, EnvChangeType, EnvChangeValue, ProtocolError, Token, TokenParser,
};

use crate::sql::layout::ColumnLayout;
use crate::sql::value;

/// What the server says in passing: errors, warnings, PRINT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sql) struct Message {
    pub(in crate::sql) number: i32,
    pub(in crate::sql) state: u8,
    pub(in crate::sql) severity: u8,
    pub(in crate::sql) text: String,
    pub(in crate::sql) server: String,
    pub(in crate::sql) procedure: String,
    pub(in crate::sql) line: i32,
}

/// A part of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sql) enum Event {
    /// A result set begins.
    Columns(Vec<ColumnLayout>),
    /// A row of it; None is NULL.
    Row(Vec<Option<String>>),
    Message(Message),
    /// A statement has ended; with the rows it counted, if it counts.
    Done(Option<u64>),
    /// The session changed; for the connection, not for the user.
    Session(SessionChange),
    /// The server acknowledges an attention.
    Cancelled,
}

/// What an ENVCHANGE token tells the client to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sql) enum SessionChange {
    PacketSize(usize),
    /// Descriptor that the next requests must carry; 0 outside a transaction.
    Transaction(u64),
    LoggedIn,
    /// Anything else.
    Other,
}

/// A value larger than this is refused: it would be held in memory as a whole.
const MAX_TOKEN_BYTES: usize = 1 << 30;

/// Decodes tokens as their bytes arrive.
#[derive(Default)]
pub(super) struct Reply {
    /// Bytes that may hold tokens.
    bytes: Bytes,
    /// Bytes behind them, not looked at yet.
    arrived: BytesMut,
    /// Length at which another attempt at a token that was cut is worth it. Doubling it keeps long values linear.
    wanted: usize,
    metadata: Option<ColMetaData>,
}

impl Reply {
    /// Takes the payload of a packet.
    pub(super) fn add(&mut self, payload: &[u8]) {
        self.arrived.put_slice(payload);
    }

    /// The next event; None when more bytes are needed, which at the end of the message (`is_last`) there are none.
    pub(super) fn next(&mut self, is_last: bool) -> anyhow::Result<Option<Event>> {
        let available = self.bytes.len() + self.arrived.len();
        if available == 0 || (available < self.wanted && !is_last) {
            return Ok(None);
        }
        if !self.arrived.is_empty() {
            let mut joined = BytesMut::with_capacity(available);
            joined.put(std::mem::take(&mut self.bytes));
            joined.put(self.arrived.split());
            self.bytes = joined.freeze();
        }
        let mut parser = TokenParser::new(self.bytes.clone());
        match parser.next_token_with_metadata(self.metadata.as_ref()) {
            Ok(Some(token)) => {
                self.bytes.advance(parser.position());
                self.wanted = 0;
                self.event(token).map(Some)
            }
            Ok(None) => Ok(None),
            Err(ProtocolError::UnexpectedEof | ProtocolError::IncompletePacket { .. }) if !is_last => {
                if available > MAX_TOKEN_BYTES {
                    bail!("the server sent a value of more than {MAX_TOKEN_BYTES} bytes");
                }
                self.wanted = available * 2;
                Ok(None)
            }
            Err(error) => Err(error).context("the server's reply can't be read"),
        }
    }

    fn event(&mut self, token: Token) -> anyhow::Result<Event> {
        Ok(match token {
            Token::ColMetaData(metadata) => {
                let columns = metadata.columns.iter().map(value::layout).collect();
                self.metadata = Some(metadata);
                Event::Columns(columns)
            }
            Token::Row(row) => Event::Row(self.row(row.data, |_| false)?),
            Token::NbcRow(row) => Event::Row(self.row(row.data.clone(), |column| row.is_null(column))?),
            Token::Error(error) => Event::Message(Message {
                number: error.number,
                state: error.state,
                severity: error.class,
                text: error.message,
                server: error.server,
                procedure: error.procedure,
                line: error.line,
            }),
            Token::Info(info) => Event::Message(Message {
                number: info.number,
                state: info.state,
                severity: info.class,
                text: info.message,
                server: info.server,
                procedure: info.procedure,
                line: info.line,
            }),
            Token::Done(done) => done_event(&done.status, done.row_count),
            Token::DoneProc(done) => done_event(&done.status, done.row_count),
            Token::DoneInProc(done) => done_event(&done.status, done.row_count),
            Token::LoginAck(_) => Event::Session(SessionChange::LoggedIn),
            Token::EnvChange(change) => Event::Session(session_change(&change)?),
            _ => Event::Session(SessionChange::Other),
        })
    }

    fn row(&self, mut data: Bytes, is_null: impl Fn(usize) -> bool) -> anyhow::Result<Vec<Option<String>>> {
        let metadata = self.metadata.as_ref().context("the server sent a row without columns")?;
        let value = |(index, column)| if is_null(index) { Ok(None) } else { value::read(column, &mut data) };
        metadata.columns.iter().enumerate().map(value).collect()
    }
}

fn done_event(status: &DoneStatus, row_count: u64) -> Event {
    if status.attn { Event::Cancelled } else { Event::Done(status.count.then_some(row_count)) }
}

fn session_change(change: &EnvChange) -> anyhow::Result<SessionChange> {
    Ok(match (change.env_type, &change.new_value) {
        (EnvChangeType::PacketSize, EnvChangeValue::String(size)) => {
            SessionChange::PacketSize(size.parse().context("the server set a packet size that is no number")?)
        }
        (EnvChangeType::BeginTransaction, EnvChangeValue::Binary(descriptor)) if descriptor.len() == 8 => {
            SessionChange::Transaction(descriptor.clone().get_u64_le())
        }
        (EnvChangeType::CommitTransaction | EnvChangeType::RollbackTransaction, _) => {
            SessionChange::Transaction(0)
        }
        _ => SessionChange::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SELECT 1` with its column named `a`, an INFO, a transaction that begins.
    fn sample() -> Vec<u8> {
        let mut reply = Vec::new();
        reply.extend([0xE3, 0x0B, 0x00, 0x08, 0x08, 7, 0, 0, 0, 0, 0, 0, 0, 0x00]);
        reply.extend([0x81, 1, 0, 0, 0, 0, 0, 9, 0, 0x26, 4, 1, b'a', 0]);
        reply.extend([0xD1, 4, 1, 0, 0, 0]);
        reply.extend([0xD2, 1]);
        reply.extend([0xFD, 0x11, 0, 0xC1, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        let text: Vec<u8> = "hi".encode_utf16().flat_map(u16::to_le_bytes).collect();
        reply.extend([0xAB, 18, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
        reply.extend(text);
        reply.extend([0, 0, 3, 0, 0, 0]);
        reply.extend([0xFD, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        reply
    }

    fn read(reply: &[u8], piece: usize) -> anyhow::Result<Vec<Event>> {
        let mut reader = Reply::default();
        let mut events = Vec::new();
        for part in reply.chunks(piece) {
            reader.add(part);
            while let Some(event) = reader.next(false)? {
                events.push(event);
            }
        }
        while let Some(event) = reader.next(true)? {
            events.push(event);
        }
        Ok(events)
    }

    #[test]
    fn events_are_the_same_however_the_bytes_arrive() {
        let whole = read(&sample(), usize::MAX).expect("a reply");
        assert_eq!(whole[0], Event::Session(SessionChange::Transaction(7)));
        assert_eq!(whole[2], Event::Row(vec![Some("1".to_owned())]));
        assert_eq!(whole[3], Event::Row(vec![None]));
        assert_eq!(whole[4], Event::Done(Some(2)));
        assert!(
            matches!(&whole[5], Event::Message(Message { severity: 0, line: 3, text, .. }) if text == "hi")
        );
        assert_eq!(whole[6..], [Event::Cancelled]);
        for piece in 1..20 {
            assert_eq!(read(&sample(), piece).expect("a reply"), whole, "{piece} bytes at a time");
        }
    }

    #[test]
    fn a_cut_reply_is_an_error_or_shorter() {
        let reply = sample();
        let whole = read(&reply, usize::MAX).expect("a reply");
        for length in 0..reply.len() {
            if let Ok(events) = read(&reply[..length], usize::MAX) {
                assert!(whole.starts_with(&events));
                assert!(events.len() < whole.len());
            }
        }
    }
}
