//! CREATE and ALTER QUEUE.

use duologue_messages::sql_error;

use crate::ast::{
    Activation, ActivationOptions, AlterQueue, AlterQueueAction, BrokerStatement, CreateQueue,
    ExecuteAsClause, QueueOptions, StatementKind,
};
use crate::errors::Parsed;
use crate::grammar::broker::broker;
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn create_queue(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        let options = if self.eat("WITH") { self.queue_options(false)? } else { QueueOptions::default() };
        let filegroup = self.opt("ON", Parser::ident_or_string)?;
        broker(BrokerStatement::CreateQueue(CreateQueue { name, options, filegroup }))
    }

    pub(crate) fn alter_queue(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        let action = match self.expect_one(&["WITH", "REBUILD", "REORGANIZE", "MOVE TO"])? {
            "WITH" => AlterQueueAction::Set(self.queue_options(true)?),
            "REBUILD" => {
                if self.eat("WITH ( MAXDOP =") {
                    self.integer()?;
                    self.expect(")")?;
                }
                AlterQueueAction::Rebuild
            }
            "REORGANIZE" => {
                if self.eat("WITH ( LOB_COMPACTION =") {
                    self.on_off()?;
                    self.expect(")")?;
                }
                AlterQueueAction::Reorganize
            }
            _ => AlterQueueAction::MoveTo(self.ident_or_string()?),
        };
        broker(BrokerStatement::AlterQueue(AlterQueue { name, action }))
    }

    /// In any order, each at most once; the documentation's examples leave out commas.
    fn queue_options(&mut self, alter: bool) -> Parsed<QueueOptions> {
        const NAMES: &[&str] = &["STATUS =", "RETENTION =", "ACTIVATION (", "POISON_MESSAGE_HANDLING ("];
        let mut options = QueueOptions::default();
        loop {
            let start = self.position();
            let fresh = match self.expect_one(NAMES)? {
                "STATUS =" => options.status.replace(self.on_off()?).is_none(),
                "RETENTION =" => options.retention.replace(self.on_off()?).is_none(),
                "ACTIVATION (" => options.activation.replace(self.activation(alter)?).is_none(),
                _ => options.poison_message_handling.replace(self.poison_message_handling()?).is_none(),
            };
            self.once(fresh, start)?;
            if !self.eat(",") && !self.at_any(NAMES) {
                return Ok(options);
            }
        }
    }

    fn poison_message_handling(&mut self) -> Parsed<bool> {
        self.expect_option("STATUS")?;
        let on = self.on_off()?;
        self.expect(")")?;
        Ok(on)
    }

    /// Behind `ACTIVATION (`.
    fn activation(&mut self, alter: bool) -> Parsed<Activation> {
        if alter && self.eat("DROP )") {
            return Ok(Activation::Drop);
        }
        let mut options = ActivationOptions::default();
        loop {
            self.activation_option(&mut options)?;
            self.skip(",");
            if self.at(")") {
                break;
            }
        }
        let given =
            [options.procedure.is_some(), options.max_queue_readers.is_some(), options.execute_as.is_some()];
        // CREATE takes all three or none; only ALTER has old values to keep.
        if !alter && given.contains(&true) && given.contains(&false) {
            return self.unexpected();
        }
        self.expect(")")?;
        Ok(Activation::Set(options))
    }

    fn activation_option(&mut self, options: &mut ActivationOptions) -> Parsed<()> {
        let start = self.position();
        if let Some(clause) = self.opt_execute_as_clause()? {
            let fresh = clause != ExecuteAsClause::Caller && options.execute_as.replace(clause).is_none();
            return self.once(fresh, start);
        }
        let fresh = match self.expect_one(&["STATUS =", "PROCEDURE_NAME =", "MAX_QUEUE_READERS ="])? {
            "STATUS =" => options.status.replace(self.on_off()?).is_none(),
            "PROCEDURE_NAME =" => options.procedure.replace(self.object_name()?).is_none(),
            _ => options.max_queue_readers.replace(self.max_queue_readers()?).is_none(),
        };
        self.once(fresh, start)
    }

    fn max_queue_readers(&mut self) -> Parsed<u16> {
        let line = self.line();
        match u16::try_from(self.integer()?) {
            Ok(readers @ 0..=32767) => Ok(readers),
            _ => Err(sql_error!(187).at_line(line).into()),
        }
    }
}
