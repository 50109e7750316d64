//! Expressions that begin with a name: columns, functions, methods, CASE, CAST and their kin.

use crate::ast::{Expr, ExprKind, FrameBound, FunctionCall, ObjectName, Over, WindowFrame};
use crate::errors::{Parsed, not_built};
use crate::grammar::data_type::UNSIZED_IN_CAST;
use crate::parser::Parser;

/// Methods of an xml column. Names of xml methods are case-sensitive.
const XML_METHODS: &[&str] = &["value", "query", "exist", "nodes", "modify"];

/// Reserved words that are functions.
const RESERVED_FUNCTIONS: &[&str] = &["COALESCE", "NULLIF", "LEFT", "RIGHT", "IDENTITY"];

/// Functions without parentheses.
const NILADIC: &[&str] = &[
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "SESSION_USER",
    "SYSTEM_USER",
    "USER",
    "CURRENT_DATE",
    "CURRENT_TIME",
];

impl Parser<'_> {
    /// An expression that begins with a reserved word.
    pub(crate) fn keyword_expr(&mut self) -> Parsed<ExprKind> {
        if self.eat("CASE") {
            return self.case();
        }
        if let Some(name) = self.eat_any(&["CONVERT", "TRY_CONVERT"]) {
            return self.convert(name == "TRY_CONVERT");
        }
        if RESERVED_FUNCTIONS.iter().any(|name| self.is_at(0, name)) && self.is_at(1, "(") {
            let name = self.ident_or_keyword()?;
            return self.function(ObjectName { parts: vec![name] });
        }
        if NILADIC.iter().any(|name| self.is_at(0, name)) {
            let name = self.ident_or_keyword()?;
            return Ok(ExprKind::Function(Box::new(plain_call(
                ObjectName { parts: vec![name] },
                Vec::new(),
            ))));
        }
        if self.at("IDENTITYCOL") || self.at("ROWGUIDCOL") {
            let name = self.ident_or_keyword()?;
            return Ok(ExprKind::Column(ObjectName { parts: vec![name] }));
        }
        self.unexpected()
    }

    /// An expression that begins with an identifier.
    pub(crate) fn named(&mut self) -> Parsed<ExprKind> {
        if self.is_at(1, "(") {
            if let Some(kind) = self.special_function()? {
                return Ok(kind);
            }
        } else if self.eat("NEXT VALUE FOR") {
            return self.next_value();
        }
        let start = self.position();
        let name = self.object_name()?;
        if self.at("::") {
            return not_built("CLR type method");
        }
        if !self.at("(") {
            return Ok(ExprKind::Column(name));
        }
        if name.parts.len() > 1 && XML_METHODS.contains(&name.object()) {
            return self.column_method(start, name);
        }
        self.function(name)
    }

    /// The method of a column: the last part of what looked like a function's name.
    fn column_method(&mut self, start: usize, mut name: ObjectName) -> Parsed<ExprKind> {
        let Some(method) = name.parts.pop() else { return self.unexpected() };
        let span = self.span_between(start, self.position() - 2);
        let target = Box::new(Expr { line: name.line(), span, kind: ExprKind::Column(name) });
        Ok(ExprKind::Method { target, method, arguments: self.arguments()? })
    }

    fn special_function(&mut self) -> Parsed<Option<ExprKind>> {
        const SPECIAL: &[&str] = &["CAST", "TRY_CAST", "PARSE", "TRY_PARSE", "IIF", "TRIM"];
        if self.peek().kind == crate::token::TokenKind::QuotedName {
            return Ok(None);
        }
        Ok(match SPECIAL.iter().find(|name| self.is_at(0, name)) {
            Some(&"TRIM") => self.trim()?,
            Some(&"IIF") => {
                self.advance();
                Some(self.iif()?)
            }
            Some(name) => {
                self.advance();
                Some(self.cast(name)?)
            }
            None => None,
        })
    }

    /// `CAST(operand AS type)`, `PARSE(operand AS type [USING culture])` and their TRY forms.
    fn cast(&mut self, name: &str) -> Parsed<ExprKind> {
        self.expect("(")?;
        let operand = self.boxed_expr()?;
        self.expect("AS")?;
        let data_type = self.data_type(UNSIZED_IN_CAST)?;
        let is_try = name.starts_with("TRY_");
        if name.ends_with("CAST") {
            self.expect(")")?;
            return Ok(ExprKind::Cast { operand, data_type, is_try });
        }
        let culture = self.opt("USING", Parser::boxed_expr)?;
        self.expect(")")?;
        Ok(ExprKind::Parse { operand, data_type, culture, is_try })
    }

    fn convert(&mut self, is_try: bool) -> Parsed<ExprKind> {
        self.expect("(")?;
        let data_type = self.data_type(UNSIZED_IN_CAST)?;
        self.expect(",")?;
        let operand = self.boxed_expr()?;
        let style = self.opt(",", Parser::boxed_expr)?;
        self.expect(")")?;
        Ok(ExprKind::Convert { data_type, operand, style, is_try })
    }

    fn iif(&mut self) -> Parsed<ExprKind> {
        self.expect("(")?;
        let condition = Box::new(self.condition()?);
        self.expect(",")?;
        let then = self.boxed_expr()?;
        self.expect(",")?;
        let otherwise = self.boxed_expr()?;
        self.expect(")")?;
        Ok(ExprKind::Iif { condition, then, otherwise })
    }

    /// `TRIM([LEADING|TRAILING|BOTH] [characters FROM] text)`; the plain form is a function like any other.
    /// With FROM the arguments are text and characters, and LEADING and TRAILING are LTRIM and RTRIM.
    fn trim(&mut self) -> Parsed<Option<ExprKind>> {
        let mut name = self.ident()?;
        self.expect("(")?;
        match self.eat_any(&["LEADING", "TRAILING", "BOTH"]) {
            Some("LEADING") => name.name = "LTRIM".to_owned(),
            Some("TRAILING") => name.name = "RTRIM".to_owned(),
            _ => {}
        }
        let mut arguments = vec![self.expr()?];
        if self.eat("FROM") {
            arguments.insert(0, self.expr()?);
        }
        self.expect(")")?;
        Ok(Some(ExprKind::Function(Box::new(plain_call(ObjectName { parts: vec![name] }, arguments)))))
    }

    fn case(&mut self) -> Parsed<ExprKind> {
        if self.at("WHEN") {
            let branches = self.branches(Parser::condition)?;
            return Ok(ExprKind::SearchedCase { branches, otherwise: self.case_end()? });
        }
        let operand = self.boxed_expr()?;
        let branches = self.branches(Parser::expr)?;
        Ok(ExprKind::SimpleCase { operand, branches, otherwise: self.case_end()? })
    }

    fn branches<T>(&mut self, when: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<(T, Expr)>> {
        let mut branches = Vec::new();
        while branches.is_empty() || self.at("WHEN") {
            self.expect("WHEN")?;
            let when = when(self)?;
            self.expect("THEN")?;
            branches.push((when, self.expr()?));
        }
        Ok(branches)
    }

    fn case_end(&mut self) -> Parsed<Option<Box<Expr>>> {
        let otherwise = self.opt("ELSE", Parser::boxed_expr)?;
        self.expect("END")?;
        Ok(otherwise)
    }

    fn next_value(&mut self) -> Parsed<ExprKind> {
        let sequence = self.object_name()?;
        let order_by = match self.eat("OVER (") {
            true => {
                let order_by = self.order_by()?;
                self.expect(")")?;
                order_by
            }
            false => Vec::new(),
        };
        Ok(ExprKind::NextValueFor { sequence, order_by })
    }

    fn function(&mut self, name: ObjectName) -> Parsed<ExprKind> {
        self.function_call(name).map(|call| ExprKind::Function(Box::new(call)))
    }

    /// Arguments and everything after them.
    pub(crate) fn function_call(&mut self, name: ObjectName) -> Parsed<FunctionCall> {
        if let [only] = name.parts.as_slice()
            && ["JSON_OBJECT", "JSON_OBJECTAGG"].iter().any(|json| only.is(json))
        {
            return not_built(only.name.to_ascii_uppercase());
        }
        self.expect("(")?;
        let mut call = plain_call(name, Vec::new());
        call.star = self.at("* )") && self.eat("*");
        call.distinct = self.eat("DISTINCT");
        self.skip("ALL");
        if !call.star && !self.at(")") {
            call.arguments = self.list(Parser::expr_or_default)?;
        }
        self.expect(")")?;
        if self.eat("WITHIN GROUP (") {
            call.within_group = self.order_by()?;
            self.expect(")")?;
        }
        self.skip("RESPECT NULLS");
        if self.at("IGNORE NULLS") {
            return not_built("IGNORE NULLS");
        }
        if self.eat("OVER") {
            call.over = Some(self.over()?);
        }
        Ok(call)
    }

    /// An expression or DEFAULT (`dbo.f(DEFAULT)`, `VALUES (DEFAULT)`).
    pub(crate) fn expr_or_default(&mut self) -> Parsed<Expr> {
        let start = self.position();
        if self.eat("DEFAULT") { Ok(self.expr_from(start, ExprKind::Default)) } else { self.expr() }
    }

    fn over(&mut self) -> Parsed<Over> {
        if !self.at("(")
            || crate::parser::is_name(self.peek_at(1).kind)
                && !self.is_at(1, "PARTITION")
                && !self.is_at_frame()
        {
            return not_built("WINDOW");
        }
        self.expect("(")?;
        let partition_by = if self.eat("PARTITION BY") { self.list(Parser::expr)? } else { Vec::new() };
        let order_by = if self.at("ORDER") { self.order_by()? } else { Vec::new() };
        let frame = match self.eat_any(&["ROWS", "RANGE"]) {
            Some(word) => Some(self.window_frame(word == "ROWS")?),
            None => None,
        };
        self.expect(")")?;
        Ok(Over { partition_by, order_by, frame })
    }

    fn is_at_frame(&self) -> bool {
        self.is_at(1, "ROWS") || self.is_at(1, "RANGE")
    }

    fn window_frame(&mut self, rows: bool) -> Parsed<WindowFrame> {
        if !self.eat("BETWEEN") {
            return Ok(WindowFrame { rows, start: self.frame_bound()?, end: None });
        }
        let start = self.frame_bound()?;
        self.expect("AND")?;
        Ok(WindowFrame { rows, start, end: Some(self.frame_bound()?) })
    }

    fn frame_bound(&mut self) -> Parsed<FrameBound> {
        const FIXED: &[&str] = &["UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING", "CURRENT ROW"];
        match self.eat_any(FIXED) {
            Some("UNBOUNDED PRECEDING") => return Ok(FrameBound::UnboundedPreceding),
            Some("UNBOUNDED FOLLOWING") => return Ok(FrameBound::UnboundedFollowing),
            Some(_) => return Ok(FrameBound::CurrentRow),
            None => {}
        }
        let offset = self.expr()?;
        if self.eat("PRECEDING") {
            return Ok(FrameBound::Preceding(offset));
        }
        self.expect("FOLLOWING")?;
        Ok(FrameBound::Following(offset))
    }
}

fn plain_call(name: ObjectName, arguments: Vec<Expr>) -> FunctionCall {
    FunctionCall { name, distinct: false, star: false, arguments, within_group: Vec::new(), over: None }
}
