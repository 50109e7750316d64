//! Names of objects and what may stand for a name.

use duologue_messages::sql_error;

use crate::ast::{Expr, ExprKind, Ident, NameOrVariable, ObjectName, StringOrVariable};
use crate::errors::Parsed;
use crate::parser::{Parser, is_name};
use crate::token::TokenKind;

/// Parts of the longest name: server, database, schema, object.
const MAX_PARTS: usize = 4;

impl Parser<'_> {
    /// `[[[server.]database.]schema.]object`; parts between dots may be left out.
    pub(crate) fn object_name(&mut self) -> Parsed<ObjectName> {
        let mut parts = Vec::new();
        if self.at(".") {
            parts.push(self.empty_part());
        } else {
            parts.push(self.ident()?);
        }
        while self.at(".") && (is_name_part(self.peek_at(1).kind) || self.is_at(1, ".")) {
            self.advance();
            parts.push(if self.at(".") { self.empty_part() } else { self.ident_or_keyword()? });
        }
        if parts.len() > MAX_PARTS {
            let shown: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            return Err(sql_error!(117, "object", shown.join("."), MAX_PARTS - 1)
                .at_line(self.line())
                .into());
        }
        Ok(ObjectName { parts })
    }

    fn empty_part(&self) -> Ident {
        Ident { name: String::new(), quoted: false, line: self.line() }
    }

    /// A name of one part, as an object name.
    pub(crate) fn single_name(&mut self) -> Parsed<ObjectName> {
        self.ident().map(|ident| ObjectName { parts: vec![ident] })
    }

    pub(crate) fn name_or_variable(&mut self) -> Parsed<NameOrVariable> {
        if self.at_variable() {
            return self.variable().map(NameOrVariable::Variable);
        }
        self.ident().map(NameOrVariable::Name)
    }

    pub(crate) fn string_or_variable(&mut self) -> Parsed<StringOrVariable> {
        if self.at_variable() {
            return self.variable().map(StringOrVariable::Variable);
        }
        self.string().map(StringOrVariable::String)
    }

    /// An identifier or a string that names something: `FILEGROUP 'x'`, `AS 'x'`.
    pub(crate) fn ident_or_string(&mut self) -> Parsed<Ident> {
        if !self.at_string() {
            return self.ident_or_keyword();
        }
        let line = self.line();
        Ok(Ident { name: self.string()?, quoted: true, line })
    }

    /// `AUTHORIZATION owner` or nothing.
    pub(crate) fn authorization(&mut self) -> Parsed<Option<Ident>> {
        self.opt("AUTHORIZATION", Parser::ident_or_keyword)
    }

    /// `PASSWORD = 'text'`.
    pub(crate) fn password_option(&mut self) -> Parsed<String> {
        self.expect_option("PASSWORD")?;
        self.string()
    }

    /// A bare word as a text constant, as SET options and arguments of procedures take it.
    pub(crate) fn word_as_text(&mut self) -> Parsed<Expr> {
        let start = self.position();
        let word = self.ident_or_keyword()?;
        Ok(self.expr_from(start, ExprKind::Literal(duologue_types::Value::NVarChar(word.name.into()))))
    }

    /// Whether what comes is a statement that begins with a word that is not reserved. Such a word is not
    /// taken for an alias, argument or transaction name, because scripts leave out the semicolon in front of
    /// it.
    pub(crate) fn at_contextual_statement(&self) -> bool {
        let TokenKind::Word { reserved: false } = self.peek().kind else { return false };
        if self.is_at(0, "RECEIVE") {
            let next = self.peek_at(1).kind;
            return matches!(next, TokenKind::Variable | TokenKind::SystemVariable)
                || is_name(next)
                || ["TOP", "*", "CASE", "CONVERT"].iter().any(|word| self.is_at(1, word));
        }
        self.at_any(&[
            "SEND ON CONVERSATION",
            "GET CONVERSATION",
            "MOVE CONVERSATION",
            "ENABLE TRIGGER",
            "DISABLE TRIGGER",
        ]) || self.at_label()
    }

    /// `label:`.
    pub(crate) fn at_label(&self) -> bool {
        matches!(self.peek().kind, TokenKind::Word { reserved: false }) && self.is_at(1, ":")
    }

    /// `[AS] alias`; without AS only a word that can be nothing else.
    pub(crate) fn opt_alias(&mut self) -> Parsed<Option<Ident>> {
        if self.eat("AS") {
            return self.ident_or_string_alias().map(Some);
        }
        if self.at_ident() && !self.at_contextual_statement() {
            return self.ident().map(Some);
        }
        Ok(None)
    }

    /// An alias in a select list may also be a string.
    pub(crate) fn opt_column_alias(&mut self) -> Parsed<Option<Ident>> {
        if self.at_string() { self.ident_or_string().map(Some) } else { self.opt_alias() }
    }

    fn ident_or_string_alias(&mut self) -> Parsed<Ident> {
        if self.at_string() { self.ident_or_string() } else { self.ident() }
    }
}

fn is_name_part(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word { .. } | TokenKind::QuotedName)
}
