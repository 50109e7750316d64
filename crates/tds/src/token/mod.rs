//! Tokens of the server's responses (2.2.7), in the widths of each [`crate::Dialect`].

mod done;
mod env_change;
mod login;
mod message;
mod metadata;
mod row;

pub use done::{Done, DoneKind, command, status};
pub use env_change::EnvChange;
pub use metadata::{Column, ReturnValue};

pub(crate) use done::{put_done, put_return_status};
pub(crate) use env_change::put_env_change;
pub(crate) use login::{put_feature_ext_ack, put_login_ack};
pub(crate) use message::{put_error, put_info};
pub(crate) use metadata::{put_columns, put_order, put_return_value};
pub(crate) use row::put_row;

/// First bytes of the tokens.
mod id {
    pub(super) const RETURN_STATUS: u8 = 0x79;
    pub(super) const COL_METADATA: u8 = 0x81;
    pub(super) const ORDER: u8 = 0xA9;
    pub(super) const ERROR: u8 = 0xAA;
    pub(super) const INFO: u8 = 0xAB;
    pub(super) const RETURN_VALUE: u8 = 0xAC;
    pub(super) const LOGIN_ACK: u8 = 0xAD;
    pub(super) const FEATURE_EXT_ACK: u8 = 0xAE;
    pub(super) const ROW: u8 = 0xD1;
    pub(super) const NBC_ROW: u8 = 0xD2;
    pub(super) const ENV_CHANGE: u8 = 0xE3;
    pub(super) const DONE: u8 = 0xFD;
    pub(super) const DONE_PROC: u8 = 0xFE;
    pub(super) const DONE_IN_PROC: u8 = 0xFF;
}
