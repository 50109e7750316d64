//! CREATE and ALTER TABLE.

use std::ops::Range;

use duologue_catalog::ddl::tables::{self, ColumnSpec, KeySpec, TableChange};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    AlterTable, AlterTableAction, ColumnConstraint, ColumnConstraintKind, ColumnDefinition, ColumnKind,
    CreateTable, IndexColumn, TableConstraint, TableConstraintKind, TableDefinition, is_temp_table,
};

use super::{define_in, object_name, security_of, text};
use crate::execution::{Context, Flow, StatementResult, sql_type};
use crate::output::StatementKind;
use crate::statements::{not_built, temp_tables, variables};

pub(in crate::statements) fn create(cx: &mut Context<'_, '_>, create: &CreateTable) -> StatementResult {
    if is_temp_table(&create.name) {
        return temp_tables::create(cx, &create.name, &create.definition);
    }
    let (security, name) = (security_of(cx, &create.name)?, object_name(&create.name)?);
    let Definition { columns, keys } = definition(cx, &create.definition)?;
    define_in(cx, &security, |ddl| tables::create_table(ddl, &name, &columns, &keys))
}

pub(in crate::statements) fn alter(cx: &mut Context<'_, '_>, alter: &AlterTable) -> StatementResult {
    let (security, name) = (security_of(cx, &alter.name)?, object_name(&alter.name)?);
    let change = match &alter.action {
        AlterTableAction::Add { definition: added, .. } => {
            let Definition { columns, keys } = definition(cx, added)?;
            TableChange::Add { columns, keys, is_empty: is_empty(cx, alter)? }
        }
        AlterTableAction::Drop(parts) => {
            let names = parts.iter().map(|part| part.name.name.clone()).collect();
            match parts.iter().all(|part| part.column) {
                true => TableChange::DropColumns(names),
                false => TableChange::DropKeys(names),
            }
        }
        AlterTableAction::AlterColumn(_) => return not_built("ALTER TABLE … ALTER COLUMN"),
        AlterTableAction::CheckConstraint { .. } => return not_built("ALTER TABLE … CHECK CONSTRAINT"),
        AlterTableAction::Trigger { .. } => return not_built("ALTER TABLE … ENABLE TRIGGER"),
        AlterTableAction::Storage => return Ok(Flow::done(StatementKind::Other)),
    };
    define_in(cx, &security, |ddl| tables::alter_table(ddl, &name, &change))
}

/// Whether a table has no rows, as the statement sees it; one that does not exist has none.
fn is_empty(cx: &Context<'_, '_>, alter: &AlterTable) -> Result<bool, SqlError> {
    let security = security_of(cx, &alter.name)?;
    let database = cx.catalog().database(security.database);
    let name = &alter.name;
    let table = database.and_then(|found| found.find_table(security.user, name.schema(), name.object()));
    Ok(table.is_none_or(|table| {
        cx.instance.table_rows(cx.seen_transaction(), (security.database, table.id)).is_empty()
    }))
}

struct Definition {
    columns: Vec<ColumnSpec>,
    keys: Vec<KeySpec>,
}

fn definition(cx: &Context<'_, '_>, written: &TableDefinition) -> Result<Definition, SqlError> {
    if !written.indexes.is_empty() {
        return Err(sql_error!(49901, "an index in a table definition"));
    }
    let mut found = Definition { columns: Vec::new(), keys: Vec::new() };
    for column in &written.columns {
        let spec = column_spec(cx, column, &mut found.keys)?;
        found.columns.push(spec);
    }
    for constraint in &written.constraints {
        found.keys.push(table_key(constraint)?);
    }
    Ok(found)
}

fn column_spec(
    cx: &Context<'_, '_>,
    column: &ColumnDefinition,
    keys: &mut Vec<KeySpec>,
) -> Result<ColumnSpec, SqlError> {
    let ColumnKind::Regular(regular) = &column.kind else {
        return Err(sql_error!(49901, "a computed column"));
    };
    let mut default = None;
    for constraint in &column.constraints {
        match &constraint.kind {
            ColumnConstraintKind::Default(value) => default = Some(source_text(cx, &value.span)),
            ColumnConstraintKind::PrimaryKey { .. } => keys.push(column_key(column, constraint, true)),
            ColumnConstraintKind::Unique { .. } => keys.push(column_key(column, constraint, false)),
            ColumnConstraintKind::Check(_) => return Err(sql_error!(49901, "a CHECK constraint")),
            ColumnConstraintKind::References(_) => return Err(sql_error!(49901, "a FOREIGN KEY constraint")),
        }
    }
    Ok(ColumnSpec {
        name: column.name.name.clone(),
        sql_type: sql_type(&regular.data_type)?,
        nullable: regular.nullable,
        identity: regular.identity.as_ref().map(variables::identity),
        default,
    })
}

fn column_key(column: &ColumnDefinition, constraint: &ColumnConstraint, is_primary: bool) -> KeySpec {
    KeySpec { name: text(constraint.name.as_ref()), columns: vec![column.name.name.clone()], is_primary }
}

fn table_key(constraint: &TableConstraint) -> Result<KeySpec, SqlError> {
    let (columns, is_primary) = match &constraint.kind {
        TableConstraintKind::PrimaryKey { columns, .. } => (columns, true),
        TableConstraintKind::Unique { columns, .. } => (columns, false),
        TableConstraintKind::ForeignKey { .. } => return Err(sql_error!(49901, "a FOREIGN KEY constraint")),
        TableConstraintKind::Check(_) => return Err(sql_error!(49901, "a CHECK constraint")),
        TableConstraintKind::Default { .. } => return Err(sql_error!(49901, "ADD DEFAULT")),
    };
    let column = |column: &IndexColumn| column.name.name.clone();
    Ok(KeySpec {
        name: text(constraint.name.as_ref()),
        columns: columns.iter().map(column).collect(),
        is_primary,
    })
}

fn source_text(cx: &Context<'_, '_>, span: &Range<usize>) -> String {
    cx.frame.program.text.get(span.clone()).unwrap_or_default().to_owned()
}
