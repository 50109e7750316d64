//! T-SQL front end: text to syntax tree. It knows no catalog.
//!
//! [`parse_batch`] reads one batch. Statements need no semicolons, so the reserved-word list decides where one ends;
//! errors carry SQL Server's numbers and the line. [`split_batches`] cuts a script at its `GO` lines, as clients do.

pub mod ast;
mod errors;
mod grammar;
mod keywords;
mod lexer;
mod literal;
mod parser;
mod script;
mod token;

use ast::Batch;
use duologue_messages::{SqlError, sql_error};
use parser::Parser;
pub use script::{ScriptBatch, split_batches};

/// The longest batch, in bytes: 65,536 packets of 4,096 bytes.
const MAX_BATCH: usize = 65_536 * 4_096;

/// Session settings that change what the text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOptions {
    /// `SET QUOTED_IDENTIFIER`: double quotation marks enclose names (ON) or strings (OFF).
    pub quoted_identifier: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { quoted_identifier: true }
    }
}

/// Reads one batch. On failure the errors are in the order of their lines; the first is the one that SQL Server
/// reports first.
pub fn parse_batch(text: &str, options: &ParseOptions) -> Result<Batch, Vec<SqlError>> {
    if text.len() > MAX_BATCH {
        return Err(vec![sql_error!(123, MAX_BATCH).at_line(1)]);
    }
    let mut parser = Parser::new(text, options.quoted_identifier);
    let batch = parser.batch();
    if parser.errors.is_empty() { Ok(batch) } else { Err(parser.errors) }
}
