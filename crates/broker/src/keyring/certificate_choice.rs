//! Which of a user's certificates serves a dialog: active, in date, latest expiry. A certificate that a message
//! names is found by issuer and serial instead, whatever its flag says.

use std::sync::Arc;

use duologue_catalog::Catalog;
use duologue_catalog::objects::{Certificate as CertificateRow, PrivateKeyProtection};
use duologue_keys::{Certificate, IssuerAndSerial, PrivateKey};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, PrincipalId, Timestamp};

use super::Keyring;

/// A certificate with its catalog row.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) row: Arc<CertificateRow>,
    pub(crate) certificate: Arc<Certificate>,
}

/// A certificate and its private key.
#[derive(Clone)]
pub(crate) struct ChosenWithKey {
    pub(crate) chosen: Chosen,
    pub(crate) private_key: Arc<PrivateKey>,
}

impl Keyring {
    /// The certificate that stands for a far principal.
    pub(crate) fn pick_destination(
        &mut self,
        catalog: &Catalog,
        database: DatabaseId,
        principal: PrincipalId,
        now: Timestamp,
    ) -> Result<Chosen, SqlError> {
        let candidates = self.owned_by(catalog, database, principal);
        best(candidates, principal, now)
    }

    /// The certificate, with private key, that a local principal signs with.
    pub(crate) fn pick_signing(
        &mut self,
        catalog: &Catalog,
        database: DatabaseId,
        principal: PrincipalId,
        now: Timestamp,
    ) -> Result<ChosenWithKey, SqlError> {
        let owned = self.owned_by(catalog, database, principal);
        if owned.is_empty() {
            return Err(sql_error!(9731, principal));
        }
        let with_key: Vec<_> = owned.into_iter().filter(|chosen| chosen.row.private_key.is_some()).collect();
        if with_key.is_empty() {
            return Err(sql_error!(9733, principal));
        }
        let under_password = |chosen: &Chosen| {
            chosen
                .row
                .private_key
                .as_ref()
                .is_some_and(|key| key.protection == PrivateKeyProtection::Password)
        };
        let usable: Vec<_> = with_key.into_iter().filter(|chosen| !under_password(chosen)).collect();
        if usable.is_empty() {
            return Err(sql_error!(9737, principal));
        }
        let chosen = best(usable, principal, now)?;
        let private_key =
            self.private_key(catalog, database, &chosen.row).ok_or_else(|| sql_error!(28050))?;
        Ok(ChosenWithKey { chosen, private_key })
    }

    /// The certificate that a message names.
    pub(crate) fn find(
        &mut self,
        catalog: &Catalog,
        database: DatabaseId,
        id: &IssuerAndSerial,
    ) -> Option<Chosen> {
        let rows: Vec<_> = catalog.databases.get(&database)?.certificates.iter().cloned().collect();
        rows.into_iter().find_map(|row| {
            let certificate = self.certificate(database, &row)?;
            (certificate.id() == id).then_some(Chosen { row, certificate })
        })
    }

    fn owned_by(&mut self, catalog: &Catalog, database: DatabaseId, principal: PrincipalId) -> Vec<Chosen> {
        let Some(found) = catalog.databases.get(&database) else { return Vec::new() };
        found
            .certificates
            .iter()
            .filter(|row| row.owner == principal)
            .filter_map(|row| {
                let certificate = self.certificate(database, row)?;
                Some(Chosen { row: row.clone(), certificate })
            })
            .collect()
    }
}

/// The active one in date with the latest expiry; else the reason why there is none.
fn best(candidates: Vec<Chosen>, principal: PrincipalId, now: Timestamp) -> Result<Chosen, SqlError> {
    if candidates.is_empty() {
        return Err(sql_error!(9731, principal));
    }
    let active: Vec<_> = candidates.into_iter().filter(|chosen| chosen.row.active_for_begin_dialog).collect();
    if active.is_empty() {
        return Err(sql_error!(9767, principal));
    }
    let all_expired = active.iter().all(|chosen| chosen.certificate.not_after() < now);
    let in_date = active.into_iter().filter(|chosen| chosen.certificate.is_valid_at(now));
    in_date
        .max_by_key(|chosen| chosen.certificate.not_after())
        .ok_or_else(|| if all_expired { sql_error!(28025, principal) } else { sql_error!(28024, principal) })
}
