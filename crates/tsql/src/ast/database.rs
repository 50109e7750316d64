//! CREATE and ALTER DATABASE.

use super::Ident;

#[derive(Clone, Debug, PartialEq)]
pub enum DatabaseStatement {
    Create(CreateDatabase),
    Alter(AlterDatabase),
}

/// File specifications are accepted and have no effect.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateDatabase {
    pub name: Ident,
    pub collation: Option<Ident>,
    /// `WITH …`: DB_CHAINING, TRUSTWORTHY and so on; broker options of `FOR ATTACH WITH`.
    pub options: Vec<DatabaseOption>,
    /// `FOR ATTACH`, `AS SNAPSHOT OF`.
    pub form: CreateDatabaseForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CreateDatabaseForm {
    #[default]
    New,
    Attach,
    Snapshot,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterDatabase {
    /// None for `ALTER DATABASE CURRENT`.
    pub name: Option<Ident>,
    pub action: AlterDatabaseAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterDatabaseAction {
    Set {
        options: Vec<DatabaseOption>,
        termination: Option<Termination>,
    },
    ModifyName(Ident),
    Collate(Ident),
    /// ADD, MODIFY, REMOVE FILE or FILEGROUP: accepted, of no effect.
    Files,
}

/// `WITH ROLLBACK AFTER n [SECONDS] | ROLLBACK IMMEDIATE | NO_WAIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    RollbackAfter(u32),
    RollbackImmediate,
    NoWait,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DatabaseOption {
    EnableBroker,
    DisableBroker,
    NewBroker,
    ErrorBrokerConversations,
    HonorBrokerPriority(bool),
    Trustworthy(bool),
    DbChaining(bool),
    AllowSnapshotIsolation(bool),
    ReadCommittedSnapshot(bool),
    CompatibilityLevel(u32),
    Access(DatabaseAccess),
    ReadOnly(bool),
    State(DatabaseState),
    Recovery(RecoveryModel),
    /// Every other option, recognised by name (upper case) and of no effect; `value` as written, upper case,
    /// without blanks.
    Other {
        name: String,
        value: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseAccess {
    Single,
    Restricted,
    Multi,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    Online,
    Offline,
    Emergency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryModel {
    Full,
    BulkLogged,
    Simple,
}
