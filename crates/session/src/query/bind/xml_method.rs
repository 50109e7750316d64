//! Methods of xml values.

use std::fmt::Write;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{Expr, ExprKind, Ident, ObjectName};
use duologue_types::{SqlType, TypeArg, Value};
use duologue_xml::{Method, Query};

use super::{Binder, not_built};
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::{ColumnKind, Scope};
use crate::query::xml::XmlCall;

impl Binder<'_> {
    /// `target.method(arguments)`; 258 where the target is no xml, 8137 for modify().
    pub(super) fn xml_method(
        &self,
        target: &Expr,
        method: &Ident,
        arguments: &[Expr],
        scope: &Scope<'_>,
    ) -> Result<Scalar, SqlError> {
        let method = method_of(method)?;
        if method == Method::Nodes {
            return Err(sql_error!(8137, "nodes"));
        }
        let call = self.xml_call(target, method, arguments, scope)?;
        Ok(Scalar::new(call.sql_type, ScalarKind::Xml(Box::new(call))))
    }

    pub(super) fn xml_call(
        &self,
        target: &Expr,
        method: Method,
        arguments: &[Expr],
        scope: &Scope<'_>,
    ) -> Result<XmlCall, SqlError> {
        let (target, is_node) = self.xml_target(target, scope)?;
        if !is_node && target.sql_type != SqlType::Xml {
            return Err(sql_error!(258, target.sql_type.error_name()));
        }
        let expected = if method == Method::Value { 2 } else { 1 };
        if arguments.len() != expected {
            return Err(sql_error!(174, name_of(method), expected));
        }
        let text = self.with_namespaces(literal(arguments, 0, method)?);
        let sql_type = match method {
            Method::Value => value_type(literal(arguments, 1, method)?)?,
            Method::Exist => SqlType::Bit,
            _ => SqlType::Xml,
        };
        let columns = self.sql_columns(&text, scope)?;
        Ok(XmlCall { target, is_node, method, query: Query::parse(method, &text)?, text, sql_type, columns })
    }

    fn xml_target(&self, target: &Expr, scope: &Scope<'_>) -> Result<(Scalar, bool), SqlError> {
        match &target.kind {
            ExprKind::Column(name) if scope.grouping().is_none() => {
                let (scalar, kind) = scope.column_or_node(name)?;
                Ok((scalar, kind == ColumnKind::Node))
            }
            _ => Ok((self.scalar(target, scope)?, false)),
        }
    }

    /// WITH XMLNAMESPACES declares for every query of the statement.
    fn with_namespaces(&self, text: &str) -> String {
        let mut declared = String::new();
        for namespace in self.xml_namespaces {
            let uri = namespace.uri.replace('"', "&quot;");
            let _ = match &namespace.prefix {
                Some(prefix) => write!(declared, "declare namespace {}=\"{uri}\";", prefix.name),
                None => write!(declared, "declare default element namespace \"{uri}\";"),
            };
        }
        declared + text
    }

    /// What `sql:column("name")` in a query's text means here.
    fn sql_columns(&self, text: &str, scope: &Scope<'_>) -> Result<Vec<(String, Scalar)>, SqlError> {
        let mut columns = Vec::new();
        for after in text.split("sql:column").skip(1) {
            let Some(argument) = after.trim_start().strip_prefix('(').map(str::trim_start) else { continue };
            let quote = argument.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let Some(name) = quote.and_then(|quote| argument[1..].split(quote).next()) else { continue };
            let part =
                |part: &str| Ident { name: part.trim_matches(['[', ']']).to_owned(), quoted: true, line: 0 };
            let object = ObjectName { parts: name.split('.').map(part).collect() };
            columns.push((name.to_owned(), scope.column(&object)?));
        }
        Ok(columns)
    }
}

pub(super) fn method_of(name: &Ident) -> Result<Method, SqlError> {
    match name.name.to_ascii_lowercase().as_str() {
        "value" => Ok(Method::Value),
        "query" => Ok(Method::Query),
        "exist" => Ok(Method::Exist),
        "nodes" => Ok(Method::Nodes),
        "modify" => Err(sql_error!(8137, "modify")),
        _ => Err(not_built(&format!("the method {}()", name.name))),
    }
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Value => "value",
        Method::Query => "query",
        Method::Exist => "exist",
        Method::Nodes => "nodes",
    }
}

/// Arguments must be string literals (8172).
fn literal(arguments: &[Expr], index: usize, method: Method) -> Result<&str, SqlError> {
    match arguments.get(index).map(|argument| &argument.kind) {
        Some(ExprKind::Literal(Value::VarChar(text) | Value::NVarChar(text))) => Ok(text),
        _ => Err(sql_error!(8172, index + 1, name_of(method))),
    }
}

/// The type that value() names; 9500 for `xml`, `image`, `text`, `ntext` and what is none.
fn value_type(declaration: &str) -> Result<SqlType, SqlError> {
    let invalid = || sql_error!(9500, declaration);
    let (name, arguments) = match declaration.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end().strip_suffix(')').ok_or_else(invalid)?),
        None => (declaration, ""),
    };
    let argument = |text: &str| match text.trim() {
        max if max.eq_ignore_ascii_case("max") => Ok(TypeArg::Max),
        number => number.parse().map(TypeArg::Number).map_err(|_| invalid()),
    };
    let arguments = match arguments.trim() {
        "" => Vec::new(),
        arguments => arguments.split(',').map(argument).collect::<Result<_, _>>()?,
    };
    let name = name.trim().trim_matches(['[', ']']);
    let sql_type = SqlType::from_name(name, &arguments).ok_or_else(invalid)??;
    let refused = sql_type == SqlType::Xml
        || sql_type == SqlType::SqlVariant
        || sql_type.family().is_old_large_object();
    if refused { Err(invalid()) } else { Ok(sql_type) }
}
