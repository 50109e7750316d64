//! LOGINACK and FEATUREEXTACK (2.2.7.14, 2.2.7.11).

use bytes::BufMut;

use super::id;
use crate::dialect::Dialect;
use crate::prelogin::ServerVersion;
use crate::writer::{put_b_varchar, put_u16_length};

/// The interface is always T-SQL.
const INTERFACE_SQL: u8 = 1;
/// The name by which drivers recognise the protocol's family.
const PROGRAM_NAME: &str = "Microsoft SQL Server";
const TERMINATOR: u8 = 0xFF;

pub(crate) fn put_login_ack(out: &mut Vec<u8>, dialect: Dialect, version: ServerVersion) {
    out.put_u8(id::LOGIN_ACK);
    put_u16_length(out, |out| {
        out.put_u8(INTERFACE_SQL);
        out.put_u32(dialect.acknowledged_version());
        put_b_varchar(out, PROGRAM_NAME);
        out.put_slice(&version.login_bytes());
    });
}

/// Acknowledges features; only such as the client sent, anything else is an error to it.
pub(crate) fn put_feature_ext_ack(out: &mut Vec<u8>, features: &[(u8, &[u8])]) {
    out.put_u8(id::FEATURE_EXT_ACK);
    for (feature, data) in features {
        out.put_u8(*feature);
        out.put_u32_le(data.len() as u32);
        out.put_slice(data);
    }
    out.put_u8(TERMINATOR);
}
