//! Principals, permissions, ownership and signatures.

use super::{Ident, ObjectName};

#[derive(Clone, Debug, PartialEq)]
pub enum SecurityStatement {
    CreateLogin(CreateLogin),
    AlterLogin(AlterLogin),
    CreateUser(CreateUser),
    AlterUser { name: Ident, options: UserOptions },
    CreateRole { name: Ident, authorization: Option<Ident> },
    AlterRole { name: Ident, action: RoleAction },
    CreateServerRole { name: Ident, authorization: Option<Ident> },
    AlterServerRole { name: Ident, action: RoleAction },
    CreateApplicationRole { name: Ident, options: ApplicationRoleOptions },
    AlterApplicationRole { name: Ident, options: ApplicationRoleOptions },
    Permission(PermissionStatement),
    AlterAuthorization(AlterAuthorization),
    Signature(SignatureStatement),
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateLogin {
    pub name: Ident,
    pub source: LoginSource,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LoginSource {
    Password { password: Password, must_change: bool, options: LoginOptions },
    Windows(LoginOptions),
    Certificate(Ident),
    AsymmetricKey(Ident),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    Text(String),
    /// `0x… HASHED`.
    Hashed(Vec<u8>),
}

/// None: not written.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LoginOptions {
    pub sid: Option<Vec<u8>>,
    pub default_database: Option<Ident>,
    pub default_language: Option<Ident>,
    pub check_expiration: Option<bool>,
    pub check_policy: Option<bool>,
    pub credential: Option<Ident>,
    /// ALTER LOGIN … WITH NAME = …
    pub new_name: Option<Ident>,
    pub no_credential: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterLogin {
    pub name: Ident,
    pub action: AlterLoginAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterLoginAction {
    Enable,
    Disable,
    Set { password: Option<NewPassword>, options: LoginOptions },
    AddCredential(Ident),
    DropCredential(Ident),
}

#[derive(Clone, Debug, PartialEq)]
pub struct NewPassword {
    pub password: Password,
    pub old_password: Option<String>,
    pub must_change: bool,
    pub unlock: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateUser {
    pub name: Ident,
    pub source: UserSource,
    pub options: UserOptions,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UserSource {
    /// The login of the same name.
    SameName,
    Login(Ident),
    WithoutLogin,
    Certificate(Ident),
    AsymmetricKey(Ident),
    /// A contained database's user: `WITH PASSWORD = …`.
    Password(Password),
    /// `FROM EXTERNAL PROVIDER`.
    ExternalProvider,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserOptions {
    /// `Some(None)`: `DEFAULT_SCHEMA = NULL`.
    pub default_schema: Option<Option<Ident>>,
    pub new_name: Option<Ident>,
    pub login: Option<Ident>,
    pub default_language: Option<Ident>,
    pub sid: Option<Vec<u8>>,
    pub password: Option<NewPassword>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RoleAction {
    AddMember(Ident),
    DropMember(Ident),
    Rename(Ident),
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ApplicationRoleOptions {
    pub new_name: Option<Ident>,
    pub password: Option<String>,
    pub default_schema: Option<Ident>,
}

/// GRANT, DENY or REVOKE.
#[derive(Clone, Debug, PartialEq)]
pub struct PermissionStatement {
    pub action: PermissionAction,
    /// Empty for ALL.
    pub permissions: Vec<Permission>,
    /// None: a permission of the database or server itself.
    pub securable: Option<Securable>,
    pub principals: Vec<Ident>,
    /// `AS grantor`.
    pub grantor: Option<Ident>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionAction {
    Grant { with_grant_option: bool },
    Deny { cascade: bool },
    Revoke { grant_option_for: bool, cascade: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Permission {
    /// Upper case, words with single blanks: `CREATE QUEUE`, `VIEW ANY DEFINITION`. Not checked against a
    /// list.
    pub name: String,
    pub line: u32,
    pub columns: Vec<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Securable {
    pub class: SecurableClass,
    pub name: ObjectName,
    pub columns: Vec<Ident>,
}

/// The words before `::`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecurableClass {
    /// Also when no class is written.
    Object,
    ApplicationRole,
    Assembly,
    AsymmetricKey,
    AvailabilityGroup,
    Certificate,
    Contract,
    Credential,
    Database,
    Endpoint,
    ExternalLanguage,
    FulltextCatalog,
    FulltextStoplist,
    Login,
    MessageType,
    RemoteServiceBinding,
    Role,
    Route,
    Schema,
    SearchPropertyList,
    Server,
    ServerRole,
    Service,
    SymmetricKey,
    Type,
    User,
    XmlSchemaCollection,
}

/// `ALTER AUTHORIZATION ON [class::]name TO principal | SCHEMA OWNER`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterAuthorization {
    pub class: SecurableClass,
    pub name: ObjectName,
    /// None: SCHEMA OWNER.
    pub owner: Option<Ident>,
}

/// `ADD|DROP [COUNTER] SIGNATURE TO|FROM [class::]module BY …`.
#[derive(Clone, Debug, PartialEq)]
pub struct SignatureStatement {
    pub add: bool,
    pub counter: bool,
    pub class: SecurableClass,
    pub module: ObjectName,
    pub signers: Vec<Signer>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Signer {
    /// CERTIFICATE, else ASYMMETRIC KEY.
    pub certificate: bool,
    pub name: Ident,
    pub password: Option<String>,
    pub signature: Option<Vec<u8>>,
}
