//! The methods of the `xml` type: value(), query(), exist(), nodes().

use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};
use duologue_xml::{Bindings, Method, NodeRef, Query, Scalar as XmlScalar};

use super::context::QueryContext;
use super::conversion::cast;
use super::evaluate::text_of;
use super::frame::Frame;
use super::scalar::Scalar;

/// A call of one of the methods.
#[derive(Clone, Debug)]
pub struct XmlCall {
    /// The xml value, or a node that `nodes()` found.
    pub target: Scalar,
    /// Whether the target is a node.
    pub is_node: bool,
    /// Which method.
    pub method: Method,
    /// The text of the query.
    pub text: String,
    /// The query, checked.
    pub query: Query,
    /// Type of the result.
    pub sql_type: SqlType,
    /// What `sql:column("…")` names.
    pub columns: Vec<(String, Scalar)>,
}

impl PartialEq for XmlCall {
    fn eq(&self, other: &Self) -> bool {
        self.method == other.method
            && self.text == other.text
            && self.target == other.target
            && self.sql_type == other.sql_type
            && self.columns == other.columns
    }
}

impl XmlCall {
    /// value(), query() and exist(); NULL for NULL.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Value, SqlError> {
        let Some(node) = self.node(frame, context)? else { return Ok(Value::Null) };
        let bindings = self.bindings(frame, context)?;
        match self.method {
            Method::Exist => self.query.exist(&node, &bindings).map(Value::Bit),
            Method::Query => self.query.query(&node, &bindings).map(|text| Value::Xml(text.into())),
            _ => match self.query.value(&node, &bindings)? {
                None => Ok(Value::Null),
                Some(text) => typed_value(&text, self.sql_type),
            },
        }
    }

    /// nodes(); none for NULL.
    pub(crate) fn nodes(
        &self,
        frame: &Frame<'_>,
        context: &QueryContext<'_>,
    ) -> Result<Vec<NodeRef>, SqlError> {
        let Some(node) = self.node(frame, context)? else { return Ok(Vec::new()) };
        self.query.nodes(&node, &self.bindings(frame, context)?)
    }

    fn node(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Option<NodeRef>, SqlError> {
        match self.target.evaluate(frame, context)? {
            Value::BigInt(number) if self.is_node => Ok(context.node(number)),
            value => text_of(&value).map(NodeRef::document).transpose(),
        }
    }

    fn bindings<'b>(&self, frame: &Frame<'_>, context: &'b QueryContext<'_>) -> Result<Bound<'b>, SqlError> {
        let value = |(name, scalar): &(String, Scalar)| {
            Ok((name.clone(), to_xml_scalar(&scalar.evaluate(frame, context)?, scalar.sql_type)?))
        };
        let columns = self.columns.iter().map(value).collect::<Result<_, SqlError>>()?;
        Ok(Bound { context, columns })
    }
}

/// The text of a node as a value; XML's own words for bits and moments are understood.
fn typed_value(text: &str, sql_type: SqlType) -> Result<Value, SqlError> {
    let is_moment = sql_type.family().is_date_or_time();
    let text = if is_moment || sql_type == SqlType::Bit { text.trim() } else { text };
    let value = Value::NVarChar(text.into());
    match cast(&value, SqlType::NVARCHAR_MAX, sql_type) {
        // A moment in UTC, which the older types cannot say.
        Err(_) if is_moment && text.ends_with('Z') => {
            let without = Value::NVarChar(text[..text.len() - 1].into());
            cast(&without, SqlType::NVARCHAR_MAX, sql_type)
        }
        converted => converted,
    }
}

/// Values that `sql:variable` and `sql:column` name.
struct Bound<'a> {
    context: &'a QueryContext<'a>,
    columns: Vec<(String, Option<XmlScalar>)>,
}

impl Bindings for Bound<'_> {
    fn variable(&self, name: &str) -> Option<Option<XmlScalar>> {
        let variables = self.context.variables;
        let slot = variables.find(name)?;
        let sql_type = variables.scalar_type(slot)?;
        to_xml_scalar(variables.value(slot), sql_type).ok()
    }

    fn column(&self, name: &str) -> Option<Option<XmlScalar>> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, value)| value.clone())
    }
}

fn to_xml_scalar(value: &Value, sql_type: SqlType) -> Result<Option<XmlScalar>, SqlError> {
    if value.is_null() {
        return Ok(None);
    }
    if let Value::Bit(bit) = value {
        return Ok(Some(XmlScalar::Boolean(*bit)));
    }
    if sql_type.family().is_number()
        && let Value::Float(number) = cast(value, sql_type, SqlType::Float)?
    {
        return Ok(Some(XmlScalar::Number(number)));
    }
    let text = cast(value, sql_type, SqlType::NVARCHAR_MAX)?;
    Ok(text_of(&text).map(|text| XmlScalar::Text(text.to_owned())))
}
