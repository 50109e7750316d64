//! Search conditions.

use crate::ast::{Comparison, Condition, ConditionKind, Expr};
use crate::errors::{Parsed, not_built};
use crate::grammar::expression::{Accept, Operand};
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    /// A search condition.
    pub(crate) fn condition(&mut self) -> Parsed<Condition> {
        let operand = self.budgeted(Parser::logical)?;
        self.truth(operand).map(|boxed| *boxed)
    }

    fn truth(&self, operand: Operand) -> Parsed<Box<Condition>> {
        match operand {
            Operand::Truth(condition) => Ok(condition),
            Operand::Value(_) => self.not_a_condition(),
        }
    }

    /// Operands joined by AND and OR; a single operand may be a value.
    pub(crate) fn logical(&mut self) -> Parsed<Operand> {
        let start = self.position();
        let mut alternatives = Vec::new();
        loop {
            let operand = self.conjunction()?;
            if !self.at("OR") && alternatives.is_empty() {
                return Ok(operand);
            }
            alternatives.push(*self.truth(operand)?);
            if !self.eat("OR") {
                return Ok(self.truth_from(start, ConditionKind::Or(alternatives)));
            }
        }
    }

    fn conjunction(&mut self) -> Parsed<Operand> {
        let start = self.position();
        let mut factors = Vec::new();
        loop {
            let operand = self.negation()?;
            if !self.at("AND") && factors.is_empty() {
                return Ok(operand);
            }
            factors.push(*self.truth(operand)?);
            if !self.eat("AND") {
                return Ok(self.truth_from(start, ConditionKind::And(factors)));
            }
        }
    }

    /// NOT NOT is nothing, in three-valued logic too.
    fn negation(&mut self) -> Parsed<Operand> {
        let start = self.position();
        let mut count = 0usize;
        while self.eat("NOT") {
            count += 1;
        }
        let operand = self.predicate()?;
        if count == 0 {
            return Ok(operand);
        }
        let inner = self.truth(operand)?;
        if count.is_multiple_of(2) {
            return Ok(Operand::Truth(inner));
        }
        Ok(self.truth_from(start, ConditionKind::Not(inner)))
    }

    fn predicate(&mut self) -> Parsed<Operand> {
        let start = self.position();
        if let Some(truth) = self.word_predicate(start)? {
            return Ok(truth);
        }
        match self.arithmetic(Accept::Either, 1)? {
            Operand::Value(operand) => self.predicate_rest(start, operand),
            truth @ Operand::Truth(_) => Ok(truth),
        }
    }

    /// What follows a value: a comparison and the like, or nothing.
    fn predicate_rest(&mut self, start: usize, operand: Box<Expr>) -> Parsed<Operand> {
        if let Some(operator) = self.comparison()? {
            let kind = self.comparison_rest(operator, *operand)?;
            return Ok(self.truth_from(start, kind));
        }
        let negated = self.at_any(&["NOT IN", "NOT LIKE", "NOT BETWEEN"]) && self.eat("NOT");
        let kind = match self.eat_any(&["IN", "LIKE", "BETWEEN", "IS"]) {
            Some("IN") => self.in_rest(*operand, negated)?,
            Some("LIKE") => self.like_rest(*operand, negated)?,
            Some("BETWEEN") => self.between_rest(*operand, negated)?,
            Some(_) => self.is_rest(*operand)?,
            None => return Ok(Operand::Value(operand)),
        };
        Ok(self.truth_from(start, kind))
    }

    /// Predicates that begin with a word of their own.
    fn word_predicate(&mut self, start: usize) -> Parsed<Option<Operand>> {
        if self.eat("EXISTS") {
            let query = self.subquery()?;
            return Ok(Some(self.truth_from(start, ConditionKind::Exists(query))));
        }
        if self.at("UPDATE (") {
            self.expect("UPDATE (")?;
            let column = self.ident()?;
            self.expect(")")?;
            return Ok(Some(self.truth_from(start, ConditionKind::Updated(column))));
        }
        match self.eat_any(&["CONTAINS (", "FREETEXT ("]) {
            Some(name) => not_built(name.trim_end_matches(" (")),
            None => Ok(None),
        }
    }

    /// A comparison operator, with or without a blank between its two characters.
    fn comparison(&mut self) -> Parsed<Option<Comparison>> {
        let TokenKind::Symbol(symbol) = self.peek().kind else { return Ok(None) };
        let operator = match symbol {
            "=" => Comparison::Equal,
            "<>" | "!=" => Comparison::NotEqual,
            "<=" | "!>" => Comparison::LessOrEqual,
            ">=" | "!<" => Comparison::GreaterOrEqual,
            "<" | ">" if self.at("< <") || self.at("> >") => return not_built("bit shift"),
            "<" if self.eat("< =") => return Ok(Some(Comparison::LessOrEqual)),
            "<" if self.eat("< >") => return Ok(Some(Comparison::NotEqual)),
            ">" if self.eat("> =") => return Ok(Some(Comparison::GreaterOrEqual)),
            "!" if self.eat("! =") => return Ok(Some(Comparison::NotEqual)),
            "<" => Comparison::Less,
            ">" => Comparison::Greater,
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(operator))
    }

    fn comparison_rest(&mut self, operator: Comparison, left: Expr) -> Parsed<ConditionKind> {
        if let Some(word) = self.eat_any(&["ALL", "ANY", "SOME"]) {
            let query = self.subquery()?;
            return Ok(ConditionKind::Quantified { operator, operand: left, all: word == "ALL", query });
        }
        Ok(ConditionKind::Comparison { operator, left, right: self.expr()? })
    }

    fn is_rest(&mut self, operand: Expr) -> Parsed<ConditionKind> {
        let negated = self.eat("NOT");
        if self.eat("DISTINCT FROM") {
            return Ok(ConditionKind::IsDistinctFrom { left: operand, right: self.expr()?, negated });
        }
        self.expect("NULL")?;
        Ok(ConditionKind::IsNull { operand, negated })
    }

    fn in_rest(&mut self, operand: Expr, negated: bool) -> Parsed<ConditionKind> {
        if self.at_subquery() {
            return Ok(ConditionKind::InQuery { operand, query: self.subquery()?, negated });
        }
        Ok(ConditionKind::InList { operand, list: self.parenthesized(Parser::expr)?, negated })
    }

    fn like_rest(&mut self, operand: Expr, negated: bool) -> Parsed<ConditionKind> {
        let pattern = self.expr()?;
        let escape = if self.eat("{ ESCAPE") {
            let escape = self.expr()?;
            self.expect("}")?;
            Some(escape)
        } else {
            self.opt("ESCAPE", Parser::expr)?
        };
        Ok(ConditionKind::Like { operand, pattern, escape, negated })
    }

    fn between_rest(&mut self, operand: Expr, negated: bool) -> Parsed<ConditionKind> {
        let low = self.expr()?;
        self.expect("AND")?;
        Ok(ConditionKind::Between { operand, low, high: self.expr()?, negated })
    }

    fn truth_from(&self, start: usize, kind: ConditionKind) -> Operand {
        Operand::Truth(Box::new(Condition { line: self.line_of(start), span: self.span_from(start), kind }))
    }
}
