//! PRELOGIN (2.2.6.5) and the agreement on encryption.
//!
//! A list of `token u8, offset u16 BE, length u16 BE` that 0xFF ends, then the data; offsets count from the start
//! of the payload.

use crate::error::ProtocolError;
use crate::reader::Reader;
use crate::tls::TlsMode;

const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD_ID: u8 = 3;
const MARS: u8 = 4;
const TRACE_ID: u8 = 5;
const FED_AUTH_REQUIRED: u8 = 6;
const TERMINATOR: u8 = 0xFF;

/// More options than TDS has; the list ends at the terminator long before.
const MAX_OPTIONS: usize = 32;

/// The ENCRYPTION option.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Encryption {
    /// Available, off: only the login is encrypted.
    Off = 0,
    /// On.
    On = 1,
    /// Not supported.
    NotSupported = 2,
    /// Required.
    Required = 3,
}

impl TryFrom<u8> for Encryption {
    type Error = ProtocolError;

    fn try_from(byte: u8) -> Result<Self, ProtocolError> {
        Ok(match byte {
            0 => Self::Off,
            1 => Self::On,
            2 => Self::NotSupported,
            3 => Self::Required,
            _ => return Err(ProtocolError::Malformed("PRELOGIN has an unknown ENCRYPTION")),
        })
    }
}

/// What the server wants of encryption.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum EncryptionPolicy {
    /// The client decides; the login is encrypted wherever the client can.
    #[default]
    Optional,
    /// Clients that cannot encrypt are refused.
    Required,
    /// The server has no certificate. A client that insists on encryption drops the connection.
    Unavailable,
}

impl EncryptionPolicy {
    /// The reply to the client's ENCRYPTION, and the TLS that follows; `None` for clear text.
    pub fn negotiate(self, client: Encryption) -> (Encryption, Option<TlsMode>) {
        use Encryption::{NotSupported, Off, On, Required};
        let everything = Some(TlsMode::InBand { login_only: false });
        match (self, client) {
            (Self::Unavailable, _) | (Self::Optional, NotSupported) => (NotSupported, None),
            (_, On | Required) => (On, everything),
            (Self::Optional, Off) => (Off, Some(TlsMode::InBand { login_only: true })),
            (Self::Required, Off | NotSupported) => (Required, everything),
        }
    }
}

/// A PRELOGIN message of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prelogin {
    /// Version of the client library: major, minor, build (big-endian), sub-build.
    pub version: [u8; 6],
    /// The client's wish; `NotSupported` when it sends none.
    pub encryption: Encryption,
    /// Name of the instance that the client wants; empty without one.
    pub instance: String,
    /// The client asks for several result sets at once (MARS).
    pub mars: bool,
    /// FEDAUTHREQUIRED is there and wants a reply.
    pub fed_auth_required: Option<bool>,
    /// Connection and activity id for traces.
    pub trace_id: Option<[u8; 36]>,
}

impl Prelogin {
    /// Reads a PRELOGIN payload.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut prelogin = Self {
            version: [0; 6],
            encryption: Encryption::NotSupported,
            instance: String::new(),
            mars: false,
            fed_auth_required: None,
            trace_id: None,
        };
        let mut list = Reader::new(payload);
        for index in 0..MAX_OPTIONS {
            let token = list.u8()?;
            if (index == 0) != (token == VERSION) {
                return Err(ProtocolError::Malformed("PRELOGIN must begin with one VERSION"));
            }
            if token == TERMINATOR {
                return Ok(prelogin);
            }
            let (offset, length) = (list.u16_be()?, list.u16_be()?);
            let mut data = Reader::new(payload);
            data.bytes(usize::from(offset))?;
            prelogin.set(token, data.bytes(usize::from(length))?)?;
        }
        Err(ProtocolError::Malformed("PRELOGIN has too many options"))
    }

    fn set(&mut self, token: u8, data: &[u8]) -> Result<(), ProtocolError> {
        let mut data = Reader::new(data);
        match token {
            VERSION => self.version = data.array()?,
            ENCRYPTION => self.encryption = Encryption::try_from(data.u8()?)?,
            INSTANCE => {
                let name = data.rest();
                let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
                self.instance = String::from_utf8_lossy(&name[..end]).into_owned();
            }
            MARS => self.mars = data.u8()? != 0,
            TRACE_ID => self.trace_id = Some(data.array()?),
            FED_AUTH_REQUIRED => self.fed_auth_required = Some(data.u8()? != 0),
            // THREADID says nothing to us, and later versions may add options.
            _ => {}
        }
        Ok(())
    }

    /// The payload that answers this PRELOGIN: no MARS, no federated authentication.
    pub fn reply(&self, version: ServerVersion, encryption: Encryption) -> Vec<u8> {
        let version = version.prelogin_bytes();
        let encryption = [encryption as u8];
        let mut options: Vec<(u8, &[u8])> = vec![
            (VERSION, &version),
            (ENCRYPTION, &encryption),
            (INSTANCE, &[0]),
            (THREAD_ID, &[]),
            (MARS, &[0]),
        ];
        if self.fed_auth_required.is_some() {
            options.push((FED_AUTH_REQUIRED, &[0]));
        }
        encode(&options)
    }
}

/// The server's version as PRELOGIN and LOGINACK carry it; clients derive the width of row counts from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ServerVersion {
    /// 16 for SQL Server 2022.
    pub major: u8,
    /// 0.
    pub minor: u8,
    /// Build number.
    pub build: u16,
}

impl ServerVersion {
    pub(crate) fn login_bytes(self) -> [u8; 4] {
        let [high, low] = self.build.to_be_bytes();
        [self.major, self.minor, high, low]
    }

    fn prelogin_bytes(self) -> [u8; 6] {
        let [major, minor, high, low] = self.login_bytes();
        [major, minor, high, low, 0, 0]
    }
}

impl Default for ServerVersion {
    /// 16.0.4135, a build of SQL Server 2022 that every client accepts.
    fn default() -> Self {
        Self { major: 16, minor: 0, build: 4135 }
    }
}

/// A PRELOGIN payload of these options.
fn encode(options: &[(u8, &[u8])]) -> Vec<u8> {
    let mut offset = options.len() * 5 + 1;
    let mut list = Vec::with_capacity(offset);
    let mut data = Vec::new();
    for (token, value) in options {
        list.push(*token);
        list.extend_from_slice(&(offset as u16).to_be_bytes());
        list.extend_from_slice(&(value.len() as u16).to_be_bytes());
        data.extend_from_slice(value);
        offset += value.len();
    }
    list.push(TERMINATOR);
    list.append(&mut data);
    list
}
