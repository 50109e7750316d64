//! User tables.

use duologue_types::{ObjectId, PrincipalId, SchemaId, SqlType, Timestamp};
use serde::{Deserialize, Serialize};

/// A column of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// `column_id`, from 1, never reused within the table.
    pub id: i32,
    /// Compared without case.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// `IDENTITY(seed, increment)`.
    pub identity: Option<(i64, i64)>,
    /// Text of the `DEFAULT` expression.
    pub default: Option<String>,
}

/// `sys.tables`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// `object_id`.
    pub id: ObjectId,
    /// Unique among all objects of its schema.
    pub name: String,
    /// Its schema.
    pub schema: SchemaId,
    /// Owner if not the schema's.
    pub owner: Option<PrincipalId>,
    /// In order of `column_id`.
    pub columns: Vec<Column>,
    /// Column ids of the primary key and of each UNIQUE constraint.
    pub unique_keys: Vec<UniqueKey>,
    /// Next `column_id`.
    pub next_column_id: i32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last altered.
    pub modified: Timestamp,
}

/// PRIMARY KEY or UNIQUE.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UniqueKey {
    /// Constraint name.
    pub name: String,
    /// Column ids, in key order.
    pub columns: Vec<i32>,
    /// PRIMARY KEY.
    pub is_primary: bool,
}
