//! The catalog's side of CREATE, ALTER and DROP CERTIFICATE; keys and DER are the caller's business.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{CertificateId, DatabaseId, PrincipalId};

use super::context::{DdlContext, Target, cannot, check_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::fresh::DBO;
use crate::object_set::Class;
use crate::objects::{Authentication, Certificate, LoginKind, PrincipalKind, StoredPrivateKey};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "certificate";
const OBJECT_TYPE: &str = "CERTIFICATE";
const MASTER: DatabaseId = DatabaseId(1);

/// A certificate to add.
#[derive(Clone, Debug)]
pub struct CreateCertificate {
    /// Local name.
    pub name: String,
    /// `AUTHORIZATION`: the user for whom it stands.
    pub authorization: Option<String>,
    /// The certificate itself.
    pub der: Vec<u8>,
    /// Its wrapped private key.
    pub private_key: Option<StoredPrivateKey>,
    /// `ACTIVE FOR BEGIN_DIALOG`.
    pub active_for_begin_dialog: bool,
}

/// What ALTER CERTIFICATE changes.
#[derive(Clone, Debug)]
pub enum CertificateChange {
    /// `REMOVE PRIVATE KEY`.
    RemovePrivateKey,
    /// `WITH PRIVATE KEY (…)`: the key as it is wrapped now.
    PrivateKey(StoredPrivateKey),
    /// `WITH ACTIVE FOR BEGIN_DIALOG`.
    ActiveForBeginDialog(bool),
}

/// Checks that need no key: permission, name (15232) and owner. The caller runs it before it makes a key pair.
pub fn check_create_certificate(
    cx: &DdlContext<'_>,
    name: &str,
    authorization: Option<&str>,
) -> Result<PrincipalId, SqlError> {
    let _granted = cx.require_in_database(Permission::CreateCertificate)?;
    check_name(name)?;
    if cx.db()?.certificates.find(name).is_some() {
        return Err(sql_error!(15232, name));
    }
    certificate_owner(cx, authorization)
}

/// `CREATE CERTIFICATE`; `is_same` says whether another certificate's DER has the same issuer and serial number
/// (15232). Event 197.
pub fn create_certificate(
    cx: &mut DdlContext<'_>,
    spec: &CreateCertificate,
    is_same: impl Fn(&[u8]) -> bool,
) -> DdlResult {
    let owner = check_create_certificate(cx, &spec.name, spec.authorization.as_deref())?;
    if cx.db()?.certificates.iter().any(|other| is_same(&other.der)) {
        return Err(sql_error!(15232, spec.name));
    }
    let certificate = Certificate {
        id: CertificateId(cx.draft.take_id(cx.database, Class::Certificate)),
        name: spec.name.clone(),
        owner,
        der: spec.der.clone(),
        private_key: spec.private_key.clone(),
        active_for_begin_dialog: spec.active_for_begin_dialog,
    };
    cx.draft.put(cx.database, certificate);
    Ok(outcome(cx, 197, &spec.name))
}

/// Who may own certificates: users, even without login; no role, no principal mapped to a certificate (15345).
pub(crate) fn certificate_owner(
    cx: &DdlContext<'_>,
    authorization: Option<&str>,
) -> Result<PrincipalId, SqlError> {
    let database = cx.db()?;
    if let Some(role) =
        authorization.and_then(|name| database.principals.find(name)).filter(|found| found.is_role())
    {
        let allowed = role.kind == PrincipalKind::ApplicationRole;
        return if allowed { cx.owner(authorization) } else { Err(sql_error!(15345, NOUN)) };
    }
    let owner = cx.owner(authorization)?;
    let can_own = database.principals.get(owner.0).is_some_and(|owner| owner.can_own_certificates());
    if can_own || owner == DBO { Ok(owner) } else { Err(sql_error!(15345, NOUN)) }
}

/// `ALTER CERTIFICATE`: event 198.
pub fn alter_certificate(cx: &mut DdlContext<'_>, name: &str, change: CertificateChange) -> DdlResult {
    let securable = |id| Securable::Certificate(CertificateId(id));
    let mut certificate = cx.target(&cx.db()?.certificates, Target::alter(NOUN, name), securable)?.clone();
    match change {
        CertificateChange::RemovePrivateKey if certificate.private_key.is_none() => {
            return Err(sql_error!(15563, NOUN));
        }
        CertificateChange::RemovePrivateKey => certificate.private_key = None,
        CertificateChange::PrivateKey(key) => certificate.private_key = Some(key),
        CertificateChange::ActiveForBeginDialog(active) => certificate.active_for_begin_dialog = active,
    }
    cx.draft.put(cx.database, certificate);
    Ok(outcome(cx, 198, name))
}

/// `DROP CERTIFICATE`: refused while a user or login is mapped to it (15559) or the endpoint uses it (3716). Event 199.
pub fn drop_certificate(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let found = cx.db()?.certificates.find(name);
    let found = found.filter(|found| cx.has(Permission::Control, Securable::Certificate(found.id)));
    let id = found.ok_or_else(|| cannot("drop", NOUN, name))?.id;
    if let Some(noun) = mapped_principal(cx, id)? {
        return Err(error_of(sql_error!(15559, NOUN, name, noun)));
    }
    let is_endpoints = |used: &Authentication| *used == Authentication::Certificate(id);
    let endpoints = &cx.catalog().server.endpoints;
    if cx.database == MASTER && endpoints.iter().any(|endpoint| is_endpoints(&endpoint.authentication)) {
        return Err(sql_error!(3716, NOUN, name, "endpoint"));
    }
    cx.remove::<Certificate>(id.0, Securable::Certificate(id));
    Ok(outcome(cx, 199, name))
}

fn mapped_principal(cx: &DdlContext<'_>, id: CertificateId) -> Result<Option<&'static str>, SqlError> {
    let is_user = |kind| kind == PrincipalKind::CertificateUser(id);
    if cx.db()?.principals.iter().any(|principal| is_user(principal.kind)) {
        return Ok(Some("user"));
    }
    let is_login = |kind| cx.database == MASTER && kind == LoginKind::Certificate(id);
    let mapped = cx.catalog().server.logins.iter().any(|login| is_login(login.kind));
    Ok(mapped.then_some("login"))
}

/// 15559 stands in the list with severity 10, yet it stops the statement.
fn error_of(error: SqlError) -> SqlError {
    SqlError { severity: error.severity.max(16), ..error }
}

fn outcome(cx: &DdlContext<'_>, event: i32, name: &str) -> DdlOutcome {
    let effect = Effect::CertificatesChanged { database: cx.database };
    DdlOutcome::event(cx.event(event, OBJECT_TYPE, name)).effect(effect)
}
