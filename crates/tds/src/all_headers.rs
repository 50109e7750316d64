//! ALL_HEADERS (2.2.5.3) in front of SQLBatch, RPC and transaction manager requests since TDS 7.2:
//! `total u32 {length u32, type u16, data}`.

use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::reader::Reader;

const QUERY_NOTIFICATION: u16 = 1;
const TRANSACTION_DESCRIPTOR: u16 = 2;

/// The headers of one request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllHeaders {
    /// The transaction that the client believes to be in; 0 is none, `None` when the client does not say.
    pub transaction_descriptor: Option<u64>,
    /// The request is to be watched for changes of its result.
    pub query_notification: Option<QueryNotification>,
}

/// A subscription that comes with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryNotification {
    /// Comes back in the notification.
    pub notify_id: String,
    /// `Service=…;Local Database=…` or `broker instance=…`.
    pub deployment: String,
    /// Milliseconds until the subscription ends by itself.
    pub timeout: Option<u32>,
}

impl AllHeaders {
    /// Reads the headers off the front of a request; none before TDS 7.2.
    pub(crate) fn decode(reader: &mut Reader<'_>, dialect: Dialect) -> Result<Self, ProtocolError> {
        let mut headers = Self::default();
        if !dialect.has_all_headers() {
            return Ok(headers);
        }
        let mut list = part(reader)?;
        while !list.is_empty() {
            let mut header = part(&mut list)?;
            match header.u16()? {
                TRANSACTION_DESCRIPTOR => {
                    headers.transaction_descriptor = Some(header.u64()?);
                    header.u32()?;
                }
                QUERY_NOTIFICATION => headers.query_notification = Some(notification(&mut header)?),
                // Trace activity, and headers of later versions.
                _ => {}
            }
        }
        Ok(headers)
    }
}

/// The part that a `u32` length, which counts itself, leads.
fn part<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, ProtocolError> {
    let length = reader.length32()?;
    reader.part(length.checked_sub(4).ok_or(ProtocolError::Malformed("a header is shorter than its length"))?)
}

fn notification(header: &mut Reader<'_>) -> Result<QueryNotification, ProtocolError> {
    let notify_id = counted_bytes_text(header)?;
    let deployment = counted_bytes_text(header)?;
    let timeout = if header.is_empty() { None } else { Some(header.u32()?) };
    Ok(QueryNotification { notify_id, deployment, timeout })
}

/// Text whose length counts bytes, unlike everywhere else.
fn counted_bytes_text(header: &mut Reader<'_>) -> Result<String, ProtocolError> {
    let length = header.u16()?;
    crate::reader::decode_utf16(header.bytes(usize::from(length))?)
}
