//! INSERT, UPDATE, DELETE and OUTPUT.

use crate::ast::{
    Assignment, Delete, DmlFilter, DmlTarget, DmlTargetKind, Ident, Insert, InsertSource, MentionRole,
    Output, OutputInto, StatementKind, TableSource, Update, With, data_target,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn insert(&mut self, with: Option<With>) -> Parsed<StatementKind> {
        self.expect("INSERT")?;
        if self.eat("BULK") {
            return not_built("INSERT BULK");
        }
        let top = self.opt_top()?;
        self.skip("INTO");
        let target = self.dml_target()?;
        let columns = match self.at("(") && !self.at_subquery() {
            true => self.parenthesized(Parser::insert_column)?,
            false => Vec::new(),
        };
        let output = self.output_clauses()?;
        let source = self.insert_source()?;
        let options = self.query_hints()?;
        Ok(StatementKind::Insert(Box::new(Insert { with, top, target, columns, output, source, options })))
    }

    /// A column that may be qualified with the table's name, which says nothing.
    fn insert_column(&mut self) -> Parsed<Ident> {
        let mut name = self.object_name()?;
        match name.parts.pop() {
            Some(column) => Ok(column),
            None => self.unexpected(),
        }
    }

    fn insert_source(&mut self) -> Parsed<InsertSource> {
        if self.eat("DEFAULT VALUES") {
            return Ok(InsertSource::DefaultValues);
        }
        if self.eat("VALUES") {
            return self.list(Parser::row).map(InsertSource::Values);
        }
        if self.at_any(&["EXEC", "EXECUTE"]) {
            return self.execute().map(|execute| InsertSource::Execute(Box::new(execute)));
        }
        if self.at("WITH") {
            return not_built("WITH inside INSERT");
        }
        self.boxed_query().map(InsertSource::Query)
    }

    /// A table or table variable with hints.
    pub(crate) fn dml_target(&mut self) -> Parsed<DmlTarget> {
        let line = self.line();
        let kind = if self.at_variable() {
            DmlTargetKind::Variable(self.mention(MentionRole::Table)?.name)
        } else if let Some(name) = self.eat_any(&["OPENQUERY", "OPENROWSET", "OPENDATASOURCE"]) {
            return not_built(name);
        } else {
            data_target(self.object_name()?)
        };
        Ok(DmlTarget { line, kind, hints: self.table_hints()? })
    }

    /// `OUTPUT items [INTO target [(columns)]]`, up to two of them.
    fn output_clauses(&mut self) -> Parsed<Vec<Output>> {
        let mut clauses = Vec::new();
        while clauses.len() < 2 && self.eat("OUTPUT") {
            let items = self.list(Parser::select_item)?;
            let into = self.opt("INTO", |parser| {
                let target = parser.dml_target()?;
                let columns = match parser.at_subquery() {
                    true => Vec::new(),
                    false => parser.opt_parenthesized(Parser::ident)?,
                };
                Ok(OutputInto { target, columns })
            })?;
            clauses.push(Output { items, into });
        }
        Ok(clauses)
    }

    pub(crate) fn update(&mut self, with: Option<With>) -> Parsed<StatementKind> {
        self.expect("UPDATE")?;
        let top = self.opt_top()?;
        let target = self.dml_target()?;
        self.expect("SET")?;
        let assignments = self.list(Parser::assignment)?;
        let output = self.output_clauses()?;
        let from = self.opt_from()?;
        let filter = self.dml_filter()?;
        let options = self.query_hints()?;
        let update = Update { with, top, target, assignments, output, from, filter, options };
        Ok(StatementKind::Update(Box::new(update)))
    }

    fn assignment(&mut self) -> Parsed<Assignment> {
        if self.at_variable() {
            return self.variable_assignment();
        }
        let mut column = self.object_name()?;
        if self.at("(") {
            let Some(method) = column.parts.pop().filter(|_| !column.parts.is_empty()) else {
                return self.unexpected();
            };
            return Ok(Assignment::Method { column, method, arguments: self.arguments()? });
        }
        let operator = self.assign_operator()?;
        Ok(Assignment::Column { column, operator, value: self.expr_or_default()? })
    }

    /// `@v = value` or `@v = column = value`.
    fn variable_assignment(&mut self) -> Parsed<Assignment> {
        let variable = self.variable()?;
        let operator = self.assign_operator()?;
        let mut n = 1;
        while self.is_at(n, ".") {
            n += 2;
        }
        if self.at_ident()
            && let Some(inner) = self.assign_operator_at(n)
        {
            let column = self.object_name()?;
            self.advance();
            let value = self.expr_or_default()?;
            return Ok(Assignment::VariableAndColumn { variable, column, operator: inner, value });
        }
        Ok(Assignment::Variable { variable, operator, value: self.expr()? })
    }

    pub(crate) fn delete(&mut self, with: Option<With>) -> Parsed<StatementKind> {
        self.expect("DELETE")?;
        let top = self.opt_top()?;
        self.skip("FROM");
        let target = self.dml_target()?;
        let output = self.output_clauses()?;
        let from = self.opt_from()?;
        let filter = self.dml_filter()?;
        let options = self.query_hints()?;
        Ok(StatementKind::Delete(Box::new(Delete { with, top, target, output, from, filter, options })))
    }

    pub(crate) fn opt_from(&mut self) -> Parsed<Vec<TableSource>> {
        if self.eat("FROM") { self.list(Parser::table_source) } else { Ok(Vec::new()) }
    }

    fn dml_filter(&mut self) -> Parsed<Option<DmlFilter>> {
        if self.eat("WHERE CURRENT OF") {
            return self.cursor_name().map(|cursor| Some(DmlFilter::CurrentOf(cursor)));
        }
        self.opt("WHERE", |parser| parser.condition().map(DmlFilter::Condition))
    }
}
