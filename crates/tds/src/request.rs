//! A request of a logged-in client: SQLBatch, RPC or transaction manager.

use crate::all_headers::{AllHeaders, QueryNotification};
use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::packet::{Message, PacketType, Reset};
use crate::reader::{Reader, decode_utf16};
use crate::rpc::{self, RpcCall};
use crate::transaction_manager::TransactionRequest;

/// One request.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// Whether to reset the session first; the response then begins with [`crate::EnvChange::ResetDone`].
    pub reset: Reset,
    /// The transaction that the client believes to be in; 0 is none, `None` when the client does not say.
    pub transaction_descriptor: Option<u64>,
    /// The request is to be watched for changes of its result.
    pub query_notification: Option<QueryNotification>,
    /// What to do.
    pub body: RequestBody,
}

/// What a request asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum RequestBody {
    /// A batch of T-SQL.
    Batch(String),
    /// Procedure calls, to be run in order.
    Rpc(Vec<RpcCall>),
    /// BEGIN, COMMIT, ROLLBACK or SAVE.
    TransactionManager(TransactionRequest),
}

impl Request {
    /// Reads a request out of a complete message.
    pub fn decode(message: &Message, dialect: Dialect) -> Result<Self, ProtocolError> {
        if message.packet_type == PacketType::BulkLoad {
            return Err(ProtocolError::Unsupported("bulk load"));
        }
        let mut reader = Reader::new(&message.payload);
        let headers = AllHeaders::decode(&mut reader, dialect)?;
        let body = match message.packet_type {
            PacketType::SqlBatch => RequestBody::Batch(decode_utf16(reader.rest())?),
            PacketType::Rpc => RequestBody::Rpc(rpc::decode(&mut reader, dialect)?),
            PacketType::TransactionManager => {
                RequestBody::TransactionManager(TransactionRequest::decode(&mut reader)?)
            }
            other => {
                return Err(ProtocolError::Unexpected { packet_type: other as u8, state: "as a request" });
            }
        };
        Ok(Self {
            reset: message.reset,
            transaction_descriptor: headers.transaction_descriptor,
            query_notification: headers.query_notification,
            body,
        })
    }
}
