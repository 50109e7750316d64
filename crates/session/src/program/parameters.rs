//! The parameters that a text declares for itself.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{ExprKind, Parameter};
use duologue_tsql::parse_parameters;
use duologue_types::{SqlType, Value};

use crate::execution::sql_type;

/// Parameters of one text, as in SQL Server.
const MAX_PARAMETERS: usize = 2100;

/// A declared parameter.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
    pub(crate) default: Option<Value>,
    pub(crate) output: bool,
}

/// Reads `@a int, @b nvarchar(10) OUTPUT`.
pub(super) fn declared_parameters(text: &str) -> Result<Vec<Declared>, SqlError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parameters = parse_parameters(text).map_err(|mut errors| match errors.is_empty() {
        true => sql_error!(102, text),
        false => errors.swap_remove(0),
    })?;
    if parameters.len() > MAX_PARAMETERS {
        return Err(sql_error!(49909, format!("a text has {MAX_PARAMETERS} parameters")));
    }
    parameters.iter().map(declared).collect()
}

fn declared(parameter: &Parameter) -> Result<Declared, SqlError> {
    let default = match parameter.default.as_ref().map(|default| &default.kind) {
        None => None,
        Some(ExprKind::Literal(value)) => Some(value.clone()),
        Some(_) => return Err(sql_error!(102, parameter.variable.name)),
    };
    Ok(Declared {
        name: parameter.variable.name.clone(),
        sql_type: sql_type(&parameter.data_type)?,
        default,
        output: parameter.output,
    })
}
