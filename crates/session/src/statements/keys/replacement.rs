//! Another database master key: what the old one protects comes under the new one.

use std::sync::Arc;

use duologue_catalog::objects::{Certificate, PrivateKeyProtection, StoredPrivateKey};
use duologue_keys::{DatabaseMasterKey, PrivateKey, WrappedKey};
use duologue_messages::{SqlError, sql_error};
use duologue_types::CertificateId;

use super::master_key::{ALTERED, store, wrap};
use crate::execution::{Context, StatementResult};

/// A certificate with its private key under the new master key; `None` for a key that is lost.
type Rewrapped = (CertificateId, Option<StoredPrivateKey>);

/// Replaces the master key of the current database, whose catalog is locked. It stays under the service master key if
/// it was. 15329 when the old key cannot be opened, 15320 for what it does not open; with `force` these are warnings,
/// the private keys are gone, and conversations whose session keys are lost end with 28052.
pub(super) fn replace(
    cx: &mut Context<'_, '_>,
    new: DatabaseMasterKey,
    password: &str,
    force: bool,
) -> StatementResult {
    let stored = cx.stored_master_key()?.ok_or_else(|| sql_error!(15581))?;
    let old = match cx.master_key() {
        Ok(old) => Some(old),
        Err(_) if force => {
            cx.inform(sql_error!(15585));
            None
        }
        Err(_) => return Err(sql_error!(15329).into()),
    };
    let (transaction, database) = (cx.transaction()?, cx.database_id());
    if !force && cx.instance.loses_session_keys(transaction, database, old.as_deref()) {
        return Err(sql_error!(15320, "session key", "").into());
    }
    let certificates = rewrap_private_keys(cx, old.as_deref(), &new, force)?;
    let _locked = cx.instance.change_catalog(transaction, |draft| {
        for (id, private_key) in certificates {
            draft.update(database, id.0, |certificate: &mut Certificate| {
                certificate.private_key = private_key
            });
        }
        Ok(())
    })?;
    let replaced = wrap(cx, &new, password, stored.by_service_master_key.is_some());
    cx.instance.rewrap_session_keys(transaction, database, old, Arc::new(new));
    cx.session.master_keys.remove(&database);
    store(cx, Some(replaced), ALTERED)
}

fn rewrap_private_keys(
    cx: &mut Context<'_, '_>,
    old: Option<&DatabaseMasterKey>,
    new: &DatabaseMasterKey,
    force: bool,
) -> Result<Vec<Rewrapped>, SqlError> {
    let under_it = |certificate: &Certificate| {
        let key = certificate.private_key.clone()?;
        let is_under_it = key.protection == PrivateKeyProtection::MasterKey;
        is_under_it.then(|| (certificate.id, certificate.name.clone(), WrappedKey::from_bytes(key.wrapped)))
    };
    let dependent: Vec<_> =
        cx.database()?.certificates.iter().filter_map(|certificate| under_it(certificate)).collect();
    let mut rewrapped = Vec::with_capacity(dependent.len());
    for (id, name, wrapped) in dependent {
        let opened = old.and_then(|old| PrivateKey::unwrap(&wrapped, old).ok());
        if opened.is_none() && !force {
            return Err(sql_error!(15320, "certificate", name));
        }
        if opened.is_none() {
            cx.inform(sql_error!(15584, "certificate", name));
        }
        let stored = opened.map(|key| StoredPrivateKey {
            protection: PrivateKeyProtection::MasterKey,
            wrapped: key.wrap(new, cx.instance.random()).into_bytes(),
        });
        rewrapped.push((id, stored));
    }
    Ok(rewrapped)
}
