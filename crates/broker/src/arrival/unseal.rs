//! Opens what a secured conversation's far side sealed.

use std::sync::Arc;

use bytes::Bytes;
use duologue_dialog::{Envelope, Security};
use duologue_keys::dialog_security_header::{HeaderError, ParsedHeader, parse_header, verify_and_unwrap};
use duologue_keys::{Certificate, PrivateKey, Salt, SessionKey};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, DatabaseId, PrincipalId, SessionKeyId, Timestamp};

use super::Refusal;
use crate::conversations::{DialogSecurity, StoredSessionKey};
use crate::instance::Instance;

/// A dialog security header and the certificates of a database that it names. Nothing of it has been verified: that
/// costs operations with private keys, so whatever can be refused without is refused before.
pub(super) struct ClaimedHeader<'a> {
    header: ParsedHeader<'a>,
    private_key: Arc<PrivateKey>,
    source: Option<Arc<Certificate>>,
    /// Owner of the certificate that the message was sealed for.
    pub(super) own: PrincipalId,
    /// Owner of the certificate that signed, so it says; `None` when anonymous.
    pub(super) far: Option<PrincipalId>,
}

impl Instance {
    /// The body in clear, if the endpoint's security and the envelope's agree.
    pub(super) fn unseal(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<Bytes, Refusal> {
        let Some(endpoint) = self.conversations.get(handle) else { return Ok(Bytes::new()) };
        let security = match (&endpoint.security, &envelope.security) {
            (DialogSecurity::Secured(_), Some(security)) => security,
            (DialogSecurity::Secured(_), None) => return Err(sql_error!(11232).into()),
            (_, Some(_)) => return Err(sql_error!(11231).into()),
            // Nothing was sent yet, so nobody can answer.
            (DialogSecurity::Undecided, None) => return Err(sql_error!(11232).into()),
            (DialogSecurity::None, None) => return Ok(envelope.body.clone()),
        };
        let key = self.key_for(handle, envelope, security, now)?;
        open_body(&key, envelope, security)
    }

    /// The session key that an envelope names: one of the endpoint's two, or the new one that its header brings.
    fn key_for(
        &mut self,
        handle: ConversationHandle,
        envelope: &Envelope,
        security: &Security,
        now: Timestamp,
    ) -> Result<Arc<SessionKey>, Refusal> {
        let Some(endpoint) = self.conversations.get(handle) else { return Err(sql_error!(11233).into()) };
        let database = endpoint.database;
        let Some(secured) = endpoint.security.secured() else { return Err(sql_error!(11231).into()) };
        let known = [&secured.outbound, &secured.inbound].into_iter().flatten();
        let known = known.into_iter().find(|stored| stored.id == security.session_key_id).cloned();
        if let Some(stored) = known {
            return Ok(self.keyring.session_key(&self.catalog, database, &stored)?);
        }
        let far_principal = endpoint.far_principal;
        let expects_header = secured.inbound.is_none() && !secured.anonymous && !security.header.is_empty();
        if !expects_header {
            return Err(sql_error!(11233).into());
        }
        let claimed = self.read_header(database, envelope, security, now)?;
        // Any certificate of the database verifies; only the far side's own user may answer.
        if claimed.far != Some(far_principal) {
            let detail =
                "The source certificate's owner does not stand for the far side of the conversation.";
            return Err(with_detail(sql_error!(11229), detail).into());
        }
        let key = self.verify_header(claimed, envelope)?;
        // The body must open before anything about the conversation changes.
        open_body(&key, envelope, security)?;
        let stored = self.wrap_session_key(database, security.session_key_id, &key)?;
        if let Some(endpoint) = self.conversations.get_mut(handle)
            && let DialogSecurity::Secured(secured) = &mut endpoint.security
        {
            secured.inbound = Some(stored);
        }
        Ok(key)
    }

    /// Finds the certificates that a header names in a database. What their owners may do is for the caller.
    pub(super) fn read_header<'a>(
        &mut self,
        database: DatabaseId,
        envelope: &Envelope,
        security: &'a Security,
        now: Timestamp,
    ) -> Result<ClaimedHeader<'a>, Refusal> {
        let header = parse_header(&security.header).map_err(|error| wrong_header(&error, envelope))?;
        if header.session_key_id != security.session_key_id {
            return Err(sql_error!(11233).into());
        }
        let catalog = self.catalog.clone();
        let no_context = |detail: &str| with_detail(sql_error!(11229), detail);
        let destination = self
            .keyring
            .find(&catalog, database, &header.destination_id)
            .ok_or_else(|| no_context("The destination certificate was not found in the target database."))?;
        if !destination.certificate.is_valid_at(now) {
            return Err(no_context("The destination certificate is not in its valid time period.").into());
        }
        let private_key = self
            .keyring
            .private_key(&catalog, database, &destination.row)
            .ok_or_else(|| no_context("The private key of the destination certificate was not found."))?;
        let source = match &header.source_id {
            None => None,
            Some(id) => {
                let found = self.keyring.find(&catalog, database, id).ok_or_else(|| {
                    no_context("The source certificate was not found in the target database.")
                })?;
                if !found.certificate.is_valid_at(now) {
                    return Err(no_context("The source certificate is not in its valid time period.").into());
                }
                Some(found)
            }
        };
        Ok(ClaimedHeader {
            header,
            private_key,
            own: destination.row.owner,
            far: source.as_ref().map(|found| found.row.owner),
            source: source.map(|found| found.certificate),
        })
    }

    /// Verifies a header with the certificates that it names: the session key.
    pub(super) fn verify_header(
        &mut self,
        claimed: ClaimedHeader<'_>,
        envelope: &Envelope,
    ) -> Result<Arc<SessionKey>, Refusal> {
        let (_, key) = verify_and_unwrap(
            &claimed.header,
            &mut self.key_exchange,
            claimed.source.as_deref(),
            &claimed.private_key,
            envelope.conversation_id,
        )
        .map_err(|error| wrong_header(&error, envelope))?;
        Ok(Arc::new(key))
    }

    /// A session key as an endpoint stores it: under the master key of its database (28054 without it).
    pub(super) fn wrap_session_key(
        &mut self,
        database: DatabaseId,
        id: SessionKeyId,
        key: &SessionKey,
    ) -> Result<StoredSessionKey, SqlError> {
        let Some(master_key) = self.keyring.master_key(&self.catalog, database) else {
            let name = self.catalog.databases.get(&database).map(|found| found.settings.name.clone());
            return Err(sql_error!(28054, name.unwrap_or_default(), 15581));
        };
        Ok(StoredSessionKey { id, wrapped: key.wrap(id, &master_key, &mut *self.random).into_bytes().into() })
    }
}

fn wrong_header(error: &HeaderError, envelope: &Envelope) -> SqlError {
    error.to_sql_error(envelope.conversation_id, envelope.from_initiator, envelope.sequence)
}

/// The body in clear: 11230 when the seal does not hold.
pub(super) fn open_body(
    key: &SessionKey,
    envelope: &Envelope,
    security: &Security,
) -> Result<Bytes, Refusal> {
    let opened = key.open(Salt(security.salt), &envelope.associated_data(), &envelope.body);
    opened.map(Bytes::from).map_err(|error| Refusal::Rejected(error.into()))
}

/// The message with what an administrator of this side can do about it.
pub(super) fn with_detail(mut error: SqlError, detail: &str) -> SqlError {
    error.text.push(' ');
    error.text.push_str(detail);
    error
}
