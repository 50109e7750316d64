//! Opened keys and parsed certificates, kept while the catalog rows they come from are unchanged.

mod certificate_choice;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::Catalog;
use duologue_catalog::objects::{Certificate as CertificateRow, PrivateKeyProtection};
use duologue_keys::{
    Certificate, DatabaseMasterKey, PrivateKey, RandomSource, RootSecret, ServiceMasterKey, SessionKey,
    WrappedKey,
};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{CertificateId, DatabaseId};

pub(crate) use certificate_choice::{Chosen, ChosenWithKey};

use crate::conversations::{Endpoint, StoredSessionKey};

/// Session keys that are kept open. A closed one is unwrapped again when it is needed.
const OPEN_SESSION_KEYS: usize = 100_000;

/// A key with the stored form that it was opened from. Numbers of objects come back after a rollback, and a transaction
/// may have replaced what is stored: an opened key counts only as long as its stored form is the present one.
struct Opened<T> {
    from: Vec<u8>,
    key: Arc<T>,
}

impl<T> Opened<T> {
    fn of(&self, stored: &[u8]) -> Option<Arc<T>> {
        (self.from == stored).then(|| self.key.clone())
    }
}

/// Opened keys of the instance.
pub struct Keyring {
    /// Under it the service master key is stored.
    root: RootSecret,
    service_master_key: ServiceMasterKey,
    master_keys: HashMap<DatabaseId, Opened<DatabaseMasterKey>>,
    certificates: HashMap<(DatabaseId, CertificateId), Arc<Certificate>>,
    private_keys: HashMap<(DatabaseId, CertificateId), Opened<PrivateKey>>,
    /// By stored form: the id is the far side's choice, and not unique.
    session_keys: HashMap<Bytes, Arc<SessionKey>>,
}

impl Keyring {
    /// Opens the service master key with the root secret.
    pub(crate) fn open(catalog: &Catalog, root: RootSecret) -> Result<Self, SqlError> {
        let wrapped = WrappedKey::from_bytes(catalog.server.settings.service_master_key.clone());
        let service_master_key = ServiceMasterKey::unwrap(&wrapped, &root).map_err(|_| sql_error!(33095))?;
        Ok(Self {
            root,
            service_master_key,
            master_keys: HashMap::new(),
            certificates: HashMap::new(),
            private_keys: HashMap::new(),
            session_keys: HashMap::new(),
        })
    }

    /// The service master key.
    pub fn service_master_key(&self) -> &ServiceMasterKey {
        &self.service_master_key
    }

    /// A service master key as it is stored.
    pub(crate) fn wrap_service_master_key(
        &self,
        key: &ServiceMasterKey,
        random: &mut dyn RandomSource,
    ) -> WrappedKey {
        key.wrap(&self.root, random)
    }

    /// Another service master key, under which the committed catalog's copies are.
    pub(crate) fn set_service_master_key(&mut self, key: ServiceMasterKey) {
        self.service_master_key = key;
    }

    /// Forgets what was opened for a database: its keys or certificates changed.
    pub(crate) fn forget_database(&mut self, database: DatabaseId) {
        self.master_keys.remove(&database);
        self.certificates.retain(|(of, _), _| *of != database);
        self.private_keys.retain(|(of, _), _| *of != database);
    }

    /// The database master key through the service master key; `None` when there is none, or not that way.
    pub fn master_key(&mut self, catalog: &Catalog, database: DatabaseId) -> Option<Arc<DatabaseMasterKey>> {
        let stored = catalog.databases.get(&database)?.settings.master_key.as_ref()?;
        let from = stored.by_service_master_key.as_ref()?;
        if let Some(open) = self.master_keys.get(&database).and_then(|open| open.of(from)) {
            return Some(open);
        }
        let wrapped = WrappedKey::from_bytes(from.clone());
        let opened =
            DatabaseMasterKey::unwrap_by_service_master_key(&wrapped, &self.service_master_key).ok()?;
        let opened = Arc::new(opened);
        self.master_keys.insert(database, Opened { from: from.clone(), key: opened.clone() });
        Some(opened)
    }

    /// A certificate of the catalog, parsed.
    pub fn certificate(&mut self, database: DatabaseId, row: &CertificateRow) -> Option<Arc<Certificate>> {
        let key = (database, row.id);
        if let Some(parsed) = self.certificates.get(&key).filter(|parsed| parsed.der() == row.der) {
            return Some(parsed.clone());
        }
        let parsed = Arc::new(Certificate::from_der(&row.der).ok()?);
        self.certificates.insert(key, parsed.clone());
        Some(parsed)
    }

    /// The private key of a certificate, if it is under the database master key and that is open.
    pub fn private_key(
        &mut self,
        catalog: &Catalog,
        database: DatabaseId,
        row: &CertificateRow,
    ) -> Option<Arc<PrivateKey>> {
        let key = (database, row.id);
        let stored =
            row.private_key.as_ref().filter(|key| key.protection == PrivateKeyProtection::MasterKey)?;
        if let Some(open) = self.private_keys.get(&key).and_then(|open| open.of(&stored.wrapped)) {
            return Some(open);
        }
        let master_key = self.master_key(catalog, database)?;
        let opened = PrivateKey::unwrap(&WrappedKey::from_bytes(stored.wrapped.clone()), &master_key).ok()?;
        let opened = Arc::new(opened);
        self.private_keys.insert(key, Opened { from: stored.wrapped.clone(), key: opened.clone() });
        Some(opened)
    }

    /// An endpoint's session key, opened with the master key of its database (28050 without it).
    pub(crate) fn session_key(
        &mut self,
        catalog: &Catalog,
        database: DatabaseId,
        stored: &StoredSessionKey,
    ) -> Result<Arc<SessionKey>, SqlError> {
        let master_key = self.master_key(catalog, database).ok_or_else(|| sql_error!(28050))?;
        if let Some(open) = self.session_keys.get(&stored.wrapped) {
            return Ok(open.clone());
        }
        let wrapped = WrappedKey::from_bytes(stored.wrapped.to_vec());
        let opened = SessionKey::unwrap(&wrapped, stored.id, &master_key).map_err(|_| sql_error!(28050))?;
        Ok(self.keep_session_key(stored, opened))
    }

    /// Keeps an opened session key.
    pub(crate) fn keep_session_key(&mut self, stored: &StoredSessionKey, key: SessionKey) -> Arc<SessionKey> {
        if self.session_keys.len() >= OPEN_SESSION_KEYS {
            self.session_keys.clear();
        }
        let key = Arc::new(key);
        self.session_keys.insert(stored.wrapped.clone(), key.clone());
        key
    }

    /// How many session keys are kept open.
    pub(crate) fn open_session_keys(&self) -> usize {
        self.session_keys.len()
    }

    /// Forgets the session keys of an endpoint that goes.
    pub(crate) fn forget_session_keys(&mut self, endpoint: &Endpoint) {
        let Some(secured) = endpoint.security.secured() else { return };
        for stored in [&secured.outbound, &secured.inbound].into_iter().flatten() {
            self.session_keys.remove(&stored.wrapped);
        }
    }
}

impl crate::Instance {
    /// The opened keys, and the committed catalog that they belong to.
    pub fn keyring(&mut self) -> (&mut Keyring, &Catalog) {
        (&mut self.keyring, &self.catalog)
    }

    /// The source of random bytes.
    pub fn random(&mut self) -> &mut dyn duologue_keys::RandomSource {
        &mut *self.random
    }
}
