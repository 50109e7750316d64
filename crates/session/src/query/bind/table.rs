//! Tables, queues, views and common table expressions by name.

use duologue_catalog::permissions::SecurityContext;
use duologue_catalog::{Database, Permission, SchemaObject, Securable};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Ident, ObjectName};
use duologue_types::SqlType;

use super::column_list::renamed;
use super::from::BoundFrom;
use super::{Binder, Position};
use crate::query::plan::{Plan, Scan};
use crate::query::queue_rows::queue_columns;
use crate::query::scope::{Column, ColumnKind, Scope, Source, same_name};
use crate::state::TableColumn;
use crate::views::{self, View};

impl Binder<'_> {
    /// The rows behind a name; 208 when nothing has it, 229 without SELECT permission.
    pub(super) fn table(&self, name: &ObjectName, alias: Option<&Ident>) -> Result<BoundFrom, SqlError> {
        self.count()?;
        let exposed = alias.map_or(name.object(), |alias| &alias.name);
        if name.parts.len() == 1
            && let Some(found) = self.local_table(name.object(), exposed)?
        {
            return Ok(found);
        }
        if name.server().is_some() {
            return Err(sql_error!(49902, "linked servers", "dialogs are how servers talk here"));
        }
        let security = self.security_of(name)?;
        let database = self.context.catalog().database(security.database);
        let database = database.ok_or_else(|| unknown(name))?;
        let (plan, columns) = self.stored_or_view(name, database, security)?;
        let mut source = Source::new(exposed, columns);
        if alias.is_none() {
            let written = name.parts.iter().rev().skip(1).map(|part| part.name.clone());
            source.qualifiers = written.collect();
            if source.qualifiers.is_empty() {
                source.qualifiers = vec!["dbo".into()];
            }
        }
        Ok(BoundFrom { plan, sources: vec![source] })
    }

    /// Common table expressions and rows that the statement has.
    fn local_table(&self, name: &str, exposed: &str) -> Result<Option<BoundFrom>, SqlError> {
        if let Some(given) = self.given.iter().find(|given| same_name(&given.name, name)) {
            let plan = Plan::Scan(Scan::Given(given.rows.clone()));
            return Ok(Some(BoundFrom::one(plan, exposed, given.columns.to_vec())));
        }
        let Some(index) = self.common_tables.iter().rposition(|table| table.name.is(name)) else {
            return Ok(None);
        };
        let table = &self.common_tables[index];
        let earlier = Binder {
            context: self.context,
            common_tables: &self.common_tables[..index],
            xml_namespaces: self.xml_namespaces,
            given: self.given,
            bound: self.bound.clone(),
        };
        // A common table expression sees nothing of the query that uses it.
        let bound = earlier.query(&table.query, &Scope::empty(), Position::Inside);
        let bound = bound.map_err(|error| recursion(error, &table.name))?;
        let own = bound.columns.into_iter().map(|output| output.column).collect();
        let columns = renamed(own, &table.columns, &table.name.name)?;
        Ok(Some(BoundFrom::one(bound.plan, exposed, columns)))
    }

    /// An unknown database makes the whole name unknown.
    fn security_of(&self, name: &ObjectName) -> Result<SecurityContext, SqlError> {
        match self.context.security_in(name.database()) {
            Err(error) if error.number == 911 => Err(unknown(name)),
            other => other,
        }
    }

    fn stored_or_view(
        &self,
        name: &ObjectName,
        database: &Database,
        security: SecurityContext,
    ) -> Result<(Plan, Vec<Column>), SqlError> {
        if let Some(object) = database.find_object(security.user, name.schema(), name.object()) {
            let securable = Securable::Object(object.id());
            let granted = self.context.catalog().require(&security, Permission::Select, securable)?;
            drop(granted);
            return Ok(stored(&object, security));
        }
        let view = views::find(name.schema(), name.object()).ok_or_else(|| unknown(name))?;
        self.check_view(view, &security)?;
        let columns = view.columns.iter().map(views::ViewColumn::to_column).collect();
        Ok((Plan::Scan(Scan::View { view, security: Box::new(security) }), columns))
    }

    fn check_view(&self, view: &View, security: &SecurityContext) -> Result<(), SqlError> {
        let Some(permission) = view.permission else { return Ok(()) };
        let granted = self.context.catalog().require(security, permission, Securable::Server)?;
        drop(granted);
        Ok(())
    }

    pub(super) fn table_variable(&self, name: &str, alias: Option<&Ident>) -> Result<BoundFrom, SqlError> {
        let slot = self.context.variables.require_table(name)?;
        let columns = self.context.variables.table(slot).map(|table| variable_columns(&table.columns));
        let exposed = alias.map_or(name, |alias| &alias.name);
        Ok(BoundFrom::one(Plan::Scan(Scan::Variable(slot)), exposed, columns.unwrap_or_default()))
    }
}

/// A common table expression that uses itself finds no table of its name.
fn recursion(error: SqlError, name: &Ident) -> SqlError {
    if error.number == 208 && error.text.eq_ignore_ascii_case(&sql_error!(208, name.name).text) {
        return super::not_built("recursive common table expressions").at_line(name.line);
    }
    error
}

/// 208 with the name as it is written.
fn unknown(name: &ObjectName) -> SqlError {
    let written: Vec<&str> = name.parts.iter().map(|part| part.name.as_str()).collect();
    sql_error!(208, written.join(".")).at_line(name.line())
}

fn stored(object: &SchemaObject, security: SecurityContext) -> (Plan, Vec<Column>) {
    let database = security.database;
    match object {
        SchemaObject::Queue(queue) => {
            (Plan::Scan(Scan::Queue { database, queue: queue.id }), queue_columns().to_vec())
        }
        SchemaObject::Table(table) => {
            let place = |column: &duologue_catalog::objects::Column| {
                usize::try_from(column.id - 1).unwrap_or(usize::MAX)
            };
            let places = table.columns.iter().map(place).collect();
            (Plan::Scan(Scan::Table { database, table: table.id, places }), table_columns(table))
        }
    }
}

/// The columns of a table, then its hidden row number.
pub(crate) fn table_columns(table: &duologue_catalog::objects::Table) -> Vec<Column> {
    let columns = table.columns.iter();
    let named = columns.map(|column| Column::new(&column.name, column.sql_type, column.nullable));
    named.chain([row_number()]).collect()
}

/// The columns of a table variable, then its hidden row number.
pub(crate) fn variable_columns(columns: &[TableColumn]) -> Vec<Column> {
    let named = columns.iter().map(|column| Column::new(&column.name, column.sql_type, column.nullable));
    named.chain([row_number()]).collect()
}

fn row_number() -> Column {
    Column { kind: ColumnKind::RowNumber, ..Column::new("", SqlType::BigInt, false) }
}
