//! EXECUTE and the execution context.

use crate::ast::{
    Argument, Execute, ExecuteAs, ExecuteAsClause, ExecuteModule, Expr, ImpersonatedPrincipal, ResultSets,
    StatementKind,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    pub(crate) fn execute_statement(&mut self) -> Parsed<StatementKind> {
        if self.is_at(1, "AS") {
            self.advance();
            self.advance();
            return self.execute_as();
        }
        self.execute().map(|execute| StatementKind::Execute(Box::new(execute)))
    }

    /// `EXEC[UTE] …` as a statement or as the source of an INSERT.
    pub(crate) fn execute(&mut self) -> Parsed<Execute> {
        self.expect_one(&["EXECUTE", "EXEC"])?;
        self.execute_module()
    }

    /// A procedure named alone at the start of a batch.
    pub(crate) fn bare_call(&mut self) -> Parsed<StatementKind> {
        self.execute_module().map(|execute| StatementKind::Execute(Box::new(execute)))
    }

    fn execute_module(&mut self) -> Parsed<Execute> {
        let return_variable = if self.at_variable() && self.is_at(1, "=") {
            let variable = self.variable()?;
            self.advance();
            Some(variable)
        } else {
            None
        };
        let module = if self.at("(") {
            self.execute_text()?
        } else if self.at_variable() {
            let variable = self.variable()?;
            ExecuteModule::ProcedureVariable { variable, arguments: self.execute_arguments()? }
        } else {
            let name = self.object_name()?;
            let number = match self.is_at(0, ";") && self.peek_at(1).kind == TokenKind::Integer {
                true => {
                    self.advance();
                    Some(self.integer()?.try_into().unwrap_or(i32::MAX))
                }
                false => None,
            };
            ExecuteModule::Procedure { name, number, arguments: self.execute_arguments()? }
        };
        let mut execute = Execute { return_variable, module, recompile: false, result_sets: None };
        if self.at_any(&["WITH RECOMPILE", "WITH RESULT SETS"]) {
            self.advance();
            self.execute_options(&mut execute)?;
        }
        Ok(execute)
    }

    fn execute_options(&mut self, execute: &mut Execute) -> Parsed<()> {
        loop {
            match self.expect_one(&[
                "RECOMPILE",
                "RESULT SETS UNDEFINED",
                "RESULT SETS NONE",
                "RESULT SETS (",
            ])? {
                "RECOMPILE" => execute.recompile = true,
                "RESULT SETS UNDEFINED" => execute.result_sets = Some(ResultSets::Undefined),
                "RESULT SETS NONE" => execute.result_sets = Some(ResultSets::None),
                _ => return not_built("WITH RESULT SETS (…)"),
            }
            if !self.eat(",") {
                return Ok(());
            }
        }
    }

    fn execute_text(&mut self) -> Parsed<ExecuteModule> {
        self.expect("(")?;
        let text = self.expr()?;
        let arguments = if self.eat(",") { self.list(Parser::execute_argument)? } else { Vec::new() };
        self.expect(")")?;
        let context = match self.eat("AS") {
            true => Some(self.impersonated_principal()?),
            false => None,
        };
        Ok(ExecuteModule::Text { text, arguments, context, at: self.opt("AT", Parser::ident)? })
    }

    fn execute_arguments(&mut self) -> Parsed<Vec<Argument>> {
        let next = self.peek().kind;
        let begins = self.at_literal()
            || matches!(next, TokenKind::Variable | TokenKind::SystemVariable | TokenKind::QuotedName)
            || matches!(next, TokenKind::Symbol("-" | "+"))
            || self.at("DEFAULT")
            || (self.at_ident() && !self.at_contextual_statement() && !self.at("THROW"));
        if begins { self.list(Parser::execute_argument) } else { Ok(Vec::new()) }
    }

    fn execute_argument(&mut self) -> Parsed<Argument> {
        let name = if self.at_variable() && self.is_at(1, "=") {
            let name = self.variable_name()?;
            self.advance();
            Some(name)
        } else {
            None
        };
        let value = self.argument_value()?;
        let output = self.eat_any(&["OUTPUT", "OUT"]).is_some();
        Ok(Argument { name, value, output })
    }

    /// A constant, variable, DEFAULT or bare word; no expressions.
    fn argument_value(&mut self) -> Parsed<Expr> {
        if self.at("DEFAULT") || self.peek().kind == TokenKind::SystemVariable {
            return self.expr_or_default();
        }
        if self.at_ident() {
            return self.word_as_text();
        }
        self.literal_or_variable()
    }

    /// Behind EXECUTE AS.
    fn execute_as(&mut self) -> Parsed<StatementKind> {
        let principal = if self.eat("CALLER") { None } else { Some(self.impersonated_principal()?) };
        let mut statement = ExecuteAs { principal, no_revert: false, cookie: None };
        match self.eat_any(&["WITH NO REVERT", "WITH COOKIE INTO"]) {
            Some("WITH NO REVERT") => statement.no_revert = true,
            Some(_) => statement.cookie = Some(self.variable()?),
            None => {}
        }
        Ok(StatementKind::ExecuteAs(statement))
    }

    fn impersonated_principal(&mut self) -> Parsed<ImpersonatedPrincipal> {
        let login = self.expect_one(&["LOGIN", "USER"])? == "LOGIN";
        self.expect("=")?;
        let name = self.string_or_variable()?;
        Ok(if login { ImpersonatedPrincipal::Login(name) } else { ImpersonatedPrincipal::User(name) })
    }

    pub(crate) fn revert(&mut self) -> Parsed<StatementKind> {
        if self.eat("WITH") {
            self.expect_option("COOKIE")?;
            return self.variable().map(|cookie| StatementKind::Revert(Some(cookie)));
        }
        Ok(StatementKind::Revert(None))
    }

    /// `{EXECUTE|EXEC} AS {CALLER|SELF|OWNER|'user'}` of a module or queue, or nothing.
    pub(crate) fn opt_execute_as_clause(&mut self) -> Parsed<Option<ExecuteAsClause>> {
        if self.eat_any(&["EXECUTE AS", "EXEC AS"]).is_none() {
            return Ok(None);
        }
        let clause = match self.eat_any(&["CALLER", "SELF", "OWNER"]) {
            Some("CALLER") => ExecuteAsClause::Caller,
            Some("SELF") => ExecuteAsClause::SelfUser,
            Some(_) => ExecuteAsClause::Owner,
            None => ExecuteAsClause::User(self.string()?),
        };
        Ok(Some(clause))
    }
}
