//! T-SQL front end: text to syntax tree. It knows no catalog.
//!
//! [`parse_batch`] reads one batch. Statements need no semicolons, so the reserved-word list decides where
//! one ends; errors carry SQL Server's numbers and the line. [`split_batches`] cuts a script at its `GO`
//! lines, as clients do.

pub mod ast;
mod errors;
mod grammar;
mod keywords;
mod lexer;
mod literal;
mod parser;
mod script;
mod secrets;
mod token;

use ast::{Batch, Condition, DataType, Expr, ObjectName, Parameter};
use duologue_messages::{SqlError, sql_error};
use errors::{Parsed, Stop};
use parser::Parser;
pub use script::{ScriptBatch, split_batches};
pub use secrets::hide_passwords;

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

/// Reads one batch. On failure the errors are in the order of their lines; the first is the one that SQL
/// Server reports first.
pub fn parse_batch(text: &str, options: &ParseOptions) -> Result<Batch, Vec<SqlError>> {
    read(text, options, |parser| Ok(parser.batch()))
}

/// Reads a parameter list as sp_executesql and sp_prepare have it: `@a int, @b nvarchar(max) = N'x' OUTPUT`.
/// A text of blanks is an empty list.
pub fn parse_parameters(text: &str) -> Result<Vec<Parameter>, Vec<SqlError>> {
    read(text, &ParseOptions::default(), Parser::parameter_list)
}

/// Reads the name of a data type: `nvarchar(10)`.
pub fn parse_data_type(text: &str) -> Result<DataType, Vec<SqlError>> {
    read(text, &ParseOptions::default(), Parser::declared_type)
}

/// Reads a name of one to four parts: `[a b].dbo.t`.
pub fn parse_object_name(text: &str) -> Result<ObjectName, Vec<SqlError>> {
    read(text, &ParseOptions::default(), Parser::object_name)
}

/// Reads a scalar expression, such as the text of a stored default or computed column.
pub fn parse_expression(text: &str) -> Result<Expr, Vec<SqlError>> {
    read(text, &ParseOptions::default(), Parser::expr)
}

/// Reads a search condition, such as the text of a stored check constraint.
pub fn parse_condition(text: &str) -> Result<Condition, Vec<SqlError>> {
    read(text, &ParseOptions::default(), Parser::condition)
}

/// Runs a production over the whole text.
fn read<'a, T>(
    text: &'a str,
    options: &ParseOptions,
    production: impl FnOnce(&mut Parser<'a>) -> Parsed<T>,
) -> Result<T, Vec<SqlError>> {
    if text.len() > MAX_BATCH {
        return Err(vec![sql_error!(123, MAX_BATCH).at_line(1)]);
    }
    let mut parser = Parser::new(text, options.quoted_identifier);
    let result = match production(&mut parser) {
        Ok(tree) if parser.errors.is_empty() && parser.at_end() => return Ok(tree),
        Ok(_) => None,
        Err(stop) => Some(match *stop {
            Stop::Error(error) => error,
            Stop::NotBuilt(name) => sql_error!(49901, name).at_line(parser.line()),
        }),
    };
    let mut errors = std::mem::take(&mut parser.errors);
    errors.extend(result);
    if errors.is_empty() {
        errors.push(parser.syntax_error());
    }
    errors.sort_by_key(|error| error.line);
    Err(errors)
}
