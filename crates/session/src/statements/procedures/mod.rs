//! System procedures, called by EXEC and by remote procedure calls alike.

mod applock;
mod catalog;
mod datatype_info;
mod execute_sql;
mod parameters;
mod prepared;
mod reset;

pub(crate) use prepared::Prepared;

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::parse_object_name;
use duologue_types::{SqlType, Value};

use super::not_built;
use crate::execution::{Context, Flow, ReturnValue, StatementResult, Target, text_of};
use crate::output::StatementKind;
use crate::query;

/// A call of a procedure.
#[derive(Clone)]
pub(crate) struct Call {
    /// One- to four-part name.
    pub(crate) name: String,
    /// In the order given.
    pub(crate) arguments: Vec<Argument>,
    /// Where the return status goes.
    pub(crate) status: Option<Target>,
}

/// One argument.
#[derive(Clone)]
pub(crate) struct Argument {
    /// With its at sign; `None` when positional.
    pub(crate) name: Option<String>,
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
    /// Where the parameter's final value goes.
    pub(crate) target: Option<Target>,
}

type Procedure = fn(&mut Context<'_, '_>, &Call) -> StatementResult;

/// The procedures that exist, by their name in lower case.
const PROCEDURES: &[(&str, Procedure)] = &[
    ("sp_datatype_info_100", datatype_info::datatype_info),
    ("sp_execute", prepared::execute),
    ("sp_executesql", execute_sql::execute_sql),
    ("sp_getapplock", applock::get),
    ("sp_prepare", prepared::prepare),
    ("sp_prepexec", prepared::prepare_and_execute),
    ("sp_prepexecrpc", prepared::prepare_and_execute_call),
    ("sp_releaseapplock", applock::release),
    ("sp_reset_connection", reset::reset_connection),
    ("sp_unprepare", prepared::unprepare),
    ("xp_msver", catalog::version),
];

/// Procedures that are recognised and not built. `sp_describe_undeclared_parameters` and its like are not among them:
/// drivers tolerate that they don't exist.
const NOT_BUILT: &[&str] = &[
    "sp_addrolemember",
    "sp_configure",
    "sp_droprolemember",
    "sp_help",
    "sp_helptext",
    "sp_rename",
    "sp_who",
    "sp_who2",
];

/// Calls a procedure: 2812 when there is none of that name.
pub(crate) fn call(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    // Drivers call by the bare name.
    if let Some(procedure) = procedure(&call.name) {
        return procedure(cx, call);
    }
    let name = object(&call.name)?.to_lowercase();
    if let Some(procedure) = procedure(&name) {
        return procedure(cx, call);
    }
    if name.starts_with("sp_cursor") {
        return Err(sql_error!(16955).into());
    }
    if NOT_BUILT.contains(&name.as_str()) {
        return not_built(&name);
    }
    Err(sql_error!(2812, &call.name).into())
}

fn procedure(name: &str) -> Option<Procedure> {
    let found = PROCEDURES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, procedure)| *procedure)
}

/// The last part of a procedure's name.
fn object(name: &str) -> Result<String, SqlError> {
    match parse_object_name(name) {
        Ok(parsed) => Ok(parsed.object().to_owned()),
        Err(_) => Err(sql_error!(2812, name)),
    }
}

impl Call {
    /// The text of an argument; `None` for NULL or an argument that is not given. A procedure's own parameters go by
    /// position, whatever they are called: drivers disagree (`@stmt`, `@statement`), and a parameter of the text may
    /// have the same name.
    fn text(&self, position: usize) -> Result<Option<Arc<str>>, SqlError> {
        let Some(argument) = self.arguments.get(position) else { return Ok(None) };
        let value = query::assign(&argument.value, argument.sql_type, SqlType::NVARCHAR_MAX)?;
        Ok(match value {
            Value::NVarChar(text) => Some(text),
            other => text_of(&other).map(Arc::from),
        })
    }

    /// The integer of an argument; `None` for NULL or an argument that is not given.
    fn integer(&self, position: usize) -> Result<Option<i32>, SqlError> {
        let Some(argument) = self.arguments.get(position) else { return Ok(None) };
        match query::assign(&argument.value, argument.sql_type, SqlType::Int)? {
            Value::Int(number) => Ok(Some(number)),
            _ => Ok(None),
        }
    }

    /// The arguments from a position on.
    fn rest(&self, position: usize) -> &[Argument] {
        self.arguments.get(position..).unwrap_or_default()
    }
}

/// Ends a procedure that ran in one go, with return status 0.
fn returned(cx: &mut Context<'_, '_>, status: Option<&Target>) -> StatementResult {
    if let Some(target) = status {
        give(cx, target, SqlType::Int, &Value::Int(0))?;
    }
    Ok(Flow::done(StatementKind::Execute))
}

/// Hands a value to whoever asked for it.
fn give(cx: &mut Context<'_, '_>, target: &Target, sql_type: SqlType, value: &Value) -> Result<(), SqlError> {
    match target {
        Target::Status => {
            if let Value::Int(status) = value {
                cx.output.return_status(*status);
            }
        }
        Target::Client { ordinal, name } => cx.returned.push(ReturnValue {
            ordinal: *ordinal,
            name: name.clone(),
            sql_type,
            value: value.clone(),
        }),
        Target::Variable(slot) => {
            if let Some(declared) = cx.frame.variables.scalar_type(*slot) {
                let value = query::assign(value, sql_type, declared)?;
                cx.frame.variables.set(*slot, value);
            }
        }
    }
    Ok(())
}
