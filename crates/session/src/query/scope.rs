//! Which columns an expression may name, and what they are bound to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::ObjectName;
use duologue_types::{Collation, SqlType};

use super::plan::{Aggregate, Window};
use super::scalar::{Scalar, ScalarKind};

/// A column of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Empty for an expression without name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// How its text compares.
    pub collation: Collation,
    /// What its values are.
    pub kind: ColumnKind,
}

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnKind {
    /// Values of its type.
    Value,
    /// References to nodes that `nodes()` found: only methods may use them (493).
    Node,
    /// The number of a table's row: no expression names it, data statements find their rows by it.
    RowNumber,
}

impl Column {
    /// An ordinary column.
    pub fn new(name: impl Into<String>, sql_type: SqlType, nullable: bool) -> Self {
        Self {
            name: name.into(),
            sql_type,
            nullable,
            collation: Collation::default(),
            kind: ColumnKind::Value,
        }
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.kind != ColumnKind::RowNumber && same_name(&self.name, name)
    }
}

/// Identifiers of the default collation.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || (!(left.is_ascii() && right.is_ascii()) && left.to_lowercase() == right.to_lowercase())
}

/// One element of a FROM clause: a range of the row's values under a name.
#[derive(Clone, Debug)]
pub struct Source {
    /// Alias, or the object's own name.
    pub name: String,
    /// The object's schema and database where it is named without alias: `sys.services.name` refers to it.
    pub qualifiers: Vec<String>,
    /// Its columns.
    pub columns: Arc<[Column]>,
    /// Place of its first column in the row.
    pub offset: usize,
}

impl Source {
    /// A source that is found under `name` alone.
    pub fn new(name: impl Into<String>, columns: impl Into<Arc<[Column]>>) -> Self {
        Self { name: name.into(), qualifiers: Vec::new(), columns: columns.into(), offset: 0 }
    }

    /// Whether `[database.][schema.]name` means this source.
    pub(crate) fn matches(&self, qualifier: &[&str]) -> bool {
        let Some((name, outer)) = qualifier.split_last() else { return true };
        // Parts further out are compared from the schema outwards; parts that the source lacks don't match.
        same_name(&self.name, name)
            && outer.len() <= self.qualifiers.len()
            && outer
                .iter()
                .rev()
                .zip(&self.qualifiers)
                .all(|(part, own)| part.is_empty() || same_name(part, own))
    }
}

/// The sources that an expression sees, and those of the queries around it.
#[derive(Debug)]
pub struct Scope<'o> {
    /// In the order of the FROM clause.
    pub sources: Arc<Vec<Source>>,
    outer: Option<&'o Scope<'o>>,
    /// How many scopes are around it.
    level: usize,
    /// The outermost level in which a name was found since somebody asked: shared by all scopes of a statement.
    outermost: Rc<Cell<usize>>,
    /// The GROUP BY clause, where only what it groups by may be named.
    grouping: Option<RefCell<Grouping>>,
    /// Window functions of the select list and ORDER BY; `None` where they may not stand (4108).
    windows: Option<RefCell<Vec<Window>>>,
    /// An aggregate stands in a select list that is not grouped yet.
    wants_grouping: Cell<bool>,
}

/// What a grouped query groups by, and the aggregates it needs. A grouped row is the keys, then the aggregates.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    pub(crate) keys: Vec<Scalar>,
    pub(crate) aggregates: Vec<Aggregate>,
    /// Whether ungrouped columns are reported as of the select list (8120), HAVING (8121) or ORDER BY (8127).
    pub(crate) clause: Clause,
}

/// A clause of a grouped query.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Clause {
    #[default]
    SelectList,
    Having,
    OrderBy,
}

/// Where a name was found.
struct Found<'s> {
    depth: usize,
    index: usize,
    source: &'s Source,
    column: &'s Column,
    grouping: Option<&'s RefCell<Grouping>>,
}

impl<'o> Scope<'o> {
    /// The scope of a query whose sources stand one after the other in its rows.
    pub fn new(mut sources: Vec<Source>, outer: Option<&'o Scope<'o>>) -> Self {
        let mut offset = 0;
        for source in &mut sources {
            source.offset = offset;
            offset += source.columns.len();
        }
        Self {
            sources: Arc::new(sources),
            outer,
            level: outer.map_or(0, |outer| outer.level + 1),
            outermost: outer.map(|outer| outer.outermost.clone()).unwrap_or_default(),
            grouping: None,
            windows: None,
            wants_grouping: Cell::new(false),
        }
    }

    /// A scope without any column: expressions of SET, PRINT, IF.
    pub fn empty() -> Self {
        Self::new(Vec::new(), None)
    }

    /// The scope of rows of one rowset: a queue in RECEIVE, a table in UPDATE.
    pub fn of_rowset(name: &str, columns: impl Into<Arc<[Column]>>) -> Self {
        Self::new(vec![Source::new(name, columns)], None)
    }

    /// How many values a row has.
    pub fn width(&self) -> usize {
        self.sources.iter().map(|source| source.columns.len()).sum()
    }

    /// Runs `bind`, which binds a subquery, and tells whether the subquery names columns of this scope or of one
    /// further out.
    pub(crate) fn is_correlated<T>(&self, bind: impl FnOnce() -> T) -> (T, bool) {
        let before = self.outermost.replace(usize::MAX);
        let bound = bind();
        let found = self.outermost.get();
        self.outermost.set(found.min(before));
        (bound, found <= self.level)
    }

    /// The same sources where window functions are allowed.
    pub(crate) fn with_windows(&self) -> Self {
        Self { windows: Some(RefCell::default()), ..self.sharing() }
    }

    /// The same sources seen through a GROUP BY clause.
    pub(crate) fn grouped(&self, keys: Vec<Scalar>) -> Self {
        let grouping = Grouping { keys, ..Grouping::default() };
        Self { grouping: Some(RefCell::new(grouping)), ..self.with_windows() }
    }

    /// The same sources as the rows before grouping: what aggregates and WHERE see.
    pub(crate) fn ungrouped(&self) -> Self {
        self.sharing()
    }

    fn sharing(&self) -> Self {
        Self {
            sources: self.sources.clone(),
            outer: self.outer,
            level: self.level,
            outermost: self.outermost.clone(),
            grouping: None,
            windows: None,
            wants_grouping: Cell::new(false),
        }
    }

    pub(crate) fn grouping(&self) -> Option<&RefCell<Grouping>> {
        self.grouping.as_ref()
    }

    pub(crate) fn windows(&self) -> Option<&RefCell<Vec<Window>>> {
        self.windows.as_ref()
    }

    pub(crate) fn take_grouping(&self) -> Option<Grouping> {
        self.grouping.as_ref().map(RefCell::take)
    }

    pub(crate) fn take_windows(&self) -> Vec<Window> {
        self.windows.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Notes an aggregate where none may be: a select list is bound again, grouped.
    pub(crate) fn want_grouping(&self) {
        self.wants_grouping.set(true);
    }

    pub(crate) fn wants_grouping(&self) -> bool {
        self.wants_grouping.get()
    }

    pub(crate) fn enter_clause(&self, clause: Clause) {
        if let Some(grouping) = &self.grouping {
            grouping.borrow_mut().clause = clause;
        }
    }

    /// What a column name means here: 207, 209 or 4104 if nothing, or two things; 493 for a node outside methods.
    pub fn column(&self, name: &ObjectName) -> Result<Scalar, SqlError> {
        let (scalar, kind) = self.column_or_node(name)?;
        match kind {
            ColumnKind::Node => Err(sql_error!(493, name.object()).at_line(name.line())),
            _ => Ok(scalar),
        }
    }

    /// As [`Scope::column`], where a node may stand too.
    pub(crate) fn column_or_node(&self, name: &ObjectName) -> Result<(Scalar, ColumnKind), SqlError> {
        let parts: Vec<&str> = name.parts.iter().map(|part| part.name.as_str()).collect();
        let found = self.find(&parts).map_err(|error| error.at_line(name.line()))?;
        let column = found.column;
        let index = match found.grouping {
            Some(grouping) => {
                grouped_index(&grouping.borrow(), &found).map_err(|e| e.at_line(name.line()))?
            }
            None => found.index,
        };
        let scalar = Scalar {
            sql_type: column.sql_type,
            nullable: column.nullable,
            collation: column.collation,
            kind: ScalarKind::Column { depth: found.depth, index },
        };
        Ok((scalar, column.kind))
    }

    /// A column of one of this scope's sources.
    pub(crate) fn column_at(&self, source: &Source, index: usize) -> Result<Scalar, SqlError> {
        let column = &source.columns[index];
        let found = Found { depth: 0, index: source.offset + index, source, column, grouping: None };
        let place = match &self.grouping {
            Some(grouping) => grouped_index(&grouping.borrow(), &found)?,
            None => found.index,
        };
        if column.kind == ColumnKind::Node {
            return Err(sql_error!(493, column.name));
        }
        let kind = ScalarKind::Column { depth: 0, index: place };
        Ok(Scalar { sql_type: column.sql_type, nullable: column.nullable, collation: column.collation, kind })
    }

    /// The name of a column as its source writes it.
    pub(crate) fn declared_name(&self, name: &ObjectName) -> Option<String> {
        let parts: Vec<&str> = name.parts.iter().map(|part| part.name.as_str()).collect();
        self.find(&parts).ok().map(|found| found.column.name.clone())
    }

    /// The name `[[database.]schema.]source.]column`.
    fn find(&self, parts: &[&str]) -> Result<Found<'_>, SqlError> {
        let (column, qualifier) = parts.split_last().unwrap_or((&"", &[]));
        let mut scope = Some(self);
        let mut depth = 0;
        let mut knows_qualifier = qualifier.is_empty();
        while let Some(present) = scope {
            knows_qualifier |= present.sources.iter().any(|source| source.matches(qualifier));
            if let Some((source, index)) = present.own(qualifier, column)? {
                self.outermost.set(self.outermost.get().min(present.level));
                let column = &source.columns[index];
                let grouping = present.grouping();
                return Ok(Found { depth, index: source.offset + index, source, column, grouping });
            }
            scope = present.outer;
            depth += 1;
        }
        Err(match knows_qualifier {
            true => sql_error!(207, column),
            false => sql_error!(4104, parts.join(".")),
        })
    }

    fn own(&self, qualifier: &[&str], name: &str) -> Result<Option<(&Source, usize)>, SqlError> {
        let mut candidates =
            self.sources.iter().filter(|source| source.matches(qualifier)).flat_map(|source| {
                let named = source.columns.iter().enumerate().filter(|(_, column)| column.is_named(name));
                named.map(move |(index, _)| (source, index))
            });
        match (candidates.next(), candidates.next()) {
            (_, Some(_)) => Err(sql_error!(209, name)),
            (found, None) => Ok(found),
        }
    }
}

/// The place of a grouped column among the keys, or 8120, 8121, 8127.
fn grouped_index(grouping: &Grouping, found: &Found<'_>) -> Result<usize, SqlError> {
    let is_this = |key: &Scalar| key.kind == ScalarKind::Column { depth: 0, index: found.index };
    let (table, column) = (&found.source.name, &found.column.name);
    grouping.keys.iter().position(is_this).ok_or_else(|| match grouping.clause {
        Clause::SelectList => sql_error!(8120, table, column),
        Clause::Having => sql_error!(8121, table, column),
        Clause::OrderBy => sql_error!(8127, table, column),
    })
}
