//! The field rules: what every envelope obeys, whether it is about to travel or has just arrived.

use duologue_messages::sql_error;
use duologue_types::{BrokerInstance, ConversationId, SessionKeyId};

use super::error::Place;
use super::{
    Envelope, EnvelopeError, Kind, MAX_ENVELOPE_LENGTH, MAX_NAME_CHARACTERS, MAX_SECURITY_HEADER_LENGTH,
    MAX_SEQUENCE, Security, TAG_LENGTH,
};

/// What the texts call the source of an envelope; nothing but a connection brings one.
pub(super) const ORIGIN: &str = "Transport";
/// Names as `nvarchar` bytes, the unit of the errors' texts.
pub(super) const MAX_NAME_BYTES: usize = 2 * MAX_NAME_CHARACTERS;

impl Envelope {
    /// Checks the rules that concern single fields and their combinations.
    pub(super) fn check(&self) -> Result<(), EnvelopeError> {
        let place = Place::of(self);
        self.check_addresses(&place)?;
        self.check_names(&place)?;
        self.check_sequence(&place)?;
        self.check_flags(&place)?;
        if let Some(security) = &self.security {
            check_security(security, self.body.len(), &place)?;
        }
        self.check_body(&place)
    }

    fn check_addresses(&self, place: &Place) -> Result<(), EnvelopeError> {
        if self.conversation_id == ConversationId::default() {
            return Err(place.error(11271, &[]));
        }
        if self.from_broker_instance == BrokerInstance::default() {
            return Err(sql_error!(11203, ORIGIN).into());
        }
        if self.to_broker_instance == Some(BrokerInstance::default()) {
            return Err(sql_error!(11220).into());
        }
        Ok(())
    }

    fn check_names(&self, place: &Place) -> Result<(), EnvelopeError> {
        if self.from_service.is_empty() {
            return Err(sql_error!(11201, ORIGIN).into());
        }
        if is_too_long(&self.from_service) {
            return Err(sql_error!(11202, MAX_NAME_BYTES, self.from_service, ORIGIN).into());
        }
        if self.to_service.is_empty() {
            return Err(sql_error!(11205, ORIGIN).into());
        }
        if is_too_long(&self.to_service) {
            return Err(sql_error!(11206, MAX_NAME_BYTES, self.to_service, ORIGIN).into());
        }
        if self.contract.is_empty() && self.kind != Kind::Acknowledgement {
            return Err(sql_error!(11207, ORIGIN).into());
        }
        if is_too_long(&self.contract) {
            return Err(sql_error!(11208, MAX_NAME_BYTES, self.contract, ORIGIN).into());
        }
        match (self.kind == Kind::Message, self.message_type.is_empty()) {
            (true, true) => Err(place.error(11278, &[])),
            (false, false) => Err(place.error(11279, &[])),
            _ if is_too_long(&self.message_type) => Err(place.error(11270, &[&MAX_NAME_BYTES])),
            _ => Ok(()),
        }
    }

    fn check_sequence(&self, place: &Place) -> Result<(), EnvelopeError> {
        let acknowledged = self.acknowledgement.map_or(0, |position| position.sequence);
        if self.sequence > MAX_SEQUENCE || acknowledged > MAX_SEQUENCE + 1 {
            return Err(place.error(11274, &[]));
        }
        if !self.kind.is_sequenced() && self.sequence != 0 {
            return Err(place.error(11299, &[]));
        }
        // The target's first message may well be its end; the initiator's would end a dialog nobody knows.
        let ends = matches!(self.kind, Kind::EndDialog | Kind::Error);
        if ends && self.from_initiator && self.sequence == 0 {
            return Err(place.error(11277, &[]));
        }
        if self.kind == Kind::Acknowledgement && self.acknowledgement.is_none() {
            return Err(place.error(28063, &[&"acknowledgement"]));
        }
        Ok(())
    }

    fn check_flags(&self, place: &Place) -> Result<(), EnvelopeError> {
        let null_has_bytes = !self.has_body && self.fragment.total_length > 0;
        let acknowledgement_has_body = self.kind == Kind::Acknowledgement && self.has_body;
        let target_claims = self.initiator_saw_first_ack && !self.from_initiator;
        if null_has_bytes || acknowledgement_has_body || target_claims {
            return Err(place.error(28001, &[]));
        }
        Ok(())
    }

    fn check_body(&self, place: &Place) -> Result<(), EnvelopeError> {
        let whole = self.fragment.index == 0 && self.fragment.last;
        let consistent = self.fragment.size(self.fragment_length()).is_some();
        if !consistent || (self.kind != Kind::Message && !whole) {
            return Err(sql_error!(11221).into());
        }
        let length = self.encoded_length();
        if length > MAX_ENVELOPE_LENGTH {
            return Err(place.error(28068, &[]));
        }
        Ok(())
    }
}

fn check_security(security: &Security, body_length: usize, place: &Place) -> Result<(), EnvelopeError> {
    if security.session_key_id == SessionKeyId::default() {
        return Err(place.error(11254, &[]));
    }
    if body_length < TAG_LENGTH {
        return Err(place.error(11255, &[]));
    }
    let header_length = security.header.len();
    if header_length > MAX_SECURITY_HEADER_LENGTH {
        return Err(place.error(11263, &[&header_length, &0, &MAX_SECURITY_HEADER_LENGTH]));
    }
    Ok(())
}

fn is_too_long(name: &str) -> bool {
    // A UTF-16 unit takes at least one byte of UTF-8, so short names need no counting.
    name.len() > MAX_NAME_CHARACTERS && name.encode_utf16().count() > MAX_NAME_CHARACTERS
}
