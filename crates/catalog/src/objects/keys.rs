//! Master keys and certificates, as stored: secrets only wrapped.

use duologue_types::{CertificateId, PrincipalId};
use serde::{Deserialize, Serialize};

/// A database master key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MasterKey {
    /// The key under each of its passwords; at least one unless it is under the service master key.
    #[serde(with = "super::text::base64_text")]
    pub by_password: Vec<Vec<u8>>,
    /// The key under the service master key: without it background work cannot use the key.
    #[serde(with = "super::text::base64_text")]
    pub by_service_master_key: Option<Vec<u8>>,
}

/// What protects a private key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PrivateKeyProtection {
    /// The database master key: `MK`. Only these serve dialogs and endpoints.
    MasterKey,
    /// A password: `PW`.
    Password,
}

/// A wrapped private key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredPrivateKey {
    /// What protects it.
    pub protection: PrivateKeyProtection,
    /// The wrapped bytes (format: `docs/formats/keys.md`).
    #[serde(with = "super::text::base64_text")]
    pub wrapped: Vec<u8>,
}

/// `sys.certificates`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Certificate {
    /// `certificate_id`.
    pub id: CertificateId,
    /// Local name; may differ from server to server.
    pub name: String,
    /// Owner: the user for whom it stands.
    pub owner: PrincipalId,
    /// The certificate itself.
    #[serde(with = "super::text::base64_text")]
    pub der: Vec<u8>,
    /// Its private key, if it is here.
    pub private_key: Option<StoredPrivateKey>,
    /// `ACTIVE FOR BEGIN_DIALOG`: asked only when a certificate is picked.
    pub active_for_begin_dialog: bool,
}
