//! Certificates and private keys in files.

use duologue_catalog::permissions::{Permission, Securable};
use duologue_keys::{Certificate, MAX_CERTIFICATE_SIZE, PrivateKey, check_password_policy};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, BackupCertificate, PrivateKeySource};

use super::write_file;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::statements::not_built;

/// Longest private key file; an RSA-4096 key has 2,400 bytes.
const MAX_PRIVATE_KEY_BYTES: usize = 64 * 1024;

/// A certificate from a DER file: 15208 for whatever is wrong with it.
pub(super) fn read_certificate(cx: &Context<'_, '_>, path: &str) -> Result<Certificate, SqlError> {
    let der = read(cx, path, MAX_CERTIFICATE_SIZE)?;
    Certificate::from_der(&der).map_err(duologue_keys::CertificateError::for_file)
}

/// The private key of a `PRIVATE KEY (…)` clause.
pub(super) fn imported_key(cx: &Context<'_, '_>, clause: &ast::PrivateKey) -> Result<PrivateKey, SqlError> {
    let password = clause.decryption_password.as_deref();
    match &clause.source {
        Some(PrivateKeySource::File(path)) => {
            let file = read(cx, path, MAX_PRIVATE_KEY_BYTES)?;
            PrivateKey::import(&file, password).map_err(duologue_keys::CertificateError::for_file)
        }
        Some(PrivateKeySource::Binary(bytes)) => Ok(PrivateKey::import(bytes, password)?),
        None => Err(sql_error!(102, "PRIVATE KEY")),
    }
}

fn read(cx: &Context<'_, '_>, path: &str, max_bytes: usize) -> Result<Vec<u8>, SqlError> {
    cx.host.files.read(path, max_bytes).map_err(|problem| {
        tracing::info!(path, problem = problem.0, "a file named by a statement was not read");
        sql_error!(15208)
    })
}

/// `BACKUP CERTIFICATE`: the public part for whoever may see the certificate, the private key with CONTROL.
pub(super) fn backup(cx: &mut Context<'_, '_>, backup: &BackupCertificate) -> StatementResult {
    if backup.pfx {
        return not_built("FORMAT = 'PFX'");
    }
    let name = &backup.name.name;
    let refused = || sql_error!(15151, "find", "certificate", name);
    let row = cx.database()?.certificates.find(name).cloned().ok_or_else(refused)?;
    let securable = Securable::Certificate(row.id);
    let is_allowed = match &backup.private_key {
        None => cx.catalog().is_visible(cx.security(), securable),
        Some(_) => cx.catalog().has(cx.security(), Permission::Control, securable),
    };
    if !is_allowed {
        return Err(refused().into());
    }
    let private_key = match &backup.private_key {
        None => None,
        Some(clause) => {
            let stored = row.private_key.as_ref().ok_or_else(|| sql_error!(15246, name))?;
            Some(exported_key(cx, stored, clause)?)
        }
    };
    write_file(cx, &backup.file, &row.der, false)?;
    if let Some((path, contents)) = private_key {
        write_file(cx, &path, &contents, true)?;
    }
    Ok(Flow::done(StatementKind::Other))
}

/// Path and contents of the private key's file.
fn exported_key(
    cx: &mut Context<'_, '_>,
    stored: &duologue_catalog::objects::StoredPrivateKey,
    clause: &ast::PrivateKey,
) -> Result<(String, Vec<u8>), SqlError> {
    let Some(PrivateKeySource::File(path)) = &clause.source else {
        return Err(sql_error!(102, "PRIVATE KEY"));
    };
    let password = clause.encryption_password.as_deref().ok_or_else(|| sql_error!(15146, "certificate"))?;
    check_password_policy(password, "")?;
    let key = cx.unwrap_private_key(stored, clause.decryption_password.as_deref())?;
    let contents = key.export(password, cx.instance.random())?;
    Ok((path.clone(), contents))
}
