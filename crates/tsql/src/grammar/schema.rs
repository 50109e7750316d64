//! CREATE and ALTER SCHEMA.

use crate::ast::{CreateSchema, DdlStatement, Statement, StatementKind, TransferClass};
use crate::errors::Parsed;
use crate::parser::Parser;

impl Parser<'_> {
    /// Behind CREATE SCHEMA.
    pub(crate) fn create_schema(&mut self) -> Parsed<StatementKind> {
        let name = if self.at("AUTHORIZATION") { None } else { Some(self.ident()?) };
        let authorization = self.authorization()?;
        if name.is_none() && authorization.is_none() {
            return self.unexpected();
        }
        let mut elements = Vec::new();
        while self.at_any(&["CREATE TABLE", "CREATE VIEW", "GRANT", "DENY", "REVOKE"]) {
            elements.push(self.schema_element()?);
        }
        let schema = CreateSchema { name, authorization, elements };
        Ok(StatementKind::Ddl(Box::new(DdlStatement::CreateSchema(schema))))
    }

    /// A statement inside CREATE SCHEMA; a view's query ends where the next element begins.
    fn schema_element(&mut self) -> Parsed<Statement> {
        let (start, line) = (self.position(), self.line());
        let kind = match self.eat("CREATE VIEW") {
            true => self.view(crate::ast::ModuleAction::Create)?,
            false => self.nested(Parser::statement_kind)?,
        };
        Ok(Statement { line, span: self.span_from(start), kind })
    }

    /// Behind ALTER SCHEMA.
    pub(crate) fn alter_schema(&mut self) -> Parsed<StatementKind> {
        let schema = self.ident()?;
        self.expect("TRANSFER")?;
        let class = match self.eat_any(&["OBJECT ::", "TYPE ::", "XML SCHEMA COLLECTION ::"]) {
            Some("TYPE ::") => TransferClass::Type,
            Some("XML SCHEMA COLLECTION ::") => TransferClass::XmlSchemaCollection,
            _ => TransferClass::Object,
        };
        let name = self.object_name()?;
        Ok(StatementKind::Ddl(Box::new(DdlStatement::AlterSchemaTransfer { schema, class, name })))
    }
}
