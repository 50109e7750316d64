//! Logins, users, roles, schemas and permissions.

use duologue_types::{CertificateId, LoginId, PrincipalId, SchemaId, Timestamp};
use serde::{Deserialize, Serialize};

/// Kind of a server principal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LoginKind {
    /// `S`: name and password.
    Sql,
    /// `C`: mapped to a certificate; cannot connect.
    Certificate(CertificateId),
    /// `R`: a server role.
    Role,
}

/// `sys.server_principals`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// sa 1, public 2, fixed roles 3–10, users' from 256.
    pub id: LoginId,
    /// Compared without case.
    pub name: String,
    /// `sid`.
    #[serde(with = "super::text::base64_text")]
    pub sid: Vec<u8>,
    /// Login or role.
    pub kind: LoginKind,
    /// Salted, slow hash; format of the `keys` crate.
    #[serde(with = "super::text::base64_text")]
    pub password_hash: Option<Vec<u8>>,
    /// `DISABLE`d logins cannot connect and count as no access for peers.
    pub disabled: bool,
    /// `DEFAULT_DATABASE`.
    pub default_database: String,
    /// `DEFAULT_LANGUAGE`.
    pub default_language: String,
    /// `CHECK_POLICY`.
    pub check_policy: bool,
    /// `CHECK_EXPIRATION`.
    pub check_expiration: bool,
    /// `MUST_CHANGE`: the next connection must bring a new password.
    #[serde(default)]
    pub must_change: bool,
    /// Server roles it is a member of.
    pub member_of: Vec<LoginId>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last altered.
    pub modified: Timestamp,
}

/// Kind of a database principal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PrincipalKind {
    /// `S`: for a login.
    User,
    /// `S`: `WITHOUT LOGIN`.
    UserWithoutLogin,
    /// `C`: mapped to a certificate; cannot own certificates.
    CertificateUser(CertificateId),
    /// `R`.
    Role,
    /// `A`.
    ApplicationRole,
}

/// `sys.database_principals` with its memberships.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Principal {
    /// public 0, dbo 1, guest 2, INFORMATION_SCHEMA 3, sys 4, fixed roles from 16384, users' from 5.
    pub id: PrincipalId,
    /// Compared without case.
    pub name: String,
    /// User or role.
    pub kind: PrincipalKind,
    /// `sid`; a user's login has the same.
    #[serde(with = "super::text::base64_text")]
    pub sid: Option<Vec<u8>>,
    /// `DEFAULT_SCHEMA` of a user; it need not exist.
    pub default_schema: Option<String>,
    /// Owner of a role.
    pub owner: Option<PrincipalId>,
    /// Roles it is a member of.
    pub member_of: Vec<PrincipalId>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last altered.
    pub modified: Timestamp,
}

/// `sys.schemas`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schema {
    /// dbo 1, guest 2, INFORMATION_SCHEMA 3, sys 4, fixed roles' from 16384, users' from 5.
    pub id: SchemaId,
    /// Compared without case.
    pub name: String,
    /// Owner; owns what it contains unless that says otherwise.
    pub owner: PrincipalId,
}

/// `class` of a permission: what `major_id` names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "T-SQL's own words")]
#[repr(u8)]
pub enum SecurableClass {
    Database = 0,
    Object = 1,
    Schema = 3,
    DatabasePrincipal = 4,
    MessageType = 15,
    Contract = 16,
    Service = 17,
    RemoteServiceBinding = 18,
    Route = 19,
    Certificate = 25,
    Server = 100,
    Login = 101,
    Endpoint = 105,
}

/// State of a permission row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum GrantState {
    /// `G`.
    Grant,
    /// `W`.
    GrantWithGrantOption,
    /// `D`.
    Deny,
}

/// A row of `sys.database_permissions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Permission {
    /// Row number, not shown.
    pub id: i32,
    /// Kind of securable.
    pub class: SecurableClass,
    /// Its id; 0 for the database itself.
    pub major_id: i32,
    /// The permission's name in capitals, as GRANT spells it.
    pub permission: String,
    /// Grant or deny.
    pub state: GrantState,
    /// To whom.
    pub grantee: PrincipalId,
    /// By whom.
    pub grantor: PrincipalId,
}

/// A row of `sys.server_permissions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerPermission {
    /// Row number, not shown.
    pub id: i32,
    /// Server, login or endpoint.
    pub class: SecurableClass,
    /// Its id; 0 for the server itself.
    pub major_id: i32,
    /// The permission's name in capitals, as GRANT spells it.
    pub permission: String,
    /// Grant or deny.
    pub state: GrantState,
    /// To whom.
    pub grantee: LoginId,
    /// By whom.
    pub grantor: LoginId,
}
