//! A TDS client for load: requests are encoded once, replies are scanned and not built.

mod connection;
mod login;
mod reply;
mod request;
mod trust;
mod wire;

pub(crate) use connection::{Connection, Pool};
pub(crate) use login::Target;
pub use reply::Reply;
pub use request::{Request, RequestBuilder};
pub use wire::Wire;

/// Bytes of a packet's header.
const HEADER_BYTES: usize = 8;
/// Bytes of the largest packet, header included: what .NET asks for.
const PACKET_BYTES: usize = 8000;

const SQL_BATCH: u8 = 1;
const RPC: u8 = 3;
const LOGIN7: u8 = 16;
const PRELOGIN: u8 = 18;

/// The message as packets of at most `packet_bytes`.
fn packets(kind: u8, payload: &[u8], packet_bytes: usize) -> Vec<u8> {
    let room = packet_bytes - HEADER_BYTES;
    let count = payload.len().div_ceil(room).max(1);
    let mut message = Vec::with_capacity(payload.len() + count * HEADER_BYTES);
    for index in 0..count {
        let part = &payload[index * room..payload.len().min((index + 1) * room)];
        let is_last = index + 1 == count;
        let length = u16::try_from(part.len() + HEADER_BYTES).unwrap_or(u16::MAX);
        message.extend([kind, u8::from(is_last)]);
        message.extend(length.to_be_bytes());
        message.extend([0, 0, u8::try_from((index + 1) % 256).unwrap_or_default(), 0]);
        message.extend(part);
    }
    message
}

/// ALL_HEADERS with the one header a request needs: no transaction, one request outstanding.
fn all_headers() -> [u8; 22] {
    let mut headers = [0; 22];
    headers[0] = 22;
    headers[4] = 18;
    headers[8] = 2;
    headers[18] = 1;
    headers
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
