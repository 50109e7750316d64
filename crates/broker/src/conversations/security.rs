//! How a conversation's messages are protected, as stored with its endpoint.

use bytes::Bytes;
use duologue_types::SessionKeyId;

use crate::codec::{DamagedRow, Reader, Writer};

/// A session key under the database master key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSessionKey {
    /// Its name in message headers.
    pub id: SessionKeyId,
    /// The key, wrapped (`docs/formats/keys.md`).
    pub wrapped: Bytes,
}

/// Protection of one conversation, decided once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DialogSecurity {
    /// The first message has not been prepared yet.
    #[default]
    Undecided,
    /// Clear.
    None,
    /// Sealed and authenticated.
    Secured(SecuredDialog),
}

/// State of a secured conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SecuredDialog {
    /// Only the target's certificate is used; the initiator's key serves both directions.
    pub anonymous: bool,
    /// Seals what this side sends.
    pub outbound: Option<StoredSessionKey>,
    /// Opens what the far side sends.
    pub inbound: Option<StoredSessionKey>,
    /// The dialog security header, repeated on every message until the first acknowledgement.
    pub header: Option<Bytes>,
}

impl DialogSecurity {
    /// The secured state, if it is secured.
    pub fn secured(&self) -> Option<&SecuredDialog> {
        match self {
            Self::Secured(secured) => Some(secured),
            Self::Undecided | Self::None => None,
        }
    }

    pub(crate) fn outbound_key_id(&self) -> Option<SessionKeyId> {
        self.secured().and_then(|secured| secured.outbound.as_ref()).map(|key| key.id)
    }

    pub(crate) fn inbound_key_id(&self) -> Option<SessionKeyId> {
        self.secured().and_then(|secured| secured.inbound.as_ref()).map(|key| key.id)
    }

    /// About how many bytes its stored form has.
    pub(crate) fn stored_length(&self) -> usize {
        let Some(secured) = self.secured() else { return 0 };
        let keys = [&secured.outbound, &secured.inbound].into_iter().flatten();
        let header = secured.header.as_ref().map_or(0, Bytes::len);
        keys.map(|key| key.wrapped.len() + 32).sum::<usize>() + header + 16
    }

    pub(crate) fn write(&self, row: &mut Writer) {
        match self {
            Self::Undecided => {
                row.u8(0);
            }
            Self::None => {
                row.u8(1);
            }
            Self::Secured(secured) => {
                row.u8(2).bool(secured.anonymous);
                for key in [&secured.outbound, &secured.inbound] {
                    row.option(key.as_ref(), |row, key| {
                        row.guid(key.id.0).bytes(&key.wrapped);
                    });
                }
                row.option(secured.header.as_ref(), |row, header| {
                    row.bytes(header);
                });
            }
        }
    }

    pub(crate) fn read(row: &mut Reader<'_>) -> Result<Self, DamagedRow> {
        Ok(match row.u8()? {
            0 => Self::Undecided,
            1 => Self::None,
            2 => Self::Secured(SecuredDialog {
                anonymous: row.bool()?,
                outbound: row.option(read_key)?,
                inbound: row.option(read_key)?,
                header: row.option(|row| row.bytes().map(Bytes::copy_from_slice))?,
            }),
            _ => return Err(DamagedRow),
        })
    }
}

fn read_key(row: &mut Reader<'_>) -> Result<StoredSessionKey, DamagedRow> {
    Ok(StoredSessionKey { id: SessionKeyId(row.guid()?), wrapped: Bytes::copy_from_slice(row.bytes()?) })
}
