//! Parameters of a text: their declarations, and arguments bound to them.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{ExprKind, Parameter};
use duologue_tsql::parse_parameters;
use duologue_types::{SqlType, Value};

use super::Argument;
use crate::execution::{Binding, Typed, sql_type};
use crate::state::Variables;

/// Parameters of one text, as in SQL Server.
const MAX_PARAMETERS: usize = 2100;

/// A declared parameter.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    name: String,
    sql_type: SqlType,
    default: Option<Value>,
    output: bool,
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

/// Variables with the arguments' values, and which of them go back. `text` stands in the messages: 8178 for an
/// argument that is missing, 8144 for one too many, 8145 for an unknown name, 8162 for OUTPUT of an input parameter.
pub(super) fn bind(
    declared: &[Declared],
    arguments: Vec<Argument>,
    text: &str,
) -> Result<(Variables, Vec<Binding>), SqlError> {
    let mut given: Vec<Option<Argument>> = declared.iter().map(|_| None).collect();
    for (position, argument) in arguments.into_iter().enumerate() {
        let place = match &argument.name {
            None => position,
            Some(name) => declared
                .iter()
                .position(|parameter| parameter.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| sql_error!(8145, name, text))?,
        };
        *given.get_mut(place).ok_or_else(|| sql_error!(8144, text))? = Some(argument);
    }
    let mut variables = Variables::default();
    let mut outputs = Vec::new();
    for (parameter, argument) in declared.iter().zip(given) {
        let inner = variables.declare_scalar(&parameter.name, parameter.sql_type)?;
        let Some(argument) = argument else {
            let missing = || sql_error!(8178, text, parameter.name);
            variables.set(inner, parameter.default.clone().ok_or_else(missing)?);
            continue;
        };
        let found = Typed { value: argument.value, sql_type: argument.sql_type };
        variables.set(inner, found.assigned_to(parameter.sql_type)?);
        match argument.target {
            Some(target) if parameter.output => outputs.push(Binding { inner, target }),
            Some(_) => return Err(sql_error!(8162, parameter.name)),
            None => {}
        }
    }
    Ok((variables, outputs))
}
