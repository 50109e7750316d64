//! Queries: WITH, SELECT, set operations, ORDER BY, OPTION.

use crate::ast::{
    AssignOperator, BinaryOperator, CommonTable, GroupBy, GroupingElement, OrderItem, Query, QueryBody,
    QueryHint, Select, SelectItem, SelectStatement, SetOperand, SetOperator, Top, With, XmlNamespace,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `query [OPTION (…)]`; the WITH clause is already read.
    pub(crate) fn select_statement(&mut self, with: Option<With>) -> Parsed<SelectStatement> {
        let query = self.query()?;
        Ok(SelectStatement { with, query, options: self.query_hints()? })
    }

    /// `[WITH …] query` in a view, function or cursor.
    pub(crate) fn defining_query(&mut self) -> Parsed<SelectStatement> {
        let with = self.opt_with()?;
        self.select_statement(with)
    }

    /// Whether a query in parentheses comes next, however many parentheses there are: `((SELECT 1) UNION …)`
    /// is one, `((SELECT 1) + 1)` is not.
    pub(crate) fn at_subquery(&self) -> bool {
        let mut opening = 0;
        while self.is_at(opening, "(") {
            opening += 1;
        }
        opening > 0 && self.is_at(opening, "SELECT") && (opening == 1 || self.closes_into_query(opening))
    }

    /// Whether after each of the `opening` parentheses but the outermost a query goes on or ends.
    fn closes_into_query(&self, opening: usize) -> bool {
        let (mut depth, mut leading, mut n) = (opening, opening, opening);
        loop {
            match self.peek_at(n).kind {
                TokenKind::Symbol("(") => depth += 1,
                TokenKind::Symbol(")") => depth -= 1,
                TokenKind::End => return true,
                _ => {}
            }
            n += 1;
            if depth == 0 {
                return true;
            }
            if depth < leading {
                leading = depth;
                if ![")", "UNION", "EXCEPT", "INTERSECT", "ORDER"].iter().any(|word| self.is_at(n, word)) {
                    return false;
                }
            }
        }
    }

    /// `( query )`.
    pub(crate) fn subquery(&mut self) -> Parsed<Box<Query>> {
        self.expect("(")?;
        let query = self.boxed_query()?;
        self.expect(")")?;
        Ok(query)
    }

    /// A query expression with ORDER BY and FOR.
    pub(crate) fn query(&mut self) -> Parsed<Query> {
        self.boxed_query().map(|query| *query)
    }

    /// Boxed at once, because a query is large and queries nest.
    pub(crate) fn boxed_query(&mut self) -> Parsed<Box<Query>> {
        let (start, line) = (self.position(), self.line());
        let body = self.query_body()?;
        let mut query = Box::new(Query {
            line,
            span: 0..0,
            body,
            order_by: Vec::new(),
            offset: None,
            fetch: None,
            for_clause: None,
        });
        if self.at("ORDER BY") {
            query.order_by = self.order_by()?;
            self.offset_and_fetch(&mut query)?;
        }
        query.for_clause = self.opt_for_clause()?;
        query.span = self.span_from(start);
        Ok(query)
    }

    /// `OFFSET n ROWS [FETCH NEXT m ROWS ONLY]` or nothing.
    fn offset_and_fetch(&mut self, query: &mut Query) -> Parsed<()> {
        if !self.eat("OFFSET") {
            return Ok(());
        }
        query.offset = Some(self.expr()?);
        self.expect_one(&["ROWS", "ROW"])?;
        if self.eat_any(&["FETCH NEXT", "FETCH FIRST"]).is_some() {
            query.fetch = Some(self.expr()?);
            self.expect_one(&["ROWS", "ROW"])?;
            self.expect("ONLY")?;
        }
        Ok(())
    }

    fn query_body(&mut self) -> Parsed<QueryBody> {
        let first = self.intersection()?;
        let mut rest = Vec::new();
        while let Some(word) = self.eat_any(&["UNION ALL", "UNION", "EXCEPT"]) {
            let operator = match word {
                "UNION ALL" => SetOperator::UnionAll,
                "UNION" => SetOperator::Union,
                _ => SetOperator::Except,
            };
            rest.push(SetOperand { operator, right: self.intersection()? });
        }
        Ok(set_operation(first, rest))
    }

    /// INTERSECT binds more tightly than UNION and EXCEPT.
    fn intersection(&mut self) -> Parsed<QueryBody> {
        let first = self.query_primary()?;
        let mut rest = Vec::new();
        while self.eat("INTERSECT") {
            rest.push(SetOperand { operator: SetOperator::Intersect, right: self.query_primary()? });
        }
        Ok(set_operation(first, rest))
    }

    fn query_primary(&mut self) -> Parsed<QueryBody> {
        if self.at("(") {
            return self.nested(Parser::subquery).map(QueryBody::Nested);
        }
        self.nested(Parser::select).map(QueryBody::Select)
    }

    fn select(&mut self) -> Parsed<Box<Select>> {
        let line = self.line();
        self.expect("SELECT")?;
        let mut select = Box::new(Select {
            line,
            distinct: self.eat("DISTINCT"),
            top: None,
            items: Vec::new(),
            into: None,
            from: Vec::new(),
            filter: None,
            group_by: None,
            having: None,
        });
        self.skip("ALL");
        select.top = self.opt_top()?;
        select.items = self.list(Parser::select_item)?;
        select.into = self.opt("INTO", Parser::object_name)?;
        if select.into.is_some() && self.eat("ON") {
            self.ident_or_string()?;
        }
        select.from = self.opt_from()?;
        select.filter = self.opt("WHERE", Parser::condition)?;
        select.group_by = self.opt("GROUP BY", Parser::group_by)?;
        select.having = self.opt("HAVING", Parser::condition)?;
        Ok(select)
    }

    /// `TOP (count) [PERCENT] [WITH TIES]`; the old form without parentheses takes a constant only.
    pub(crate) fn opt_top(&mut self) -> Parsed<Option<Top>> {
        if !self.eat("TOP") {
            return Ok(None);
        }
        let count = if self.at("(") {
            self.expect("(")?;
            let count = self.expr()?;
            self.expect(")")?;
            count
        } else {
            self.literal_or_variable()?
        };
        let percent = self.eat("PERCENT");
        Ok(Some(Top { count, percent, with_ties: self.eat("WITH TIES") }))
    }

    /// One item of a select list.
    pub(crate) fn select_item(&mut self) -> Parsed<SelectItem> {
        let line = self.line();
        if self.eat("*") {
            return Ok(SelectItem::Star { qualifier: None, line });
        }
        if self.at_variable()
            && let Some(operator) = self.assign_operator_at(1)
        {
            let variable = self.variable()?;
            self.advance();
            return Ok(SelectItem::Assign { variable, operator, value: self.expr()? });
        }
        if (self.at_ident() || self.at_string()) && self.is_at(1, "=") {
            let alias = self.ident_or_string()?;
            self.advance();
            return Ok(SelectItem::Expr { expr: self.expr()?, alias: Some(alias) });
        }
        if let Some(parts) = self.qualified_star() {
            let mut qualifier = self.ident().map(|ident| vec![ident])?;
            for _ in 1..parts {
                self.expect(".")?;
                qualifier.push(self.ident_or_keyword()?);
            }
            self.expect(". *")?;
            return Ok(SelectItem::Star {
                qualifier: Some(crate::ast::ObjectName { parts: qualifier }),
                line,
            });
        }
        let expr = self.expr()?;
        Ok(SelectItem::Expr { expr, alias: self.opt_column_alias()? })
    }

    /// The number of names before `.*`, if that is what comes.
    fn qualified_star(&self) -> Option<usize> {
        let mut n = 0;
        while self.at_ident() && n < 8 && self.is_at(n + 1, ".") {
            if self.is_at(n + 2, "*") {
                return Some(n / 2 + 1);
            }
            n += 2;
        }
        None
    }

    /// The assignment operator at the `n`th token.
    pub(crate) fn assign_operator_at(&self, n: usize) -> Option<AssignOperator> {
        let TokenKind::Symbol(symbol) = self.peek_at(n).kind else { return None };
        let operator = match symbol {
            "=" => return Some(AssignOperator::Assign),
            "+=" => BinaryOperator::Add,
            "-=" => BinaryOperator::Subtract,
            "*=" => BinaryOperator::Multiply,
            "/=" => BinaryOperator::Divide,
            "%=" => BinaryOperator::Modulo,
            "&=" => BinaryOperator::BitAnd,
            "|=" => BinaryOperator::BitOr,
            "^=" => BinaryOperator::BitXor,
            _ => return None,
        };
        Some(AssignOperator::Compound(operator))
    }

    /// Takes an assignment operator.
    pub(crate) fn assign_operator(&mut self) -> Parsed<AssignOperator> {
        let Some(operator) = self.assign_operator_at(0) else { return self.unexpected() };
        self.advance();
        Ok(operator)
    }

    fn group_by(&mut self) -> Parsed<GroupBy> {
        let all = self.eat("ALL");
        let mut elements = self.list(Parser::grouping_element)?;
        if let Some(word) = self.eat_any(&["WITH ROLLUP", "WITH CUBE"]) {
            let plain = elements.into_iter().filter_map(|element| match element {
                GroupingElement::Expr(expr) => Some(expr),
                _ => None,
            });
            let plain = plain.collect();
            let rolled = word.ends_with("ROLLUP");
            elements =
                vec![if rolled { GroupingElement::Rollup(plain) } else { GroupingElement::Cube(plain) }];
        }
        Ok(GroupBy { all, elements })
    }

    fn grouping_element(&mut self) -> Parsed<GroupingElement> {
        if self.eat("ROLLUP") {
            return self.parenthesized(Parser::grouping_column).map(GroupingElement::Rollup);
        }
        if self.eat("CUBE") {
            return self.parenthesized(Parser::grouping_column).map(GroupingElement::Cube);
        }
        if self.at("( )") {
            return not_built("GROUP BY ()");
        }
        if self.eat("GROUPING SETS") {
            return self.parenthesized(Parser::grouping_set).map(GroupingElement::GroupingSets);
        }
        self.expr().map(GroupingElement::Expr)
    }

    fn grouping_column(&mut self) -> Parsed<crate::ast::Expr> {
        if self.at("(") { not_built("composite element of ROLLUP or CUBE") } else { self.expr() }
    }

    fn grouping_set(&mut self) -> Parsed<Vec<crate::ast::Expr>> {
        if self.at_any(&["ROLLUP (", "CUBE ("]) {
            return not_built("ROLLUP or CUBE in GROUPING SETS");
        }
        if self.at("(") { self.arguments() } else { self.expr().map(|expr| vec![expr]) }
    }

    /// `ORDER BY expr [ASC|DESC], …`.
    pub(crate) fn order_by(&mut self) -> Parsed<Vec<OrderItem>> {
        self.expect("ORDER BY")?;
        self.list(|parser| {
            let expr = parser.expr()?;
            Ok(OrderItem { expr, descending: parser.eat_any(&["ASC", "DESC"]) == Some("DESC") })
        })
    }

    /// `WITH …` or nothing.
    pub(crate) fn opt_with(&mut self) -> Parsed<Option<With>> {
        if !self.eat("WITH") {
            return Ok(None);
        }
        if self.at("CHANGE_TRACKING_CONTEXT") {
            return not_built("WITH CHANGE_TRACKING_CONTEXT");
        }
        let mut with = With::default();
        if self.eat("XMLNAMESPACES") {
            with.xml_namespaces = self.parenthesized(Parser::xml_namespace)?;
            if !self.eat(",") {
                return Ok(Some(with));
            }
        }
        with.common_tables = self.list(Parser::common_table)?;
        Ok(Some(with))
    }

    fn xml_namespace(&mut self) -> Parsed<XmlNamespace> {
        if self.eat("DEFAULT") {
            return Ok(XmlNamespace { uri: self.string()?, prefix: None });
        }
        let uri = self.string()?;
        self.expect("AS")?;
        Ok(XmlNamespace { uri, prefix: Some(self.ident()?) })
    }

    fn common_table(&mut self) -> Parsed<CommonTable> {
        let name = self.ident()?;
        let columns = self.opt_parenthesized(Parser::ident)?;
        self.expect("AS")?;
        Ok(CommonTable { name, columns, query: *self.subquery()? })
    }

    /// `OPTION (hint, …)` or nothing.
    pub(crate) fn query_hints(&mut self) -> Parsed<Vec<QueryHint>> {
        if self.eat("OPTION") { self.parenthesized(Parser::query_hint) } else { Ok(Vec::new()) }
    }

    fn query_hint(&mut self) -> Parsed<QueryHint> {
        if self.at("USE") || self.at("TABLE HINT") || self.at("OPTIMIZE FOR (") {
            return not_built("OPTION (… hint with a list …)");
        }
        let mut words = vec![self.ident_or_keyword()?.name.to_ascii_uppercase()];
        while matches!(self.peek().kind, TokenKind::Word { .. }) {
            words.push(self.ident_or_keyword()?.name.to_ascii_uppercase());
        }
        self.skip("=");
        let value = if self.at_literal() { Some(self.expr()?) } else { None };
        Ok(QueryHint { name: words.join(" "), value })
    }

    /// One of `choices`, or fails.
    pub(crate) fn expect_one<'c>(&mut self, choices: &[&'c str]) -> Parsed<&'c str> {
        match self.eat_any(choices) {
            Some(choice) => Ok(choice),
            None => self.unexpected(),
        }
    }
}

fn set_operation(first: QueryBody, rest: Vec<SetOperand>) -> QueryBody {
    if rest.is_empty() { first } else { QueryBody::SetOperation { first: Box::new(first), rest } }
}
