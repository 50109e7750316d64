//! From a statement's first words to its production.

use crate::ast::StatementKind;
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

type Production<'a> = fn(&mut Parser<'a>) -> Parsed<StatementKind>;

/// What follows CREATE, ALTER or DROP in statements that SQL Server has and this parser only recognises.
const OBJECTS_NOT_BUILT: &[&str] = &[
    "AGGREGATE",
    "ASSEMBLY",
    "ASYMMETRIC KEY",
    "AVAILABILITY GROUP",
    "CLUSTERED COLUMNSTORE INDEX",
    "COLUMN ENCRYPTION KEY",
    "COLUMN MASTER KEY",
    "COLUMNSTORE INDEX",
    "CREDENTIAL",
    "CRYPTOGRAPHIC PROVIDER",
    "DATABASE AUDIT SPECIFICATION",
    "DATABASE ENCRYPTION KEY",
    "DATABASE SCOPED CONFIGURATION",
    "DATABASE SCOPED CREDENTIAL",
    "DEFAULT",
    "EVENT SESSION",
    "EXTERNAL DATA SOURCE",
    "EXTERNAL FILE FORMAT",
    "EXTERNAL LANGUAGE",
    "EXTERNAL LIBRARY",
    "EXTERNAL RESOURCE POOL",
    "EXTERNAL TABLE",
    "FULLTEXT CATALOG",
    "FULLTEXT INDEX",
    "FULLTEXT STOPLIST",
    "LOGON TRIGGER",
    "NONCLUSTERED COLUMNSTORE INDEX",
    "PARTITION FUNCTION",
    "PARTITION SCHEME",
    "PRIMARY XML INDEX",
    "RESOURCE GOVERNOR",
    "RESOURCE POOL",
    "RULE",
    "SEARCH PROPERTY LIST",
    "SECURITY POLICY",
    "SELECTIVE XML INDEX",
    "SERVER AUDIT SPECIFICATION",
    "SERVER AUDIT",
    "SERVER CONFIGURATION",
    "SPATIAL INDEX",
    "STATISTICS",
    "SYMMETRIC KEY",
    "WORKLOAD CLASSIFIER",
    "WORKLOAD GROUP",
    "XML INDEX",
];

/// Whole statements that are only recognised.
const STATEMENTS_NOT_BUILT: &[&str] = &[
    "BACKUP DATABASE",
    "BACKUP LOG",
    "BACKUP SYMMETRIC KEY",
    "BACKUP",
    "BEGIN DISTRIBUTED TRANSACTION",
    "BEGIN DISTRIBUTED TRAN",
    "BULK INSERT",
    "ADD SENSITIVITY CLASSIFICATION",
    "CLOSE ALL SYMMETRIC KEYS",
    "CLOSE SYMMETRIC KEY",
    "DROP SENSITIVITY CLASSIFICATION",
    "LINENO",
    "MERGE",
    "OPEN SYMMETRIC KEY",
    "READTEXT",
    "RESTORE DATABASE",
    "RESTORE LOG",
    "RESTORE",
    "SETUSER",
    "UPDATETEXT",
    "WRITETEXT",
    "DUMP",
    "LOAD",
];

impl<'a> Parser<'a> {
    /// Words after CREATE, longer entries before their prefixes, and the production that goes on behind them.
    const CREATE: &'a [(&'static str, Production<'a>)] = &[
        ("APPLICATION ROLE", Parser::create_application_role),
        ("BROKER PRIORITY", Parser::create_broker_priority),
        ("CERTIFICATE", Parser::create_certificate),
        ("CONTRACT", Parser::create_contract),
        ("DATABASE", Parser::create_database),
        ("ENDPOINT", Parser::create_endpoint),
        ("EVENT NOTIFICATION", Parser::create_event_notification),
        ("LOGIN", Parser::create_login),
        ("MASTER KEY", Parser::create_master_key),
        ("MESSAGE TYPE", Parser::create_message_type),
        ("QUEUE", Parser::create_queue),
        ("REMOTE SERVICE BINDING", Parser::create_remote_service_binding),
        ("ROLE", Parser::create_role),
        ("ROUTE", Parser::create_route),
        ("SEQUENCE", Parser::create_sequence),
        ("SERVER ROLE", Parser::create_server_role),
        ("SERVICE", Parser::create_service),
        ("STATISTICS", Parser::create_statistics),
        ("SYNONYM", Parser::create_synonym),
        ("TABLE", Parser::create_table),
        ("TYPE", Parser::create_type),
        ("USER", Parser::create_user),
        ("XML SCHEMA COLLECTION", Parser::create_xml_schema_collection),
    ];

    const ALTER: &'a [(&'static str, Production<'a>)] = &[
        ("APPLICATION ROLE", Parser::alter_application_role),
        ("AUTHORIZATION", Parser::alter_authorization),
        ("BROKER PRIORITY", Parser::alter_broker_priority),
        ("CERTIFICATE", Parser::alter_certificate),
        ("DATABASE", Parser::alter_database),
        ("ENDPOINT", Parser::alter_endpoint),
        ("INDEX", Parser::alter_index),
        ("LOGIN", Parser::alter_login),
        ("MASTER KEY", Parser::alter_master_key),
        ("MESSAGE TYPE", Parser::alter_message_type),
        ("QUEUE", Parser::alter_queue),
        ("REMOTE SERVICE BINDING", Parser::alter_remote_service_binding),
        ("ROLE", Parser::alter_role),
        ("ROUTE", Parser::alter_route),
        ("SCHEMA", Parser::alter_schema),
        ("SEQUENCE", Parser::alter_sequence),
        ("SERVER ROLE", Parser::alter_server_role),
        ("SERVICE MASTER KEY", Parser::alter_service_master_key),
        ("SERVICE", Parser::alter_service),
        ("TABLE", Parser::alter_table),
        ("USER", Parser::alter_user),
        ("XML SCHEMA COLLECTION", Parser::alter_xml_schema_collection),
    ];

    const BACKUP: &'a [(&'static str, Production<'a>)] = &[
        ("CERTIFICATE", Parser::backup_certificate),
        ("MASTER KEY", Parser::backup_master_key),
        ("SERVICE MASTER KEY", Parser::backup_service_master_key),
    ];

    const RESTORE: &'a [(&'static str, Production<'a>)] = &[
        ("MASTER KEY", Parser::restore_master_key),
        ("SERVICE MASTER KEY", Parser::restore_service_master_key),
    ];

    /// A statement, read as far as it goes.
    pub(crate) fn statement_kind(&mut self) -> Parsed<StatementKind> {
        self.reset_joins();
        match self.peek().kind {
            TokenKind::Word { reserved: true } => self.keyword_statement(),
            TokenKind::Word { reserved: false } => self.contextual_statement(),
            TokenKind::Symbol("(") if self.at_subquery() => self.select_as_statement(None),
            _ => self.unexpected(),
        }
    }

    fn keyword_statement(&mut self) -> Parsed<StatementKind> {
        let word = self.token_text(self.peek()).to_ascii_uppercase();
        match word.as_str() {
            "ALTER" | "BACKUP" | "CREATE" | "DROP" | "RESTORE" | "ADD" => self.definition(&word),
            "BEGIN" | "BREAK" | "CONTINUE" | "DECLARE" | "END" | "GOTO" | "IF" | "PRINT" | "RAISERROR"
            | "RETURN" | "WAITFOR" | "WHILE" => self.control_flow(&word),
            "CLOSE" | "DEALLOCATE" | "FETCH" | "OPEN" => self.cursor_or_key(&word),
            "DELETE" | "INSERT" | "SELECT" | "TRUNCATE" | "UPDATE" | "WITH" => self.data_statement(&word),
            "DENY" | "GRANT" | "REVOKE" => self.permission_statement(),
            "EXEC" | "EXECUTE" => self.execute_statement(),
            "CHECKPOINT" | "COMMIT" | "DBCC" | "KILL" | "RECONFIGURE" | "REVERT" | "ROLLBACK" | "SAVE"
            | "SET" | "SHUTDOWN" | "USE" => self.session_statement(&word),
            _ => self.recognised_or_unexpected(),
        }
    }

    fn contextual_statement(&mut self) -> Parsed<StatementKind> {
        if self.at_label() {
            return self.label();
        }
        match self.eat_any(&["SEND ON CONVERSATION", "GET CONVERSATION GROUP", "MOVE CONVERSATION", "THROW"])
        {
            Some("SEND ON CONVERSATION") => return self.send(),
            Some("GET CONVERSATION GROUP") => return self.get_conversation_group_statement(),
            Some("MOVE CONVERSATION") => return self.move_conversation(),
            Some(_) => return self.throw(),
            None => {}
        }
        if self.at_contextual_statement() && self.eat("RECEIVE") {
            return self.receive_statement();
        }
        if let Some(words) = self.eat_any(&["ENABLE TRIGGER", "DISABLE TRIGGER"]) {
            return self.switch_trigger(words.starts_with("ENABLE"));
        }
        self.recognised_or_unexpected()
    }

    fn data_statement(&mut self, word: &str) -> Parsed<StatementKind> {
        if self.eat("TRUNCATE TABLE") {
            let table = self.object_name()?;
            if self.at("WITH ( PARTITIONS") {
                return not_built("TRUNCATE TABLE WITH (PARTITIONS …)");
            }
            return Ok(StatementKind::Truncate(table));
        }
        if self.eat("UPDATE STATISTICS") {
            return self.update_statistics();
        }
        let with = if word == "WITH" { self.opt_with()? } else { None };
        match self.expect_verb(&["SELECT", "(", "INSERT", "UPDATE", "DELETE", "MERGE"])? {
            "INSERT" => self.insert(with),
            "UPDATE" => self.update(with),
            "DELETE" => self.delete(with),
            "MERGE" => not_built("MERGE"),
            _ => self.select_as_statement(with),
        }
    }

    /// Which of `verbs` comes next; it is not taken.
    fn expect_verb<'v>(&self, verbs: &[&'v str]) -> Parsed<&'v str> {
        match verbs.iter().find(|verb| self.at(verb)) {
            Some(verb) => Ok(verb),
            None => self.unexpected(),
        }
    }

    fn select_as_statement(&mut self, with: Option<crate::ast::With>) -> Parsed<StatementKind> {
        self.select_statement(with).map(|select| StatementKind::Select(Box::new(select)))
    }

    fn definition(&mut self, verb: &str) -> Parsed<StatementKind> {
        if self.at_any(&[
            "ADD SIGNATURE",
            "ADD COUNTER SIGNATURE",
            "DROP SIGNATURE",
            "DROP COUNTER SIGNATURE",
        ]) {
            return self.signature();
        }
        let table = match verb {
            "CREATE" => Self::CREATE,
            "ALTER" => Self::ALTER,
            "BACKUP" => Self::BACKUP,
            "RESTORE" => Self::RESTORE,
            _ => &[],
        };
        let object = self.peek_object_not_built();
        if let (Some(object), "CREATE" | "ALTER" | "DROP") = (object, verb)
            && !self.is_built(verb, object)
        {
            self.go_to(self.position() + 1 + object.split(' ').count());
            return not_built(format!("{verb} {object}"));
        }
        if verb == "CREATE" && self.at_create_index() {
            self.advance();
            return self.create_index();
        }
        if let Some((words, production)) = table.iter().find(|(words, _)| self.at_behind(words)) {
            let width = words.split(' ').count();
            self.go_to(self.position() + 1 + width);
            return production(self);
        }
        if verb == "DROP" && !self.at_any(STATEMENTS_NOT_BUILT) {
            self.advance();
            return self.drop_statement();
        }
        self.recognised_or_unexpected()
    }

    /// Whether `words` come after the next token.
    fn at_behind(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(n, word)| self.is_at(n + 1, word))
    }

    fn peek_object_not_built(&self) -> Option<&'static str> {
        OBJECTS_NOT_BUILT.iter().copied().find(|words| self.at_behind(words))
    }

    /// Objects of which only some verbs are built.
    fn is_built(&self, verb: &str, object: &str) -> bool {
        matches!(
            (verb, object),
            ("CREATE" | "DROP", "STATISTICS")
                | (
                    "DROP",
                    "AGGREGATE" | "ASYMMETRIC KEY" | "CREDENTIAL" | "DEFAULT" | "RULE" | "SYMMETRIC KEY"
                )
        )
    }

    fn at_create_index(&self) -> bool {
        let mut n = 1;
        while ["UNIQUE", "CLUSTERED", "NONCLUSTERED"].iter().any(|word| self.is_at(n, word)) {
            n += 1;
        }
        self.is_at(n, "INDEX")
    }

    /// A statement that is only recognised, or a syntax error.
    pub(crate) fn recognised_or_unexpected(&mut self) -> Parsed<StatementKind> {
        if let Some(name) = self.eat_any(STATEMENTS_NOT_BUILT) {
            return not_built(name);
        }
        if self.at_any(&["ALTER", "BACKUP", "CREATE", "DROP", "RESTORE"]) {
            self.advance();
        }
        self.unexpected()
    }
}
