//! FROM clauses.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Expr, ExprKind, FunctionCall, Ident, Join, JoinKind, TableSource, TableSourceKind};
use duologue_types::{SqlType, Value};
use duologue_xml::Method;

use super::column_list::renamed;
use super::function::check_arity;
use super::{Binder, Position, not_built};
use crate::query::conversion::{coerce, meeting_type};
use crate::query::plan::{self, Plan, Rowset};
use crate::query::scalar::Scalar;
use crate::query::scope::{Column, ColumnKind, Scope, Source, same_name};

/// What a FROM clause, or a part of one, gives: rows, and what their values are called.
pub(crate) struct BoundFrom {
    pub(crate) plan: Plan,
    /// Their offsets are filled in when a scope is made of them.
    pub(crate) sources: Vec<Source>,
}

impl BoundFrom {
    pub(super) fn one(plan: Plan, name: &str, columns: Vec<Column>) -> Self {
        Self { plan, sources: vec![Source::new(name, columns)] }
    }

    fn width(&self) -> usize {
        self.sources.iter().map(|source| source.columns.len()).sum()
    }
}

impl Binder<'_> {
    /// Sources separated by commas: each with each. `lateral` is what a source may refer to.
    pub(crate) fn from(&self, sources: &[TableSource], lateral: &Scope<'_>) -> Result<BoundFrom, SqlError> {
        let Some((first, rest)) = sources.split_first() else {
            return Ok(BoundFrom { plan: Plan::one_row(), sources: Vec::new() });
        };
        let mut joined = self.source(first, lateral)?;
        for source in rest {
            let right = self.source(source, lateral)?;
            joined = join(joined, right, plan::JoinKind::Inner, None);
        }
        check_names(&joined.sources)?;
        Ok(joined)
    }

    fn source(&self, source: &TableSource, lateral: &Scope<'_>) -> Result<BoundFrom, SqlError> {
        let bound = match &source.kind {
            TableSourceKind::Table { name, alias, .. } => self.table(name, alias.as_ref()),
            TableSourceKind::Variable { name, alias, .. } => self.table_variable(name, alias.as_ref()),
            TableSourceKind::Function { call, schema, alias, columns } => {
                if !schema.is_empty() {
                    return Err(not_built(call.name.object()).at_line(source.line));
                }
                self.table_function(call, alias.as_ref(), columns, lateral)
            }
            TableSourceKind::Nodes { call, alias, columns } => {
                self.nodes(call, alias.as_ref(), columns, lateral)
            }
            TableSourceKind::Derived { query, alias, columns } => {
                let bound = self.query(query, lateral, Position::Inside)?;
                let name = alias.as_ref().map_or("", |alias| &alias.name);
                let own = bound.columns.into_iter().map(|output| output.column).collect();
                Ok(BoundFrom::one(bound.plan, name, renamed(own, columns, name)?))
            }
            TableSourceKind::Values { rows, alias, columns } => {
                self.values(rows, alias.as_ref(), columns, lateral)
            }
            TableSourceKind::Join(join) => self.join(join, lateral),
        };
        bound.map_err(|error| error.at_line(source.line))
    }

    fn join(&self, ast: &Join, lateral: &Scope<'_>) -> Result<BoundFrom, SqlError> {
        let left = self.source(&ast.left, lateral)?;
        let kind = match ast.kind {
            JoinKind::CrossApply => return self.apply(left, &ast.right, false, lateral),
            JoinKind::OuterApply => return self.apply(left, &ast.right, true, lateral),
            JoinKind::Inner | JoinKind::Cross => plan::JoinKind::Inner,
            JoinKind::Left => plan::JoinKind::Left,
            JoinKind::Right => plan::JoinKind::Right,
            JoinKind::Full => plan::JoinKind::Full,
        };
        let right = self.source(&ast.right, lateral)?;
        let on = match &ast.on {
            None => None,
            Some(on) => {
                let sources = left.sources.iter().chain(&right.sources).cloned().collect();
                let scope = Scope::new(sources, Some(lateral));
                Some(self.condition(on, &scope).map_err(no_aggregate)?)
            }
        };
        Ok(join(left, right, kind, on))
    }

    fn apply(
        &self,
        left: BoundFrom,
        right: &TableSource,
        keeps_left: bool,
        lateral: &Scope<'_>,
    ) -> Result<BoundFrom, SqlError> {
        let scope = Scope::new(left.sources.clone(), Some(lateral));
        let right = self.source(right, &scope)?;
        let right_width = right.width();
        let sources = beside(left.sources, right.sources, keeps_left);
        let (left, right) = (Box::new(left.plan), Box::new(right.plan));
        Ok(BoundFrom { plan: Plan::Apply { left, right, keeps_left, right_width }, sources })
    }

    /// `x.nodes('…') AS t(c)`.
    fn nodes(
        &self,
        call: &Expr,
        alias: Option<&Ident>,
        columns: &[Ident],
        lateral: &Scope<'_>,
    ) -> Result<BoundFrom, SqlError> {
        let ExprKind::Method { target, arguments, .. } = &call.kind else {
            return Err(sql_error!(8173, "nodes"));
        };
        let call = self.xml_call(target, Method::Nodes, arguments, lateral)?;
        let (Some(alias), [column]) = (alias, columns) else { return Err(sql_error!(8173, "nodes")) };
        let node = Column { kind: ColumnKind::Node, ..Column::new(&column.name, SqlType::Xml, false) };
        Ok(BoundFrom::one(Plan::Rowset(Rowset::Nodes(Box::new(call))), &alias.name, vec![node]))
    }

    /// `(VALUES (…), …) AS t(c, …)`: each column has the type in which its values meet.
    fn values(
        &self,
        rows: &[Vec<Expr>],
        alias: Option<&Ident>,
        names: &[Ident],
        lateral: &Scope<'_>,
    ) -> Result<BoundFrom, SqlError> {
        let bind = |row: &Vec<Expr>| row.iter().map(|expr| self.scalar(expr, lateral)).collect();
        let bound: Vec<Vec<Scalar>> = rows.iter().map(bind).collect::<Result<_, _>>()?;
        let (rows, types) = unified(bound)?;
        let name = alias.map_or("", |alias| &alias.name);
        let column = |(sql_type, nullable)| Column::new("", sql_type, nullable);
        let columns = renamed(types.into_iter().map(column).collect(), names, name)?;
        Ok(BoundFrom::one(Plan::Rowset(Rowset::Values(rows)), name, columns))
    }

    fn table_function(
        &self,
        call: &FunctionCall,
        alias: Option<&Ident>,
        names: &[Ident],
        lateral: &Scope<'_>,
    ) -> Result<BoundFrom, SqlError> {
        let function = call.name.object().to_ascii_lowercase();
        let (rowset, columns) = match function.as_str() {
            "string_split" => self.string_split(call, lateral)?,
            "generate_series" => {
                let arguments = self.arguments(call, (2, 3), lateral)?;
                let big = |argument| coerce(argument, SqlType::BigInt);
                let arguments = arguments.into_iter().map(big).collect::<Result<_, _>>()?;
                (Rowset::Series(arguments), vec![Column::new("value", SqlType::BigInt, false)])
            }
            "fn_my_permissions" => {
                let arguments = self.arguments(call, (2, 2), lateral)?;
                let name = |argument| coerce(argument, SqlType::NVARCHAR_MAX);
                let arguments = arguments.into_iter().map(name).collect::<Result<_, _>>()?;
                let column = |name| Column::new(name, SqlType::SYSNAME, false);
                let columns = ["entity_name", "subentity_name", "permission_name"].map(column).to_vec();
                (Rowset::MyPermissions(arguments), columns)
            }
            "openjson"
            | "openxml"
            | "openrowset"
            | "openquery"
            | "fn_builtin_permissions"
            | "fn_helpcollations"
            | "fn_listextendedproperty" => return Err(not_built(call.name.object())),
            _ => return Err(sql_error!(208, call.name.object())),
        };
        let name = alias.map_or(call.name.object(), |alias| &alias.name);
        let columns = if names.is_empty() { columns } else { renamed(columns, names, name)? };
        Ok(BoundFrom::one(Plan::Rowset(rowset), name, columns))
    }

    fn string_split(
        &self,
        call: &FunctionCall,
        lateral: &Scope<'_>,
    ) -> Result<(Rowset, Vec<Column>), SqlError> {
        check_arity("string_split", call.arguments.len(), (2, 3))?;
        let mut arguments = self.arguments(call, (2, 3), lateral)?.into_iter();
        let (Some(text), Some(separator)) = (arguments.next(), arguments.next()) else {
            return Err(sql_error!(189, "string_split", 2, 3));
        };
        let ordinal = arguments.next().is_some_and(|flag| is_one(&flag));
        let sql_type = if text.sql_type.family().is_string() { text.sql_type } else { SqlType::NVARCHAR_MAX };
        let (text, separator) = (coerce(text, sql_type)?, coerce(separator, SqlType::NVARCHAR_MAX)?);
        let mut columns = vec![Column::new("value", sql_type, true)];
        if ordinal {
            columns.push(Column::new("ordinal", SqlType::BigInt, false));
        }
        Ok((Rowset::StringSplit { text, separator, ordinal }, columns))
    }
}

fn is_one(flag: &Scalar) -> bool {
    use crate::query::scalar::ScalarKind::Constant;
    matches!(flag.kind, Constant(Value::Int(1) | Value::Bit(true)))
}

/// 1015: an aggregate in an ON clause.
fn no_aggregate(error: SqlError) -> SqlError {
    if error.number == 147 { sql_error!(1015).at_line(error.line) } else { error }
}

fn join(
    left: BoundFrom,
    right: BoundFrom,
    kind: plan::JoinKind,
    on: Option<crate::query::scalar::Predicate>,
) -> BoundFrom {
    let (left_width, right_width) = (left.width(), right.width());
    let keeps_left = matches!(kind, plan::JoinKind::Left | plan::JoinKind::Full);
    let keeps_right = matches!(kind, plan::JoinKind::Right | plan::JoinKind::Full);
    let left_sources = if keeps_right { nullable(left.sources) } else { left.sources };
    let sources = beside(left_sources, right.sources, keeps_left);
    let join = plan::Join { left: left.plan, right: right.plan, kind, on, left_width, right_width };
    BoundFrom { plan: Plan::Join(Box::new(join)), sources }
}

/// The sources of a joined row; those of the right side may be missing.
fn beside(mut left: Vec<Source>, right: Vec<Source>, may_lack_right: bool) -> Vec<Source> {
    left.extend(if may_lack_right { nullable(right) } else { right });
    left
}

fn nullable(sources: Vec<Source>) -> Vec<Source> {
    let column = |column: &Column| Column { nullable: true, ..column.clone() };
    let source = |source: Source| {
        let columns: Arc<[Column]> = source.columns.iter().map(column).collect();
        Source { columns, ..source }
    };
    sources.into_iter().map(source).collect()
}

/// Two sources need two names: 1011, or 1013 where the names are the objects' own.
fn check_names(sources: &[Source]) -> Result<(), SqlError> {
    for (index, source) in sources.iter().enumerate() {
        let same = |other: &&Source| {
            same_name(&other.name, &source.name)
                && (other.qualifiers == source.qualifiers
                    || other.qualifiers.is_empty()
                    || source.qualifiers.is_empty())
        };
        let Some(other) = sources[..index].iter().find(same).filter(|other| !other.name.is_empty()) else {
            continue;
        };
        return Err(match (&other.qualifiers[..], &source.qualifiers[..]) {
            ([], []) => sql_error!(1011, source.name),
            _ => sql_error!(1013, other.name, source.name),
        });
    }
    Ok(())
}

/// Rows, and the type of each column with whether it may be NULL.
type UnifiedRows = (Vec<Vec<Scalar>>, Vec<(SqlType, bool)>);

/// Rows whose columns have one type each, with those types; 10709 for rows of different length.
fn unified(rows: Vec<Vec<Scalar>>) -> Result<UnifiedRows, SqlError> {
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return Err(sql_error!(10709));
    }
    let column = |index: usize| {
        let values = || rows.iter().map(move |row| &row[index]);
        let sql_type = meeting_type(values()).unwrap_or(SqlType::Int);
        (sql_type, values().any(|value| value.nullable))
    };
    let types: Vec<(SqlType, bool)> = (0..width).map(column).collect();
    let convert = |row: Vec<Scalar>| {
        row.into_iter().zip(&types).map(|(value, (sql_type, _))| coerce(value, *sql_type)).collect()
    };
    let rows = rows.into_iter().map(convert).collect::<Result<_, SqlError>>()?;
    Ok((rows, types))
}
