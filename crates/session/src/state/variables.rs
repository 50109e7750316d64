//! Local variables of a batch or module.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::Expr;
use duologue_types::{SqlType, Value};

use super::TempTable;

/// A variable's place: expressions are bound to it once and find it without its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot(pub usize);

/// A column of a table variable.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Compared without case.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// `IDENTITY(seed, increment)`.
    pub identity: Option<(i64, i64)>,
    /// `DEFAULT` expression.
    pub default: Option<Expr>,
}

/// A table variable: not part of any transaction.
#[derive(Clone, Debug, Default)]
pub struct TableVariable {
    /// In order.
    pub columns: Arc<[TableColumn]>,
    /// Positions of the columns of PRIMARY KEY and each UNIQUE constraint.
    pub unique_keys: Arc<[Vec<usize>]>,
    /// Its rows, one value for each column.
    pub rows: Arc<Vec<Arc<[Value]>>>,
    /// Last IDENTITY value given out.
    pub identity: Option<i64>,
}

/// What a variable holds.
#[derive(Clone, Debug)]
pub enum VariableKind {
    /// One value.
    Scalar {
        /// Its declared type.
        sql_type: SqlType,
        /// Its value, of that type.
        value: Value,
    },
    /// Rows.
    Table(TableVariable),
}

/// A declared variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// As declared, with the at sign.
    pub name: String,
    /// What it holds.
    pub kind: VariableKind,
}

/// Variables by name without case, and by place. Cloning is cheap: rows of table variables are shared.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    by_name: HashMap<String, Slot>,
    variables: Vec<Variable>,
}

impl Variables {
    /// Declares a scalar variable, NULL at first; 134 when the name is taken.
    pub fn declare_scalar(&mut self, name: &str, sql_type: SqlType) -> Result<Slot, SqlError> {
        self.declare(name, VariableKind::Scalar { sql_type, value: Value::Null })
    }

    /// Declares a table variable; 134 when the name is taken.
    pub fn declare_table(&mut self, name: &str, table: TableVariable) -> Result<Slot, SqlError> {
        self.declare(name, VariableKind::Table(table))
    }

    fn declare(&mut self, name: &str, kind: VariableKind) -> Result<Slot, SqlError> {
        let slot = Slot(self.variables.len());
        match self.by_name.entry(key(name)) {
            Entry::Occupied(_) => return Err(sql_error!(134, name)),
            Entry::Vacant(place) => place.insert(slot),
        };
        self.variables.push(Variable { name: name.into(), kind });
        Ok(slot)
    }

    /// The place of a variable.
    pub fn find(&self, name: &str) -> Option<Slot> {
        self.by_name.get(&key(name)).copied()
    }

    /// Place and type of a scalar variable, or 137.
    pub fn require_scalar(&self, name: &str) -> Result<(Slot, SqlType), SqlError> {
        let undeclared = || sql_error!(137, name);
        let slot = self.find(name).ok_or_else(undeclared)?;
        self.scalar_type(slot).map(|sql_type| (slot, sql_type)).ok_or_else(undeclared)
    }

    /// Place of a table variable, or 1087; of a temporary table, or 208.
    pub fn require_table(&self, name: &str) -> Result<Slot, SqlError> {
        let undeclared =
            || if name.starts_with('#') { sql_error!(208, name) } else { sql_error!(1087, name) };
        let slot = self.find(name).ok_or_else(undeclared)?;
        self.table(slot).map(|_| slot).ok_or_else(undeclared)
    }

    /// Exchanges the temporary tables, whose names begin with a number sign. Places of those that are gone are given to
    /// new ones.
    pub(crate) fn set_temp_tables<'t>(&mut self, tables: impl Iterator<Item = &'t TempTable>) {
        let mut free: Vec<Slot> = Vec::new();
        self.by_name.retain(|name, slot| {
            let stays = !name.starts_with('#');
            if !stays {
                free.push(*slot);
            }
            stays
        });
        for TempTable { name, table, .. } in tables {
            let variable = Variable { name: name.clone(), kind: VariableKind::Table(table.clone()) };
            let slot = match free.pop() {
                Some(slot) => {
                    self.variables[slot.0] = variable;
                    slot
                }
                None => {
                    self.variables.push(variable);
                    Slot(self.variables.len() - 1)
                }
            };
            self.by_name.insert(key(name), slot);
        }
    }

    /// The declared type of a scalar variable.
    pub fn scalar_type(&self, slot: Slot) -> Option<SqlType> {
        match &self.variables.get(slot.0)?.kind {
            VariableKind::Scalar { sql_type, .. } => Some(*sql_type),
            VariableKind::Table(_) => None,
        }
    }

    /// The value of a scalar variable; NULL for anything else.
    pub fn value(&self, slot: Slot) -> &Value {
        match self.variables.get(slot.0).map(|variable| &variable.kind) {
            Some(VariableKind::Scalar { value, .. }) => value,
            _ => &Value::Null,
        }
    }

    /// Sets a scalar variable to a value that is of its type already: see `query::assign`.
    pub fn set(&mut self, slot: Slot, new: Value) {
        if let Some(Variable { kind: VariableKind::Scalar { value, .. }, .. }) =
            self.variables.get_mut(slot.0)
        {
            *value = new;
        }
    }

    /// A table variable.
    pub fn table(&self, slot: Slot) -> Option<&TableVariable> {
        match &self.variables.get(slot.0)?.kind {
            VariableKind::Table(table) => Some(table),
            VariableKind::Scalar { .. } => None,
        }
    }

    /// A table variable, to change.
    pub fn table_mut(&mut self, slot: Slot) -> Option<&mut TableVariable> {
        match &mut self.variables.get_mut(slot.0)?.kind {
            VariableKind::Table(table) => Some(table),
            VariableKind::Scalar { .. } => None,
        }
    }

    /// All of them, in the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Variable)> {
        self.variables.iter().enumerate().map(|(index, variable)| (Slot(index), variable))
    }
}

fn key(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_are_unique() {
        let mut variables = Variables::default();
        let slot = variables.declare_scalar("@Handle", SqlType::UniqueIdentifier).unwrap();
        assert_eq!(variables.require_scalar("@HANDLE").unwrap(), (slot, SqlType::UniqueIdentifier));
        assert_eq!(variables.declare_scalar("@handle", SqlType::Int).unwrap_err().number, 134);
        assert_eq!(variables.require_scalar("@x").unwrap_err().number, 137);
        let table = variables.declare_table("@t", TableVariable::default()).unwrap();
        assert_eq!(variables.require_table("@T").unwrap(), table);
        assert_eq!(variables.require_scalar("@t").unwrap_err().number, 137);
        assert_eq!(variables.require_table("@handle").unwrap_err().number, 1087);
    }
}
