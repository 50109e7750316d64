//! Other master keys: what the old one protects is wrapped anew in the transaction that replaces it.
//!
//! Stored session keys are shared state, so they change when the transaction commits; everything goes into its one
//! batch.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::CatalogDraft;
use duologue_catalog::objects::DatabaseSettings;
use duologue_keys::{DatabaseMasterKey, RandomSource, ServiceMasterKey, SessionKey, WrappedKey};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{ConversationHandle, DatabaseId, Timestamp, TransactionId};

use crate::conversations::{DialogSecurity, Endpoint, StoredSessionKey};
use crate::instance::{Attempt, Instance};

/// A change of what is opened, made when its transaction commits.
pub(crate) enum KeyChange {
    /// Session keys of a database go from one master key to another; without the old one they are lost.
    SessionKeys { database: DatabaseId, old: Option<Arc<DatabaseMasterKey>>, new: Arc<DatabaseMasterKey> },
    /// The service master key.
    ServiceMasterKey(ServiceMasterKey),
}

impl fmt::Debug for KeyChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionKeys { database, .. } => write!(formatter, "SessionKeys({database:?})"),
            Self::ServiceMasterKey(_) => formatter.write_str("ServiceMasterKey"),
        }
    }
}

impl Instance {
    /// Whether `old` fails to open a session key of the database as `transaction` leaves it: without FORCE the master
    /// key cannot be replaced then.
    pub fn loses_session_keys(
        &self,
        transaction: TransactionId,
        database: DatabaseId,
        old: Option<&DatabaseMasterKey>,
    ) -> bool {
        let is_of_database = |change: &KeyChange| match change {
            KeyChange::SessionKeys { database: of, .. } => *of == database,
            KeyChange::ServiceMasterKey(_) => false,
        };
        let pending = self.transactions.get(&transaction).map(|open| &open.key_changes);
        if pending.is_some_and(|changes| changes.iter().any(is_of_database)) {
            return false;
        }
        let opens = |key: &StoredSessionKey| old.is_some_and(|old| unwrap(key, old).is_some());
        self.conversations
            .iter()
            .filter(|endpoint| endpoint.database == database)
            .any(|endpoint| keys(endpoint).any(|key| !opens(key)))
    }

    /// When `transaction` commits, the session keys of a database are under `new`. Conversations whose keys `old` does
    /// not open are ended with 28052.
    pub fn rewrap_session_keys(
        &mut self,
        transaction: TransactionId,
        database: DatabaseId,
        old: Option<Arc<DatabaseMasterKey>>,
        new: Arc<DatabaseMasterKey>,
    ) {
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.key_changes.push(KeyChange::SessionKeys { database, old, new });
        }
    }

    /// Makes `new` the service master key when `transaction` commits. Every database master key that is under the
    /// present one comes under `new`. Returns the databases whose copy does not open: with `force` they lose it,
    /// without they are error 15320.
    pub fn replace_service_master_key(
        &mut self,
        transaction: TransactionId,
        new: ServiceMasterKey,
        force: bool,
    ) -> Result<Attempt<Vec<String>>, SqlError> {
        let mut copies = Vec::new();
        let mut lost = Vec::new();
        for database in self.catalog_for(Some(transaction)).databases.values() {
            let DatabaseSettings { id, name, master_key, .. } = &database.settings;
            let Some(copy) = master_key.as_ref().and_then(|key| key.by_service_master_key.clone()) else {
                continue;
            };
            let old = self.keyring.service_master_key();
            match DatabaseMasterKey::unwrap_by_service_master_key(&WrappedKey::from_bytes(copy), old) {
                Ok(key) => copies.push((*id, Some(key))),
                Err(_) if force => {
                    lost.push(name.clone());
                    copies.push((*id, None));
                }
                Err(_) => return Err(sql_error!(15320, "master key", name)),
            }
        }
        let random = &mut *self.random;
        let wrapped = self.keyring.wrap_service_master_key(&new, random).into_bytes();
        let copies: Vec<_> = copies
            .into_iter()
            .map(|(id, key)| (id, key.map(|key| key.wrap_by_service_master_key(&new, random).into_bytes())))
            .collect();
        let stored = self.change_catalog(transaction, |draft| {
            store_copies(draft, wrapped, copies);
            Ok(())
        })?;
        if let Attempt::Blocked(blocked) = stored {
            return Ok(Attempt::Blocked(blocked));
        }
        if let Some(open) = self.transactions.get_mut(&transaction) {
            open.key_changes.push(KeyChange::ServiceMasterKey(new));
        }
        Ok(Attempt::Ready(lost))
    }

    pub(crate) fn apply_key_change(&mut self, change: KeyChange, now: Timestamp) {
        match change {
            KeyChange::ServiceMasterKey(key) => self.keyring.set_service_master_key(key),
            KeyChange::SessionKeys { database, old, new } => {
                let secured =
                    |endpoint: &&Endpoint| endpoint.database == database && keys(endpoint).next().is_some();
                let mut handles: Vec<_> =
                    self.conversations.iter().filter(secured).map(|endpoint| endpoint.handle).collect();
                handles.sort_unstable();
                for handle in handles {
                    self.rewrap_endpoint(handle, old.as_deref(), &new, now);
                }
            }
        }
    }

    fn rewrap_endpoint(
        &mut self,
        handle: ConversationHandle,
        old: Option<&DatabaseMasterKey>,
        new: &DatabaseMasterKey,
        now: Timestamp,
    ) {
        let random = &mut *self.random;
        let Some(endpoint) = self.conversations.get_mut(handle) else { return };
        self.keyring.forget_session_keys(endpoint);
        let DialogSecurity::Secured(secured) = &mut endpoint.security else { return };
        let mut is_lost = false;
        for key in [&mut secured.outbound, &mut secured.inbound].into_iter().flatten() {
            match old.and_then(|old| rewrapped(key, old, new, random)) {
                Some(wrapped) => key.wrapped = wrapped,
                None => is_lost = true,
            }
        }
        self.save_endpoint(handle);
        if is_lost {
            self.fail_endpoint(handle, &sql_error!(28052), now);
        }
    }
}

fn store_copies(draft: &mut CatalogDraft, wrapped: Vec<u8>, copies: Vec<(DatabaseId, Option<Vec<u8>>)>) {
    draft.update_server(|settings| settings.service_master_key = wrapped);
    for (database, copy) in copies {
        draft.update_database(database, |settings| {
            if let Some(key) = &mut settings.master_key {
                key.by_service_master_key = copy;
            }
        });
    }
}

fn keys(endpoint: &Endpoint) -> impl Iterator<Item = &StoredSessionKey> {
    let secured = endpoint.security.secured();
    secured.into_iter().flat_map(|secured| [&secured.outbound, &secured.inbound].into_iter().flatten())
}

fn unwrap(key: &StoredSessionKey, master_key: &DatabaseMasterKey) -> Option<SessionKey> {
    SessionKey::unwrap(&WrappedKey::from_bytes(key.wrapped.to_vec()), key.id, master_key).ok()
}

fn rewrapped(
    key: &StoredSessionKey,
    old: &DatabaseMasterKey,
    new: &DatabaseMasterKey,
    random: &mut dyn RandomSource,
) -> Option<Bytes> {
    unwrap(key, old).map(|opened| opened.wrap(key.id, new, random).into_bytes().into())
}
