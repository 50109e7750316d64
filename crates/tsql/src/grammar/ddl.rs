//! Types, synonyms, XML schema collections, statistics, switching triggers.

use crate::ast::{CreateType, CreateTypeKind, DdlStatement, ObjectName, StatementKind, TriggerTarget};
use crate::errors::{Parsed, not_built};
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;

fn ddl(statement: DdlStatement) -> Parsed<StatementKind> {
    Ok(StatementKind::Ddl(Box::new(statement)))
}

impl Parser<'_> {
    pub(crate) fn create_type(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        let kind = match self.expect_one(&["FROM", "AS TABLE", "EXTERNAL NAME"])? {
            "FROM" => {
                let base = self.data_type(UNSIZED)?;
                let nullable = self.eat_any(&["NOT NULL", "NULL"]).map(|words| words == "NULL");
                CreateTypeKind::Alias { base, nullable }
            }
            "AS TABLE" => {
                let definition = self.table_definition()?;
                if self.at("WITH (") {
                    return not_built("CREATE TYPE … WITH (MEMORY_OPTIMIZED = ON)");
                }
                CreateTypeKind::Table(definition)
            }
            _ => return not_built("CREATE TYPE EXTERNAL NAME"),
        };
        ddl(DdlStatement::CreateType(CreateType { name, kind }))
    }

    pub(crate) fn create_synonym(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        self.expect("FOR")?;
        ddl(DdlStatement::CreateSynonym { name, target: self.object_name()? })
    }

    pub(crate) fn create_xml_schema_collection(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        self.expect("AS")?;
        ddl(DdlStatement::CreateXmlSchemaCollection { name, schema: self.expr()? })
    }

    pub(crate) fn alter_xml_schema_collection(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        self.expect("ADD")?;
        ddl(DdlStatement::AlterXmlSchemaCollection { name, add: self.expr()? })
    }

    pub(crate) fn create_statistics(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        self.expect("ON")?;
        let table = self.object_name()?;
        self.parenthesized(Parser::ident)?;
        self.opt("WHERE", Parser::condition)?;
        self.statistics_options()?;
        ddl(DdlStatement::CreateStatistics { name, table })
    }

    /// Behind UPDATE STATISTICS.
    pub(crate) fn update_statistics(&mut self) -> Parsed<StatementKind> {
        let table = self.object_name()?;
        if self.at("(") {
            self.parenthesized(Parser::ident)?;
        } else if self.at_ident() && !self.at_contextual_statement() {
            self.ident()?;
        }
        self.statistics_options()?;
        ddl(DdlStatement::UpdateStatistics { table })
    }

    /// `WITH FULLSCAN, NORECOMPUTE, SAMPLE 5 PERCENT …`.
    fn statistics_options(&mut self) -> Parsed<()> {
        if self.eat("WITH") {
            self.list(|parser| {
                parser.ident_or_keyword()?;
                parser.skip("=");
                if parser.at_literal() {
                    parser.expr()?;
                }
                parser.eat_any(&["PERCENT", "ROWS", "ON", "OFF"]);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Behind `ENABLE TRIGGER`, `DISABLE TRIGGER`.
    pub(crate) fn switch_trigger(&mut self, enable: bool) -> Parsed<StatementKind> {
        let names = if self.eat("ALL") { Vec::new() } else { self.list(Parser::object_name)? };
        let target = self.trigger_target()?;
        ddl(DdlStatement::SwitchTrigger { enable, names, target })
    }

    /// `ON table | DATABASE | ALL SERVER`.
    pub(crate) fn trigger_target(&mut self) -> Parsed<TriggerTarget> {
        self.expect("ON")?;
        Ok(match self.eat_any(&["DATABASE", "ALL SERVER"]) {
            Some("DATABASE") => TriggerTarget::Database,
            Some(_) => TriggerTarget::AllServer,
            None => TriggerTarget::Table(self.object_name()?),
        })
    }

    /// Names of objects with a schema.
    pub(crate) fn object_names(&mut self) -> Parsed<Vec<ObjectName>> {
        self.list(Parser::object_name)
    }
}
