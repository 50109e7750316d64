//! WAITFOR.

use duologue_messages::sql_error;

use crate::ast::{StatementKind, WaitFor, WaitForStatement};
use crate::errors::Parsed;
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn waitfor(&mut self) -> Parsed<StatementKind> {
        self.expect("WAITFOR")?;
        let wait = match self.eat_any(&["DELAY", "TIME"]) {
            Some("DELAY") => WaitFor::Delay(self.literal_or_variable()?),
            Some(_) => WaitFor::Time(self.literal_or_variable()?),
            None => self.waitfor_statement()?,
        };
        Ok(StatementKind::WaitFor(Box::new(wait)))
    }

    fn waitfor_statement(&mut self) -> Parsed<WaitFor> {
        self.expect("(")?;
        self.skip_semicolons();
        if self.at("SELECT") {
            return Err(sql_error!(101).at_line(self.line()).into());
        }
        let statement = match self.expect_one(&["RECEIVE", "GET CONVERSATION GROUP"])? {
            "RECEIVE" => WaitForStatement::Receive(self.receive()?),
            _ => WaitForStatement::GetConversationGroup(self.get_conversation_group()?),
        };
        self.skip_semicolons();
        self.expect(")")?;
        let timeout = if self.eat(", TIMEOUT") { Some(self.literal_or_variable()?) } else { None };
        Ok(WaitFor::Statement { statement, timeout })
    }
}
