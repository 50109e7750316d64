//! CREATE TABLE and table definitions.

use crate::ast::{
    ColumnConstraint, ColumnConstraintKind, ColumnDefinition, ColumnKind, CreateIndex, CreateTable, Ident,
    Identity, IndexColumn, InlineIndex, References, ReferentialAction, RegularColumn, StatementKind,
    TableConstraint, TableConstraintKind, TableDefinition,
};
use crate::errors::{Parsed, not_built};
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    pub(crate) fn create_table(&mut self) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        if self.at("AS") {
            let form =
                if self.at("AS FILETABLE") { "CREATE TABLE AS FILETABLE" } else { "CREATE TABLE AS NODE" };
            return not_built(form);
        }
        let definition = self.table_definition()?;
        let mut filegroup = None;
        loop {
            match self.eat_any(&["ON", "TEXTIMAGE_ON", "FILESTREAM_ON", "WITH (", "AS"]) {
                Some("AS") => return not_built("graph table"),
                Some("ON") => {
                    filegroup = Some(self.ident_or_string()?);
                    self.opt_parenthesized(Parser::ident)?;
                }
                Some("WITH (") => self.skip_to_closing()?,
                Some(_) => drop(self.ident_or_string()?),
                None => break,
            }
        }
        Ok(StatementKind::CreateTable(Box::new(CreateTable { name, definition, filegroup })))
    }

    /// `( columns, constraints, indexes )`. Real scripts leave out the comma before a table constraint and
    /// end the list with one; SQL Server takes both.
    pub(crate) fn table_definition(&mut self) -> Parsed<TableDefinition> {
        self.expect("(")?;
        let mut definition = TableDefinition::default();
        loop {
            self.table_element(&mut definition)?;
            if self.eat(",") {
                if self.eat(")") {
                    return Ok(definition);
                }
            } else if self.eat(")") {
                return Ok(definition);
            } else if !self.at_table_constraint() {
                return self.unexpected();
            }
        }
    }

    /// A column, constraint or index.
    pub(crate) fn table_element(&mut self, definition: &mut TableDefinition) -> Parsed<()> {
        if self.at_table_constraint() {
            definition.constraints.push(self.table_constraint()?);
        } else if self.at("INDEX") {
            definition.indexes.push(self.inline_index(None)?);
        } else if self.at("PERIOD FOR SYSTEM_TIME") {
            return not_built("PERIOD FOR SYSTEM_TIME");
        } else {
            let column = self.column_definition(definition)?;
            definition.columns.push(column);
        }
        Ok(())
    }

    fn at_table_constraint(&self) -> bool {
        self.at_any(&["CONSTRAINT", "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK", "DEFAULT"])
    }

    /// One column; a constraint with a column list after it belongs to the table and lands in `definition`.
    pub(crate) fn column_definition(&mut self, definition: &mut TableDefinition) -> Parsed<ColumnDefinition> {
        let name = self.ident()?;
        let mut constraints = Vec::new();
        let kind = if self.eat("AS") {
            let expr = self.expr()?;
            let persisted = self.eat("PERSISTED");
            self.skip("NOT NULL");
            ColumnKind::Computed { expr, persisted }
        } else {
            let data_type = if name.is("timestamp") && (self.at_any(&[",", ")", "NOT", "NULL"])) {
                crate::ast::DataType {
                    name: crate::ast::ObjectName { parts: vec![name.clone()] },
                    kind: crate::ast::DataTypeKind::RowVersion,
                }
            } else {
                self.data_type(UNSIZED)?
            };
            ColumnKind::Regular(Box::new(RegularColumn {
                data_type,
                collation: None,
                nullable: None,
                identity: None,
                rowguidcol: false,
                sparse: false,
            }))
        };
        let mut column = ColumnDefinition { name, kind, constraints: Vec::new() };
        loop {
            if self.at("INDEX") {
                let index = self.inline_index(Some(&column.name))?;
                definition.indexes.push(index);
            } else if !self.column_property(&mut column)?
                && !self.column_constraint(&mut constraints, definition)?
            {
                break;
            }
        }
        column.constraints = constraints;
        Ok(column)
    }

    /// NULL, IDENTITY, COLLATE and the like, in any order; false if none comes.
    fn column_property(&mut self, column: &mut ColumnDefinition) -> Parsed<bool> {
        const PROPERTIES: &[&str] = &[
            "NULL",
            "NOT NULL",
            "IDENTITY",
            "COLLATE",
            "ROWGUIDCOL",
            "SPARSE",
            "NOT FOR REPLICATION",
            "FILESTREAM",
            "MASKED",
            "GENERATED ALWAYS",
            "ENCRYPTED WITH",
            "HIDDEN",
            "COLUMN_SET",
        ];
        let ColumnKind::Regular(regular) = &mut column.kind else { return Ok(false) };
        match self.eat_any(PROPERTIES) {
            Some("NULL") => regular.nullable = Some(true),
            Some("NOT NULL") => regular.nullable = Some(false),
            Some("IDENTITY") => regular.identity = Some(self.identity()?),
            Some("COLLATE") => regular.collation = Some(self.ident_or_keyword()?),
            Some("ROWGUIDCOL") => regular.rowguidcol = true,
            Some("SPARSE") => regular.sparse = true,
            Some("NOT FOR REPLICATION") => {}
            Some(word) => return not_built(format!("column property {word}")),
            None => return Ok(false),
        }
        Ok(true)
    }

    fn identity(&mut self) -> Parsed<Identity> {
        let mut identity = Identity { seed: 1, increment: 1, not_for_replication: false };
        if self.eat("(") {
            identity.seed = self.signed_integer()?;
            self.expect(",")?;
            identity.increment = self.signed_integer()?;
            self.expect(")")?;
        }
        identity.not_for_replication = self.eat("NOT FOR REPLICATION");
        Ok(identity)
    }

    /// A constraint of the column; false if none comes.
    fn column_constraint(
        &mut self,
        constraints: &mut Vec<ColumnConstraint>,
        definition: &mut TableDefinition,
    ) -> Parsed<bool> {
        if !self.at_table_constraint() && !self.at_any(&["REFERENCES", "FOREIGN KEY"]) {
            return Ok(false);
        }
        if self.at_table_level_constraint() {
            definition.constraints.push(self.table_constraint()?);
            return Ok(true);
        }
        let line = self.line();
        let name = self.opt("CONSTRAINT", Parser::ident)?;
        let kind = match self.expect_one(&[
            "DEFAULT",
            "PRIMARY KEY",
            "UNIQUE",
            "CHECK",
            "FOREIGN KEY",
            "REFERENCES",
        ])? {
            "DEFAULT" => ColumnConstraintKind::Default(self.expr()?),
            "PRIMARY KEY" => ColumnConstraintKind::PrimaryKey { clustered: self.clustered()? },
            "UNIQUE" => ColumnConstraintKind::Unique { clustered: self.clustered()? },
            "CHECK" => ColumnConstraintKind::Check(self.check()?),
            "FOREIGN KEY" => {
                self.expect("REFERENCES")?;
                ColumnConstraintKind::References(self.references()?)
            }
            _ => ColumnConstraintKind::References(self.references()?),
        };
        self.skip("WITH VALUES");
        self.index_options()?;
        constraints.push(ColumnConstraint { name, line, kind });
        Ok(true)
    }

    /// Whether the constraint that comes has a column list, although no comma is in front of it.
    fn at_table_level_constraint(&self) -> bool {
        let mut n = if self.at("CONSTRAINT") { 2 } else { 0 };
        if self.is_at(n, "FOREIGN") && self.is_at(n + 1, "KEY") {
            return self.is_at(n + 2, "(");
        }
        match self.is_at(n, "PRIMARY") && self.is_at(n + 1, "KEY") {
            true => n += 2,
            false if self.is_at(n, "UNIQUE") => n += 1,
            false => return false,
        }
        if self.is_at(n, "CLUSTERED") || self.is_at(n, "NONCLUSTERED") {
            n += 1;
        }
        self.is_at(n, "(")
    }

    /// A constraint of the table.
    pub(crate) fn table_constraint(&mut self) -> Parsed<TableConstraint> {
        let line = self.line();
        let name = self.opt("CONSTRAINT", Parser::ident)?;
        let kind = match self.expect_one(&["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK", "DEFAULT"])? {
            "PRIMARY KEY" => TableConstraintKind::PrimaryKey {
                clustered: self.clustered()?,
                columns: self.parenthesized(Parser::index_column)?,
            },
            "UNIQUE" => TableConstraintKind::Unique {
                clustered: self.clustered()?,
                columns: self.parenthesized(Parser::index_column)?,
            },
            "FOREIGN KEY" => {
                let columns = self.parenthesized(Parser::ident)?;
                self.expect("REFERENCES")?;
                TableConstraintKind::ForeignKey { columns, references: self.references()? }
            }
            "CHECK" => TableConstraintKind::Check(self.check()?),
            _ => {
                let value = self.expr()?;
                self.expect("FOR")?;
                let column = self.ident()?;
                TableConstraintKind::Default { value, column, with_values: self.eat("WITH VALUES") }
            }
        };
        self.index_options()?;
        Ok(TableConstraint { name, line, kind })
    }

    fn check(&mut self) -> Parsed<crate::ast::Condition> {
        self.skip("NOT FOR REPLICATION");
        self.expect("(")?;
        let condition = self.condition()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn references(&mut self) -> Parsed<References> {
        let table = self.object_name()?;
        let columns = self.opt_parenthesized(Parser::ident)?;
        let mut references = References {
            table,
            columns,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
        };
        loop {
            match self.eat_any(&["ON DELETE", "ON UPDATE", "NOT FOR REPLICATION"]) {
                Some("ON DELETE") => references.on_delete = self.referential_action()?,
                Some("ON UPDATE") => references.on_update = self.referential_action()?,
                Some(_) => {}
                None => return Ok(references),
            }
        }
    }

    fn referential_action(&mut self) -> Parsed<ReferentialAction> {
        self.entry(&[
            ("NO ACTION", ReferentialAction::NoAction),
            ("CASCADE", ReferentialAction::Cascade),
            ("SET NULL", ReferentialAction::SetNull),
            ("SET DEFAULT", ReferentialAction::SetDefault),
        ])
    }

    /// `CLUSTERED | NONCLUSTERED` or nothing.
    fn clustered(&mut self) -> Parsed<Option<bool>> {
        let word = self.eat_any(&["CLUSTERED", "NONCLUSTERED"]);
        if self.at_any(&["HASH", "COLUMNSTORE"]) {
            return not_built(format!("{} index", self.near().to_ascii_uppercase()));
        }
        Ok(word.map(|word| word == "CLUSTERED"))
    }

    pub(crate) fn index_column(&mut self) -> Parsed<IndexColumn> {
        let name = self.ident()?;
        Ok(IndexColumn { name, descending: self.eat_any(&["ASC", "DESC"]) == Some("DESC") })
    }

    /// `INDEX name …` as an element of the table, or behind `column`, which then is its only column.
    fn inline_index(&mut self, column: Option<&Ident>) -> Parsed<InlineIndex> {
        self.expect("INDEX")?;
        let name = self.ident()?;
        let unique = self.eat("UNIQUE");
        let clustered = self.clustered()?;
        let columns = match column {
            Some(column) if !self.at("(") => vec![IndexColumn { name: column.clone(), descending: false }],
            _ => self.parenthesized(Parser::index_column)?,
        };
        if self.at_any(&["WHERE", "INCLUDE"]) {
            return not_built(format!("{} of an inline index", self.near().to_ascii_uppercase()));
        }
        self.index_options()?;
        Ok(InlineIndex { name, unique, clustered, columns })
    }

    /// `WITH (…)`, `WITH FILLFACTOR = n`, `ON filegroup`: of no effect but IGNORE_DUP_KEY, which is returned.
    fn index_options(&mut self) -> Parsed<bool> {
        let mut ignore_duplicates = false;
        loop {
            if self.eat("WITH (") {
                let start = self.position();
                self.skip_to_closing()?;
                let written = &self.text[self.span_between(start, self.position())];
                let written: String = written.to_ascii_uppercase().split_whitespace().collect();
                ignore_duplicates |= written.contains("IGNORE_DUP_KEY=ON");
            } else if self.eat_option("WITH FILLFACTOR") {
                self.integer()?;
            } else if self.at("ON") && !self.at_any(&["ON DELETE", "ON UPDATE"]) {
                self.advance();
                self.ident_or_string()?;
                self.opt_parenthesized(Parser::ident)?;
            } else if self.at("NOT ENFORCED") {
                return not_built("NOT ENFORCED");
            } else {
                return Ok(ignore_duplicates);
            }
        }
    }

    /// Goes behind the parenthesis that closes the one just taken.
    pub(crate) fn skip_to_closing(&mut self) -> Parsed<()> {
        let mut depth = 1usize;
        while depth > 0 {
            match self.peek().kind {
                TokenKind::Symbol("(") => depth += 1,
                TokenKind::Symbol(")") => depth -= 1,
                TokenKind::End | TokenKind::Invalid(_) => return self.unexpected(),
                _ => {}
            }
            self.advance();
        }
        Ok(())
    }

    /// `CREATE [UNIQUE] [CLUSTERED|NONCLUSTERED] INDEX …`, behind CREATE.
    pub(crate) fn create_index(&mut self) -> Parsed<StatementKind> {
        let unique = self.eat("UNIQUE");
        let clustered = self.clustered()? == Some(true);
        self.expect("INDEX")?;
        let name: Ident = self.ident()?;
        self.expect("ON")?;
        let table = self.object_name()?;
        let columns = self.parenthesized(Parser::index_column)?;
        let include = if self.eat("INCLUDE") { self.parenthesized(Parser::ident)? } else { Vec::new() };
        let filter = self.opt("WHERE", Parser::condition)?;
        let ignore_duplicate_keys = self.index_options()?;
        let index =
            CreateIndex { name, unique, clustered, table, columns, include, filter, ignore_duplicate_keys };
        Ok(StatementKind::CreateIndex(Box::new(index)))
    }
}
