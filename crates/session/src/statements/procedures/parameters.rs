//! Arguments bound to the parameters of a text.

use duologue_messages::{SqlError, sql_error};

use super::Argument;
use crate::execution::{Binding, Typed};
use crate::program::Declared;
use crate::state::Variables;

/// Variables with the arguments' values, and which of them go back. `text` stands in the messages: 8178 for an
/// argument that is missing, 8144 for one too many, 8145 for an unknown name, 8162 for OUTPUT of an input parameter.
pub(super) fn bind(
    declared: &[Declared],
    arguments: &[Argument],
    text: impl Fn() -> String,
) -> Result<(Variables, Vec<Binding>), SqlError> {
    let mut given: Vec<Option<&Argument>> = declared.iter().map(|_| None).collect();
    for (position, argument) in arguments.iter().enumerate() {
        let place = match &argument.name {
            None => position,
            Some(name) => declared
                .iter()
                .position(|parameter| parameter.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| sql_error!(8145, name, text()))?,
        };
        *given.get_mut(place).ok_or_else(|| sql_error!(8144, text()))? = Some(argument);
    }
    let mut variables = Variables::default();
    let mut outputs = Vec::new();
    for (parameter, argument) in declared.iter().zip(given) {
        let inner = variables.declare_scalar(&parameter.name, parameter.sql_type)?;
        let Some(argument) = argument else {
            let missing = || sql_error!(8178, text(), parameter.name);
            variables.set(inner, parameter.default.clone().ok_or_else(missing)?);
            continue;
        };
        let found = Typed { value: argument.value.clone(), sql_type: argument.sql_type };
        variables.set(inner, found.assigned_to(parameter.sql_type)?);
        match &argument.target {
            Some(target) if parameter.output => outputs.push(Binding { inner, target: target.clone() }),
            Some(_) => return Err(sql_error!(8162, parameter.name)),
            None => {}
        }
    }
    Ok((variables, outputs))
}
