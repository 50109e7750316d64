//! LOGIN7 (2.2.6.4): 36 fixed bytes, then pairs of offset and length that point into the rest.

mod features;

use zeroize::Zeroize;

use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::reader::{Reader, decode_utf16};
use crate::secret::Secret;

pub use features::{Feature, feature_id};

/// Longest LOGIN7 message: 128 KiB less one byte.
pub const MAX_LENGTH: usize = 128 * 1024 - 1;
/// UTF-16 units of a name or password.
const MAX_NAME_UNITS: usize = 128;
/// UTF-16 units of a path.
const MAX_PATH_UNITS: usize = 260;

const FLAG2_INTEGRATED_SECURITY: u8 = 0x80;
const FLAG3_CHANGE_PASSWORD: u8 = 0x01;
const FLAG3_EXTENSION: u8 = 0x10;
const TYPE_FLAG_READ_ONLY_INTENT: u8 = 0x20;

/// A login as the client sent it. Passwords are not obfuscated any more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the protocol's own names, described in 2.2.6.4")]
pub struct Login7 {
    /// The client's version, see [`Dialect::negotiate`].
    pub tds_version: u32,
    /// The version to speak.
    pub dialect: Dialect,
    /// Packet size that the client asks for; 0 leaves it to the server.
    pub packet_size: u32,
    pub client_program_version: u32,
    pub client_process_id: u32,
    pub connection_id: u32,
    pub option_flags1: u8,
    pub option_flags2: u8,
    pub type_flags: u8,
    pub option_flags3: u8,
    /// Minutes; not used by any server.
    pub client_time_zone: i32,
    pub client_lcid: u32,
    pub host_name: String,
    pub user_name: String,
    pub password: Secret,
    pub application_name: String,
    /// The name the client connected to.
    pub server_name: String,
    /// The client library, for instance `ODBC`.
    pub client_library: String,
    pub language: String,
    /// Empty for the login's default database.
    pub database: String,
    pub client_id: [u8; 6],
    pub sspi: Vec<u8>,
    pub attach_database_file: String,
    /// Empty unless the client changes its password.
    pub new_password: Secret,
    pub features: Vec<Feature>,
}

impl Login7 {
    /// Reads a LOGIN7 payload of any version from 7.0.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        let length = reader.length32()?;
        let data = payload.get(..length).ok_or(ProtocolError::Malformed("LOGIN7 is shorter than it says"))?;
        let mut login = Self { tds_version: reader.u32()?, ..Self::default() };
        login.dialect = Dialect::negotiate(login.tds_version)
            .ok_or(ProtocolError::Unsupported("a TDS version before 7.0"))?;
        login.read_fixed(&mut reader)?;
        login.read_fields(data, &mut reader)?;
        Ok(login)
    }

    /// The client wants Windows authentication.
    pub fn wants_integrated_security(&self) -> bool {
        self.option_flags2 & FLAG2_INTEGRATED_SECURITY != 0
    }

    /// The client sends a new password with the old one.
    pub fn wants_password_change(&self) -> bool {
        self.option_flags3 & FLAG3_CHANGE_PASSWORD != 0
    }

    /// `ApplicationIntent=ReadOnly`.
    pub fn has_read_only_intent(&self) -> bool {
        self.type_flags & TYPE_FLAG_READ_ONLY_INTENT != 0
    }

    /// The data of the feature extension with that [`feature_id`], when the client sent it.
    pub fn feature(&self, id: u8) -> Option<&[u8]> {
        self.features.iter().find(|feature| feature.id == id).map(|feature| feature.data.as_slice())
    }

    fn read_fixed(&mut self, reader: &mut Reader<'_>) -> Result<(), ProtocolError> {
        self.packet_size = reader.u32()?;
        self.client_program_version = reader.u32()?;
        self.client_process_id = reader.u32()?;
        self.connection_id = reader.u32()?;
        [self.option_flags1, self.option_flags2, self.type_flags, self.option_flags3] = reader.array()?;
        self.client_time_zone = reader.i32()?;
        self.client_lcid = reader.u32()?;
        Ok(())
    }

    fn read_fields(&mut self, data: &[u8], reader: &mut Reader<'_>) -> Result<(), ProtocolError> {
        // `wide` clients have the new password and the long SSPI length; 7.0 and 7.1 end before them.
        let wide = self.dialect >= Dialect::V72;
        self.host_name = text(data, reader, MAX_NAME_UNITS)?;
        self.user_name = text(data, reader, MAX_NAME_UNITS)?;
        self.password = password(data, reader)?;
        self.application_name = text(data, reader, MAX_NAME_UNITS)?;
        self.server_name = text(data, reader, MAX_NAME_UNITS)?;
        let extension = field(data, reader, 1)?;
        self.client_library = text(data, reader, MAX_NAME_UNITS)?;
        self.language = text(data, reader, MAX_NAME_UNITS)?;
        self.database = text(data, reader, MAX_NAME_UNITS)?;
        self.client_id = reader.array()?;
        let (sspi_offset, sspi_length) = (usize::from(reader.u16()?), usize::from(reader.u16()?));
        self.attach_database_file = text(data, reader, MAX_PATH_UNITS)?;
        let mut sspi_long = 0;
        if wide {
            self.new_password = password(data, reader)?;
            sspi_long = reader.length32()?;
        }
        let is_long = sspi_length == usize::from(u16::MAX) && sspi_long > 0;
        self.sspi = slice(data, sspi_offset, if is_long { sspi_long } else { sspi_length })?.to_vec();
        // tedious sets the flag for every version and sends features from 7.4 on.
        if wide && self.option_flags3 & FLAG3_EXTENSION != 0 && !extension.is_empty() {
            self.features = features::decode(data, extension)?;
        }
        Ok(())
    }
}

/// `length` bytes at `offset`; an empty field may have any offset (python-tds and jTDS send 0).
fn slice(data: &[u8], offset: usize, length: usize) -> Result<&[u8], ProtocolError> {
    if length == 0 {
        return Ok(&[]);
    }
    data.get(offset..)
        .and_then(|tail| tail.get(..length))
        .ok_or(ProtocolError::Malformed("a LOGIN7 field lies outside the message"))
}

/// The bytes that the next pair of offset and length points to; lengths count units of `unit` bytes.
fn field<'a>(data: &'a [u8], reader: &mut Reader<'_>, unit: usize) -> Result<&'a [u8], ProtocolError> {
    let (offset, length) = (usize::from(reader.u16()?), usize::from(reader.u16()?));
    slice(data, offset, length * unit)
}

fn bounded<'a>(data: &'a [u8], reader: &mut Reader<'_>, limit: usize) -> Result<&'a [u8], ProtocolError> {
    let bytes = field(data, reader, 2)?;
    if bytes.len() > limit * 2 {
        return Err(ProtocolError::Malformed("a LOGIN7 field is too long"));
    }
    Ok(bytes)
}

fn text(data: &[u8], reader: &mut Reader<'_>, limit: usize) -> Result<String, ProtocolError> {
    decode_utf16(bounded(data, reader, limit)?)
}

/// Clients swap the halves of each byte and then XOR 0xA5; this is the inverse.
fn password(data: &[u8], reader: &mut Reader<'_>) -> Result<Secret, ProtocolError> {
    let obfuscated = bounded(data, reader, MAX_NAME_UNITS)?;
    let mut clear: Vec<u8> = obfuscated.iter().map(|byte| (byte ^ 0xA5).rotate_left(4)).collect();
    let secret = decode_utf16(&clear).map(Secret::new);
    clear.zeroize();
    secret
}
