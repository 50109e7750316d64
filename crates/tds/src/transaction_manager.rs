//! Transaction manager requests (2.2.6.9): `u16` operation and its body.

use crate::error::ProtocolError;
use crate::reader::{Reader, decode_utf16};

const GET_DTC_ADDRESS: u16 = 0;
const PROPAGATE: u16 = 1;
const BEGIN: u16 = 5;
const PROMOTE: u16 = 6;
const COMMIT: u16 = 7;
const ROLLBACK: u16 = 8;
const SAVE: u16 = 9;

const FLAG_BEGIN_NEXT: u8 = 0x01;

/// Isolation level of a transaction that begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the variants are T-SQL's own names")]
pub enum IsolationLevel {
    /// Leave the session's level.
    Unspecified,
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Serializable,
    Snapshot,
}

impl TryFrom<u8> for IsolationLevel {
    type Error = ProtocolError;

    fn try_from(byte: u8) -> Result<Self, ProtocolError> {
        Ok(match byte {
            0 => Self::Unspecified,
            1 => Self::ReadUncommitted,
            2 => Self::ReadCommitted,
            3 => Self::RepeatableRead,
            4 => Self::Serializable,
            5 => Self::Snapshot,
            _ => return Err(ProtocolError::Malformed("the isolation level is unknown")),
        })
    }
}

/// The transaction that a request begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginTransaction {
    /// Its isolation level.
    pub isolation: IsolationLevel,
    /// Its name; mostly empty.
    pub name: String,
}

/// A transaction manager request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TransactionRequest {
    /// BEGIN TRANSACTION.
    Begin(BeginTransaction),
    /// COMMIT, and perhaps begin the next at once: ODBC and python-tds chain every transaction that way.
    Commit {
        /// Name; mostly empty.
        name: String,
        /// The transaction to begin afterwards.
        next: Option<BeginTransaction>,
    },
    /// ROLLBACK of the transaction, or to the savepoint of that name.
    Rollback {
        /// Transaction or savepoint; mostly empty.
        name: String,
        /// The transaction to begin afterwards.
        next: Option<BeginTransaction>,
    },
    /// SAVE TRANSACTION.
    Save {
        /// The savepoint.
        name: String,
    },
}

impl TransactionRequest {
    /// Reads what follows ALL_HEADERS.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        let request = match reader.u16()? {
            BEGIN => Self::Begin(begin(reader)?),
            COMMIT => Self::Commit { name: name(reader)?, next: next(reader)? },
            ROLLBACK => Self::Rollback { name: name(reader)?, next: next(reader)? },
            SAVE => Self::Save { name: name(reader)? },
            GET_DTC_ADDRESS | PROPAGATE | PROMOTE => {
                return Err(ProtocolError::Unsupported("a distributed transaction"));
            }
            _ => return Err(ProtocolError::Malformed("the transaction manager request is unknown")),
        };
        reader.expect_end("bytes follow the transaction manager request")?;
        Ok(request)
    }
}

fn begin(reader: &mut Reader<'_>) -> Result<BeginTransaction, ProtocolError> {
    Ok(BeginTransaction { isolation: IsolationLevel::try_from(reader.u8()?)?, name: name(reader)? })
}

fn next(reader: &mut Reader<'_>) -> Result<Option<BeginTransaction>, ProtocolError> {
    let flags = reader.u8()?;
    if flags & FLAG_BEGIN_NEXT != 0 { begin(reader).map(Some) } else { Ok(None) }
}

/// B_VARBYTE that holds UTF-16.
fn name(reader: &mut Reader<'_>) -> Result<String, ProtocolError> {
    let length = reader.u8()?;
    decode_utf16(reader.bytes(usize::from(length))?)
}
