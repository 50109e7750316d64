//! Temporary tables: CREATE, DROP, and SELECT INTO for tables of both kinds.

use duologue_catalog::ddl::tables::{self, ColumnSpec};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{DmlTarget, ObjectName, TableDefinition, data_target, is_temp_table};

use super::ddl::{finish, object_name, security_of, try_define};
use super::returned_rows::append;
use super::rows::Target;
use super::variables::table_variable;
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::query::{ResultColumn, Row};
use crate::state::{TableColumn, TableVariable, TempTable};

impl Context<'_, '_> {
    /// Lets the frame see the session's temporary tables as they are now.
    pub(super) fn see_temp_tables(&mut self) {
        self.frame.see(&self.session.temp_tables);
    }

    /// Makes what a statement did to a frame's copy of a temporary table the table itself.
    pub(super) fn keep_temp_table(&mut self, name: &str, table: TableVariable) {
        self.session.temp_tables.change(name, table);
        self.frame.temp_version = self.session.temp_tables.version();
    }
}

/// `CREATE TABLE #t`.
pub(super) fn create(
    cx: &mut Context<'_, '_>,
    name: &ObjectName,
    definition: &TableDefinition,
) -> StatementResult {
    make(cx, name.object(), table_variable(definition)?)?;
    Ok(Flow::done(StatementKind::Other))
}

fn make(cx: &mut Context<'_, '_>, name: &str, table: TableVariable) -> Result<(), SqlError> {
    if name.starts_with("##") {
        return Err(sql_error!(49901, "a global temporary table"));
    }
    if cx.session.is_doomed() {
        return Err(sql_error!(3930));
    }
    let depth = cx.session.state.nest_level;
    cx.session.temp_tables.create(TempTable { name: name.to_owned(), table, depth })?;
    cx.see_temp_tables();
    Ok(())
}

/// `DROP TABLE #t`: 3701.
pub(super) fn drop(cx: &mut Context<'_, '_>, name: &ObjectName, if_exists: bool) -> Result<(), SqlError> {
    if !cx.session.temp_tables.drop(name.object()) && !if_exists {
        return Err(sql_error!(3701, "drop", "table", name.object()));
    }
    cx.see_temp_tables();
    Ok(())
}

/// `SELECT … INTO name`: a table of the result's columns, with its rows. 1038 for a column without name, 2705 for one
/// that is there twice.
pub(super) fn select_into(
    cx: &mut Context<'_, '_>,
    name: &ObjectName,
    columns: &[ResultColumn],
    rows: &[Row],
) -> StatementResult {
    for (position, column) in columns.iter().enumerate() {
        if column.name.is_empty() {
            return Err(sql_error!(1038).into());
        }
        if columns[..position].iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
            return Err(sql_error!(2705, column.name, name.object()).into());
        }
    }
    if is_temp_table(name) {
        let columns = columns.iter().map(temp_column).collect::<Vec<_>>().into();
        make(cx, name.object(), TableVariable { columns, ..TableVariable::default() })?;
    } else if let Some(wait) = create_stored(cx, name, columns)? {
        return Ok(wait);
    }
    let target = DmlTarget { line: name.line(), kind: data_target(name.clone()), hints: Vec::new() };
    let target = Target::resolve(cx, &target, duologue_catalog::Permission::Insert)?;
    let positions: Vec<usize> = (0..columns.len()).collect();
    match append(cx, &target, &positions, columns, rows)? {
        Some(wait) => Ok(wait),
        None => Ok(Flow::rows(StatementKind::Select, rows.len() as u64)),
    }
}

fn temp_column(column: &ResultColumn) -> TableColumn {
    TableColumn {
        name: column.name.clone(),
        sql_type: column.sql_type,
        nullable: column.nullable,
        identity: None,
        default: None,
    }
}

/// A table of the database; `Some` is how the statement waits for the catalog.
fn create_stored(
    cx: &mut Context<'_, '_>,
    name: &ObjectName,
    columns: &[ResultColumn],
) -> Result<Option<Flow>, SqlError> {
    let (security, table) = (security_of(cx, name)?, object_name(name)?);
    let spec = |column: &ResultColumn| ColumnSpec {
        name: column.name.clone(),
        sql_type: column.sql_type,
        nullable: Some(column.nullable),
        identity: None,
        default: None,
    };
    let specs: Vec<ColumnSpec> = columns.iter().map(spec).collect();
    match try_define(cx, &security, |ddl| tables::create_table(ddl, &table, &specs, &[]))? {
        Ok(outcome) => finish(cx, outcome).map(|()| None),
        Err(wait) => Ok(Some(wait)),
    }
}
