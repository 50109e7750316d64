//! The rows that UPDATE and DELETE change.

use std::sync::Arc;

use duologue_catalog::SchemaObject;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Condition, DmlTarget, DmlTargetKind, ObjectName, TableSource, TableSourceKind};

use super::Binder;
use super::from::BoundFrom;
use crate::query::plan::Plan;
use crate::query::scope::{ColumnKind, Scope, Source, same_name};

/// A plan whose rows hold a row of the target each, besides whatever FROM joins to it.
#[derive(Debug)]
pub struct TargetRows {
    /// The rows, filtered.
    pub plan: Plan,
    /// All sources of the rows, in the order of their values.
    pub sources: Arc<Vec<Source>>,
    /// Which of them is the target.
    pub target: usize,
    /// Place of the target row's number.
    pub row_number: usize,
}

impl Binder<'_> {
    /// `target [FROM …] [WHERE …]`: the target is a source of FROM, by alias or by name, or stands alone.
    pub(crate) fn target_rows(
        &self,
        target: &DmlTarget,
        from: &[TableSource],
        filter: Option<&Condition>,
    ) -> Result<TargetRows, SqlError> {
        let outer = Scope::empty();
        let alone;
        let sources = if from.is_empty() || !self.is_in_from(target, from) {
            alone = [&[as_source(target)], from].concat();
            &alone
        } else {
            from
        };
        let BoundFrom { plan, sources } = self.from(sources, &outer)?;
        let scope = Scope::new(sources, Some(&outer));
        let (target, row_number) = place(target, &scope)?;
        let plan = match filter {
            None => plan,
            Some(filter) => {
                Plan::Filter { input: Box::new(plan), predicate: self.condition(filter, &scope)? }
            }
        };
        Ok(TargetRows { plan, sources: scope.sources, target, row_number })
    }

    fn is_in_from(&self, target: &DmlTarget, from: &[TableSource]) -> bool {
        let name = target_name(target);
        from.iter().any(|source| exposes(source, name))
    }

    /// A table to insert into or to change; 208 for nothing of that name, 416 for a queue, 259 for a view.
    pub(crate) fn changeable_table(
        &self,
        name: &ObjectName,
    ) -> Result<(Arc<duologue_catalog::objects::Table>, duologue_types::DatabaseId), SqlError> {
        let written: Vec<&str> = name.parts.iter().map(|part| part.name.as_str()).collect();
        let unknown = || sql_error!(208, written.join(".")).at_line(name.line());
        let security = self.context.security_in(name.database()).map_err(|_| unknown())?;
        let database = self.context.catalog().database(security.database).ok_or_else(unknown)?;
        match database.find_object(security.user, name.schema(), name.object()) {
            Some(SchemaObject::Table(table)) => Ok((table, security.database)),
            Some(SchemaObject::Queue(queue)) => Err(sql_error!(416, queue.name)),
            None if crate::views::find(name.schema(), name.object()).is_some() => Err(sql_error!(259)),
            None => Err(unknown()),
        }
    }
}

fn target_name(target: &DmlTarget) -> &str {
    match &target.kind {
        DmlTargetKind::Table(name) => name.object(),
        DmlTargetKind::Variable(name) => name,
    }
}

fn as_source(target: &DmlTarget) -> TableSource {
    let (alias, hints) = (None, Vec::new());
    let kind = match &target.kind {
        DmlTargetKind::Table(name) => TableSourceKind::Table { name: name.clone(), alias, hints },
        DmlTargetKind::Variable(name) => TableSourceKind::Variable { name: name.clone(), alias, hints },
    };
    TableSource { line: target.line, kind }
}

fn exposes(source: &TableSource, name: &str) -> bool {
    match &source.kind {
        TableSourceKind::Table { name: own, alias, .. } => {
            alias.as_ref().is_some_and(|alias| same_name(&alias.name, name)) || same_name(own.object(), name)
        }
        TableSourceKind::Variable { name: own, alias, .. } => {
            alias.as_ref().is_some_and(|alias| same_name(&alias.name, name)) || same_name(own, name)
        }
        TableSourceKind::Join(join) => exposes(&join.left, name) || exposes(&join.right, name),
        _ => false,
    }
}

/// The target among the sources: by its exposed name, else the only one with row numbers; 416 for a queue.
fn place(target: &DmlTarget, scope: &Scope<'_>) -> Result<(usize, usize), SqlError> {
    let name = target_name(target);
    let number = |source: &Source| source.columns.iter().position(|c| c.kind == ColumnKind::RowNumber);
    let named = scope.sources.iter().position(|source| same_name(&source.name, name));
    let numbered = || scope.sources.iter().position(|source| number(source).is_some());
    let index = named.or_else(numbered).ok_or_else(|| sql_error!(208, name))?;
    let source = &scope.sources[index];
    let place = number(source).ok_or_else(|| sql_error!(416, name))?;
    Ok((index, source.offset + place))
}
