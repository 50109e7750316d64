//! Scalar expressions.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, DataType, DataTypeKind, Expr, ExprKind};
use duologue_types::{
    Collation, Mode, Operator, SqlType, UnaryOperator, Value, result_type, unary_result_type,
};

use super::{Binder, Position, not_built};
use crate::query::conversion::{coerce, coerce_with, meeting_type};
use crate::query::functions;
use crate::query::scalar::{FunctionRef, Predicate, Scalar, ScalarKind, SubPlan, shared_collation};
use crate::query::scope::Scope;

impl Binder<'_> {
    /// An expression as a value of `scope`'s rows.
    pub(crate) fn scalar(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        self.count()?;
        if let Some(key) = self.group_key(expr, scope) {
            return Ok(key);
        }
        self.ungrouped_scalar(expr, scope).map_err(|error| error.at_line(expr.line))
    }

    /// Where a query is grouped by the very expression: its key.
    fn group_key(&self, expr: &Expr, scope: &Scope<'_>) -> Option<Scalar> {
        let grouping = scope.grouping()?;
        if grouping.borrow().keys.is_empty() || is_leaf(&expr.kind) {
            return None;
        }
        let scalar = self.scalar(expr, &scope.ungrouped()).ok()?;
        let index = grouping.borrow().keys.iter().position(|key| *key == scalar)?;
        Some(Scalar { kind: ScalarKind::Column { depth: 0, index }, ..scalar })
    }

    fn ungrouped_scalar(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        match &expr.kind {
            ExprKind::Literal(value) => Ok(Scalar::constant(value.clone())),
            ExprKind::Variable(name) => self.variable(name),
            ExprKind::SystemVariable(name) => system_variable(name),
            ExprKind::Column(name) => scope.column(name),
            ExprKind::Default => Err(sql_error!(156, "DEFAULT")),
            ExprKind::Unary { operator, operand } => self.unary(*operator, operand, scope),
            ExprKind::Binary { operator, left, right } => {
                binary(operator_of(*operator), self.scalar(left, scope)?, self.scalar(right, scope)?)
            }
            ExprKind::Function(call) => self.function(call, scope),
            ExprKind::Cast { operand, data_type, is_try } => {
                self.conversion(operand, data_type, None, *is_try, scope)
            }
            ExprKind::Convert { data_type, operand, style, is_try } => {
                self.conversion(operand, data_type, style.as_deref(), *is_try, scope)
            }
            ExprKind::Parse { operand, data_type, culture: None, is_try } => {
                self.conversion(operand, data_type, None, *is_try, scope)
            }
            ExprKind::Parse { .. } => Err(not_built("PARSE … USING culture")),
            ExprKind::SimpleCase { operand, branches, otherwise } => {
                let branches = self.simple_branches(operand, branches, scope)?;
                self.case(branches, otherwise.as_deref(), scope)
            }
            ExprKind::SearchedCase { branches, otherwise } => {
                let bind = |(condition, result): &(ast::Condition, Expr)| {
                    Ok((self.condition(condition, scope)?, self.scalar(result, scope)?))
                };
                let branches = branches.iter().map(bind).collect::<Result<_, SqlError>>()?;
                self.case(branches, otherwise.as_deref(), scope)
            }
            ExprKind::Iif { condition, then, otherwise } => {
                let branch = (self.condition(condition, scope)?, self.scalar(then, scope)?);
                self.case(vec![branch], Some(otherwise), scope)
            }
            ExprKind::Subquery(query) => self.scalar_subquery(query, scope),
            ExprKind::Method { target, method, arguments } => {
                self.xml_method(target, method, arguments, scope)
            }
            ExprKind::Collate { operand, collation } => self.collate(operand, collation, scope),
            ExprKind::AtTimeZone { .. } => Err(not_built("AT TIME ZONE")),
            ExprKind::NextValueFor { .. } => Err(not_built("NEXT VALUE FOR")),
        }
    }

    fn variable(&self, name: &str) -> Result<Scalar, SqlError> {
        let (slot, sql_type) = self.context.variables.require_scalar(name)?;
        Ok(Scalar::new(sql_type, ScalarKind::Variable(slot)))
    }

    fn unary(
        &self,
        operator: ast::UnaryOperator,
        operand: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Scalar, SqlError> {
        let operand = self.scalar(operand, scope)?;
        let operator = match operator {
            ast::UnaryOperator::Plus => UnaryOperator::Plus,
            ast::UnaryOperator::Minus => UnaryOperator::Minus,
            ast::UnaryOperator::BitNot => UnaryOperator::BitNot,
        };
        let sql_type = unary_result_type(operator, operand.sql_type)?;
        // A negative constant stays one: ORDER BY and TOP look at constants.
        if let ScalarKind::Constant(value) = &operand.kind
            && !value.is_null()
        {
            let value = duologue_types::evaluate_unary(operator, value, operand.sql_type)?;
            return Ok(Scalar::typed_constant(sql_type, value));
        }
        let nullable = operand.nullable;
        Ok(Scalar {
            nullable,
            ..Scalar::new(sql_type, ScalarKind::Unary { operator, operand: Box::new(operand) })
        })
    }

    /// CAST, CONVERT and PARSE.
    fn conversion(
        &self,
        operand: &Expr,
        data_type: &DataType,
        style: Option<&Expr>,
        is_try: bool,
        scope: &Scope<'_>,
    ) -> Result<Scalar, SqlError> {
        let to = built_in(data_type)?;
        let operand = self.scalar(operand, scope)?;
        let style = style.map(|style| coerce(self.scalar(style, scope)?, SqlType::Int)).transpose()?;
        if operand.is_null_literal() {
            return Ok(Scalar::new(to, convert_kind(operand, None, is_try)));
        }
        duologue_types::check_conversion(operand.sql_type, to, Mode::Explicit)?;
        let (nullable, collation) = (operand.nullable || is_try, operand.collation);
        Ok(Scalar { sql_type: to, nullable, collation, kind: convert_kind(operand, style, is_try) })
    }

    fn simple_branches(
        &self,
        operand: &Expr,
        branches: &[(Expr, Expr)],
        scope: &Scope<'_>,
    ) -> Result<Vec<(Predicate, Scalar)>, SqlError> {
        let operand = self.scalar(operand, scope)?;
        let bind = |(value, result): &(Expr, Expr)| {
            let value = self.scalar(value, scope)?;
            let equal = super::condition::comparison(ast::Comparison::Equal, operand.clone(), value)?;
            Ok((equal, self.scalar(result, scope)?))
        };
        branches.iter().map(bind).collect()
    }

    fn case(
        &self,
        branches: Vec<(Predicate, Scalar)>,
        otherwise: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Result<Scalar, SqlError> {
        let otherwise = match otherwise {
            Some(otherwise) => self.scalar(otherwise, scope)?,
            None => Scalar::constant(Value::Null),
        };
        case(branches, otherwise)
    }

    fn scalar_subquery(&self, query: &ast::Query, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        let (bound, correlated) = scope.is_correlated(|| self.query(query, scope, Position::Inside));
        let bound = bound?;
        let [column] = bound.columns.as_slice() else { return Err(sql_error!(116)) };
        let column = &column.column;
        let plan = SubPlan { plan: bound.plan.into(), correlated };
        let kind = ScalarKind::Subquery(plan);
        Ok(Scalar { sql_type: column.sql_type, nullable: true, collation: column.collation, kind })
    }

    fn collate(&self, operand: &Expr, name: &ast::Ident, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        let operand = self.scalar(operand, scope)?;
        if !operand.sql_type.family().is_string() && !operand.is_null_literal() {
            return Err(sql_error!(447, operand.sql_type.error_name()));
        }
        let collation = Collation::from_name(&name.name).ok_or_else(|| sql_error!(448, name.name))?;
        Ok(Scalar { collation, ..operand })
    }
}

/// Leaves are never expressions that a query is grouped by, but columns, which know their key themselves.
fn is_leaf(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Literal(_)
            | ExprKind::Variable(_)
            | ExprKind::SystemVariable(_)
            | ExprKind::Column(_)
            | ExprKind::Subquery(_)
    )
}

fn system_variable(name: &str) -> Result<Scalar, SqlError> {
    let function = functions::system_variable(name).ok_or_else(|| sql_error!(137, name))?;
    let kind = ScalarKind::Function { function: FunctionRef(function), arguments: Vec::new() };
    Ok(Scalar::new((function.result)(&[]), kind))
}

pub(super) fn operator_of(operator: ast::BinaryOperator) -> Operator {
    match operator {
        ast::BinaryOperator::Add => Operator::Add,
        ast::BinaryOperator::Subtract => Operator::Subtract,
        ast::BinaryOperator::Multiply => Operator::Multiply,
        ast::BinaryOperator::Divide => Operator::Divide,
        ast::BinaryOperator::Modulo => Operator::Modulo,
        ast::BinaryOperator::BitAnd => Operator::BitAnd,
        ast::BinaryOperator::BitOr => Operator::BitOr,
        ast::BinaryOperator::BitXor => Operator::BitXor,
    }
}

/// `left operator right`. NULL takes the type of what it meets.
pub(super) fn binary(operator: Operator, left: Scalar, right: Scalar) -> Result<Scalar, SqlError> {
    let (left, right) = match (left.is_null_literal(), right.is_null_literal()) {
        (true, false) => (Scalar { sql_type: right.sql_type, ..left }, right),
        (false, true) => (left.clone(), Scalar { sql_type: left.sql_type, ..right }),
        _ => (left, right),
    };
    let sql_type = result_type(operator, left.sql_type, right.sql_type)?;
    let nullable = left.nullable || right.nullable;
    let collation = shared_collation(&left, &right);
    let kind = ScalarKind::Binary { operator, left: Box::new(left), right: Box::new(right) };
    Ok(Scalar { sql_type, nullable, collation, kind })
}

/// The results meet in one type; 8133 when all of them are NULL.
pub(super) fn case(branches: Vec<(Predicate, Scalar)>, otherwise: Scalar) -> Result<Scalar, SqlError> {
    let results = branches.iter().map(|(_, result)| result).chain([&otherwise]);
    let sql_type = meeting_type(results).ok_or_else(|| sql_error!(8133))?;
    let collation = branches.first().map(|(_, result)| result.collation).unwrap_or_default();
    let typed = |(condition, result): (Predicate, Scalar)| Ok((condition, coerce(result, sql_type)?));
    let branches = branches.into_iter().map(typed).collect::<Result<Vec<_>, SqlError>>()?;
    let otherwise = Box::new(coerce(otherwise, sql_type)?);
    let nullable = otherwise.nullable || branches.iter().any(|(_, result)| result.nullable);
    Ok(Scalar { sql_type, nullable, collation, kind: ScalarKind::Case { branches, otherwise } })
}

fn convert_kind(operand: Scalar, style: Option<Scalar>, is_try: bool) -> ScalarKind {
    let style = style.map(Box::new);
    ScalarKind::Convert { operand: Box::new(operand), style, mode: Mode::Explicit, is_try }
}

/// The type that a statement names; 243 for what is none.
pub(crate) fn built_in(data_type: &DataType) -> Result<SqlType, SqlError> {
    match &data_type.kind {
        DataTypeKind::BuiltIn(sql_type) => Ok(*sql_type),
        DataTypeKind::TypedXml { .. } => Ok(SqlType::Xml),
        DataTypeKind::RowVersion => Ok(SqlType::Binary(8)),
        DataTypeKind::User => Err(sql_error!(243, data_type.name.object())),
    }
}

/// Any expression as one that converts to a function's argument.
pub(super) fn explicit(scalar: Scalar, to: SqlType) -> Result<Scalar, SqlError> {
    coerce_with(scalar, to, Mode::Explicit)
}
