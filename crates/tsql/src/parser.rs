//! The cursor over the tokens that all grammar files share: looking, taking, failing.

use std::ops::Range;

use duologue_messages::{SqlError, sql_error};

use crate::ast::{Ident, Mention, MentionRole, Variable};
use crate::errors::{Parsed, Stop, shortened};
use crate::lexer::{Lexed, lex};
use crate::token::{Token, TokenKind, unquote};

/// Nesting of statements, queries and expressions together. Every level costs stack here and in every walk
/// over the tree.
const MAX_DEPTH: usize = 64;
/// Operators in one expression with all its subqueries; a left-deep tree turns them into depth.
const MAX_OPERATORS: usize = 500;
/// Joins in one statement, for the same reason.
const MAX_JOINS: usize = 256;

pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    tokens: Vec<Token>,
    lexer_errors: Vec<SqlError>,
    position: usize,
    depth: usize,
    /// Expressions and conditions around the current one.
    expression_depth: usize,
    operators: usize,
    joins: usize,
    /// Errors of statements that were given up.
    pub(crate) errors: Vec<SqlError>,
    /// WHILE loops around the current statement.
    pub(crate) loops: usize,
    pub(crate) labels: Vec<Ident>,
    pub(crate) gotos: Vec<Ident>,
    pub(crate) mentions: Vec<Mention>,
    /// Statements begun so far.
    pub(crate) statements: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, quoted_identifier: bool) -> Self {
        let Lexed { tokens, errors: lexer_errors } = lex(text, quoted_identifier);
        Self {
            text,
            tokens,
            lexer_errors,
            position: 0,
            depth: 0,
            expression_depth: 0,
            operators: 0,
            joins: 0,
            errors: Vec::new(),
            loops: 0,
            labels: Vec::new(),
            gotos: Vec::new(),
            mentions: Vec::new(),
            statements: 0,
        }
    }

    // Looking.

    /// The `n`th token from here; the last one is repeated without end.
    pub(crate) fn peek_at(&self, n: usize) -> Token {
        self.tokens[(self.position + n).min(self.tokens.len() - 1)]
    }

    pub(crate) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn line(&self) -> u32 {
        self.peek().line
    }

    pub(crate) fn at_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    pub(crate) fn token_text(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The text of the last token taken; empty at the beginning.
    pub(crate) fn previous_text(&self) -> &'a str {
        self.position.checked_sub(1).map_or("", |index| self.token_text(self.tokens[index]))
    }

    /// Whether the `n`th token is the word (any case) or symbol `expected`.
    pub(crate) fn is_at(&self, n: usize, expected: &str) -> bool {
        let token = self.peek_at(n);
        match token.kind {
            TokenKind::Symbol(symbol) => symbol == expected,
            TokenKind::Word { .. } => self.token_text(token).eq_ignore_ascii_case(expected),
            _ => false,
        }
    }

    /// Whether the next tokens are these words and symbols, which are separated by blanks.
    pub(crate) fn at(&self, expected: &str) -> bool {
        expected.split(' ').enumerate().all(|(n, part)| self.is_at(n, part))
    }

    /// Whether one of `choices` comes next.
    pub(crate) fn at_any(&self, choices: &[&str]) -> bool {
        choices.iter().any(|choice| self.at(choice))
    }

    // Taking.

    pub(crate) fn advance(&mut self) -> Token {
        let token = self.peek();
        if self.position < self.tokens.len() - 1 {
            self.position += 1;
        }
        token
    }

    /// Takes `expected` (see [`Parser::at`]) if it comes next.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.at(expected);
        if found {
            for _ in expected.split(' ') {
                self.advance();
            }
        }
        found
    }

    /// Takes `expected` if it comes next; a word without effect.
    pub(crate) fn skip(&mut self, expected: &str) {
        self.eat(expected);
    }

    /// Takes the first of `choices` that comes next and says which.
    pub(crate) fn eat_any<'c>(&mut self, choices: &[&'c str]) -> Option<&'c str> {
        choices.iter().copied().find(|choice| self.eat(choice))
    }

    /// Takes `expected` or fails at the first token that differs.
    pub(crate) fn expect(&mut self, expected: &str) -> Parsed<()> {
        for part in expected.split(' ') {
            if !self.eat(part) {
                return self.unexpected();
            }
        }
        Ok(())
    }

    /// `expected =`.
    pub(crate) fn expect_option(&mut self, name: &str) -> Parsed<()> {
        self.expect(name)?;
        self.expect("=")
    }

    /// Takes `name =` if it comes next.
    pub(crate) fn eat_option(&mut self, name: &str) -> bool {
        let width = name.split(' ').count();
        let found = self.at(name) && self.is_at(width, "=");
        if found {
            self.go_to(self.position + width + 1);
        }
        found
    }

    /// `item, item, …`.
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `( item, item, … )`.
    pub(crate) fn parenthesized<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect("(")?;
        let items = self.list(item)?;
        self.expect(")")?;
        Ok(items)
    }

    /// `( item, item, … )` or nothing.
    pub(crate) fn opt_parenthesized<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if self.at("(") { self.parenthesized(item) } else { Ok(Vec::new()) }
    }

    /// The rest of a production after an introducing word, if that comes next.
    pub(crate) fn opt<T>(
        &mut self,
        word: &str,
        rest: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<Option<T>> {
        if self.eat(word) { rest(self).map(Some) } else { Ok(None) }
    }

    /// `ON | OFF`.
    pub(crate) fn on_off(&mut self) -> Parsed<bool> {
        if self.eat("ON") {
            return Ok(true);
        }
        self.expect("OFF").map(|()| false)
    }

    // Names and plain values.

    pub(crate) fn at_ident(&self) -> bool {
        is_name(self.peek().kind)
    }

    /// An identifier that is not a reserved word.
    pub(crate) fn ident(&mut self) -> Parsed<Ident> {
        if self.at_ident() { Ok(self.any_word()) } else { self.unexpected() }
    }

    /// An identifier, or a reserved word where the grammar leaves no doubt (`TO PUBLIC`, `FOR EXTERNAL`).
    pub(crate) fn ident_or_keyword(&mut self) -> Parsed<Ident> {
        match self.peek().kind {
            TokenKind::Word { .. } | TokenKind::QuotedName => Ok(self.any_word()),
            _ => self.unexpected(),
        }
    }

    fn any_word(&mut self) -> Ident {
        let token = self.advance();
        let quoted = token.kind == TokenKind::QuotedName;
        let raw = self.token_text(token);
        Ident { name: if quoted { unquote(raw) } else { raw.to_owned() }, quoted, line: token.line }
    }

    pub(crate) fn at_variable(&self) -> bool {
        self.peek().kind == TokenKind::Variable
    }

    /// A variable as a value, or to be assigned one.
    pub(crate) fn variable(&mut self) -> Parsed<Variable> {
        self.mention(MentionRole::Scalar)
    }

    pub(crate) fn mention(&mut self, role: MentionRole) -> Parsed<Variable> {
        let variable = self.variable_name()?;
        self.mentions.push(Mention { variable: variable.clone(), role, statement: self.statements });
        Ok(variable)
    }

    /// A variable's name that does not stand for the variable.
    pub(crate) fn variable_name(&mut self) -> Parsed<Variable> {
        if !self.at_variable() {
            return self.unexpected();
        }
        let token = self.advance();
        Ok(Variable { name: self.token_text(token).to_owned(), line: token.line })
    }

    pub(crate) fn at_string(&self) -> bool {
        matches!(self.peek().kind, TokenKind::String { .. })
    }

    /// A string literal's content.
    pub(crate) fn string(&mut self) -> Parsed<String> {
        if !self.at_string() {
            return self.unexpected();
        }
        let token = self.advance();
        Ok(unquote(self.token_text(token)))
    }

    /// An unsigned integer literal; beyond `i64` it is an overflow that the caller's range check reports.
    pub(crate) fn integer(&mut self) -> Parsed<i64> {
        if self.peek().kind != TokenKind::Integer {
            return self.unexpected();
        }
        let token = self.advance();
        Ok(self.token_text(token).parse().unwrap_or(i64::MAX))
    }

    /// A binary literal's bytes.
    pub(crate) fn binary(&mut self) -> Parsed<Vec<u8>> {
        if self.peek().kind != TokenKind::Binary {
            return self.unexpected();
        }
        let token = self.advance();
        Ok(crate::literal::binary(self.token_text(token)))
    }

    // Places and limits.

    /// Bytes from token number `start` to the last token taken.
    pub(crate) fn span_from(&self, start: usize) -> Range<usize> {
        self.span_between(start, self.position)
    }

    /// Bytes of the tokens from number `start` to before number `end`.
    pub(crate) fn span_between(&self, start: usize, end: usize) -> Range<usize> {
        let last = self.tokens[end.saturating_sub(1).max(start).min(self.tokens.len() - 1)];
        self.tokens[start].start as usize..last.end as usize
    }

    /// Line of token number `index`.
    pub(crate) fn line_of(&self, index: usize) -> u32 {
        self.tokens[index.min(self.tokens.len() - 1)].line
    }

    /// Runs a production one level deeper, or fails with 191.
    pub(crate) fn nested<T>(&mut self, production: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(sql_error!(191).at_line(self.line()).into());
        }
        self.depth += 1;
        let result = production(self);
        self.depth -= 1;
        result
    }

    /// Runs a production for an expression or condition; the outermost one gets a new budget of operators.
    pub(crate) fn budgeted<T>(&mut self, production: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.expression_depth == 0 {
            self.operators = 0;
        }
        self.expression_depth += 1;
        let result = production(self);
        self.expression_depth -= 1;
        result
    }

    /// Counts one operator of the outermost expression; see [`MAX_OPERATORS`].
    pub(crate) fn count_operator(&mut self) -> Parsed<()> {
        self.operators += 1;
        self.limited(self.operators, MAX_OPERATORS)
    }

    /// Counts one join of the statement; see [`MAX_JOINS`].
    pub(crate) fn count_join(&mut self) -> Parsed<()> {
        self.joins += 1;
        self.limited(self.joins, MAX_JOINS)
    }

    /// A new budget of joins for a new statement.
    pub(crate) fn reset_joins(&mut self) {
        self.joins = 0;
    }

    fn limited(&self, count: usize, most: usize) -> Parsed<()> {
        if count > most {
            return Err(sql_error!(191).at_line(self.line()).into());
        }
        Ok(())
    }

    // Failing.

    /// The syntax error at the next token.
    pub(crate) fn unexpected<T>(&self) -> Parsed<T> {
        Err(Box::new(Stop::Error(self.syntax_error())))
    }

    /// 102 or 156 at the next token, or what the lexer found there. At the end of the text the last token is
    /// named.
    pub(crate) fn syntax_error(&self) -> SqlError {
        let token = self.peek();
        match token.kind {
            TokenKind::Invalid(index) => self.lexer_errors[index as usize].clone(),
            TokenKind::End => {
                let last = self.tokens[self.position.saturating_sub(1)];
                sql_error!(102, self.shown(last)).at_line(last.line)
            }
            TokenKind::Word { reserved: true } => sql_error!(156, self.token_text(token)).at_line(token.line),
            _ => sql_error!(102, self.shown(token)).at_line(token.line),
        }
    }

    /// The text of the next token as error messages name it; at the end, the last token's.
    pub(crate) fn near(&self) -> String {
        match self.at_end() {
            true => self.shown(self.tokens[self.position.saturating_sub(1)]),
            false => self.shown(self.peek()),
        }
    }

    fn shown(&self, token: Token) -> String {
        let raw = self.token_text(token);
        match token.kind {
            TokenKind::QuotedName | TokenKind::String { .. } => shortened(&unquote(raw)),
            _ => shortened(raw),
        }
    }

    /// Goes on to token number `position`.
    pub(crate) fn go_to(&mut self, position: usize) {
        self.position = position.min(self.tokens.len() - 1);
    }
}

/// Whether a token can be an identifier.
pub(crate) fn is_name(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word { reserved: false } | TokenKind::QuotedName)
}
