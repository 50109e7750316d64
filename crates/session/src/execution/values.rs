//! Values of expressions, as statements need them.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Condition, Expr, ExprKind, NameOrVariable, StringOrVariable, Variable};
use duologue_types::{ConversationHandle, Guid, SqlType, Value};

use super::context::Context;
use crate::query;
use crate::state::Slot;

/// A value with the type of its expression.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) value: Value,
    pub(crate) sql_type: SqlType,
}

impl Typed {
    /// The value as a variable or parameter of type `to` has it. A NULL has no type that could clash: the word NULL
    /// is of none.
    pub(crate) fn assigned_to(&self, to: SqlType) -> Result<Value, SqlError> {
        if self.value.is_null() { Ok(Value::Null) } else { query::assign(&self.value, self.sql_type, to) }
    }
}

impl Context<'_, '_> {
    /// The value of an expression.
    pub(crate) fn evaluate(&mut self, expression: &Expr) -> Result<Typed, SqlError> {
        // Most operands of the broker's statements are variables, which need no plan.
        if let ExprKind::Variable(name) = &expression.kind
            && let Ok((slot, sql_type)) = self.frame.variables.require_scalar(name)
        {
            return Ok(Typed { value: self.frame.variables.value(slot).clone(), sql_type });
        }
        let (value, sql_type) = self.query(|context| query::evaluate_scalar(context, expression))?;
        Ok(Typed { value, sql_type })
    }

    /// Whether a condition is true.
    pub(crate) fn holds(&mut self, condition: &Condition) -> Result<bool, SqlError> {
        Ok(self.query(|context| query::evaluate_condition(context, condition))? == Some(true))
    }

    /// The value of an expression, converted as an assignment does.
    pub(crate) fn evaluate_as(&mut self, expression: &Expr, sql_type: SqlType) -> Result<Value, SqlError> {
        self.evaluate(expression)?.assigned_to(sql_type)
    }

    /// An integer; `None` for NULL.
    pub(crate) fn integer(&mut self, expression: &Expr) -> Result<Option<i64>, SqlError> {
        Ok(match self.evaluate_as(expression, SqlType::BigInt)? {
            Value::BigInt(number) => Some(number),
            _ => None,
        })
    }

    /// A text; `None` for NULL.
    pub(crate) fn text(&mut self, expression: &Expr) -> Result<Option<String>, SqlError> {
        self.evaluate_as(expression, SqlType::NVARCHAR_MAX).map(|value| text_of(&value))
    }

    /// A GUID; `None` for NULL.
    pub(crate) fn guid(&mut self, expression: &Expr) -> Result<Option<Guid>, SqlError> {
        Ok(match self.evaluate_as(expression, SqlType::UniqueIdentifier)? {
            Value::Guid(guid) => Some(guid),
            _ => None,
        })
    }

    /// A conversation handle that may not be NULL (8418).
    pub(crate) fn handle(&mut self, expression: &Expr) -> Result<ConversationHandle, SqlError> {
        self.guid(expression)?.map(ConversationHandle).ok_or_else(|| sql_error!(8418))
    }

    /// The place of a scalar variable (137).
    pub(crate) fn slot(&self, variable: &Variable) -> Result<(Slot, SqlType), SqlError> {
        self.frame.variables.require_scalar(&variable.name).map_err(|error| error.at_line(variable.line))
    }

    /// Assigns a value to a scalar variable.
    pub(crate) fn assign(&mut self, variable: &Variable, found: &Typed) -> Result<(), SqlError> {
        let (slot, declared) = self.slot(variable)?;
        let value = found.assigned_to(declared)?;
        self.frame.variables.set(slot, value);
        Ok(())
    }

    /// The text in a variable; `None` for NULL.
    pub(crate) fn variable_text(&self, variable: &Variable) -> Result<Option<String>, SqlError> {
        let (slot, sql_type) = self.slot(variable)?;
        let value = query::assign(self.frame.variables.value(slot), sql_type, SqlType::NVARCHAR_MAX)?;
        Ok(text_of(&value))
    }

    /// A name that may stand in a variable; empty for NULL.
    pub(crate) fn name(&self, name: &NameOrVariable) -> Result<String, SqlError> {
        match name {
            NameOrVariable::Name(ident) => Ok(ident.name.clone()),
            NameOrVariable::Variable(variable) => Ok(self.variable_text(variable)?.unwrap_or_default()),
        }
    }

    /// A text that may stand in a variable; empty for NULL.
    pub(crate) fn string(&self, text: &StringOrVariable) -> Result<String, SqlError> {
        match text {
            StringOrVariable::String(text) => Ok(text.clone()),
            StringOrVariable::Variable(variable) => Ok(self.variable_text(variable)?.unwrap_or_default()),
        }
    }

    /// RETURN's value: an `int`, 0 without one.
    pub(crate) fn return_status(&mut self, value: Option<&Expr>) -> Result<i32, SqlError> {
        let Some(expression) = value else { return Ok(0) };
        Ok(match self.evaluate_as(expression, SqlType::Int)? {
            Value::Int(status) => status,
            _ => 0,
        })
    }
}

/// The text of a character value.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => Some(text.to_string()),
        _ => None,
    }
}
