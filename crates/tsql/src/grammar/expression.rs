//! Scalar expressions by precedence climbing. Inside parentheses of a condition nobody knows yet whether an
//! expression or a condition is coming, so one set of productions reads both as an [`Operand`].

use duologue_messages::sql_error;

use crate::ast::{BinaryOperator, Condition, Expr, ExprKind, UnaryOperator};
use crate::errors::Parsed;
use crate::parser::Parser;
use crate::token::TokenKind;

/// What a production over both languages found.
/// Boxed, because it passes through every frame of the deepest recursion.
pub(crate) enum Operand {
    Value(Box<Expr>),
    Truth(Box<Condition>),
}

/// Which of the two is acceptable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accept {
    Value,
    Either,
}

const ADDITIVE: u8 = 1;
const MULTIPLICATIVE: u8 = 2;

const OPERATORS: &[(&str, u8, BinaryOperator)] = &[
    ("+", ADDITIVE, BinaryOperator::Add),
    ("-", ADDITIVE, BinaryOperator::Subtract),
    ("&", ADDITIVE, BinaryOperator::BitAnd),
    ("|", ADDITIVE, BinaryOperator::BitOr),
    ("^", ADDITIVE, BinaryOperator::BitXor),
    ("*", MULTIPLICATIVE, BinaryOperator::Multiply),
    ("/", MULTIPLICATIVE, BinaryOperator::Divide),
    ("%", MULTIPLICATIVE, BinaryOperator::Modulo),
];

impl Parser<'_> {
    /// A scalar expression.
    pub(crate) fn expr(&mut self) -> Parsed<Expr> {
        self.boxed_expr().map(|boxed| *boxed)
    }

    /// A boxed scalar expression.
    pub(crate) fn boxed_expr(&mut self) -> Parsed<Box<Expr>> {
        match self.budgeted(|parser| parser.arithmetic(Accept::Value, ADDITIVE))? {
            Operand::Value(value) => Ok(value),
            Operand::Truth(_) => self.unexpected(),
        }
    }

    /// Operators of at least `level`; all are left-associative.
    pub(crate) fn arithmetic(&mut self, accept: Accept, level: u8) -> Parsed<Operand> {
        let start = self.position();
        let mut left = self.unary(accept)?;
        while let Some((operator, operator_level)) = self.binary_operator(level) {
            let Operand::Value(value) = left else { return self.unexpected() };
            self.count_operator()?;
            self.advance();
            let right = match self.arithmetic(Accept::Value, operator_level + 1)? {
                Operand::Value(right) => right,
                Operand::Truth(_) => return self.unexpected(),
            };
            left = self.value_from(start, ExprKind::Binary { operator, left: value, right });
        }
        Ok(left)
    }

    fn binary_operator(&self, level: u8) -> Option<(BinaryOperator, u8)> {
        let TokenKind::Symbol(symbol) = self.peek().kind else { return None };
        let found = OPERATORS.iter().find(|(text, ..)| *text == symbol)?;
        (found.1 >= level).then_some((found.2, found.1))
    }

    fn unary(&mut self, accept: Accept) -> Parsed<Operand> {
        let mut operators = Vec::new();
        while let Some(operator) = self.unary_operator() {
            operators.push((self.position(), operator));
            self.count_operator()?;
            self.advance();
        }
        if operators.is_empty() {
            return self.postfix(accept);
        }
        let Operand::Value(mut operand) = self.postfix(Accept::Value)? else { return self.unexpected() };
        while let Some((start, operator)) = operators.pop() {
            operand = Box::new(self.expr_from(start, ExprKind::Unary { operator, operand }));
        }
        Ok(Operand::Value(operand))
    }

    fn unary_operator(&self) -> Option<UnaryOperator> {
        match self.peek().kind {
            TokenKind::Symbol("+") => Some(UnaryOperator::Plus),
            TokenKind::Symbol("-") => Some(UnaryOperator::Minus),
            TokenKind::Symbol("~") => Some(UnaryOperator::BitNot),
            _ => None,
        }
    }

    /// Method calls, COLLATE and AT TIME ZONE after a primary.
    fn postfix(&mut self, accept: Accept) -> Parsed<Operand> {
        let start = self.position();
        let mut value = match self.nested(|parser| parser.primary(accept))? {
            Operand::Value(value) => value,
            truth @ Operand::Truth(_) => return Ok(truth),
        };
        while self.at_any(&[".", "COLLATE", "AT TIME ZONE"]) {
            match self.suffix(start, value)? {
                Ok(longer) => value = longer,
                Err(complete) => {
                    value = complete;
                    break;
                }
            }
        }
        Ok(Operand::Value(value))
    }

    /// One method call, COLLATE or AT TIME ZONE behind `value`; gives it back in `Err` if none comes.
    fn suffix(&mut self, start: usize, value: Box<Expr>) -> Parsed<Result<Box<Expr>, Box<Expr>>> {
        let kind = if self.at(".") {
            if !crate::parser::is_name(self.peek_at(1).kind) || !self.is_at(2, "(") {
                return Ok(Err(value));
            }
            self.advance();
            let method = self.ident()?;
            ExprKind::Method { target: value, method, arguments: self.arguments()? }
        } else if self.eat("COLLATE") {
            ExprKind::Collate { operand: value, collation: self.ident_or_keyword()? }
        } else {
            self.expect("AT TIME ZONE")?;
            let Operand::Value(zone) = self.nested(|parser| parser.primary(Accept::Value))? else {
                return self.unexpected();
            };
            ExprKind::AtTimeZone { operand: value, zone }
        };
        self.count_operator()?;
        Ok(Ok(Box::new(self.expr_from(start, kind))))
    }

    fn primary(&mut self, accept: Accept) -> Parsed<Operand> {
        if self.at("(") {
            return self.parentheses(accept);
        }
        let start = self.position();
        let kind = self.primary_kind()?;
        Ok(self.value_from(start, kind))
    }

    fn value_from(&self, start: usize, kind: ExprKind) -> Operand {
        Operand::Value(Box::new(self.expr_from(start, kind)))
    }

    fn parentheses(&mut self, accept: Accept) -> Parsed<Operand> {
        let start = self.position();
        if self.at_subquery() {
            let query = self.subquery()?;
            return Ok(self.value_from(start, ExprKind::Subquery(query)));
        }
        self.advance();
        let inner = match accept {
            Accept::Either => self.logical()?,
            Accept::Value => self.arithmetic(Accept::Value, ADDITIVE)?,
        };
        self.expect(")")?;
        let span = self.span_from(start);
        Ok(match inner {
            Operand::Value(mut value) => {
                value.span = span;
                Operand::Value(value)
            }
            Operand::Truth(mut condition) => {
                condition.span = span;
                Operand::Truth(condition)
            }
        })
    }

    fn primary_kind(&mut self) -> Parsed<ExprKind> {
        let token = self.peek();
        match token.kind {
            TokenKind::Variable => self.variable().map(|variable| ExprKind::Variable(variable.name)),
            TokenKind::SystemVariable => {
                self.advance();
                Ok(ExprKind::SystemVariable(self.token_text(token).to_ascii_uppercase()))
            }
            TokenKind::Word { .. } if self.at("NULL") => self.literal().map(ExprKind::Literal),
            TokenKind::Word { reserved: true } => self.keyword_expr(),
            TokenKind::Word { .. } | TokenKind::QuotedName => self.named(),
            TokenKind::Symbol("{") => self.odbc_escape(),
            _ if self.at_literal() => self.literal().map(ExprKind::Literal),
            _ => self.unexpected(),
        }
    }

    /// `{fn f(…)}`, `{ts '…'}`, `{d '…'}`, `{t '…'}`, `{guid '…'}`.
    fn odbc_escape(&mut self) -> Parsed<ExprKind> {
        self.expect("{")?;
        let kind = if self.eat("FN") {
            self.primary_kind()?
        } else {
            if self.eat_any(&["TS", "D", "T", "GUID"]).is_none() {
                return self.unexpected();
            }
            ExprKind::Literal(self.literal()?)
        };
        self.expect("}")?;
        Ok(kind)
    }

    /// An expression that began at token number `start` and ends with the last token taken.
    pub(crate) fn expr_from(&self, start: usize, kind: ExprKind) -> Expr {
        Expr { line: self.line_of(start), span: self.span_from(start), kind }
    }

    /// `( expr, … )`, possibly without any.
    pub(crate) fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect("(")?;
        if self.eat(")") {
            return Ok(Vec::new());
        }
        let arguments = self.list(Parser::expr)?;
        self.expect(")")?;
        Ok(arguments)
    }

    /// A literal or variable, with a sign if it is a number.
    pub(crate) fn literal_or_variable(&mut self) -> Parsed<Expr> {
        let start = self.position();
        if self.at_variable() {
            let name = self.variable()?.name;
            return Ok(self.expr_from(start, ExprKind::Variable(name)));
        }
        let operator = match self.eat_any(&["-", "+"]) {
            Some("-") => Some(UnaryOperator::Minus),
            Some(_) => Some(UnaryOperator::Plus),
            None => None,
        };
        let value = self.literal()?;
        let literal = self.expr_from(start, ExprKind::Literal(value));
        Ok(match operator {
            Some(operator) => self.expr_from(start, ExprKind::Unary { operator, operand: Box::new(literal) }),
            None => literal,
        })
    }

    /// The error for an expression where a condition must stand.
    pub(crate) fn not_a_condition<T>(&self) -> Parsed<T> {
        Err(sql_error!(4145, self.near()).at_line(self.line()).into())
    }
}
