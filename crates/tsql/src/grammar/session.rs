//! SET options, USE, transactions, administration.

use duologue_messages::sql_error;

use crate::ast::{
    AdministrationStatement, IsolationLevel, SetStatement, SetSwitch, SetValueOption, StatementKind,
    TransactionName, TransactionStatement,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

const SWITCHES: &[(&str, SetSwitch)] = &[
    ("ANSI_DEFAULTS", SetSwitch::AnsiDefaults),
    ("ANSI_NULL_DFLT_OFF", SetSwitch::AnsiNullDfltOff),
    ("ANSI_NULL_DFLT_ON", SetSwitch::AnsiNullDfltOn),
    ("ANSI_NULLS", SetSwitch::AnsiNulls),
    ("ANSI_PADDING", SetSwitch::AnsiPadding),
    ("ANSI_WARNINGS", SetSwitch::AnsiWarnings),
    ("ARITHABORT", SetSwitch::ArithAbort),
    ("ARITHIGNORE", SetSwitch::ArithIgnore),
    ("CONCAT_NULL_YIELDS_NULL", SetSwitch::ConcatNullYieldsNull),
    ("CURSOR_CLOSE_ON_COMMIT", SetSwitch::CursorCloseOnCommit),
    ("FMTONLY", SetSwitch::FmtOnly),
    ("FORCEPLAN", SetSwitch::ForcePlan),
    ("IMPLICIT_TRANSACTIONS", SetSwitch::ImplicitTransactions),
    ("NO_BROWSETABLE", SetSwitch::NoBrowsetable),
    ("NOCOUNT", SetSwitch::NoCount),
    ("NOEXEC", SetSwitch::NoExec),
    ("NUMERIC_ROUNDABORT", SetSwitch::NumericRoundAbort),
    ("PARSEONLY", SetSwitch::ParseOnly),
    ("QUOTED_IDENTIFIER", SetSwitch::QuotedIdentifier),
    ("REMOTE_PROC_TRANSACTIONS", SetSwitch::RemoteProcTransactions),
    ("SHOWPLAN_ALL", SetSwitch::ShowPlanAll),
    ("SHOWPLAN_TEXT", SetSwitch::ShowPlanText),
    ("SHOWPLAN_XML", SetSwitch::ShowPlanXml),
    ("XACT_ABORT", SetSwitch::XactAbort),
];

const VALUES: &[(&str, SetValueOption)] = &[
    ("CONTEXT_INFO", SetValueOption::ContextInfo),
    ("DATEFIRST", SetValueOption::DateFirst),
    ("DATEFORMAT", SetValueOption::DateFormat),
    ("DEADLOCK_PRIORITY", SetValueOption::DeadlockPriority),
    ("FIPS_FLAGGER", SetValueOption::FipsFlagger),
    ("LANGUAGE", SetValueOption::Language),
    ("LOCK_TIMEOUT", SetValueOption::LockTimeout),
    ("QUERY_GOVERNOR_COST_LIMIT", SetValueOption::QueryGovernorCostLimit),
    ("ROWCOUNT", SetValueOption::RowCount),
    ("TEXTSIZE", SetValueOption::TextSize),
];

const LEVELS: &[(&str, IsolationLevel)] = &[
    ("READ UNCOMMITTED", IsolationLevel::ReadUncommitted),
    ("READ COMMITTED", IsolationLevel::ReadCommitted),
    ("REPEATABLE READ", IsolationLevel::RepeatableRead),
    ("SNAPSHOT", IsolationLevel::Snapshot),
    ("SERIALIZABLE", IsolationLevel::Serializable),
];

impl Parser<'_> {
    pub(crate) fn session_statement(&mut self, word: &str) -> Parsed<StatementKind> {
        self.advance();
        match word {
            "SET" if self.at_variable() => self.set_variable(),
            "SET" => self.set_option().map(StatementKind::Set),
            "USE" => self.ident().map(StatementKind::Use),
            "REVERT" => self.revert(),
            "COMMIT" | "ROLLBACK" | "SAVE" => self.end_transaction(word),
            _ => self.administration(word).map(StatementKind::Administration),
        }
    }

    fn set_option(&mut self) -> Parsed<SetStatement> {
        if self.eat("TRANSACTION ISOLATION LEVEL") {
            return self.entry(LEVELS).map(SetStatement::IsolationLevel);
        }
        if self.eat("IDENTITY_INSERT") {
            let table = self.object_name()?;
            return Ok(SetStatement::IdentityInsert { table, on: self.on_off()? });
        }
        if self.eat("STATISTICS") {
            let names = self.list(|parser| Ok(parser.ident_or_keyword()?.name.to_ascii_uppercase()))?;
            return Ok(SetStatement::Statistics { names, on: self.on_off()? });
        }
        if self.eat("OFFSETS") {
            self.list(Parser::ident_or_keyword)?;
            return Ok(SetStatement::Offsets { on: self.on_off()? });
        }
        if let Some(option) = self.opt_entry(VALUES) {
            let bare = self.at_ident() || self.at("OFF") || self.at("ON");
            let value = if bare { self.word_as_text()? } else { self.literal_or_variable()? };
            return Ok(SetStatement::Value { option, value });
        }
        if !matches!(self.peek().kind, TokenKind::Word { reserved: false }) {
            return self.unexpected();
        }
        let switches = self.list(Parser::set_switch)?;
        Ok(SetStatement::Switches { switches, on: self.on_off()? })
    }

    fn set_switch(&mut self) -> Parsed<SetSwitch> {
        match self.opt_entry(SWITCHES) {
            Some(switch) => Ok(switch),
            None if self.at_ident() => {
                Err(sql_error!(195, self.near(), "SET option").at_line(self.line()).into())
            }
            None => self.unexpected(),
        }
    }

    /// The value of the entry of `table` whose words come next.
    pub(crate) fn opt_entry<T: Copy>(&mut self, table: &[(&str, T)]) -> Option<T> {
        table.iter().find(|(words, _)| self.eat(words)).map(|(_, value)| *value)
    }

    /// The same, or fails.
    pub(crate) fn entry<T: Copy>(&mut self, table: &[(&str, T)]) -> Parsed<T> {
        match self.opt_entry(table) {
            Some(value) => Ok(value),
            None => self.unexpected(),
        }
    }

    /// `BEGIN TRAN[SACTION] [name [WITH MARK ['text']]]`.
    pub(crate) fn begin_transaction(&mut self) -> Parsed<StatementKind> {
        self.expect_one(&["BEGIN TRANSACTION", "BEGIN TRAN"])?;
        let name = self.opt_transaction_name()?;
        let mark = match name.is_some() && self.eat("WITH MARK") {
            true if self.at_string() => Some(Some(self.string()?)),
            true => Some(None),
            false => None,
        };
        Ok(StatementKind::Transaction(TransactionStatement::Begin { name, mark }))
    }

    fn end_transaction(&mut self, word: &str) -> Parsed<StatementKind> {
        let named = self.eat_any(&["TRANSACTION", "TRAN"]).is_some();
        if word == "SAVE" && !named {
            return self.unexpected();
        }
        if !named {
            self.skip("WORK");
        }
        let name = if named { self.opt_transaction_name()? } else { None };
        if self.eat("WITH ( DELAYED_DURABILITY =") {
            self.on_off()?;
            self.expect(")")?;
        }
        let statement = match (word, name) {
            ("COMMIT", name) => TransactionStatement::Commit { name },
            ("ROLLBACK", name) => TransactionStatement::Rollback { name },
            (_, Some(name)) => TransactionStatement::Save { name },
            (_, None) => return self.unexpected(),
        };
        Ok(StatementKind::Transaction(statement))
    }

    fn opt_transaction_name(&mut self) -> Parsed<Option<TransactionName>> {
        if self.at_variable() {
            return self.variable().map(|variable| Some(TransactionName::Variable(variable)));
        }
        if self.at_ident() && !self.at_contextual_statement() {
            return self.ident().map(|name| Some(TransactionName::Name(name)));
        }
        Ok(None)
    }

    fn administration(&mut self, word: &str) -> Parsed<AdministrationStatement> {
        Ok(match word {
            "CHECKPOINT" => {
                let duration = if self.at_literal() { Some(self.expr()?) } else { None };
                AdministrationStatement::Checkpoint { duration }
            }
            "SHUTDOWN" => AdministrationStatement::Shutdown { nowait: self.eat("WITH NOWAIT") },
            "RECONFIGURE" => {
                AdministrationStatement::Reconfigure { with_override: self.eat("WITH OVERRIDE") }
            }
            "KILL" => self.kill()?,
            _ => self.dbcc()?,
        })
    }

    fn kill(&mut self) -> Parsed<AdministrationStatement> {
        if self.at_any(&["QUERY NOTIFICATION SUBSCRIPTION", "STATS JOB"]) {
            return not_built(if self.at("STATS") {
                "KILL STATS JOB"
            } else {
                "KILL QUERY NOTIFICATION SUBSCRIPTION"
            });
        }
        let session = self.expr()?;
        Ok(AdministrationStatement::Kill { session, status_only: self.eat("WITH STATUSONLY") })
    }

    fn dbcc(&mut self) -> Parsed<AdministrationStatement> {
        let command = self.ident_or_keyword()?.name.to_ascii_uppercase();
        let arguments = match self.at("( )") {
            true => self.arguments()?,
            false => self.opt_parenthesized(|parser| {
                if parser.at_ident() { parser.word_as_text() } else { parser.literal_or_variable() }
            })?,
        };
        let options = match self.eat("WITH") {
            true => self.list(|parser| Ok(parser.ident_or_keyword()?.name.to_ascii_uppercase()))?,
            false => Vec::new(),
        };
        Ok(AdministrationStatement::Dbcc { command, arguments, options })
    }
}
