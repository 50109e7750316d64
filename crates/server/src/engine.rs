//! Which storage engine a data directory is kept by.

use std::path::Path;
use std::sync::Arc;

use duologue_store::Store;
use duologue_store_embedded::EmbeddedStore;
use duologue_store_journal::JournalStore;
use serde::Deserialize;

use crate::error::StartError;

/// A storage engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreEngine {
    /// One file kept by redb.
    Redb,
    /// A log of our own that is the store.
    Journal,
}

/// What a new instance gets when the configuration does not say.
const DEFAULT: StoreEngine = StoreEngine::Redb;

impl StoreEngine {
    /// As the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redb => "redb",
            Self::Journal => "journal",
        }
    }
}

/// Opens the store of a directory with the engine that it was made with; makes a new one with the engine that is
/// configured. An engine that is configured and is not that of the directory is a mistake.
pub(crate) fn open(directory: &Path, configured: Option<StoreEngine>) -> Result<Arc<dyn Store>, StartError> {
    let refused = |what: String| StartError::data_directory(directory, what);
    let (redb, journal) =
        (duologue_store_embedded::is_store(directory), duologue_store_journal::is_journal(directory));
    let found = match (redb, journal) {
        (true, true) => {
            return Err(refused(
                "cannot be used: it holds a journal and store.redb, and only one can be its store".into(),
            ));
        }
        (true, false) => Some(StoreEngine::Redb),
        (false, true) => Some(StoreEngine::Journal),
        (false, false) => None,
    };
    if let Some((configured, found)) = configured.zip(found).filter(|(configured, found)| configured != found)
    {
        let (configured, found) = (configured.name(), found.name());
        return Err(refused(format!(
            "cannot be used: store.engine is '{configured}', and its store was made by '{found}'"
        )));
    }
    let opened: Result<Arc<dyn Store>, _> = match found.or(configured).unwrap_or(DEFAULT) {
        StoreEngine::Redb => EmbeddedStore::open(directory).map(|store| Arc::new(store) as _),
        StoreEngine::Journal => JournalStore::open(directory).map(|store| Arc::new(store) as _),
    };
    opened.map_err(|error| StartError::store(directory, &error))
}
