//! The server side of TDS without I/O: bytes in, events out; tokens in, packets out.
//!
//! [`Connection`] is the state machine of one client: feed it what the socket (or, inside TLS, the TLS session)
//! yields and act on the [`Event`]s. [`Response`] builds the answer to one request and yields packets as they
//! fill. Sockets, TLS sessions, passwords and execution belong to the caller.
//!
//! The source of every layout is [MS-TDS], "Tabular Data Stream Protocol"; section numbers name it.

pub mod all_headers;
pub mod collation;
pub mod connection;
pub mod dialect;
mod error;
pub mod fuzzing;
pub mod login7;
pub mod packet;
pub mod prelogin;
mod reader;
pub mod request;
pub mod response;
pub mod rpc;
pub mod secret;
pub mod tls;
pub mod token;
pub mod transaction_manager;
pub mod types;
mod writer;

#[cfg(test)]
mod tests;

pub use connection::{Connection, Event, LoginAnswer, Settings};
pub use dialect::Dialect;
pub use error::{EncodeError, ProtocolError};
pub use login7::Login7;
pub use packet::Reset;
pub use prelogin::{EncryptionPolicy, Prelogin, ServerVersion};
pub use request::{Request, RequestBody};
pub use response::Response;
pub use rpc::{Argument, Parameter, Procedure, RpcCall, TableValue, WellKnownProcedure};
pub use secret::Secret;
pub use tls::{TlsMode, TlsPosition};
pub use token::{Column, Done, EnvChange, ReturnValue};
pub use transaction_manager::{IsolationLevel, TransactionRequest};
