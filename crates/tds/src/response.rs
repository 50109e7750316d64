//! The answer to one client message.
//!
//! Tokens go in, packets come out as they fill, so a large result never has to be whole in memory. Each client
//! message gets exactly one response message, and a response always ends with a DONE.

use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

use crate::dialect::Dialect;
use crate::error::EncodeError;
use crate::packet::{PacketType, PacketWriter};
use crate::prelogin::ServerVersion;
use crate::token::{self, Column, Done, EnvChange, ReturnValue};

/// What every response of a session has in common.
#[derive(Clone, Debug)]
pub struct ResponseSettings {
    /// The session's version.
    pub dialect: Dialect,
    /// Bytes of a packet with header.
    pub packet_size: u16,
    /// The session's id in packet headers.
    pub spid: u16,
    /// The name that ERROR and INFO carry.
    pub server_name: Arc<str>,
}

/// A response under construction.
#[derive(Debug)]
pub struct Response {
    settings: ResponseSettings,
    packets: PacketWriter,
    columns: Vec<SqlType>,
    /// The latest DONE waits here: whether more follows shows only later.
    done: Option<Done>,
}

impl Response {
    /// An empty response.
    pub fn new(settings: ResponseSettings) -> Self {
        let packets = PacketWriter::new(PacketType::Response, settings.packet_size, settings.spid);
        Self { settings, packets, columns: Vec::new(), done: None }
    }

    /// What changed in the session.
    pub fn env_change(&mut self, change: EnvChange<'_>) {
        token::put_env_change(self.token(), change);
    }

    /// An ERROR, or an INFO for severities up to 10. It ends nothing: a DONE with the error bit follows.
    pub fn message(&mut self, message: &SqlError) {
        let ResponseSettings { server_name, dialect, .. } = self.settings.clone();
        let put = if message.severity > 10 { token::put_error } else { token::put_info };
        put(self.token(), message, &server_name, dialect);
    }

    /// An INFO whatever its severity.
    pub fn info(&mut self, message: &SqlError) {
        let ResponseSettings { server_name, dialect, .. } = self.settings.clone();
        token::put_info(self.token(), message, &server_name, dialect);
    }

    /// Begins a result set.
    pub fn columns(&mut self, columns: &[Column]) {
        let dialect = self.settings.dialect;
        self.columns = columns.iter().map(|column| column.sql_type).collect();
        token::put_columns(self.token(), columns, dialect);
    }

    /// By which columns, from 1, the result set is sorted.
    pub fn order(&mut self, columns: &[u16]) {
        token::put_order(self.token(), columns);
    }

    /// A row of the result set that [`Self::columns`] began. After an error nothing of it is in the response.
    pub fn row(&mut self, values: &[Value]) -> Result<(), EncodeError> {
        let dialect = self.settings.dialect;
        let columns = std::mem::take(&mut self.columns);
        let result = self.whole(|out| token::put_row(out, &columns, values, dialect));
        self.columns = columns;
        result
    }

    /// The procedure's return status; before its return values.
    pub fn return_status(&mut self, status: i32) {
        token::put_return_status(self.token(), status);
    }

    /// An output parameter. After an error nothing of it is in the response.
    pub fn return_value(&mut self, value: &ReturnValue) -> Result<(), EncodeError> {
        let dialect = self.settings.dialect;
        self.whole(|out| token::put_return_value(out, value, dialect))
    }

    /// The end of a statement or procedure. Whether it is the last shows later and is not the caller's concern.
    pub fn done(&mut self, done: Done) {
        self.settle(true);
        self.done = Some(done);
    }

    /// Acknowledges the login.
    pub(crate) fn login_ack(&mut self, version: ServerVersion) {
        let dialect = self.settings.dialect;
        token::put_login_ack(self.token(), dialect, version);
    }

    /// Acknowledges features of the login.
    pub(crate) fn feature_ext_ack(&mut self, features: &[(u8, &[u8])]) {
        token::put_feature_ext_ack(self.token(), features);
    }

    /// Bytes that wait for [`Self::take_packets`] or the end; produce less while this is large.
    pub fn pending(&self) -> usize {
        self.packets.pending()
    }

    /// The packets that are full.
    pub fn take_packets(&mut self) -> Vec<u8> {
        self.packets.take_full()
    }

    /// Everything so far, for messages that may not wait (RAISERROR WITH NOWAIT).
    pub fn flush(&mut self) -> Vec<u8> {
        self.settle(true);
        self.packets.flush()
    }

    /// The rest of the response.
    pub fn finish(mut self) -> Vec<u8> {
        self.done.get_or_insert(Done::statement(token::command::NONE, None));
        self.settle(false);
        self.packets.finish()
    }

    /// The rest of a response that an ATTENTION interrupted: it ends as a message of its own, without an ERROR.
    /// The acknowledgement follows as a second message from [`crate::Connection::complete`].
    pub fn interrupt(mut self) -> Vec<u8> {
        self.done(Done::statement(token::command::NONE, None).failed());
        self.finish()
    }

    /// Where the next token goes: behind the waiting DONE, which is not the last any more.
    fn token(&mut self) -> &mut Vec<u8> {
        self.settle(true);
        self.packets.payload()
    }

    fn settle(&mut self, more: bool) {
        if let Some(done) = self.done.take() {
            token::put_done(self.packets.payload(), done, more, self.settings.dialect);
        }
    }

    /// A token that is there wholly or not at all.
    fn whole(
        &mut self,
        put: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let out = self.token();
        let at = out.len();
        put(out).inspect_err(|_| out.truncate(at))
    }
}
