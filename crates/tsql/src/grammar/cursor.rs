//! Cursors, and the statements on keys that share their verbs.

use crate::ast::{
    CursorDefinition, CursorName, CursorOption, CursorStatement, FetchDirection, KeyStatement, StatementKind,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;

const OPTIONS: &[(&str, CursorOption)] = &[
    ("LOCAL", CursorOption::Local),
    ("GLOBAL", CursorOption::Global),
    ("FORWARD_ONLY", CursorOption::ForwardOnly),
    ("SCROLL", CursorOption::Scroll),
    ("STATIC", CursorOption::Static),
    ("KEYSET", CursorOption::Keyset),
    ("DYNAMIC", CursorOption::Dynamic),
    ("FAST_FORWARD", CursorOption::FastForward),
    ("READ_ONLY", CursorOption::ReadOnly),
    ("SCROLL_LOCKS", CursorOption::ScrollLocks),
    ("OPTIMISTIC", CursorOption::Optimistic),
    ("TYPE_WARNING", CursorOption::TypeWarning),
    ("INSENSITIVE", CursorOption::Insensitive),
];

impl Parser<'_> {
    /// OPEN, CLOSE, FETCH, DEALLOCATE.
    pub(crate) fn cursor_or_key(&mut self, word: &str) -> Parsed<StatementKind> {
        if self.at_any(&["OPEN MASTER KEY", "CLOSE MASTER KEY"]) {
            return self.open_or_close_master_key();
        }
        if self.at_any(&["OPEN SYMMETRIC KEY", "CLOSE SYMMETRIC KEY", "CLOSE ALL SYMMETRIC KEYS"]) {
            return self.recognised_or_unexpected();
        }
        self.advance();
        let statement = match word {
            "OPEN" => CursorStatement::Open(self.cursor_name()?),
            "CLOSE" => CursorStatement::Close(self.cursor_name()?),
            "FETCH" => self.fetch()?,
            _ => CursorStatement::Deallocate(self.cursor_name()?),
        };
        Ok(StatementKind::Cursor(statement))
    }

    fn open_or_close_master_key(&mut self) -> Parsed<StatementKind> {
        let statement = if self.eat("CLOSE MASTER KEY") {
            KeyStatement::CloseMasterKey
        } else {
            self.expect("OPEN MASTER KEY DECRYPTION BY")?;
            KeyStatement::OpenMasterKey { password: self.password_option()? }
        };
        Ok(StatementKind::Key(Box::new(statement)))
    }

    pub(crate) fn cursor_name(&mut self) -> Parsed<CursorName> {
        if self.at_variable() {
            return self.variable().map(CursorName::Variable);
        }
        let global = self.at("GLOBAL") && crate::parser::is_name(self.peek_at(1).kind) && self.eat("GLOBAL");
        Ok(CursorName::Name { name: self.ident()?, global })
    }

    fn fetch(&mut self) -> Parsed<CursorStatement> {
        let direction = match self.eat_any(&["NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE"]) {
            Some("PRIOR") => FetchDirection::Prior,
            Some("FIRST") => FetchDirection::First,
            Some("LAST") => FetchDirection::Last,
            Some("ABSOLUTE") => FetchDirection::Absolute(self.literal_or_variable()?),
            Some("RELATIVE") => FetchDirection::Relative(self.literal_or_variable()?),
            _ => FetchDirection::Next,
        };
        self.skip("FROM");
        let cursor = self.cursor_name()?;
        let into = if self.eat("INTO") { self.list(Parser::variable)? } else { Vec::new() };
        Ok(CursorStatement::Fetch { direction, cursor, into })
    }

    /// `DECLARE name [INSENSITIVE] [SCROLL] CURSOR …`, behind DECLARE.
    pub(crate) fn declare_cursor(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let mut options = Vec::new();
        while let Some(option) = self.opt_entry(OPTIONS) {
            options.push(option);
        }
        self.expect("CURSOR")?;
        let definition = Box::new(self.cursor_definition(options)?);
        Ok(StatementKind::Cursor(CursorStatement::Declare { name, definition }))
    }

    /// Options, query and FOR clause, behind CURSOR.
    pub(crate) fn cursor_definition(&mut self, mut options: Vec<CursorOption>) -> Parsed<CursorDefinition> {
        while let Some(option) = self.opt_entry(OPTIONS) {
            options.push(option);
        }
        self.expect("FOR")?;
        if !self.at_any(&["SELECT", "WITH", "("]) {
            return not_built("CURSOR FOR statement name");
        }
        let query = self.defining_query()?;
        let mut for_update = None;
        match self.eat_any(&["FOR READ ONLY", "FOR READ_ONLY", "FOR UPDATE"]) {
            Some("FOR UPDATE") => {
                for_update = Some(if self.eat("OF") { self.list(Parser::ident)? } else { Vec::new() });
            }
            Some(_) => options.push(CursorOption::ReadOnly),
            None => {}
        }
        Ok(CursorDefinition { options, query, for_update })
    }
}
