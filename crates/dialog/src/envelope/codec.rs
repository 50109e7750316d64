//! Envelope ↔ bytes; the table is in `docs/formats/dialog.md`. All numbers are little-endian.

use std::cmp::Ordering;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{BrokerInstance, ConversationId, Guid, SessionKeyId};

use super::check::{MAX_NAME_BYTES, ORIGIN};
use super::error::Place;
use super::{
    Envelope, EnvelopeError, Kind, MAX_ENVELOPE_LENGTH, MAX_NAME_CHARACTERS, MAX_SECURITY_HEADER_LENGTH,
    SALT_LENGTH, Security,
};
use crate::fragment::Fragment;
use crate::position::Position;

const MAGIC: [u8; 4] = *b"DLGM";
const VERSION: u16 = 1;
/// Magic, version, and what brokers on the way change.
const PREAMBLE_LENGTH: usize = 12;
/// The authenticated fields of fixed size.
const FIXED_LENGTH: usize = 120;

const SEQUENCED: u8 = 1;
const BROKER_ERROR: u8 = 2;
const ACKNOWLEDGEMENT: u8 = 3;

const FROM_INITIATOR: u16 = 0x0001;
const END_DIALOG: u16 = 0x0002;
const ERROR: u16 = 0x0004;
const HAS_BODY: u16 = 0x0008;
const SAW_FIRST_ACK: u16 = 0x0010;
const LAST_FRAGMENT: u16 = 0x0020;
const ACKNOWLEDGES: u16 = 0x0040;
const SECURED: u16 = 0x0080;
const ALL_FLAGS: u16 = 0x00ff;

impl Envelope {
    /// The bytes that travel; an error when a field rule is broken.
    pub fn encode(&self) -> Result<Bytes, EnvelopeError> {
        self.check()?;
        let mut out = BytesMut::with_capacity(self.encoded_length());
        out.put_slice(&MAGIC);
        out.put_u16_le(VERSION);
        out.put_u8(self.hops_remaining);
        out.put_u8(0);
        out.put_u32_le(self.seconds_consumed);
        self.put_authenticated(&mut out);
        if let Some(security) = &self.security {
            put_sized(&mut out, &security.header);
            out.put_u8(SALT_LENGTH as u8);
            out.put_slice(&security.salt);
        }
        out.put_u32_le(u32::try_from(self.body.len()).unwrap_or(u32::MAX));
        out.put_slice(&self.body);
        Ok(out.freeze())
    }

    /// Parses what arrived and checks every field rule. The body shares `bytes`.
    pub fn decode(bytes: &Bytes) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE_LENGTH {
            return Err(sql_error!(11280, bytes.len()).into());
        }
        let mut rest = bytes.clone();
        let (hops_remaining, seconds_consumed) = read_preamble(&mut rest)?;
        let fixed = Fixed::read(&mut rest)?;
        let mut envelope = fixed.read_names(&mut rest)?;
        envelope.hops_remaining = hops_remaining;
        envelope.seconds_consumed = seconds_consumed;
        envelope.security = fixed.read_security(&mut rest)?;
        envelope.body = fixed.read_body(rest)?;
        envelope.check()?;
        Ok(envelope)
    }

    /// What sealing the body authenticates with it: every field but the hops, the seconds consumed on the
    /// way, the security header (which has its own signature and is named here by the session key id), the
    /// salt, and the body itself. Acknowledgements are in: a broker on the way could otherwise make a sender
    /// forget messages.
    pub fn associated_data(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_length());
        out.put_slice(&MAGIC);
        out.put_u16_le(VERSION);
        self.put_authenticated(&mut out);
        out
    }

    pub(super) fn encoded_length(&self) -> usize {
        let names = [&self.from_service, &self.to_service, &self.contract, &self.message_type];
        let names: usize = names.iter().map(|name| 2 + name.len()).sum();
        let security =
            self.security.as_ref().map_or(0, |security| 2 + security.header.len() + 1 + SALT_LENGTH);
        PREAMBLE_LENGTH + FIXED_LENGTH + names + security + 4 + self.body.len()
    }

    fn put_authenticated(&self, out: &mut impl BufMut) {
        let acknowledged = self.acknowledgement.unwrap_or_default();
        let session_key = self.security.as_ref().map_or(Guid::ZERO, |security| security.session_key_id.0);
        out.put_u8(self.class());
        out.put_u8(self.priority);
        out.put_u16_le(self.flags());
        out.put_slice(&self.conversation_id.0.0);
        out.put_slice(&self.from_broker_instance.0.0);
        out.put_slice(&self.to_broker_instance.unwrap_or_default().0.0);
        out.put_u64_le(self.sequence);
        out.put_u32_le(self.fragment.index);
        out.put_u64_le(self.fragment.offset);
        out.put_u64_le(self.fragment.total_length);
        out.put_u64_le(acknowledged.sequence);
        out.put_u32_le(acknowledged.fragment);
        out.put_u32_le(self.time_to_live);
        out.put_i64_le(self.sealed_at);
        out.put_slice(&session_key.0);
        for name in [&self.from_service, &self.to_service, &self.contract, &self.message_type] {
            put_sized(out, name.as_bytes());
        }
    }

    fn class(&self) -> u8 {
        match self.kind {
            Kind::Message | Kind::EndDialog | Kind::Error => SEQUENCED,
            Kind::BrokerError => BROKER_ERROR,
            Kind::Acknowledgement => ACKNOWLEDGEMENT,
        }
    }

    fn flags(&self) -> u16 {
        [
            (self.from_initiator, FROM_INITIATOR),
            (self.kind == Kind::EndDialog, END_DIALOG),
            (matches!(self.kind, Kind::Error | Kind::BrokerError), ERROR),
            (self.has_body, HAS_BODY),
            (self.initiator_saw_first_ack, SAW_FIRST_ACK),
            (self.fragment.last, LAST_FRAGMENT),
            (self.acknowledgement.is_some(), ACKNOWLEDGES),
            (self.security.is_some(), SECURED),
        ]
        .into_iter()
        .fold(0, |flags, (set, flag)| if set { flags | flag } else { flags })
    }
}

/// Length and bytes. What is too long for its length was refused by the check before encoding; associated
/// data of such an envelope is never used.
fn put_sized(out: &mut impl BufMut, bytes: &[u8]) {
    out.put_u16_le(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    out.put_slice(bytes);
}

fn read_preamble(rest: &mut Bytes) -> Result<(u8, u32), EnvelopeError> {
    if rest.len() < PREAMBLE_LENGTH + FIXED_LENGTH {
        return Err(sql_error!(11236, PREAMBLE_LENGTH + FIXED_LENGTH, rest.len()).into());
    }
    if rest.split_to(MAGIC.len()) != MAGIC.as_slice() {
        return Err(sql_error!(11240).into());
    }
    if rest.get_u16_le() != VERSION {
        return Err(sql_error!(11241, VERSION, 0).into());
    }
    let hops_remaining = rest.get_u8();
    if rest.get_u8() != 0 {
        return Err(sql_error!(11240).into());
    }
    Ok((hops_remaining, rest.get_u32_le()))
}

/// The authenticated fields of fixed size, read and not yet judged.
struct Fixed {
    kind: Kind,
    priority: u8,
    flags: u16,
    conversation_id: ConversationId,
    from_broker_instance: BrokerInstance,
    to_broker_instance: BrokerInstance,
    sequence: u64,
    fragment: Fragment,
    acknowledgement: Option<Position>,
    time_to_live: u32,
    sealed_at: i64,
    session_key_id: SessionKeyId,
    place: Place,
}

impl Fixed {
    /// `rest` is known to hold `FIXED_LENGTH` bytes.
    fn read(rest: &mut Bytes) -> Result<Self, EnvelopeError> {
        let class = rest.get_u8();
        let priority = rest.get_u8();
        let flags = rest.get_u16_le();
        let conversation_id = ConversationId(get_guid(rest));
        let from_broker_instance = BrokerInstance(get_guid(rest));
        let to_broker_instance = BrokerInstance(get_guid(rest));
        let sequence = rest.get_u64_le();
        let fragment = Fragment {
            index: rest.get_u32_le(),
            offset: rest.get_u64_le(),
            total_length: rest.get_u64_le(),
            last: flags & LAST_FRAGMENT != 0,
        };
        let acknowledged = Position { sequence: rest.get_u64_le(), fragment: rest.get_u32_le() };
        let time_to_live = rest.get_u32_le();
        let sealed_at = rest.get_i64_le();
        let session_key_id = SessionKeyId(get_guid(rest));
        let place = Place { conversation_id, from_initiator: flags & FROM_INITIATOR != 0, sequence };
        let kind = read_kind(class, flags, &place)?;
        let acknowledges = flags & ACKNOWLEDGES != 0;
        if !acknowledges && acknowledged != Position::START {
            return Err(place.error(28001, &[]));
        }
        Ok(Self {
            kind,
            priority,
            flags,
            conversation_id,
            from_broker_instance,
            to_broker_instance,
            sequence,
            fragment,
            acknowledgement: acknowledges.then_some(acknowledged),
            time_to_live,
            sealed_at,
            session_key_id,
            place,
        })
    }

    /// The envelope with its names, without security, body, and what brokers on the way change.
    fn read_names(&self, rest: &mut Bytes) -> Result<Envelope, EnvelopeError> {
        let long_name =
            |number| move |name: &str| SqlError::new(number, &[&MAX_NAME_BYTES, &name, &ORIGIN]).into();
        let long_type = |_: &str| self.place.error(11270, &[&MAX_NAME_BYTES]);
        Ok(Envelope {
            kind: self.kind,
            conversation_id: self.conversation_id,
            from_initiator: self.has(FROM_INITIATOR),
            from_service: self.read_name(rest, "FROM service name", long_name(11202))?,
            from_broker_instance: self.from_broker_instance,
            to_service: self.read_name(rest, "TO service name", long_name(11206))?,
            to_broker_instance: Some(self.to_broker_instance).filter(|id| *id != BrokerInstance::default()),
            contract: self.read_name(rest, "service contract name", long_name(11208))?,
            message_type: self.read_name(rest, "message type name", long_type)?,
            sequence: self.sequence,
            fragment: self.fragment,
            has_body: self.has(HAS_BODY),
            initiator_saw_first_ack: self.has(SAW_FIRST_ACK),
            time_to_live: self.time_to_live,
            sealed_at: self.sealed_at,
            seconds_consumed: 0,
            priority: self.priority,
            hops_remaining: 0,
            security: None,
            acknowledgement: self.acknowledgement,
            body: Bytes::new(),
        })
    }

    fn read_name(
        &self,
        rest: &mut Bytes,
        field: &str,
        too_long: impl Fn(&str) -> EnvelopeError,
    ) -> Result<Arc<str>, EnvelopeError> {
        let bytes = get_sized(rest).ok_or_else(|| self.place.error(28063, &[&field]))?;
        let name = str::from_utf8(&bytes).map_err(|_| self.place.error(28064, &[&field]))?;
        // Three bytes of UTF-8 are at least one UTF-16 unit; the exact rule is checked with the others.
        if bytes.len() > 3 * MAX_NAME_CHARACTERS {
            let shown: String = name.chars().take(MAX_NAME_CHARACTERS).collect();
            return Err(too_long(&shown));
        }
        Ok(name.into())
    }

    fn read_security(&self, rest: &mut Bytes) -> Result<Option<Security>, EnvelopeError> {
        if !self.has(SECURED) {
            let named = self.session_key_id != SessionKeyId::default();
            return if named { Err(self.place.error(11257, &[])) } else { Ok(None) };
        }
        let header = get_sized(rest).ok_or_else(|| self.place.error(28066, &[]))?;
        if header.len() > MAX_SECURITY_HEADER_LENGTH {
            return Err(self.place.error(11263, &[&header.len(), &0, &MAX_SECURITY_HEADER_LENGTH]));
        }
        let salt_length = rest.try_get_u8().map_err(|_| self.place.error(11255, &[]))?;
        if usize::from(salt_length) != SALT_LENGTH {
            return Err(self.place.error(11268, &[&salt_length, &SALT_LENGTH]));
        }
        let mut salt = [0; SALT_LENGTH];
        rest.try_copy_to_slice(&mut salt).map_err(|_| self.place.error(11255, &[]))?;
        Ok(Some(Security { session_key_id: self.session_key_id, header, salt }))
    }

    fn read_body(&self, mut rest: Bytes) -> Result<Bytes, EnvelopeError> {
        let length = rest.try_get_u32_le().map_err(|_| self.place.error(28065, &[]))? as usize;
        match length.cmp(&rest.len()) {
            Ordering::Greater => Err(self.place.error(28068, &[])),
            Ordering::Less => Err(self.place.error(28065, &[])),
            Ordering::Equal => Ok(rest),
        }
    }

    const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

fn read_kind(class: u8, flags: u16, place: &Place) -> Result<Kind, EnvelopeError> {
    if flags & !ALL_FLAGS != 0 {
        return Err(place.error(28001, &[]));
    }
    match (class, flags & END_DIALOG != 0, flags & ERROR != 0) {
        (_, true, true) => Err(place.error(11275, &[])),
        (SEQUENCED, false, false) => Ok(Kind::Message),
        (SEQUENCED, true, false) => Ok(Kind::EndDialog),
        (SEQUENCED, false, true) => Ok(Kind::Error),
        (BROKER_ERROR | ACKNOWLEDGEMENT, true, _) => Err(place.error(11276, &[])),
        (BROKER_ERROR, false, true) => Ok(Kind::BrokerError),
        (ACKNOWLEDGEMENT, false, false) => Ok(Kind::Acknowledgement),
        (BROKER_ERROR | ACKNOWLEDGEMENT, ..) => Err(place.error(28001, &[])),
        _ => Err(sql_error!(11235, class, flags).into()),
    }
}

fn get_guid(rest: &mut Bytes) -> Guid {
    let mut guid = [0; 16];
    rest.copy_to_slice(&mut guid);
    Guid(guid)
}

fn get_sized(rest: &mut Bytes) -> Option<Bytes> {
    let length = usize::from(rest.try_get_u16_le().ok()?);
    (length <= rest.len()).then(|| rest.split_to(length))
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
