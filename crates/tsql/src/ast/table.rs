//! Tables, their columns, constraints and indexes.

use super::{Condition, DataType, Expr, Ident, ObjectName};

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    pub name: ObjectName,
    pub definition: TableDefinition,
    /// `ON` filegroup or partition scheme, TEXTIMAGE_ON, WITH: accepted, of no effect.
    pub filegroup: Option<Ident>,
}

/// What stands between the parentheses of CREATE TABLE, DECLARE @t TABLE, CREATE TYPE … AS TABLE and RETURNS
/// @t TABLE.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TableDefinition {
    pub columns: Vec<ColumnDefinition>,
    pub constraints: Vec<TableConstraint>,
    pub indexes: Vec<InlineIndex>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    pub name: Ident,
    pub kind: ColumnKind,
    pub constraints: Vec<ColumnConstraint>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    Regular(Box<RegularColumn>),
    /// `AS expression [PERSISTED [NOT NULL]]`.
    Computed {
        expr: Expr,
        persisted: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct RegularColumn {
    pub data_type: DataType,
    pub collation: Option<Ident>,
    /// None: nothing written (ANSI_NULL_DFLT decides; a primary key makes it NOT NULL).
    pub nullable: Option<bool>,
    pub identity: Option<Identity>,
    pub rowguidcol: bool,
    pub sparse: bool,
}

/// `IDENTITY [(seed, increment)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Default 1.
    pub seed: i128,
    /// Default 1.
    pub increment: i128,
    pub not_for_replication: bool,
}

/// A constraint of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnConstraint {
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    pub line: u32,
    pub kind: ColumnConstraintKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ColumnConstraintKind {
    Default(Expr),
    PrimaryKey { clustered: Option<bool> },
    Unique { clustered: Option<bool> },
    References(References),
    Check(Condition),
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    pub name: Option<Ident>,
    pub line: u32,
    pub kind: TableConstraintKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TableConstraintKind {
    PrimaryKey {
        clustered: Option<bool>,
        columns: Vec<IndexColumn>,
    },
    Unique {
        clustered: Option<bool>,
        columns: Vec<IndexColumn>,
    },
    ForeignKey {
        columns: Vec<Ident>,
        references: References,
    },
    Check(Condition),
    /// `DEFAULT value FOR column [WITH VALUES]`: ALTER TABLE only.
    Default {
        value: Expr,
        column: Ident,
        with_values: bool,
    },
}

/// `REFERENCES table [(columns)] [ON DELETE …] [ON UPDATE …]`.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    pub table: ObjectName,
    pub columns: Vec<Ident>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReferentialAction {
    #[default]
    NoAction,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IndexColumn {
    pub name: Ident,
    pub descending: bool,
}

/// `INDEX name [UNIQUE] [CLUSTERED] (columns)` in a table definition.
#[derive(Clone, Debug, PartialEq)]
pub struct InlineIndex {
    pub name: Ident,
    pub unique: bool,
    pub clustered: Option<bool>,
    pub columns: Vec<IndexColumn>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    pub name: ObjectName,
    pub action: AlterTableAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AlterTableAction {
    /// `[WITH CHECK|NOCHECK] ADD …`: columns and constraints.
    Add {
        definition: TableDefinition,
        with_check: Option<bool>,
    },
    AlterColumn(ColumnDefinition),
    Drop(Vec<AlterTableDrop>),
    /// `[WITH CHECK|NOCHECK] CHECK|NOCHECK CONSTRAINT ALL|names`; no names for ALL.
    CheckConstraint {
        enable: bool,
        names: Vec<Ident>,
    },
    /// `ENABLE|DISABLE TRIGGER ALL|names`; no names for ALL.
    Trigger {
        enable: bool,
        names: Vec<Ident>,
    },
    /// `SET (…)`, `REBUILD` …: accepted, of no effect.
    Storage,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterTableDrop {
    /// DROP COLUMN, else DROP `[CONSTRAINT]`.
    pub column: bool,
    pub if_exists: bool,
    pub name: Ident,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    pub name: Ident,
    pub unique: bool,
    pub clustered: bool,
    pub table: ObjectName,
    pub columns: Vec<IndexColumn>,
    pub include: Vec<Ident>,
    pub filter: Option<Condition>,
    /// `WITH (IGNORE_DUP_KEY = ON)`.
    pub ignore_duplicate_keys: bool,
}

/// `DROP INDEX [IF EXISTS] name ON table, …` (or `table.name`).
#[derive(Clone, Debug, PartialEq)]
pub struct DropIndex {
    pub if_exists: bool,
    pub indexes: Vec<(Ident, ObjectName)>,
}
