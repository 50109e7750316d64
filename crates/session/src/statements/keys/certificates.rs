//! CREATE and ALTER CERTIFICATE.

use std::time::Duration;

use duologue_catalog::ddl::certificates::{self as catalog, CertificateChange};
use duologue_catalog::objects::StoredPrivateKey;
use duologue_keys::{Certificate, PrivateKey};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, AlterCertificateAction, CertificateSource, CreateCertificate};
use duologue_types::{Length, SqlType, Timestamp, Value};

use super::certificate_files::{imported_key, read_certificate};
use super::lock_catalog;
use crate::execution::{Context, StatementResult};
use crate::query;
use crate::statements::ddl::{define, text, try_define};

/// Validity of a certificate without EXPIRY_DATE.
const DEFAULT_VALIDITY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// `CREATE CERTIFICATE`. Everything that can fail without keys is asked first: a key pair takes its time.
pub(super) fn create(cx: &mut Context<'_, '_>, create: &CreateCertificate) -> StatementResult {
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let owner = text(create.authorization.as_ref());
    check(cx, &create.name.name, owner.as_deref())?;
    let (certificate, private_key) = make(cx, &create.source)?;
    let warning = certificate.validity_warning(cx.host.now);
    let spec = catalog::CreateCertificate {
        name: create.name.name.clone(),
        authorization: owner,
        der: certificate.der().to_vec(),
        private_key,
        active_for_begin_dialog: create.active_for_begin_dialog.unwrap_or(true),
    };
    let is_same = |der: &[u8]| Certificate::from_der(der).is_ok_and(|other| other.id() == certificate.id());
    let flow = define(cx, |ddl| catalog::create_certificate(ddl, &spec, is_same))?;
    if let Some(warning) = warning {
        cx.inform(SqlError { severity: 10, ..warning });
    }
    Ok(flow)
}

fn check(cx: &mut Context<'_, '_>, name: &str, owner: Option<&str>) -> Result<(), SqlError> {
    let security = cx.security().clone();
    let checked = try_define(cx, &security, |ddl| {
        catalog::check_create_certificate(ddl, name, owner)
            .map(|_| duologue_catalog::ddl::DdlOutcome::default())
    })?;
    // The lock is held already, so it cannot wait.
    checked.map(|_| ()).map_err(|_| sql_error!(1222))
}

/// The certificate with its wrapped private key, if it has one.
fn make(
    cx: &mut Context<'_, '_>,
    source: &CertificateSource,
) -> Result<(Certificate, Option<StoredPrivateKey>), SqlError> {
    match source {
        CertificateSource::Generate { encryption_password, subject, start_date, expiry_date } => {
            if encryption_password.is_none() {
                let _open = cx.master_key()?;
            }
            let (start, expiry) = validity(cx, start_date.as_deref(), expiry_date.as_deref())?;
            let key = cx.host.private_keys.next_private_key()?;
            let certificate = Certificate::self_signed(&key, subject, start, expiry, cx.instance.random())?;
            let stored = cx.wrap_private_key(&key, encryption_password.as_deref())?;
            Ok((certificate, Some(stored)))
        }
        CertificateSource::File { pfx: true, .. } => Err(sql_error!(49901, "FORMAT = 'PFX'")),
        CertificateSource::File { executable: true, .. } => Err(sql_error!(49901, "FROM EXECUTABLE FILE")),
        CertificateSource::File { path, private_key, .. } => {
            let certificate = read_certificate(cx, path)?;
            import(cx, certificate, private_key.as_ref())
        }
        CertificateSource::Binary { content, private_key } => {
            let certificate = Certificate::from_der(content)?;
            import(cx, certificate, private_key.as_ref())
        }
        CertificateSource::Assembly(_) => {
            Err(sql_error!(49902, "FROM ASSEMBLY", "there are no assemblies here"))
        }
    }
}

/// A certificate from outside, with the private key that comes with it (15474 when that is another one's).
fn import(
    cx: &mut Context<'_, '_>,
    certificate: Certificate,
    private_key: Option<&ast::PrivateKey>,
) -> Result<(Certificate, Option<StoredPrivateKey>), SqlError> {
    let Some(clause) = private_key else { return Ok((certificate, None)) };
    let key = imported_key(cx, clause)?;
    key.check_matches(&certificate)?;
    let stored = cx.wrap_private_key(&key, clause.encryption_password.as_deref())?;
    Ok((certificate, Some(stored)))
}

/// START_DATE and EXPIRY_DATE, read as `datetime` in UTC. Without them: now, and a year later.
fn validity(
    cx: &Context<'_, '_>,
    start: Option<&str>,
    expiry: Option<&str>,
) -> Result<(Timestamp, Timestamp), SqlError> {
    let date = |text: &str| {
        let value = Value::NVarChar(text.into());
        let date = query::cast(&value, SqlType::NVarChar(Length::Max), SqlType::DateTime)?;
        Timestamp::from_value(&date).ok_or_else(|| sql_error!(241))
    };
    let start = start.map_or(Ok(cx.host.now), date)?;
    let expiry = expiry.map_or(Ok(start + DEFAULT_VALIDITY), date)?;
    Ok((start, expiry))
}

/// `ALTER CERTIFICATE`.
pub(super) fn alter(
    cx: &mut Context<'_, '_>,
    name: &str,
    action: &AlterCertificateAction,
) -> StatementResult {
    if let Some(wait) = lock_catalog(cx)? {
        return Ok(wait);
    }
    let change = match action {
        AlterCertificateAction::RemovePrivateKey => CertificateChange::RemovePrivateKey,
        AlterCertificateAction::ActiveForBeginDialog(active) => {
            CertificateChange::ActiveForBeginDialog(*active)
        }
        AlterCertificateAction::PrivateKey(clause) => private_key_change(cx, name, clause)?,
        AlterCertificateAction::Attested => {
            return Err(sql_error!(49902, "ATTESTED", "SQL Server has given it up").into());
        }
    };
    define(cx, |ddl| catalog::alter_certificate(ddl, name, change))
}

/// `WITH PRIVATE KEY (…)`: adds a key (15332 if there is one), or puts the one there is under something else.
fn private_key_change(
    cx: &mut Context<'_, '_>,
    name: &str,
    clause: &ast::PrivateKey,
) -> Result<CertificateChange, SqlError> {
    let refused = || sql_error!(15151, "alter", "certificate", name);
    let row = cx.database()?.certificates.find(name).cloned().ok_or_else(refused)?;
    let certificate = Certificate::from_der(&row.der)?;
    let key = match (&row.private_key, &clause.source) {
        (Some(_), Some(_)) => return Err(sql_error!(15332)),
        (None, Some(_)) => imported_key(cx, clause)?,
        (None, None) => return Err(sql_error!(15563, "certificate")),
        (Some(stored), None) => reopened(cx, stored, clause)?,
    };
    key.check_matches(&certificate)?;
    cx.wrap_private_key(&key, clause.encryption_password.as_deref()).map(CertificateChange::PrivateKey)
}

/// The stored key, opened so that it can be put under something else. From the master key it goes to a password
/// (15146).
fn reopened(
    cx: &mut Context<'_, '_>,
    stored: &StoredPrivateKey,
    clause: &ast::PrivateKey,
) -> Result<PrivateKey, SqlError> {
    let key = cx.unwrap_private_key(stored, clause.decryption_password.as_deref())?;
    if clause.decryption_password.is_none() && clause.encryption_password.is_none() {
        return Err(sql_error!(15146, "certificate"));
    }
    Ok(key)
}
