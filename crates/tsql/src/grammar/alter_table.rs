//! ALTER TABLE and ALTER INDEX.

use crate::ast::{
    AlterTable, AlterTableAction, AlterTableDrop, DdlStatement, Ident, StatementKind, TableDefinition,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;

impl Parser<'_> {
    pub(crate) fn alter_table(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        let action = self.alter_table_action()?;
        Ok(StatementKind::AlterTable(Box::new(AlterTable { name, action })))
    }

    fn alter_table_action(&mut self) -> Parsed<AlterTableAction> {
        let with_check = self.eat_any(&["WITH CHECK", "WITH NOCHECK"]).map(|words| words == "WITH CHECK");
        const ACTIONS: &[&str] = &[
            "ADD",
            "ALTER COLUMN",
            "DROP",
            "CHECK CONSTRAINT",
            "NOCHECK CONSTRAINT",
            "ENABLE TRIGGER",
            "DISABLE TRIGGER",
            "SET (",
            "REBUILD",
            "SWITCH",
            "ENABLE",
            "DISABLE",
            "SPLIT RANGE",
            "MERGE RANGE",
            "ALTER INDEX",
        ];
        Ok(match self.expect_one(ACTIONS)? {
            "ADD" => AlterTableAction::Add { definition: self.added_elements()?, with_check },
            "ALTER COLUMN" => self.alter_column()?,
            "DROP" => AlterTableAction::Drop(self.dropped_elements()?),
            "CHECK CONSTRAINT" => {
                AlterTableAction::CheckConstraint { enable: true, names: self.all_or_names()? }
            }
            "NOCHECK CONSTRAINT" => {
                AlterTableAction::CheckConstraint { enable: false, names: self.all_or_names()? }
            }
            "ENABLE TRIGGER" => AlterTableAction::Trigger { enable: true, names: self.all_or_names()? },
            "DISABLE TRIGGER" => AlterTableAction::Trigger { enable: false, names: self.all_or_names()? },
            "SET (" => {
                self.skip_to_closing()?;
                AlterTableAction::Storage
            }
            "REBUILD" => {
                if self.eat_option("PARTITION") {
                    self.advance();
                }
                if self.eat("WITH (") {
                    self.skip_to_closing()?;
                }
                AlterTableAction::Storage
            }
            other => return not_built(format!("ALTER TABLE {other}")),
        })
    }

    /// Columns and constraints, separated by commas.
    fn added_elements(&mut self) -> Parsed<TableDefinition> {
        let mut definition = TableDefinition::default();
        self.list(|parser| {
            // `ADD a int, ADD b int` does not exist, but `ADD COLUMN` is a common slip that SQL Server
            // refuses too.
            parser.table_element(&mut definition)
        })?;
        Ok(definition)
    }

    fn alter_column(&mut self) -> Parsed<AlterTableAction> {
        if crate::parser::is_name(self.peek().kind) && (self.is_at(1, "ADD") || self.is_at(1, "DROP")) {
            return not_built("ALTER COLUMN ADD|DROP");
        }
        let mut strays = TableDefinition::default();
        let column = self.column_definition(&mut strays)?;
        if self.eat("WITH (") {
            self.skip_to_closing()?;
        }
        Ok(AlterTableAction::AlterColumn(column))
    }

    /// `DROP [CONSTRAINT] [IF EXISTS] names, COLUMN [IF EXISTS] names`; a kind holds until the next one is
    /// named.
    fn dropped_elements(&mut self) -> Parsed<Vec<AlterTableDrop>> {
        for object in ["INDEX", "PERIOD FOR SYSTEM_TIME"] {
            if self.eat(object) {
                return not_built(format!("ALTER TABLE DROP {object}"));
            }
        }
        let (mut column, mut if_exists) = (false, false);
        self.list(|parser| {
            if let Some(word) = parser.eat_any(&["COLUMN", "CONSTRAINT"]) {
                column = word == "COLUMN";
                if_exists = false;
            }
            if_exists |= parser.eat("IF EXISTS");
            let name = parser.ident()?;
            if parser.eat("WITH (") {
                parser.skip_to_closing()?;
            }
            Ok(AlterTableDrop { column, if_exists, name })
        })
    }

    fn all_or_names(&mut self) -> Parsed<Vec<Ident>> {
        if self.eat("ALL") { Ok(Vec::new()) } else { self.list(Parser::ident) }
    }

    /// `ALTER INDEX name|ALL ON table action …`, behind INDEX.
    pub(crate) fn alter_index(&mut self) -> Parsed<StatementKind> {
        let name = if self.eat("ALL") { None } else { Some(self.ident()?) };
        self.expect("ON")?;
        let table = self.object_name()?;
        let action =
            self.expect_one(&["REBUILD", "REORGANIZE", "DISABLE", "SET", "RESUME", "PAUSE", "ABORT"])?;
        if self.eat_option("PARTITION") {
            self.advance();
        }
        if self.eat("WITH (") || (action == "SET" && self.eat("(")) {
            self.skip_to_closing()?;
        }
        let statement = DdlStatement::AlterIndex { name, table, action: action.to_owned() };
        Ok(StatementKind::Ddl(Box::new(statement)))
    }
}
