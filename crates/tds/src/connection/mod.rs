//! The protocol state machine of one client.
//!
//! `PreLogin → TLS handshake → Login → LoggedIn {idle, busy}`. Input is what lies behind the TLS position; output
//! is what goes out through it. After every call the caller sends [`Connection::take_output`].
//!
//! - [`Event::StartTls`]: run the handshake (wrapped in packets when in-band), then
//!   [`Connection::tls_established`], then feed decrypted bytes.
//! - [`Event::Login`]: check it, then [`Connection::accept_login`] or [`Connection::refuse_login`].
//! - [`Event::Request`]: run it, send a [`Connection::response`], then [`Connection::complete`].
//! - [`Event::Attention`]: stop, send [`Response::interrupt`], then [`Connection::complete`]. A response that
//!   ended before needs nothing but its `complete`.

mod login;
mod session;

use std::sync::Arc;

use zeroize::Zeroize;

use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::login7::{self, Login7};
use crate::packet::{DEFAULT_PACKET_SIZE, Message, PacketReader, PacketType, PacketWriter};
use crate::prelogin::{Encryption, EncryptionPolicy, Prelogin, ServerVersion};
use crate::request::Request;
use crate::response::{Response, ResponseSettings};
use crate::tls::{TlsMode, TlsPosition};
use crate::token::{Done, command};

pub use login::LoginAnswer;
use login::PendingLogin;
use session::Session;

/// A PRELOGIN has some dozen short options.
const MAX_PRELOGIN: usize = 8 * 1024;
/// First byte of a TLS record with a handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// What the server offers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it wants of encryption.
    pub encryption: EncryptionPolicy,
    /// The version it shows.
    pub version: ServerVersion,
    /// The name in ERROR and INFO.
    pub server_name: Arc<str>,
    /// Longest request in bytes, after the login.
    pub max_request: usize,
}

/// What a client wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A PRELOGIN was answered; for the log.
    Prelogin(Prelogin),
    /// TLS begins here.
    StartTls {
        /// Which kind.
        mode: TlsMode,
        /// Bytes of the TLS stream that came with the last input.
        bytes: Vec<u8>,
    },
    /// TLS ends here (login-only encryption): everything after the LOGIN7 message is in clear, both ways, and the
    /// TLS session is dropped without a close. Clients wait for the answer, so it has read nothing ahead.
    StopTls,
    /// The client logs in.
    Login(Box<Login7>),
    /// A request to run. No other comes before [`Connection::complete`].
    Request(Request),
    /// The request that is under way is to stop. Never comes when none is.
    Attention,
    /// A message could not be read or is not supported; the client was told. For the log.
    Refused(ProtocolError),
}

/// How far the client has come.
#[derive(Debug)]
enum Stage {
    FirstByte,
    Prelogin,
    TlsHandshake(TlsMode),
    Login,
    Authenticating(PendingLogin),
    LoggedIn(Session),
    Closed,
}

/// One client's connection.
#[derive(Debug)]
pub struct Connection {
    settings: Settings,
    stage: Stage,
    /// TLS that is established.
    tls: Option<TlsMode>,
    reader: PacketReader,
    output: Vec<u8>,
}

impl Connection {
    /// A connection of which nothing has been read.
    pub fn new(settings: Settings) -> Self {
        let reader = PacketReader::new(MAX_PRELOGIN);
        Self { settings, stage: Stage::FirstByte, tls: None, reader, output: Vec::new() }
    }

    /// Takes input in any pieces. On an error: send the output, which tells the client what is wrong where the
    /// protocol permits it, then close.
    pub fn receive(&mut self, mut input: &[u8]) -> Result<Vec<Event>, ProtocolError> {
        let mut events = Vec::new();
        while !input.is_empty() {
            if let Err(error) = self.step(&mut input, &mut events) {
                self.fail(&error);
                return Err(error);
            }
        }
        Ok(events)
    }

    /// The TLS handshake that [`Event::StartTls`] began is done; from now on input is what TLS decrypts.
    pub fn tls_established(&mut self) {
        if let Stage::TlsHandshake(mode) = self.stage {
            self.tls = Some(mode);
            self.stage = match mode {
                TlsMode::Strict => Stage::Prelogin,
                TlsMode::InBand { .. } => Stage::Login,
            };
            self.reader = PacketReader::new(self.limit());
        }
    }

    /// What lies between the socket and this state machine at the moment. Output goes out through it, also the
    /// output of an error.
    pub fn tls_position(&self) -> TlsPosition {
        match (&self.stage, self.tls) {
            (Stage::TlsHandshake(mode), _) => TlsPosition::Handshake(*mode),
            (_, Some(mode)) => TlsPosition::Encrypted(mode),
            (_, None) => TlsPosition::Clear,
        }
    }

    /// Bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the connection is to be closed once its output is sent.
    pub fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    /// An empty response in the session's dialect; before the login, in the newest.
    pub fn response(&self) -> Response {
        Response::new(self.response_settings())
    }

    /// The response to the request under way has been given to the socket. Acknowledges an ATTENTION that came
    /// meanwhile, and returns what the client sent ahead.
    pub fn complete(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if let Stage::LoggedIn(session) = &mut self.stage {
            session.complete(&mut self.output);
            session.drain(&self.settings.server_name, &mut self.output, &mut events);
        }
        events
    }

    fn step(&mut self, input: &mut &[u8], events: &mut Vec<Event>) -> Result<(), ProtocolError> {
        match self.stage {
            Stage::FirstByte => self.first_byte(input, events),
            Stage::Closed => Err(ProtocolError::Closed),
            Stage::TlsHandshake(_) => Err(unexpected(input[0], "before TLS is established")),
            Stage::Authenticating(_) => Err(unexpected(input[0], "before the login is answered")),
            Stage::Prelogin | Stage::Login | Stage::LoggedIn(_) => match self.reader.read(input)? {
                Some(message) => self.message(message, input, events),
                None => Ok(()),
            },
        }
    }

    /// One port serves TDS 7.x, strict TLS, and clients that log in without PRELOGIN (jTDS).
    fn first_byte(&mut self, input: &mut &[u8], events: &mut Vec<Event>) -> Result<(), ProtocolError> {
        let first = input[0];
        self.stage = if first == PacketType::Prelogin as u8 {
            Stage::Prelogin
        } else if first == PacketType::Login7 as u8 {
            Stage::Login
        } else if first == TLS_HANDSHAKE && self.settings.encryption != EncryptionPolicy::Unavailable {
            events.push(start_tls(TlsMode::Strict, input));
            Stage::TlsHandshake(TlsMode::Strict)
        } else {
            return Err(unexpected(first, "first"));
        };
        self.reader.set_limit(self.limit());
        Ok(())
    }

    fn message(
        &mut self,
        message: Message,
        input: &mut &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), ProtocolError> {
        match (&mut self.stage, message.packet_type) {
            (Stage::Prelogin, PacketType::Prelogin) => self.prelogin(&message.payload, input, events)?,
            (Stage::Login, PacketType::Login7) => self.login(message, events)?,
            (Stage::LoggedIn(session), _) => {
                session.admit(message)?;
                session.drain(&self.settings.server_name, &mut self.output, events);
            }
            (stage, other) => {
                let state =
                    if matches!(stage, Stage::Login) { "instead of LOGIN7" } else { "instead of PRELOGIN" };
                return Err(unexpected(other as u8, state));
            }
        }
        self.reader.set_limit(self.limit());
        Ok(())
    }

    fn prelogin(
        &mut self,
        payload: &[u8],
        input: &mut &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), ProtocolError> {
        let prelogin = Prelogin::decode(payload)?;
        // Inside strict TLS the option means nothing.
        let (encryption, tls) = match self.tls {
            Some(_) => (Encryption::NotSupported, None),
            None => self.settings.encryption.negotiate(prelogin.encryption),
        };
        let mut packets = PacketWriter::new(PacketType::Response, DEFAULT_PACKET_SIZE, 0);
        *packets.payload() = prelogin.reply(self.settings.version, encryption);
        self.output.append(&mut packets.finish());
        events.push(Event::Prelogin(prelogin));
        self.stage = Stage::Login;
        if let Some(mode) = tls {
            events.push(start_tls(mode, input));
            self.stage = Stage::TlsHandshake(mode);
        }
        Ok(())
    }

    fn login(&mut self, mut message: Message, events: &mut Vec<Event>) -> Result<(), ProtocolError> {
        if self.tls == Some(TlsMode::InBand { login_only: true }) {
            self.tls = None;
            events.push(Event::StopTls);
        } else if self.tls.is_none() && self.settings.encryption == EncryptionPolicy::Required {
            return Err(ProtocolError::EncryptionRequired);
        }
        let login = Login7::decode(&message.payload);
        message.payload.zeroize();
        let login = login.map_err(|error| ProtocolError::Login(Box::new(error)))?;
        self.stage = Stage::Authenticating(PendingLogin::new(&login));
        events.push(Event::Login(Box::new(login)));
        Ok(())
    }

    /// Longest message in this stage.
    fn limit(&self) -> usize {
        match self.stage {
            Stage::LoggedIn(_) => self.settings.max_request,
            Stage::Login => login7::MAX_LENGTH,
            _ => MAX_PRELOGIN,
        }
    }

    fn response_settings(&self) -> ResponseSettings {
        let (dialect, packet_size, spid) = match &self.stage {
            Stage::LoggedIn(session) => (session.dialect, session.packet_size, session.spid),
            Stage::Authenticating(login) => (login.dialect, DEFAULT_PACKET_SIZE, 0),
            _ => (Dialect::default(), DEFAULT_PACKET_SIZE, 0),
        };
        ResponseSettings { dialect, packet_size, spid, server_name: Arc::clone(&self.settings.server_name) }
    }

    /// Tells the client, where it can understand an ERROR: from the login on, and not in the middle of a response.
    fn fail(&mut self, error: &ProtocolError) {
        let can_tell = match &self.stage {
            Stage::Login => true,
            Stage::LoggedIn(session) => !session.is_busy(),
            _ => false,
        };
        if can_tell {
            let mut response = self.response();
            response.message(&error.to_sql_error());
            response.done(Done::statement(command::NONE, None).failed());
            self.output.append(&mut response.finish());
        }
        self.stage = Stage::Closed;
    }
}

/// What is left of the input belongs to TLS.
fn start_tls(mode: TlsMode, input: &mut &[u8]) -> Event {
    Event::StartTls { mode, bytes: std::mem::take(input).to_vec() }
}

fn unexpected(packet_type: u8, state: &'static str) -> ProtocolError {
    ProtocolError::Unexpected { packet_type, state }
}
