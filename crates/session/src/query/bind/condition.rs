//! Search conditions.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, Comparison, Condition, ConditionKind, Expr};
use duologue_types::{Family, SqlType, comparison_type};

use super::{Binder, Position};
use crate::query::conversion::coerce;
use crate::query::plan::Plan;
use crate::query::scalar::{Predicate, Scalar, ScalarKind, SubPlan, shared_collation};
use crate::query::scope::Scope;

impl Binder<'_> {
    /// A condition about `scope`'s rows.
    pub(crate) fn condition(&self, condition: &Condition, scope: &Scope<'_>) -> Result<Predicate, SqlError> {
        self.unplaced_condition(condition, scope).map_err(|error| error.at_line(condition.line))
    }

    fn unplaced_condition(&self, condition: &Condition, scope: &Scope<'_>) -> Result<Predicate, SqlError> {
        let all = |conditions: &[Condition]| -> Result<Vec<Predicate>, SqlError> {
            conditions.iter().map(|condition| self.condition(condition, scope)).collect()
        };
        match &condition.kind {
            ConditionKind::And(conditions) => all(conditions).map(Predicate::And),
            ConditionKind::Or(conditions) => all(conditions).map(Predicate::Or),
            ConditionKind::Not(inner) => Ok(not(self.condition(inner, scope)?, true)),
            ConditionKind::Comparison { operator, left, right } => {
                comparison(*operator, self.scalar(left, scope)?, self.scalar(right, scope)?)
            }
            ConditionKind::Quantified { operator, operand, all, query } => {
                self.quantified(*operator, operand, *all, query, scope)
            }
            ConditionKind::IsNull { operand, negated } => {
                Ok(not(Predicate::IsNull(self.nullable_operand(operand, scope)?), *negated))
            }
            ConditionKind::IsDistinctFrom { left, right, negated } => {
                let (left, right) =
                    comparable("is distinct from", self.scalar(left, scope)?, self.scalar(right, scope)?)?;
                Ok(not(Predicate::IsDistinct { left, right }, *negated))
            }
            ConditionKind::Between { operand, low, high, negated } => {
                let operand = self.scalar(operand, scope)?;
                let low = comparison(Comparison::GreaterOrEqual, operand.clone(), self.scalar(low, scope)?)?;
                let high = comparison(Comparison::LessOrEqual, operand, self.scalar(high, scope)?)?;
                Ok(not(Predicate::And(vec![low, high]), *negated))
            }
            ConditionKind::InList { operand, list, negated } => {
                Ok(not(self.in_list(operand, list, scope)?, *negated))
            }
            ConditionKind::InQuery { operand, query, negated } => {
                Ok(not(self.quantified(Comparison::Equal, operand, false, query, scope)?, *negated))
            }
            ConditionKind::Like { operand, pattern, escape, negated } => {
                let text = |expr: &Expr| like_operand(self.scalar(expr, scope)?);
                let escape = escape.as_ref().map(text).transpose()?;
                Ok(not(
                    Predicate::Like { operand: text(operand)?, pattern: text(pattern)?, escape },
                    *negated,
                ))
            }
            ConditionKind::Exists(query) => {
                let (bound, correlated) = scope.is_correlated(|| self.query(query, scope, Position::Inside));
                Ok(Predicate::Exists(SubPlan { plan: bound?.plan.into(), correlated }))
            }
            ConditionKind::Updated(_) => Err(super::not_built("UPDATE() in triggers")),
        }
    }

    /// IS NULL takes nodes too.
    fn nullable_operand(&self, operand: &Expr, scope: &Scope<'_>) -> Result<Scalar, SqlError> {
        match &operand.kind {
            ast::ExprKind::Column(name) if scope.grouping().is_none() => Ok(scope.column_or_node(name)?.0),
            _ => self.scalar(operand, scope),
        }
    }

    /// All operands meet in one type where one comparison would not do.
    fn in_list(&self, operand: &Expr, list: &[Expr], scope: &Scope<'_>) -> Result<Predicate, SqlError> {
        let operand = self.scalar(operand, scope)?;
        let members = list.iter().map(|member| self.scalar(member, scope)).collect::<Result<Vec<_>, _>>()?;
        let types = members.iter().filter(|member| !member.is_null_literal()).map(|member| member.sql_type);
        let common = types
            .clone()
            .try_fold(operand.sql_type, |common, next| comparison_type("equal to", common, next))?;
        let one_kind = types.clone().all(|sql_type| same_kind(sql_type, operand.sql_type));
        if one_kind {
            return Ok(Predicate::In { operand, list: members });
        }
        let list = members.into_iter().map(|member| coerce(member, common)).collect::<Result<_, _>>()?;
        Ok(Predicate::In { operand: coerce(operand, common)?, list })
    }

    fn quantified(
        &self,
        operator: Comparison,
        operand: &Expr,
        all: bool,
        query: &ast::Query,
        scope: &Scope<'_>,
    ) -> Result<Predicate, SqlError> {
        let operand = self.scalar(operand, scope)?;
        let (bound, correlated) = scope.is_correlated(|| self.query(query, scope, Position::Inside));
        let bound = bound?;
        let [output] = bound.columns.as_slice() else { return Err(sql_error!(116)) };
        let column = &output.column;
        let value = Scalar {
            sql_type: column.sql_type,
            nullable: column.nullable,
            collation: column.collation,
            kind: ScalarKind::Column { depth: 0, index: 0 },
        };
        let (mut operand, value) = comparable(operator_name(operator), operand, value)?;
        operand.collation = shared_collation(&operand, &value);
        let plan = match value.kind {
            ScalarKind::Column { .. } => bound.plan,
            _ => Plan::Project { input: Box::new(bound.plan), columns: vec![value] },
        };
        Ok(Predicate::Quantified { operator, operand, all, plan: SubPlan { plan: plan.into(), correlated } })
    }
}

fn not(predicate: Predicate, negated: bool) -> Predicate {
    if negated { Predicate::Not(Box::new(predicate)) } else { predicate }
}

/// `left operator right`, both converted to the type in which they compare.
pub(super) fn comparison(operator: Comparison, left: Scalar, right: Scalar) -> Result<Predicate, SqlError> {
    let (left, right) = comparable(operator_name(operator), left, right)?;
    Ok(Predicate::Compare { operator, left, right })
}

fn comparable(operator: &str, left: Scalar, right: Scalar) -> Result<(Scalar, Scalar), SqlError> {
    if left.is_null_literal() || right.is_null_literal() {
        let sql_type = if left.is_null_literal() { right.sql_type } else { left.sql_type };
        comparison_type(operator, sql_type, sql_type)?;
        return Ok((left, right));
    }
    let common = comparison_type(operator, left.sql_type, right.sql_type)?;
    if same_kind(left.sql_type, right.sql_type) {
        return Ok((left, right));
    }
    Ok((converted(left, common)?, converted(right, common)?))
}

/// Values compare as they are.
fn same_kind(left: SqlType, right: SqlType) -> bool {
    let (left, right) = (left.family(), right.family());
    left == right || (left.is_string() && right.is_string())
}

fn converted(scalar: Scalar, common: SqlType) -> Result<Scalar, SqlError> {
    let is_variant = scalar.sql_type == SqlType::SqlVariant;
    if is_variant || same_kind(scalar.sql_type, common) { Ok(scalar) } else { coerce(scalar, common) }
}

fn operator_name(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "equal to",
        Comparison::NotEqual => "not equal to",
        Comparison::Less => "less than",
        Comparison::LessOrEqual => "less than or equal to",
        Comparison::Greater => "greater than",
        Comparison::GreaterOrEqual => "greater than or equal to",
    }
}

/// LIKE compares text; numbers and the like become text by themselves, xml does not (8116).
fn like_operand(scalar: Scalar) -> Result<Scalar, SqlError> {
    match scalar.sql_type.family() {
        Family::Character | Family::Unicode => Ok(scalar),
        Family::Text => coerce(scalar, SqlType::VarChar(duologue_types::Length::Max)),
        Family::NText => coerce(scalar, SqlType::NVARCHAR_MAX),
        Family::Xml | Family::Image | Family::Variant => {
            Err(sql_error!(8116, scalar.sql_type.error_name(), 1, "like"))
        }
        _ => coerce(scalar, SqlType::VarChar(duologue_types::Length::Fixed(8000))),
    }
}
