//! Statement lists: where a statement begins and ends, and how parsing goes on after an error.

use duologue_messages::{SqlError, sql_error};

use crate::ast::{Batch, Statement, StatementKind};
use crate::errors::{Parsed, Stop, shortened};
use crate::keywords::starts_statement;
use crate::parser::Parser;
use crate::token::TokenKind;

/// Errors after which the rest of a batch is not read.
const MAX_ERRORS: usize = 20;

impl Parser<'_> {
    /// The whole batch; errors are left in `self.errors`.
    pub(crate) fn batch(&mut self) -> Batch {
        let mut statements = Vec::new();
        self.skip_semicolons();
        if self.at_bare_call() {
            let start = self.position();
            let result = self.bare_call();
            self.finish(start, result, &mut statements);
        }
        let mut first = statements.is_empty();
        while !self.at_end() && self.errors.len() < MAX_ERRORS {
            self.top_level_statement(first, &mut statements);
            first = false;
        }
        self.check_labels();
        Batch { statements, mentions: std::mem::take(&mut self.mentions) }
    }

    /// A procedure named without EXECUTE, which only a batch's first statement may be.
    fn at_bare_call(&self) -> bool {
        self.at_ident() && !self.at_contextual_statement() && !self.at("THROW")
    }

    fn top_level_statement(&mut self, first: bool, statements: &mut Vec<Statement>) {
        let before = self.position();
        match self.at_module() {
            Some(name) => {
                if !first {
                    self.errors.push(sql_error!(111, name).at_line(self.line()));
                }
                self.module_into(statements);
            }
            None => self.statement_into(statements),
        }
        self.skip_semicolons();
        if self.position() == before && !self.at_end() {
            // Only an `END` without a beginning gets here.
            self.errors.push(self.syntax_error());
            self.advance();
        }
    }

    /// A module that is not built takes the rest of the batch with it: its body must not run.
    fn module_into(&mut self, statements: &mut Vec<Statement>) {
        let (start, mentions) = (self.position(), self.mentions.len());
        let result = self.module_statement();
        let not_built = matches!(&result, Err(stop) if matches!(**stop, Stop::NotBuilt(_)));
        self.mentions.truncate(mentions);
        self.finish(start, result, statements);
        if not_built {
            while !self.at_end() {
                self.advance();
            }
            if let Some(module) = statements.last_mut() {
                module.span = self.span_from(start);
            }
        }
    }

    /// Statements up to one of `terminators` or the end; the terminator is not taken.
    pub(crate) fn statements_until(&mut self, terminators: &[&str]) -> Vec<Statement> {
        let mut statements = Vec::new();
        self.skip_semicolons();
        while !self.at_end() && !self.at_block_end(terminators) && self.errors.len() < MAX_ERRORS {
            let before = self.position();
            self.statement_into(&mut statements);
            self.skip_semicolons();
            if self.position() == before {
                self.errors.push(self.syntax_error());
                self.advance();
            }
        }
        statements
    }

    fn at_block_end(&self, terminators: &[&str]) -> bool {
        self.at_any(terminators) && !self.at("END CONVERSATION")
    }

    /// Reads one statement of a list and goes on behind it, whatever happens.
    fn statement_into(&mut self, statements: &mut Vec<Statement>) {
        let start = self.position();
        self.statements += 1;
        self.check_with_after_statement(!statements.is_empty());
        let result = self.nested(Parser::statement_kind);
        self.finish(start, result, statements);
    }

    /// One statement where the grammar wants exactly one: the branch of an IF, the body of a WHILE.
    pub(crate) fn statement(&mut self) -> Parsed<Box<Statement>> {
        let (start, line) = (self.position(), self.line());
        if self.at_end() {
            return self.unexpected();
        }
        self.statements += 1;
        let kind = match self.nested(Parser::statement_kind) {
            Ok(kind) => kind,
            Err(stop) => match *stop {
                Stop::NotBuilt(name) => {
                    self.skip_statement(start);
                    StatementKind::NotBuilt { name }
                }
                stop => return Err(Box::new(stop)),
            },
        };
        Ok(Box::new(Statement { line, span: self.span_from(start), kind }))
    }

    fn finish(&mut self, start: usize, result: Parsed<StatementKind>, statements: &mut Vec<Statement>) {
        let kind = match result {
            Ok(kind) => kind,
            Err(stop) => match *stop {
                Stop::NotBuilt(name) => {
                    self.skip_statement(start);
                    StatementKind::NotBuilt { name }
                }
                Stop::Error(error) => {
                    self.report(error);
                    self.skip_statement(start);
                    return;
                }
            },
        };
        statements.push(Statement { line: self.line_of(start), span: self.span_from(start), kind });
    }

    /// 319: WITH at a statement's start needs a semicolon in front.
    fn check_with_after_statement(&mut self, follows_statement: bool) {
        if follows_statement && self.at("WITH") && !self.after_semicolon() {
            self.errors.push(sql_error!(319).at_line(self.line()));
        }
    }

    /// An unclosed string is also a syntax error, of its own number.
    fn report(&mut self, error: SqlError) {
        let unclosed = (error.number == 105).then(|| {
            let content = self.text[self.peek().start as usize..].get(1..).unwrap_or_default();
            sql_error!(102, shortened(content)).at_line(error.line)
        });
        self.errors.push(error);
        self.errors.extend(unclosed);
    }

    /// Goes to where the next statement seems to begin, at least one token behind `start`.
    fn skip_statement(&mut self, start: usize) {
        let reached = self.position().max(start + 1);
        self.go_to(start);
        let mut skipper = Skipper {
            merge: self.at("MERGE"),
            definition: self.at_any(&["ALTER", "BACKUP", "CREATE", "DROP", "RESTORE"]),
            continues: self.at("ALTER"),
            ..Skipper::default()
        };
        while !self.at_end() {
            let boundary = self.skip_ends(&mut skipper);
            if boundary && self.position() >= reached {
                return;
            }
            self.advance();
        }
    }

    /// Whether the statement that is being skipped ends before the next token.
    fn skip_ends(&self, skipper: &mut Skipper) -> bool {
        let token = self.peek();
        match token.kind {
            TokenKind::Symbol("(") => skipper.depth += 1,
            TokenKind::Symbol(")") => skipper.depth = skipper.depth.saturating_sub(1),
            TokenKind::Symbol(";") => return skipper.depth == 0,
            TokenKind::Word { reserved: true } if self.at("CASE") => skipper.cases += 1,
            TokenKind::Word { reserved: true } if self.at("END") && skipper.cases > 0 => skipper.cases -= 1,
            TokenKind::Word { reserved: true } if skipper.depth == 0 && !skipper.merge => {
                return self.at_any(&["END", "ELSE"]) || self.skip_ends_at_word(skipper);
            }
            _ => {}
        }
        false
    }

    fn skip_ends_at_word(&self, skipper: &mut Skipper) -> bool {
        if !starts_statement(self.token_text(self.peek())) || self.at("WITH") || self.after_set_operator() {
            return false;
        }
        if skipper.continues && self.at_any(&["SET", "DROP", "RECONFIGURE", "MERGE", "GRANT"]) {
            skipper.continues = false;
            return false;
        }
        // Definitions are full of statements' words; only at the beginning of a line they are likely to be
        // one.
        !skipper.definition || self.position() == 0 || self.line_of(self.position() - 1) != self.line()
    }

    fn after_set_operator(&self) -> bool {
        let before = self.previous_text();
        ["UNION", "ALL", "EXCEPT", "INTERSECT"].iter().any(|word| before.eq_ignore_ascii_case(word))
    }

    fn after_semicolon(&self) -> bool {
        self.previous_text() == ";"
    }

    pub(crate) fn skip_semicolons(&mut self) {
        while self.eat(";") {}
    }

    /// 132 and 133, once the labels of a batch or module are all known.
    pub(crate) fn check_labels(&mut self) {
        let labels = std::mem::take(&mut self.labels);
        let gotos = std::mem::take(&mut self.gotos);
        for (index, label) in labels.iter().enumerate() {
            if labels[..index].iter().any(|earlier| earlier.is(&label.name)) {
                self.errors.push(sql_error!(132, label.name).at_line(label.line));
            }
        }
        for goto in gotos {
            if !labels.iter().any(|label| label.is(&goto.name)) {
                self.errors.push(sql_error!(133, goto.name).at_line(goto.line));
            }
        }
    }
}

/// What is known about a statement while it is skipped.
#[derive(Default)]
struct Skipper {
    /// Open parentheses.
    depth: usize,
    /// CASE expressions without their END.
    cases: usize,
    /// MERGE ends at a semicolon only, and is full of other statements' words.
    merge: bool,
    /// CREATE, ALTER and the like.
    definition: bool,
    /// ALTER, whose first SET, DROP … is its own.
    continues: bool,
}
