//! Schemas, types, synonyms, sequences, XML schema collections; DROP of everything that has a name.

use super::{DataType, Expr, Ident, ObjectName, Statement, TableDefinition};

#[derive(Clone, Debug, PartialEq)]
pub enum DdlStatement {
    CreateSchema(CreateSchema),
    /// `ALTER SCHEMA schema TRANSFER [class::]name`.
    AlterSchemaTransfer {
        schema: Ident,
        class: TransferClass,
        name: ObjectName,
    },
    CreateType(CreateType),
    CreateSynonym {
        name: ObjectName,
        target: ObjectName,
    },
    CreateSequence(Sequence),
    AlterSequence(Sequence),
    CreateXmlSchemaCollection {
        name: ObjectName,
        schema: Expr,
    },
    AlterXmlSchemaCollection {
        name: ObjectName,
        add: Expr,
    },
    /// `ENABLE|DISABLE TRIGGER ALL|names ON target`; no names for ALL.
    SwitchTrigger {
        enable: bool,
        names: Vec<ObjectName>,
        target: super::TriggerTarget,
    },
    /// `UPDATE STATISTICS table …`: accepted, of no effect.
    UpdateStatistics {
        table: ObjectName,
    },
    /// `CREATE STATISTICS name ON table …`: accepted, of no effect.
    CreateStatistics {
        name: Ident,
        table: ObjectName,
    },
    /// `ALTER INDEX name|ALL ON table REBUILD|REORGANIZE|DISABLE|SET …`; no name for ALL.
    AlterIndex {
        name: Option<Ident>,
        table: ObjectName,
        action: String,
    },
}

/// `CREATE SCHEMA [name] [AUTHORIZATION owner] [element …]`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSchema {
    /// None: the owner's name.
    pub name: Option<Ident>,
    pub authorization: Option<Ident>,
    /// CREATE TABLE, CREATE VIEW, GRANT, DENY, REVOKE.
    pub elements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferClass {
    Object,
    Type,
    XmlSchemaCollection,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateType {
    pub name: ObjectName,
    pub kind: CreateTypeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CreateTypeKind {
    /// `FROM type [NULL | NOT NULL]`.
    Alias { base: DataType, nullable: Option<bool> },
    /// `AS TABLE (…)`.
    Table(TableDefinition),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub name: ObjectName,
    pub data_type: Option<DataType>,
    /// `START WITH`, or `RESTART [WITH]` of ALTER (`Some(None)`: restart at the start value).
    pub start: Option<Option<i128>>,
    pub increment: Option<i128>,
    /// `Some(None)`: `NO MINVALUE`.
    pub minimum: Option<Option<i128>>,
    /// `Some(None)`: `NO MAXVALUE`.
    pub maximum: Option<Option<i128>>,
    pub cycle: Option<bool>,
    /// `Some(None)`: `NO CACHE`; `Some(Some(0))`: `CACHE` without size.
    pub cache: Option<Option<i128>>,
}

/// `DROP object [IF EXISTS] name, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    pub object: DropObject,
    pub if_exists: bool,
    /// At least one; kinds without schema have one part.
    pub names: Vec<ObjectName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropObject {
    Aggregate,
    ApplicationRole,
    AsymmetricKey,
    BrokerPriority,
    Certificate,
    Contract,
    Credential,
    Database,
    Default,
    Endpoint,
    Function,
    Login,
    MessageType,
    Procedure,
    Queue,
    RemoteServiceBinding,
    Role,
    Route,
    Rule,
    Schema,
    Sequence,
    ServerRole,
    Service,
    Statistics,
    SymmetricKey,
    Synonym,
    Table,
    /// A DML trigger.
    Trigger,
    /// `ON DATABASE`.
    DatabaseTrigger,
    /// `ON ALL SERVER`.
    ServerTrigger,
    Type,
    User,
    View,
    XmlSchemaCollection,
}
