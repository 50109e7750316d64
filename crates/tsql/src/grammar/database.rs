//! CREATE and ALTER DATABASE.

use crate::ast::{
    AlterDatabase, AlterDatabaseAction, CreateDatabase, CreateDatabaseForm, DatabaseAccess, DatabaseOption,
    DatabaseState, DatabaseStatement, RecoveryModel, StatementKind, Termination,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

/// Options that are a word of their own.
const WORDS: &[(&str, DatabaseOption)] = &[
    ("ENABLE_BROKER", DatabaseOption::EnableBroker),
    ("DISABLE_BROKER", DatabaseOption::DisableBroker),
    ("NEW_BROKER", DatabaseOption::NewBroker),
    ("ERROR_BROKER_CONVERSATIONS", DatabaseOption::ErrorBrokerConversations),
    ("SINGLE_USER", DatabaseOption::Access(DatabaseAccess::Single)),
    ("RESTRICTED_USER", DatabaseOption::Access(DatabaseAccess::Restricted)),
    ("MULTI_USER", DatabaseOption::Access(DatabaseAccess::Multi)),
    ("READ_ONLY", DatabaseOption::ReadOnly(true)),
    ("READ_WRITE", DatabaseOption::ReadOnly(false)),
    ("ONLINE", DatabaseOption::State(DatabaseState::Online)),
    ("OFFLINE", DatabaseOption::State(DatabaseState::Offline)),
    ("EMERGENCY", DatabaseOption::State(DatabaseState::Emergency)),
    ("RECOVERY FULL", DatabaseOption::Recovery(RecoveryModel::Full)),
    ("RECOVERY BULK_LOGGED", DatabaseOption::Recovery(RecoveryModel::BulkLogged)),
    ("RECOVERY SIMPLE", DatabaseOption::Recovery(RecoveryModel::Simple)),
];

/// Makes the option from ON or OFF.
type Switch = fn(bool) -> DatabaseOption;

/// Options that are ON or OFF.
const SWITCHES: &[(&str, Switch)] = &[
    ("HONOR_BROKER_PRIORITY", DatabaseOption::HonorBrokerPriority),
    ("TRUSTWORTHY", DatabaseOption::Trustworthy),
    ("DB_CHAINING", DatabaseOption::DbChaining),
    ("ALLOW_SNAPSHOT_ISOLATION", DatabaseOption::AllowSnapshotIsolation),
    ("READ_COMMITTED_SNAPSHOT", DatabaseOption::ReadCommittedSnapshot),
];

/// Options without effect here, most of them in every script that a tool has generated.
const OTHERS: &[&str] = &[
    "ACCELERATED_DATABASE_RECOVERY",
    "ANSI_NULL_DEFAULT",
    "ANSI_NULLS",
    "ANSI_PADDING",
    "ANSI_WARNINGS",
    "ARITHABORT",
    "AUTO_CLOSE",
    "AUTO_CREATE_STATISTICS",
    "AUTO_SHRINK",
    "AUTO_UPDATE_STATISTICS",
    "AUTO_UPDATE_STATISTICS_ASYNC",
    "CHANGE_TRACKING",
    "CONCAT_NULL_YIELDS_NULL",
    "CONTAINMENT",
    "CURSOR_CLOSE_ON_COMMIT",
    "CURSOR_DEFAULT",
    "DATE_CORRELATION_OPTIMIZATION",
    "DEFAULT_FULLTEXT_LANGUAGE",
    "DEFAULT_LANGUAGE",
    "DELAYED_DURABILITY",
    "FILESTREAM",
    "MIXED_PAGE_ALLOCATION",
    "NESTED_TRIGGERS",
    "NUMERIC_ROUNDABORT",
    "PAGE_VERIFY",
    "PARAMETERIZATION",
    "QUERY_STORE",
    "QUOTED_IDENTIFIER",
    "RECURSIVE_TRIGGERS",
    "SUPPLEMENTAL_LOGGING",
    "TARGET_RECOVERY_TIME",
    "TEMPORAL_HISTORY_RETENTION",
    "TORN_PAGE_DETECTION",
    "TRANSFORM_NOISE_WORDS",
    "TWO_DIGIT_YEAR_CUTOFF",
    "VARDECIMAL_STORAGE_FORMAT",
];

impl Parser<'_> {
    pub(crate) fn create_database(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let mut create =
            CreateDatabase { name, collation: None, options: Vec::new(), form: CreateDatabaseForm::New };
        if self.eat("CONTAINMENT =") {
            self.ident()?;
        }
        if self.eat("ON") {
            self.file_list()?;
        }
        if self.eat("LOG ON") {
            self.file_list()?;
        }
        create.collation = self.opt("COLLATE", Parser::ident_or_keyword)?;
        match self.eat_any(&["FOR ATTACH_REBUILD_LOG", "FOR ATTACH", "AS SNAPSHOT OF"]) {
            Some("AS SNAPSHOT OF") => {
                self.ident()?;
                create.form = CreateDatabaseForm::Snapshot;
            }
            Some(_) => create.form = CreateDatabaseForm::Attach,
            None => {}
        }
        if self.eat("WITH") {
            create.options = self.list(Parser::database_option)?;
        }
        Ok(StatementKind::Database(Box::new(DatabaseStatement::Create(create))))
    }

    /// `[PRIMARY] (file …), FILEGROUP g (file …), …`: accepted, of no effect.
    fn file_list(&mut self) -> Parsed<()> {
        self.skip("PRIMARY");
        self.list(|parser| {
            if parser.eat("FILEGROUP") {
                parser.ident()?;
                parser.eat_any(&["CONTAINS FILESTREAM", "CONTAINS MEMORY_OPTIMIZED_DATA"]);
                parser.skip("DEFAULT");
            }
            parser.expect("(")?;
            parser.skip_to_closing()
        })?;
        Ok(())
    }

    pub(crate) fn alter_database(&mut self) -> Parsed<StatementKind> {
        let name = if self.eat("CURRENT") { None } else { Some(self.ident()?) };
        const ACTIONS: &[&str] = &[
            "SET",
            "MODIFY NAME =",
            "COLLATE",
            "ADD FILE",
            "ADD LOG FILE",
            "ADD FILEGROUP",
            "MODIFY FILE",
            "MODIFY FILEGROUP",
            "REMOVE FILE",
            "REMOVE FILEGROUP",
        ];
        let action = match self.expect_one(ACTIONS)? {
            "SET" => self.alter_database_set()?,
            "MODIFY NAME =" => AlterDatabaseAction::ModifyName(self.ident()?),
            "COLLATE" => AlterDatabaseAction::Collate(self.ident_or_keyword()?),
            _ => self.alter_database_files()?,
        };
        Ok(StatementKind::Database(Box::new(DatabaseStatement::Alter(AlterDatabase { name, action }))))
    }

    fn alter_database_files(&mut self) -> Parsed<AlterDatabaseAction> {
        if self.at("(") {
            self.list(|parser| {
                parser.expect("(")?;
                parser.skip_to_closing()
            })?;
            self.opt("TO FILEGROUP", Parser::ident_or_string)?;
        } else {
            self.ident()?;
            self.eat_any(&[
                "DEFAULT",
                "READ_ONLY",
                "READ_WRITE",
                "CONTAINS FILESTREAM",
                "CONTAINS MEMORY_OPTIMIZED_DATA",
            ]);
            if self.eat("NAME =") {
                self.ident()?;
            }
        }
        Ok(AlterDatabaseAction::Files)
    }

    fn alter_database_set(&mut self) -> Parsed<AlterDatabaseAction> {
        if self.at_any(&["PARTNER", "WITNESS", "HADR"]) {
            return not_built(format!("ALTER DATABASE SET {}", self.near()));
        }
        let options = self.list(Parser::database_option)?;
        let termination =
            match self.eat_any(&["WITH ROLLBACK AFTER", "WITH ROLLBACK IMMEDIATE", "WITH NO_WAIT"]) {
                Some("WITH ROLLBACK AFTER") => {
                    let seconds = self.integer()?.try_into().unwrap_or(u32::MAX);
                    self.skip("SECONDS");
                    Some(Termination::RollbackAfter(seconds))
                }
                Some("WITH ROLLBACK IMMEDIATE") => Some(Termination::RollbackImmediate),
                Some(_) => Some(Termination::NoWait),
                None => None,
            };
        Ok(AlterDatabaseAction::Set { options, termination })
    }

    fn database_option(&mut self) -> Parsed<DatabaseOption> {
        if let Some((_, option)) = WORDS.iter().find(|(words, _)| self.eat(words)) {
            return Ok(option.clone());
        }
        if let Some(option) = self.opt_entry(SWITCHES) {
            self.skip("=");
            return Ok(option(self.on_off()?));
        }
        if self.eat("COMPATIBILITY_LEVEL =") {
            let level = self.integer()?.try_into().unwrap_or(u32::MAX);
            return Ok(DatabaseOption::CompatibilityLevel(level));
        }
        match self.eat_any(OTHERS) {
            Some(name) => self.other_database_option(name),
            None if self.at_ident() => not_built(format!("database option {}", self.near())),
            None => self.unexpected(),
        }
    }

    /// `NAME value`, `NAME = value (…)`, `NAME (…)`: the value is kept as text.
    fn other_database_option(&mut self, name: &str) -> Parsed<DatabaseOption> {
        let start = self.position();
        self.skip("=");
        if matches!(self.peek().kind, TokenKind::Word { .. } | TokenKind::Integer) {
            self.advance();
            self.eat_any(&["SECONDS", "MINUTES", "DAYS", "HOURS"]);
        }
        if self.eat("(") {
            self.skip_to_closing()?;
        }
        let written = if self.position() > start { &self.text[self.span_from(start)] } else { "" };
        let value = written.trim_start_matches('=').to_ascii_uppercase().split_whitespace().collect();
        Ok(DatabaseOption::Other { name: name.to_owned(), value })
    }
}
