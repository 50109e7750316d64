//! What stands in a FROM clause.

use duologue_messages::sql_error;

use crate::ast::{
    ExprKind, Ident, Join, JoinKind, MentionRole, ObjectName, RowsetColumn, TableHint, TableSource,
    TableSourceKind, is_temp_table,
};
use crate::errors::{Parsed, not_built};
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;
use crate::token::TokenKind;

/// Hints that may stand in parentheses without WITH: `FROM t (NOLOCK)`.
const HINTS: &[&str] = &[
    "FASTFIRSTROW",
    "HOLDLOCK",
    "NOLOCK",
    "NOWAIT",
    "PAGLOCK",
    "READCOMMITTED",
    "READCOMMITTEDLOCK",
    "READPAST",
    "READUNCOMMITTED",
    "REPEATABLEREAD",
    "ROWLOCK",
    "SERIALIZABLE",
    "SNAPSHOT",
    "TABLOCK",
    "TABLOCKX",
    "UPDLOCK",
    "XLOCK",
    "INDEX",
];

/// Rowset functions that reach outside or search text.
const FOREIGN_ROWSETS: &[&str] = &[
    "OPENQUERY",
    "OPENROWSET",
    "OPENDATASOURCE",
    "CHANGETABLE",
    "PREDICT",
    "CONTAINSTABLE",
    "FREETEXTTABLE",
    "SEMANTICKEYPHRASETABLE",
    "SEMANTICSIMILARITYTABLE",
    "SEMANTICSIMILARITYDETAILSTABLE",
];

impl Parser<'_> {
    /// A table with its joins.
    pub(crate) fn table_source(&mut self) -> Parsed<TableSource> {
        let mut left = self.nested(Parser::table_primary)?;
        while let Some(kind) = self.opt_join_kind()? {
            left = self.join(left, kind)?;
        }
        Ok(left)
    }

    fn join(&mut self, left: TableSource, kind: JoinKind) -> Parsed<TableSource> {
        self.count_join()?;
        let line = left.line;
        let mut right = self.nested(Parser::table_primary)?;
        let conditional = !matches!(kind, JoinKind::Cross | JoinKind::CrossApply | JoinKind::OuterApply);
        if conditional {
            // `a JOIN b JOIN c ON … ON …`: what is joined before the first ON is the right side's.
            while !self.at("ON")
                && let Some(inner) = self.opt_join_kind()?
            {
                right = self.nested(|parser| parser.join(right, inner))?;
            }
        }
        let on = if conditional {
            self.expect("ON")?;
            Some(self.condition()?)
        } else {
            None
        };
        Ok(TableSource { line, kind: TableSourceKind::Join(Box::new(Join { kind, left, right, on })) })
    }

    /// The words of a join, with a join hint or not.
    fn opt_join_kind(&mut self) -> Parsed<Option<JoinKind>> {
        const CROSS: &[(&str, JoinKind)] = &[
            ("CROSS JOIN", JoinKind::Cross),
            ("CROSS APPLY", JoinKind::CrossApply),
            ("OUTER APPLY", JoinKind::OuterApply),
        ];
        if let Some((_, kind)) = CROSS.iter().find(|(words, _)| self.at(words)) {
            self.expect_one(&["CROSS JOIN", "CROSS APPLY", "OUTER APPLY"])?;
            return Ok(Some(*kind));
        }
        let kind = match self.eat_any(&["JOIN", "INNER", "LEFT", "RIGHT", "FULL"]) {
            Some("JOIN") => return Ok(Some(JoinKind::Inner)),
            Some("INNER") => JoinKind::Inner,
            Some("LEFT") => JoinKind::Left,
            Some("RIGHT") => JoinKind::Right,
            Some(_) => JoinKind::Full,
            None => return Ok(None),
        };
        if kind != JoinKind::Inner {
            self.skip("OUTER");
        }
        self.eat_any(&["LOOP", "HASH", "MERGE", "REMOTE"]);
        self.expect("JOIN")?;
        Ok(Some(kind))
    }

    fn table_primary(&mut self) -> Parsed<TableSource> {
        let line = self.line();
        let kind = if self.at("(") {
            self.table_in_parentheses()
        } else if self.at_variable() {
            self.variable_source()
        } else if let Some(name) = self.eat_any(FOREIGN_ROWSETS) {
            not_built(name)
        } else {
            self.named_source()
        };
        if let Some(operator) = self.eat_any(&["PIVOT", "UNPIVOT"]) {
            return not_built(operator);
        }
        kind.map(|kind| TableSource { line, kind })
    }

    fn table_in_parentheses(&mut self) -> Parsed<TableSourceKind> {
        if self.at("( VALUES") {
            return self.values_source();
        }
        if self.at_subquery() {
            let query = self.subquery()?;
            let (alias, columns) = self.table_alias()?;
            return Ok(TableSourceKind::Derived { query, alias, columns });
        }
        if self.at("( INSERT") || self.at("( UPDATE") || self.at("( DELETE") || self.at("( MERGE") {
            return not_built("data change statement in FROM");
        }
        self.expect("(")?;
        let inner = self.table_source()?;
        self.expect(")")?;
        Ok(inner.kind)
    }

    fn values_source(&mut self) -> Parsed<TableSourceKind> {
        self.expect("( VALUES")?;
        let rows = self.list(Parser::row)?;
        self.expect(")")?;
        let (alias, columns) = self.table_alias()?;
        Ok(TableSourceKind::Values { rows, alias, columns })
    }

    fn variable_source(&mut self) -> Parsed<TableSourceKind> {
        let start = self.position();
        let is_value = self.is_at(1, ".") && self.is_at(2, "NODES");
        let role = if is_value { MentionRole::Scalar } else { MentionRole::Table };
        let name = self.mention(role)?.name;
        if is_value && self.at(". NODES (") {
            let target = Box::new(self.expr_from(start, ExprKind::Variable(name)));
            self.expect(".")?;
            let method = self.ident()?;
            let arguments = self.arguments()?;
            let call = self.expr_from(start, ExprKind::Method { target, method, arguments });
            let (alias, columns) = self.table_alias()?;
            return Ok(TableSourceKind::Nodes { call, alias, columns });
        }
        let mut hints = self.table_hints()?;
        let alias = self.opt_alias()?;
        hints.append(&mut self.table_hints()?);
        Ok(TableSourceKind::Variable { name, alias, hints })
    }

    fn named_source(&mut self) -> Parsed<TableSourceKind> {
        let start = self.position();
        // Old scripts call system functions as `::fn_…`.
        self.skip("::");
        let name = if self.at("OPENXML (") {
            self.ident_or_keyword().map(|ident| ObjectName { parts: vec![ident] })?
        } else {
            self.object_name()?
        };
        if self.at("(") && !self.at_bare_hints() {
            return self.function_source(start, name);
        }
        let mut hints = self.table_hints()?;
        if self.at("FOR SYSTEM_TIME") || self.at("TABLESAMPLE") {
            return not_built(if self.at("FOR") { "FOR SYSTEM_TIME" } else { "TABLESAMPLE" });
        }
        let alias = self.opt_alias()?;
        if self.at("TABLESAMPLE") {
            return not_built("TABLESAMPLE");
        }
        hints.append(&mut self.table_hints()?);
        if is_temp_table(&name) {
            return Ok(TableSourceKind::Variable { name: name.object().to_owned(), alias, hints });
        }
        Ok(TableSourceKind::Table { name, alias, hints })
    }

    fn function_source(&mut self, start: usize, mut name: ObjectName) -> Parsed<TableSourceKind> {
        if name.parts.len() > 1 && name.object() == "nodes" {
            let Some(method) = name.parts.pop() else { return self.unexpected() };
            let line = name.line();
            let span = self.span_between(start, self.position() - 2);
            let target = Box::new(crate::ast::Expr { line, span, kind: ExprKind::Column(name) });
            let arguments = self.arguments()?;
            let call = self.expr_from(start, ExprKind::Method { target, method, arguments });
            let (alias, columns) = self.table_alias()?;
            return Ok(TableSourceKind::Nodes { call, alias, columns });
        }
        let call = self.function_call(name)?;
        let schema = if self.at("WITH (") && !self.is_hint_at(2) {
            self.advance();
            self.parenthesized(Parser::rowset_column)?
        } else {
            self.table_hints()?;
            Vec::new()
        };
        let (alias, columns) = self.table_alias()?;
        Ok(TableSourceKind::Function { call, schema, alias, columns })
    }

    fn rowset_column(&mut self) -> Parsed<RowsetColumn> {
        let name = self.ident()?;
        let data_type = self.data_type(UNSIZED)?;
        if self.at("COLLATE") {
            return not_built("COLLATE in a rowset's schema");
        }
        let path = if self.at_string() { Some(self.string()?) } else { None };
        Ok(RowsetColumn { name, data_type, path, as_json: self.eat("AS JSON") })
    }

    /// `[AS] alias [(columns)]`.
    fn table_alias(&mut self) -> Parsed<(Option<Ident>, Vec<Ident>)> {
        let alias = self.opt_alias()?;
        let columns = if alias.is_some() { self.opt_parenthesized(Parser::ident)? } else { Vec::new() };
        Ok((alias, columns))
    }

    /// `( expr, … )` of a VALUES constructor.
    pub(crate) fn row(&mut self) -> Parsed<Vec<crate::ast::Expr>> {
        self.parenthesized(Parser::expr_or_default)
    }

    fn is_hint_at(&self, n: usize) -> bool {
        HINTS.iter().any(|hint| self.is_at(n, hint))
    }

    /// `(NOLOCK)` and the like, which looks like a function's argument list.
    fn at_bare_hints(&self) -> bool {
        self.at("(") && self.is_hint_at(1) && [")", ",", "(", "="].iter().any(|after| self.is_at(2, after))
    }

    /// `WITH (hint [,] …)`, `(hint, …)` or nothing.
    pub(crate) fn table_hints(&mut self) -> Parsed<Vec<TableHint>> {
        let after_with = self.peek_at(1).kind;
        if self.at("WITH")
            && matches!(after_with, TokenKind::Word { .. } | TokenKind::QuotedName)
            && !self.is_at(1, "CHECK")
        {
            // The table is followed by what was meant to be a common table expression.
            self.advance();
            return Err(sql_error!(336, self.near()).at_line(self.line()).into());
        }
        let opened = self.eat("WITH (") || (self.at_bare_hints() && self.eat("("));
        if !opened {
            return Ok(Vec::new());
        }
        let mut hints = vec![self.table_hint()?];
        while !self.eat(")") {
            self.skip(",");
            hints.push(self.table_hint()?);
        }
        Ok(hints)
    }

    fn table_hint(&mut self) -> Parsed<TableHint> {
        let name = self.ident_or_keyword()?.name.to_ascii_uppercase();
        let arguments = if self.eat("=") {
            vec![self.hint_argument()?]
        } else {
            self.opt_parenthesized(Parser::hint_argument)?
        };
        Ok(TableHint { name, arguments })
    }

    fn hint_argument(&mut self) -> Parsed<crate::ast::Expr> {
        if self.at_ident() {
            return self.word_as_text();
        }
        if self.at("(") {
            self.expect("(")?;
            let argument = self.hint_argument()?;
            self.expect(")")?;
            return Ok(argument);
        }
        self.expr()
    }
}
