//! Master keys and certificates.

use super::Ident;

#[derive(Clone, Debug, PartialEq)]
pub enum KeyStatement {
    /// `CREATE MASTER KEY [ENCRYPTION BY PASSWORD = …]`.
    CreateMasterKey {
        password: Option<String>,
    },
    AlterMasterKey(AlterMasterKey),
    OpenMasterKey {
        password: String,
    },
    CloseMasterKey,
    DropMasterKey,
    BackupMasterKey {
        file: String,
        password: String,
    },
    RestoreMasterKey {
        file: String,
        decryption_password: String,
        encryption_password: String,
        force: bool,
    },
    AlterServiceMasterKey(AlterServiceMasterKey),
    BackupServiceMasterKey {
        file: String,
        password: String,
    },
    RestoreServiceMasterKey {
        file: String,
        password: String,
        force: bool,
    },
    CreateCertificate(CreateCertificate),
    AlterCertificate {
        name: Ident,
        action: AlterCertificateAction,
    },
    BackupCertificate(BackupCertificate),
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterMasterKey {
    /// `[FORCE] REGENERATE WITH ENCRYPTION BY PASSWORD = …`.
    Regenerate {
        force: bool,
        password: String,
    },
    AddEncryption(KeyProtection),
    DropEncryption(KeyProtection),
}

#[derive(Clone, Debug, PartialEq)]
pub enum KeyProtection {
    ServiceMasterKey,
    Password(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterServiceMasterKey {
    Regenerate {
        force: bool,
    },
    /// `WITH OLD_ACCOUNT|NEW_ACCOUNT = …`: obsolete.
    Account,
    /// `ADD|DROP ENCRYPTION BY MACHINE KEY`.
    MachineKey {
        add: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateCertificate {
    pub name: Ident,
    pub authorization: Option<Ident>,
    pub source: CertificateSource,
    /// `ACTIVE FOR BEGIN_DIALOG = …`, default ON.
    pub active_for_begin_dialog: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CertificateSource {
    Generate {
        encryption_password: Option<String>,
        subject: String,
        start_date: Option<String>,
        expiry_date: Option<String>,
    },
    /// `FROM FILE = …`, with `pfx` for `WITH FORMAT = 'PFX'`.
    File {
        path: String,
        executable: bool,
        pfx: bool,
        private_key: Option<PrivateKey>,
    },
    /// `FROM BINARY = 0x…`.
    Binary {
        content: Vec<u8>,
        private_key: Option<PrivateKey>,
    },
    Assembly(Ident),
}

/// `PRIVATE KEY ( … )`, in any order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PrivateKey {
    pub source: Option<PrivateKeySource>,
    pub decryption_password: Option<String>,
    pub encryption_password: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PrivateKeySource {
    File(String),
    Binary(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterCertificateAction {
    RemovePrivateKey,
    PrivateKey(PrivateKey),
    ActiveForBeginDialog(bool),
    /// `ATTESTED BY 'x'`, `REMOVE ATTESTED OPTION`: legacy, to be refused.
    Attested,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BackupCertificate {
    pub name: Ident,
    pub file: String,
    /// `WITH FORMAT = 'PFX'`.
    pub pfx: bool,
    pub private_key: Option<PrivateKey>,
}
