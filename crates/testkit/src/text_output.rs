//! Results as `sqlcmd -W -s "|"` prints them.

use duologue_messages::SqlError;
use duologue_session::{Output, ResultColumn, SessionChange, StatementKind};
use duologue_types::{SqlType, Value, display_sqlcmd};

/// Collects what a request gives back, as text.
#[derive(Debug, Default)]
pub struct TextOutput {
    text: String,
    types: Vec<SqlType>,
    /// Rows of the present step.
    rows: usize,
}

/// Rows after which a step has to end, as if the client read slowly.
const ROWS_PER_STEP: usize = 100;

impl TextOutput {
    /// What was printed since the last call.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// The client has read everything.
    pub(crate) fn begin_step(&mut self) {
        self.rows = 0;
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn message(&mut self, message: &SqlError) {
        let SqlError { number, severity, state, line, procedure, text } = message;
        let place = if procedure.is_empty() { String::new() } else { format!(", Procedure {procedure}") };
        self.line(&format!("Msg {number}, Level {severity}, State {state}{place}, Line {line}"));
        self.line(text);
    }
}

impl Output for TextOutput {
    fn columns(&mut self, columns: &[ResultColumn]) {
        self.types = columns.iter().map(|column| column.sql_type).collect();
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let dashes: Vec<String> = names.iter().map(|name| "-".repeat(name.chars().count().max(1))).collect();
        self.line(&names.join("|"));
        self.line(&dashes.join("|"));
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS_PER_STEP
    }

    fn row(&mut self, row: &[Value]) {
        self.rows += 1;
        let shown = row.iter().zip(&self.types).map(|(value, sql_type)| display_sqlcmd(value, *sql_type));
        let cells: Vec<String> = shown.map(|text| text.trim_end().to_owned()).collect();
        self.line(&cells.join("|"));
    }

    fn statement_done(&mut self, _kind: StatementKind, rows: Option<u64>) {
        match rows {
            None => {}
            Some(1) => self.line("(1 row affected)"),
            Some(rows) => self.line(&format!("({rows} rows affected)")),
        }
    }

    fn error(&mut self, error: &SqlError) {
        self.message(error);
    }

    fn info(&mut self, message: &SqlError) {
        // sqlcmd prints the text alone.
        self.line(&message.text);
    }

    fn change(&mut self, change: &SessionChange) {
        match change {
            SessionChange::Database { .. } | SessionChange::Language { .. } => {}
            SessionChange::TransactionBegun { .. } => self.line("-> transaction begun"),
            SessionChange::TransactionCommitted { .. } => self.line("-> transaction committed"),
            SessionChange::TransactionRolledBack { .. } => self.line("-> transaction rolled back"),
        }
    }

    fn return_status(&mut self, status: i32) {
        self.line(&format!("-> return status {status}"));
    }

    fn return_value(&mut self, ordinal: u16, name: &str, sql_type: SqlType, value: &Value) {
        let shown = display_sqlcmd(value, sql_type);
        self.line(&format!("-> output {ordinal} {name} = {shown}"));
    }

    fn procedure_done(&mut self) {
        self.line("-> procedure done");
    }
}
