//! The answer to a LOGIN7.

use duologue_messages::{SqlError, sql_error};

use super::{Connection, Stage};
use crate::collation::Collation;
use crate::dialect::Dialect;
use crate::login7::{Login7, feature_id};
use crate::packet::{DEFAULT_PACKET_SIZE, MAX_PACKET_SIZE, MIN_PACKET_SIZE};
use crate::response::Response;
use crate::token::{Done, EnvChange, command};

use super::session::Session;

/// What a client that may enter is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginAnswer {
    /// The database it is in.
    pub database: String,
    /// Its language; `us_english`.
    pub language: String,
    /// The session's id.
    pub spid: u16,
}

/// What the answer needs of the login.
#[derive(Debug)]
pub(super) struct PendingLogin {
    pub(super) dialect: Dialect,
    packet_size: u16,
    reads_utf8: bool,
}

impl PendingLogin {
    pub(super) fn new(login: &Login7) -> Self {
        let packet_size = match login.packet_size {
            0 => DEFAULT_PACKET_SIZE,
            wish => wish.clamp(MIN_PACKET_SIZE.into(), MAX_PACKET_SIZE.into()) as u16,
        };
        let reads_utf8 = login.feature(feature_id::UTF8_SUPPORT).is_some();
        Self { dialect: login.dialect, packet_size, reads_utf8 }
    }
}

impl Connection {
    /// The login is good: the client may send requests. Nothing happens when no login waits for an answer.
    pub fn accept_login(&mut self, answer: &LoginAnswer) {
        let Stage::Authenticating(login) = &self.stage else {
            return;
        };
        let (dialect, packet_size) = (login.dialect, login.packet_size);
        let mut response = self.response();
        self.put_login_answer(&mut response, login, answer);
        self.output.append(&mut response.finish());
        self.stage = Stage::LoggedIn(Session::new(dialect, packet_size, answer.spid));
        self.reader.set_limit(self.settings.max_request);
    }

    /// The login is refused with these errors; the connection closes.
    pub fn refuse_login(&mut self, errors: &[SqlError]) {
        let mut response = self.response();
        for error in errors {
            response.message(error);
        }
        response.done(Done::statement(command::NONE, None).failed());
        self.output.append(&mut response.finish());
        self.stage = Stage::Closed;
    }

    /// The order that every client is used to.
    fn put_login_answer(&self, response: &mut Response, login: &PendingLogin, answer: &LoginAnswer) {
        let (database, language) = (&answer.database, &answer.language);
        response.env_change(EnvChange::Database { new: database, old: "" });
        response.info(&sql_error!(5701, database).with_state(2).at_line(1));
        response.env_change(EnvChange::Collation(Collation::DEFAULT));
        response.env_change(EnvChange::Language { new: language, old: "" });
        response.info(&sql_error!(5703, language).at_line(1));
        response.login_ack(self.settings.version);
        response.env_change(EnvChange::PacketSize { new: login.packet_size, old: DEFAULT_PACKET_SIZE });
        if login.reads_utf8 {
            response.feature_ext_ack(&[(feature_id::UTF8_SUPPORT, &[1])]);
        }
        response.done(Done::statement(command::NONE, None));
    }
}
