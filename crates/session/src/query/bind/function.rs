//! Function calls.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Comparison, Expr, ExprKind, FunctionCall};
use duologue_types::{Family, Length, SqlType, Value};

use super::condition::comparison;
use super::expression::{case, explicit};
use super::{Binder, not_built};
use crate::query::conversion::{coerce, meeting_type};
use crate::query::functions::date_part::{self, DatePart};
use crate::query::functions::{self, Function, Parameter};
use crate::query::scalar::{FunctionRef, Scalar, ScalarKind};
use crate::query::scope::Scope;

impl Binder<'_> {
    pub(super) fn function(&self, call: &FunctionCall, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        let name = call.name.object();
        if call.name.schema().is_some() {
            let written: Vec<&str> = call.name.parts.iter().map(|part| part.name.as_str()).collect();
            return Err(sql_error!(4121, written[0], written.join(".")));
        }
        if let Some(window) = self.window_function(call, scope)? {
            return Ok(window);
        }
        if let Some(aggregate) = self.aggregate(call, scope)? {
            return Ok(aggregate);
        }
        if call.over.is_some() {
            return Err(sql_error!(4113, name));
        }
        match name.to_ascii_uppercase().as_str() {
            "ISNULL" => self.is_null(self.arguments(call, (2, 2), scope)?),
            "COALESCE" => coalesce(self.arguments(call, (2, usize::MAX), scope)?),
            "NULLIF" => null_if(self.arguments(call, (2, 2), scope)?),
            "CHOOSE" => choose(self.arguments(call, (2, usize::MAX), scope)?),
            "DATEADD" => self.with_date_part(&date_part::DATE_ADD, call, scope),
            "DATEDIFF" => self.with_date_part(&date_part::DATE_DIFF, call, scope),
            "DATEDIFF_BIG" => self.with_date_part(&date_part::DATE_DIFF_BIG, call, scope),
            "DATEPART" => self.with_date_part(&date_part::DATE_PART, call, scope),
            "DATENAME" => self.with_date_part(&date_part::DATE_NAME, call, scope),
            _ => match functions::find(name) {
                Some(function) => plain(function, self.arguments(call, function.arity, scope)?),
                None if functions::is_known_elsewhere(name) => Err(not_built(name)),
                None => Err(sql_error!(195, name, "built-in function name")),
            },
        }
    }

    /// Bound arguments; 174 or 189 for a wrong number of them.
    pub(super) fn arguments(
        &self,
        call: &FunctionCall,
        arity: (usize, usize),
        scope: &Scope<'_>,
    ) -> Result<Vec<Scalar>, SqlError> {
        check_arity(call.name.object(), call.arguments.len(), arity)?;
        call.arguments.iter().map(|argument| self.scalar(argument, scope)).collect()
    }

    /// The first argument is the name of a date part: 155 for what is none.
    fn with_date_part(
        &self,
        function: &'static Function,
        call: &FunctionCall,
        scope: &Scope<'_>,
    ) -> Result<Scalar, SqlError> {
        check_arity(call.name.object(), call.arguments.len(), function.arity)?;
        let option = function.name.to_ascii_lowercase();
        let name = match &call.arguments[0] {
            Expr { kind: ExprKind::Column(name), .. } if name.parts.len() == 1 => name.object(),
            _ => return Err(sql_error!(1023, 1, option)),
        };
        let part = DatePart::from_name(name).ok_or_else(|| sql_error!(155, name, option))?;
        let mut arguments = vec![Scalar::constant(Value::TinyInt(part as u8))];
        for argument in &call.arguments[1..] {
            arguments.push(self.scalar(argument, scope)?);
        }
        plain(function, arguments)
    }

    /// The type of the first argument decides; a NULL there takes that of the second.
    fn is_null(&self, arguments: Vec<Scalar>) -> Result<Scalar, SqlError> {
        let [first, second] = <[Scalar; 2]>::try_from(arguments).map_err(|_| sql_error!(174, "isnull", 2))?;
        if first.is_null_literal() {
            return Ok(second);
        }
        let (sql_type, collation) = (first.sql_type, first.collation);
        let second = coerce(second, sql_type)?;
        let nullable = first.nullable && second.nullable;
        Ok(Scalar { sql_type, nullable, collation, kind: ScalarKind::Coalesce(vec![first, second]) })
    }
}

pub(super) fn check_arity(name: &str, given: usize, (least, most): (usize, usize)) -> Result<(), SqlError> {
    let name = name.to_ascii_lowercase();
    match given {
        _ if (least..=most).contains(&given) => Ok(()),
        _ if least == most => Err(sql_error!(174, name, least)),
        _ => Err(sql_error!(189, name, least, most.min(254))),
    }
}

/// A call of a function of the registry.
fn plain(function: &'static Function, arguments: Vec<Scalar>) -> Result<Scalar, SqlError> {
    let parameter = |index: usize| {
        let parameters = function.parameters;
        parameters.get(index).or(parameters.last()).copied().unwrap_or(Parameter::Any)
    };
    let converted = arguments.into_iter().enumerate().map(|(index, argument)| {
        let sql_type = argument.sql_type;
        let invalid =
            |_| sql_error!(8116, sql_type.error_name(), index + 1, function.name.to_ascii_lowercase());
        convert_argument(argument, parameter(index)).map_err(invalid)
    });
    let arguments = converted.collect::<Result<Vec<_>, _>>()?;
    let sql_type = (function.result)(&arguments);
    let collation = arguments.first().map(|first| first.collation).unwrap_or_default();
    let kind = ScalarKind::Function { function: FunctionRef(function), arguments };
    Ok(Scalar { sql_type, nullable: true, collation, kind })
}

fn convert_argument(argument: Scalar, parameter: Parameter) -> Result<Scalar, SqlError> {
    let (sql_type, family) = (argument.sql_type, argument.sql_type.family());
    let varchar = SqlType::VarChar(Length::Fixed(8000));
    match parameter {
        Parameter::Any => Ok(argument),
        Parameter::Text | Parameter::TextOrBytes => match family {
            Family::Character | Family::Unicode => Ok(argument),
            Family::Binary if parameter == Parameter::TextOrBytes => Ok(argument),
            Family::Text => explicit(argument, SqlType::VarChar(Length::Max)),
            Family::NText => explicit(argument, SqlType::NVARCHAR_MAX),
            Family::Image if parameter == Parameter::TextOrBytes => {
                explicit(argument, SqlType::VARBINARY_MAX)
            }
            Family::Xml => Err(sql_error!(206, sql_type.error_name(), "varchar")),
            _ => explicit(argument, varchar),
        },
        Parameter::Unicode => explicit(argument, SqlType::NVARCHAR_MAX),
        Parameter::Int => explicit(argument, SqlType::Int),
        Parameter::BigInt => explicit(argument, SqlType::BigInt),
        Parameter::Float => explicit(argument, SqlType::Float),
        Parameter::Bytes => explicit(argument, SqlType::VARBINARY_MAX),
        Parameter::Guid => explicit(argument, SqlType::UniqueIdentifier),
        Parameter::Moment if family.is_date_or_time() => Ok(argument),
        Parameter::Moment if family.is_string() => explicit(argument, SqlType::DateTime2 { scale: 7 }),
        Parameter::Moment => explicit(argument, SqlType::DateTime),
    }
}

/// The first that is not NULL, in the type in which all meet.
fn coalesce(arguments: Vec<Scalar>) -> Result<Scalar, SqlError> {
    let sql_type = meeting_type(&arguments).ok_or_else(|| sql_error!(8133))?;
    let collation = arguments.first().map(|first| first.collation).unwrap_or_default();
    let nullable = arguments.iter().all(|argument| argument.nullable);
    let operands = arguments.into_iter().map(|a| coerce(a, sql_type)).collect::<Result<_, _>>()?;
    Ok(Scalar { sql_type, nullable, collation, kind: ScalarKind::Coalesce(operands) })
}

/// `CASE WHEN first = second THEN NULL ELSE first END`.
fn null_if(arguments: Vec<Scalar>) -> Result<Scalar, SqlError> {
    let [first, second] = <[Scalar; 2]>::try_from(arguments).map_err(|_| sql_error!(174, "nullif", 2))?;
    let equal = comparison(Comparison::Equal, first.clone(), second)?;
    case(vec![(equal, Scalar::constant(Value::Null))], first)
}

fn choose(mut arguments: Vec<Scalar>) -> Result<Scalar, SqlError> {
    let values = arguments.split_off(1);
    let index = arguments.pop().ok_or_else(|| sql_error!(189, "choose", 2, 254))?;
    let sql_type = meeting_type(&values).ok_or_else(|| sql_error!(8133))?;
    let collation = values.first().map(|first| first.collation).unwrap_or_default();
    let values = values.into_iter().map(|value| coerce(value, sql_type)).collect::<Result<_, _>>()?;
    let kind = ScalarKind::Choose { index: Box::new(coerce(index, SqlType::Int)?), values };
    Ok(Scalar { sql_type, nullable: true, collation, kind })
}
