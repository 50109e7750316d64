//! Frame ↔ bytes; the table is in `docs/formats/adjacent-broker.md`. All numbers are little-endian.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationId, Guid, Timestamp};

use crate::config::InstanceId;
use crate::error::ProtocolError;
use crate::negotiation::{Algorithm, AuthenticationMethod, Encryption, EncryptionOption, Negotiated, Offer};

/// The longest frame behind its length, in bytes.
pub const MAX_FRAME_LENGTH: usize = 1024 * 1024;
/// The longest frame from a peer that is not online yet.
pub const MAX_HANDSHAKE_FRAME_LENGTH: usize = 16 * 1024;
/// The longest error text that travels, in bytes of UTF-8.
pub const MAX_TEXT_LENGTH: usize = 2048;

const MAGIC: [u8; 4] = *b"DLGA";
const MAX_CHOICES: usize = 16;
/// Bytes of the length before each frame.
const LENGTH: usize = 4;

const NEGOTIATE: u8 = 1;
const CONFIRM: u8 = 2;
const REJECT: u8 = 3;
const DIALOG: u8 = 4;
const DIALOG_REJECT: u8 = 5;
const PING: u8 = 6;
const PONG: u8 = 7;
const CLOSE: u8 = 8;

/// One unit of the protocol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Frame {
    /// The first of each side.
    Negotiate(Negotiate),
    /// The sender has authorised the receiver.
    Confirm(Confirm),
    /// The sender refuses the connection.
    Reject(Reason),
    /// An encoded envelope.
    Dialog(Bytes),
    /// The sender refuses an envelope.
    DialogReject(DialogReject),
    /// Are you there?
    Ping,
    /// Yes.
    Pong,
    /// The sender closes the connection.
    Close(Reason),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Negotiate {
    pub(crate) instance_id: InstanceId,
    pub(crate) opened: Timestamp,
    pub(crate) nonce: u64,
    pub(crate) listening_port: Option<u16>,
    pub(crate) offer: Offer,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Confirm {
    pub(crate) negotiated: Negotiated,
    /// The receiver's nonce.
    pub(crate) nonce: u64,
}

/// An error as it travels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reason {
    pub(crate) number: i32,
    pub(crate) state: u8,
    pub(crate) text: String,
}

/// Why an envelope was not accepted, on its way back over the connection that brought it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DialogReject {
    /// The envelope's conversation.
    pub conversation_id: ConversationId,
    /// Whether the envelope came from the initiator, whose transmission status shows the reason.
    pub to_initiator: bool,
    /// The envelope's sequence number.
    pub sequence: u64,
    /// Number in the message table.
    pub number: i32,
    /// Text in full; cut at [`MAX_TEXT_LENGTH`], control characters become spaces.
    pub text: String,
}

impl From<SqlError> for Reason {
    fn from(error: SqlError) -> Self {
        Self { number: error.number, state: error.state, text: error.text }
    }
}

impl From<ProtocolError> for Reason {
    fn from(error: ProtocolError) -> Self {
        Self { number: error.number, state: error.state, text: error.text }
    }
}

impl Frame {
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Negotiate(_) => NEGOTIATE,
            Self::Confirm(_) => CONFIRM,
            Self::Reject(_) => REJECT,
            Self::Dialog(_) => DIALOG,
            Self::DialogReject(_) => DIALOG_REJECT,
            Self::Ping => PING,
            Self::Pong => PONG,
            Self::Close(_) => CLOSE,
        }
    }

    /// Appends length and frame.
    pub(crate) fn encode(&self, out: &mut BytesMut) {
        let start = out.len();
        out.put_u32_le(0);
        out.put_u8(self.kind());
        match self {
            Self::Negotiate(negotiate) => negotiate.encode(out),
            Self::Confirm(confirm) => confirm.encode(out),
            Self::Reject(reason) | Self::Close(reason) => reason.encode(out),
            Self::Dialog(envelope) => out.put_slice(envelope),
            Self::DialogReject(reject) => reject.encode(out),
            Self::Ping | Self::Pong => {}
        }
        let length = u32::try_from(out.len() - start - LENGTH).unwrap_or(u32::MAX);
        out[start..start + LENGTH].copy_from_slice(&length.to_le_bytes());
    }

    /// Splits the first frame off `input`; `None` until it is complete. A length above `limit` is refused
    /// before its bytes are awaited.
    pub(crate) fn decode(input: &mut BytesMut, limit: usize) -> Result<Option<Self>, ProtocolError> {
        let Some(length) = input.first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > limit {
            return Err(sql_error!(11280, length).into());
        }
        if input.len() < LENGTH + length {
            return Ok(None);
        }
        input.advance(LENGTH);
        let mut payload = input.split_to(length).freeze();
        let kind = payload.try_get_u8().map_err(|_| sql_error!(11236, 1, 0))?;
        Self::parse(kind, payload).map(Some)
    }

    fn parse(kind: u8, payload: Bytes) -> Result<Self, ProtocolError> {
        let parsed = match kind {
            NEGOTIATE => Negotiate::parse(payload).map(Self::Negotiate).ok_or_else(|| sql_error!(11247)),
            CONFIRM => Confirm::parse(payload).map(Self::Confirm).ok_or_else(|| sql_error!(11244)),
            REJECT => Reason::parse(payload).map(Self::Reject).ok_or_else(|| sql_error!(28040)),
            CLOSE => Reason::parse(payload).map(Self::Close).ok_or_else(|| sql_error!(28040)),
            DIALOG if payload.is_empty() => Err(sql_error!(11240)),
            DIALOG => Ok(Self::Dialog(payload)),
            DIALOG_REJECT => {
                DialogReject::parse(payload).map(Self::DialogReject).ok_or_else(|| sql_error!(28040))
            }
            PING if payload.is_empty() => Ok(Self::Ping),
            PONG if payload.is_empty() => Ok(Self::Pong),
            PING | PONG => Err(sql_error!(11240)),
            _ => Err(sql_error!(11235, kind, 0)),
        };
        parsed.map_err(ProtocolError::from)
    }
}

impl Negotiate {
    fn encode(&self, out: &mut BytesMut) {
        let Offer { versions, authentication, encryption } = &self.offer;
        out.put_slice(&MAGIC);
        out.put_u16_le(*versions.start());
        out.put_u16_le(*versions.end());
        out.put_slice(&self.instance_id.0.0);
        out.put_i64_le(self.opened.0);
        out.put_u64_le(self.nonce);
        out.put_u16_le(self.listening_port.unwrap_or(0));
        out.put_u8(match encryption.option {
            EncryptionOption::Disabled => 0,
            EncryptionOption::Supported => 1,
            EncryptionOption::Required => 2,
        });
        put_choices(out, encryption.algorithms.iter().map(|algorithm| algorithm.code()));
        put_choices(out, authentication.iter().map(|method| method.code()));
    }

    /// Bytes after the known fields are a later version's and ignored, unknown choices too.
    fn parse(mut payload: Bytes) -> Option<Self> {
        let mut magic = [0; MAGIC.len()];
        payload.try_copy_to_slice(&mut magic).ok()?;
        let versions = payload.try_get_u16_le().ok()?..=payload.try_get_u16_le().ok()?;
        let instance_id = InstanceId(get_guid(&mut payload)?);
        let opened = Timestamp(payload.try_get_i64_le().ok()?);
        let nonce = payload.try_get_u64_le().ok()?;
        let listening_port = Some(payload.try_get_u16_le().ok()?).filter(|port| *port != 0);
        let option = match payload.try_get_u8().ok()? {
            0 => EncryptionOption::Disabled,
            1 => EncryptionOption::Supported,
            2 => EncryptionOption::Required,
            _ => return None,
        };
        let algorithms = get_choices(&mut payload, Algorithm::from_code)?;
        let authentication = get_choices(&mut payload, AuthenticationMethod::from_code)?;
        let sound = magic == MAGIC && !versions.is_empty() && instance_id != InstanceId::default();
        let offer = Offer { versions, authentication, encryption: Encryption { option, algorithms } };
        sound.then_some(Self { instance_id, opened, nonce, listening_port, offer })
    }
}

impl Confirm {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u16_le(self.negotiated.version);
        out.put_u8(self.negotiated.authentication.code());
        out.put_u8(self.negotiated.encryption.map_or(0, Algorithm::code));
        out.put_u64_le(self.nonce);
    }

    fn parse(mut payload: Bytes) -> Option<Self> {
        let version = payload.try_get_u16_le().ok()?;
        let authentication = AuthenticationMethod::from_code(payload.try_get_u8().ok()?)?;
        let encryption = match payload.try_get_u8().ok()? {
            0 => None,
            code => Some(Algorithm::from_code(code)?),
        };
        let nonce = payload.try_get_u64_le().ok()?;
        let negotiated = Negotiated { version, authentication, encryption };
        payload.is_empty().then_some(Self { negotiated, nonce })
    }
}

impl Reason {
    fn encode(&self, out: &mut BytesMut) {
        out.put_i32_le(self.number);
        out.put_u8(self.state);
        put_text(out, &self.text);
    }

    fn parse(mut payload: Bytes) -> Option<Self> {
        let number = payload.try_get_i32_le().ok()?;
        let state = payload.try_get_u8().ok()?;
        let text = get_text(&mut payload)?;
        payload.is_empty().then_some(Self { number, state, text })
    }
}

impl DialogReject {
    fn encode(&self, out: &mut BytesMut) {
        out.put_slice(&self.conversation_id.0.0);
        out.put_u8(u8::from(self.to_initiator));
        out.put_u64_le(self.sequence);
        out.put_i32_le(self.number);
        put_text(out, &self.text);
    }

    fn parse(mut payload: Bytes) -> Option<Self> {
        let conversation_id = ConversationId(get_guid(&mut payload)?);
        let to_initiator = match payload.try_get_u8().ok()? {
            flag @ 0..=1 => flag == 1,
            _ => return None,
        };
        let sequence = payload.try_get_u64_le().ok()?;
        let number = payload.try_get_i32_le().ok()?;
        let text = get_text(&mut payload)?;
        payload.is_empty().then_some(Self { conversation_id, to_initiator, sequence, number, text })
    }
}

fn put_choices(out: &mut BytesMut, codes: impl Iterator<Item = u8>) {
    let codes: Vec<u8> = codes.take(MAX_CHOICES).collect();
    out.put_u8(codes.len() as u8);
    out.put_slice(&codes);
}

fn get_choices<T>(from: &mut Bytes, known: impl Fn(u8) -> Option<T>) -> Option<Vec<T>> {
    let count = usize::from(from.try_get_u8().ok()?);
    if count > MAX_CHOICES || count > from.len() {
        return None;
    }
    Some(from.split_to(count).iter().filter_map(|code| known(*code)).collect())
}

fn put_text(out: &mut BytesMut, text: &str) {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_LENGTH)];
    out.put_u16_le(text.len() as u16);
    out.put_slice(text.as_bytes());
}

/// A peer's text ends up in logs and views: no control characters.
fn get_text(from: &mut Bytes) -> Option<String> {
    let length = usize::from(from.try_get_u16_le().ok()?);
    if length > MAX_TEXT_LENGTH || length > from.len() {
        return None;
    }
    let bytes = from.split_to(length);
    let text = str::from_utf8(&bytes).ok()?;
    Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

fn get_guid(from: &mut Bytes) -> Option<Guid> {
    let mut guid = [0; 16];
    from.try_copy_to_slice(&mut guid).ok()?;
    Some(Guid(guid))
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
