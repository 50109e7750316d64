//! Variables, blocks, branches, loops, labels, errors.

use duologue_messages::sql_error;

use crate::ast::{
    Declaration, DeclarationKind, If, MentionRole, RaiseError, SetVariable, SetVariableKind, StatementKind,
    Throw, TryCatch, While,
};
use crate::errors::Parsed;
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    pub(crate) fn control_flow(&mut self, word: &str) -> Parsed<StatementKind> {
        match word {
            "BEGIN" => self.begin(),
            "END" => self.end_conversation_or_unexpected(),
            "WAITFOR" => self.waitfor(),
            _ => {
                self.advance();
                match word {
                    "BREAK" => self.leave_loop(StatementKind::Break),
                    "CONTINUE" => self.leave_loop(StatementKind::Continue),
                    "DECLARE" => self.declare(),
                    "GOTO" => self.goto(),
                    "IF" => self.if_statement(),
                    "PRINT" => self.expr().map(StatementKind::Print),
                    "RAISERROR" => self.raiserror(),
                    "RETURN" => self.return_statement(),
                    _ => self.while_statement(),
                }
            }
        }
    }

    /// A block, or a statement whose first word is BEGIN.
    fn begin(&mut self) -> Parsed<StatementKind> {
        if self.at_any(&["BEGIN TRAN", "BEGIN TRANSACTION"]) {
            return self.begin_transaction();
        }
        if self.at_any(&["BEGIN DISTRIBUTED", "BEGIN ATOMIC"]) {
            return crate::errors::not_built(if self.at("BEGIN ATOMIC") {
                "BEGIN ATOMIC"
            } else {
                "BEGIN DISTRIBUTED TRANSACTION"
            });
        }
        if self.eat("BEGIN DIALOG") {
            self.skip("CONVERSATION");
            return self.begin_dialog();
        }
        if self.eat("BEGIN CONVERSATION TIMER") {
            return self.begin_conversation_timer();
        }
        if self.eat("BEGIN TRY") {
            return self.try_catch();
        }
        self.expect("BEGIN")?;
        let errors = self.errors.len();
        let statements = self.statements_until(&["END"]);
        if statements.is_empty() && self.errors.len() == errors {
            self.errors.push(self.syntax_error());
        }
        self.expect("END")?;
        Ok(StatementKind::Block(statements))
    }

    fn try_catch(&mut self) -> Parsed<StatementKind> {
        let body = self.statements_until(&["END"]);
        self.expect("END TRY")?;
        self.skip_semicolons();
        self.expect("BEGIN CATCH")?;
        let handler = self.statements_until(&["END"]);
        self.expect("END CATCH")?;
        Ok(StatementKind::TryCatch(TryCatch { body, handler }))
    }

    fn if_statement(&mut self) -> Parsed<StatementKind> {
        let condition = self.condition()?;
        let then = self.statement()?;
        let mut n = 0;
        while self.is_at(n, ";") {
            n += 1;
        }
        if !self.is_at(n, "ELSE") {
            return Ok(StatementKind::If(If { condition, then, otherwise: None }));
        }
        self.skip_semicolons();
        self.expect("ELSE")?;
        Ok(StatementKind::If(If { condition, then, otherwise: Some(self.statement()?) }))
    }

    fn while_statement(&mut self) -> Parsed<StatementKind> {
        let condition = self.condition()?;
        self.loops += 1;
        let body = self.statement();
        self.loops -= 1;
        Ok(StatementKind::While(While { condition, body: body? }))
    }

    fn leave_loop(&mut self, kind: StatementKind) -> Parsed<StatementKind> {
        if self.loops == 0 {
            let line = self.line_of(self.position() - 1);
            let error = if kind == StatementKind::Break { sql_error!(135) } else { sql_error!(136) };
            self.errors.push(error.at_line(line));
        }
        Ok(kind)
    }

    fn goto(&mut self) -> Parsed<StatementKind> {
        let label = self.ident()?;
        self.gotos.push(label.clone());
        Ok(StatementKind::Goto(label))
    }

    pub(crate) fn label(&mut self) -> Parsed<StatementKind> {
        let label = self.ident()?;
        self.expect(":")?;
        self.labels.push(label.clone());
        Ok(StatementKind::Label(label))
    }

    fn return_statement(&mut self) -> Parsed<StatementKind> {
        let value = match self.peek().kind {
            TokenKind::Word { reserved: false } if self.at_contextual_statement() || self.at("THROW") => None,
            TokenKind::Word { reserved: true } if self.at_value_keyword() => Some(self.expr()?),
            TokenKind::Word { reserved: true } | TokenKind::End => None,
            TokenKind::Symbol(symbol) if !matches!(symbol, "(" | "-" | "+" | "~" | "{") => None,
            _ => Some(self.expr()?),
        };
        Ok(StatementKind::Return(value))
    }

    /// Reserved words that begin an expression.
    fn at_value_keyword(&self) -> bool {
        self.at_any(&["NULL", "CASE", "CONVERT", "TRY_CONVERT", "COALESCE", "NULLIF", "LEFT (", "RIGHT ("])
            || self.at_any(&["CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"])
    }

    fn declare(&mut self) -> Parsed<StatementKind> {
        if !self.at_variable() {
            return self.declare_cursor();
        }
        self.list(Parser::declaration).map(StatementKind::Declare)
    }

    fn declaration(&mut self) -> Parsed<Declaration> {
        let variable = self.mention(MentionRole::Declaration)?;
        self.skip("AS");
        let kind = if self.eat("CURSOR") {
            DeclarationKind::Cursor
        } else if self.eat("TABLE") {
            DeclarationKind::Table(Box::new(self.table_definition()?))
        } else {
            let data_type = self.data_type(UNSIZED)?;
            self.skip("NOT NULL");
            self.skip("NULL");
            DeclarationKind::Scalar { data_type, value: self.opt("=", Parser::expr)? }
        };
        Ok(Declaration { variable, kind })
    }

    /// `SET @v …`, behind SET.
    pub(crate) fn set_variable(&mut self) -> Parsed<StatementKind> {
        let variable = self.variable()?;
        let kind = if self.eat(".") {
            let method = self.ident()?;
            SetVariableKind::Method { method, arguments: self.arguments()? }
        } else {
            let operator = self.assign_operator()?;
            if self.at("CURSOR") {
                self.advance();
                SetVariableKind::Cursor(Box::new(self.cursor_definition(Vec::new())?))
            } else {
                SetVariableKind::Assign { operator, value: self.expr()? }
            }
        };
        Ok(StatementKind::SetVariable(SetVariable { variable, kind }))
    }

    fn raiserror(&mut self) -> Parsed<StatementKind> {
        if !self.at("(") {
            return crate::errors::not_built("RAISERROR without parentheses");
        }
        self.expect("(")?;
        let message = self.expr()?;
        self.expect(",")?;
        let severity = self.expr()?;
        self.expect(",")?;
        let state = self.expr()?;
        let arguments = if self.eat(",") { self.list(Parser::expr)? } else { Vec::new() };
        self.expect(")")?;
        let mut statement =
            RaiseError { message, severity, state, arguments, log: false, nowait: false, seterror: false };
        if self.eat("WITH") {
            self.list(|parser| parser.raiserror_option(&mut statement))?;
        }
        Ok(StatementKind::RaiseError(Box::new(statement)))
    }

    fn raiserror_option(&mut self, statement: &mut RaiseError) -> Parsed<()> {
        match self.expect_one(&["LOG", "NOWAIT", "SETERROR"])? {
            "LOG" => statement.log = true,
            "NOWAIT" => statement.nowait = true,
            _ => statement.seterror = true,
        }
        Ok(())
    }

    /// Behind THROW.
    pub(crate) fn throw(&mut self) -> Parsed<StatementKind> {
        if !self.at_variable() && !self.at_literal() {
            return Ok(StatementKind::Throw(None));
        }
        let number = self.literal_or_variable()?;
        self.expect(",")?;
        let message = self.literal_or_variable()?;
        self.expect(",")?;
        let state = self.literal_or_variable()?;
        Ok(StatementKind::Throw(Some(Box::new(Throw { number, message, state }))))
    }
}
