//! Broker priorities: which level a new endpoint gets, for good.

use duologue_catalog::Database;
use duologue_catalog::objects::{Contract, Service, Validation};
use duologue_types::DatabaseId;

use crate::instance::Instance;

/// The level when no priority matches.
const DEFAULT_LEVEL: u8 = 5;

impl Instance {
    /// The level of a new endpoint by the priorities of its database.
    pub(crate) fn priority_of(
        &self,
        database: DatabaseId,
        contract: &Contract,
        local: &Service,
        remote: &str,
    ) -> u8 {
        self.catalog
            .databases
            .get(&database)
            .map_or(DEFAULT_LEVEL, |found| priority_in(found, contract, local, remote))
    }
}

/// The best match: a contract counts more than a local service, and that more than a remote service.
pub(crate) fn priority_in(database: &Database, contract: &Contract, local: &Service, remote: &str) -> u8 {
    let best = database
        .broker_priorities
        .iter()
        .filter(|found| found.contract.is_none_or(|id| id == contract.id))
        .filter(|found| found.local_service.is_none_or(|id| id == local.id))
        .filter(|found| found.remote_service_name.as_deref().is_none_or(|name| name == remote))
        .max_by_key(|found| {
            (found.contract.is_some(), found.local_service.is_some(), found.remote_service_name.is_some())
        });
    best.map_or(DEFAULT_LEVEL, |found| found.level)
}

/// The `validation` letter of queue rows and `sys.service_message_types`.
pub(crate) fn validation_letter(validation: Validation) -> u8 {
    match validation {
        Validation::None => b'N',
        Validation::Empty => b'E',
        Validation::WellFormedXml => b'X',
    }
}
