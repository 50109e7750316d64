//! Evaluation of bound expressions on rows.

use std::cmp::Ordering;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::Comparison;
use duologue_types::{Family, LikePattern, Value, compare, convert, evaluate, evaluate_unary};

use super::context::QueryContext;
use super::conversion::XML;
use super::frame::Frame;
use super::functions::Call;
use super::plan::Row;
use super::scalar::{Predicate, Scalar, ScalarKind, SubPlan, shared_collation};

impl Scalar {
    /// The value for a row.
    pub fn evaluate(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Value, SqlError> {
        match &self.kind {
            ScalarKind::Constant(value) => Ok(value.clone()),
            ScalarKind::Column { depth, index } => Ok(frame.value(*depth, *index).clone()),
            ScalarKind::Window(from_end) => {
                let place = frame.row.len().checked_sub(from_end + 1);
                Ok(place.map_or(Value::Null, |place| frame.row[place].clone()))
            }
            ScalarKind::Variable(slot) => Ok(context.variables.value(*slot).clone()),
            ScalarKind::Unary { operator, operand } => {
                evaluate_unary(*operator, &operand.evaluate(frame, context)?, operand.sql_type)
            }
            ScalarKind::Binary { operator, left, right } => {
                let (l, r) = (left.evaluate(frame, context)?, right.evaluate(frame, context)?);
                evaluate(*operator, &l, left.sql_type, &r, right.sql_type)
            }
            ScalarKind::Convert { is_try, .. } => match self.convert(frame, context) {
                Err(error) if *is_try && is_conversion_failure(&error) => Ok(Value::Null),
                converted => converted,
            },
            ScalarKind::Function { function, arguments } => {
                let values = evaluate_all(arguments, frame, context)?;
                if function.0.is_strict && values.iter().any(Value::is_null) {
                    return Ok(Value::Null);
                }
                let call = Call { arguments: &values, bound: arguments, result: self.sql_type, context };
                (function.0.call)(&call)
            }
            ScalarKind::Case { branches, otherwise } => {
                for (condition, result) in branches {
                    if condition.is_true(frame, context)? {
                        return result.evaluate(frame, context);
                    }
                }
                otherwise.evaluate(frame, context)
            }
            ScalarKind::Coalesce(operands) => {
                for operand in operands {
                    let value = operand.evaluate(frame, context)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            ScalarKind::Choose { index, values } => {
                let chosen = match index.evaluate(frame, context)? {
                    Value::Int(number) => {
                        usize::try_from(number).ok().and_then(|number| number.checked_sub(1))
                    }
                    _ => None,
                };
                chosen
                    .and_then(|chosen| values.get(chosen))
                    .map_or(Ok(Value::Null), |v| v.evaluate(frame, context))
            }
            ScalarKind::Subquery(plan) => {
                let mut rows = plan.rows(frame, context, 2)?;
                match rows.len() {
                    0 => Ok(Value::Null),
                    1 => Ok(rows.swap_remove(0).into_iter().next().unwrap_or_default()),
                    _ => Err(sql_error!(512)),
                }
            }
            ScalarKind::Xml(call) => call.evaluate(frame, context),
        }
    }

    fn convert(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Value, SqlError> {
        let ScalarKind::Convert { operand, style, mode, .. } = &self.kind else {
            return self.evaluate(frame, context);
        };
        // It has no type of its own, so no pair of types to refuse.
        if operand.is_null_literal() {
            return Ok(Value::Null);
        }
        let value = operand.evaluate(frame, context)?;
        let style = match style {
            None => 0,
            Some(style) => match style.evaluate(frame, context)? {
                Value::Int(style) => style,
                // A style that is NULL makes the result NULL.
                _ => return Ok(Value::Null),
            },
        };
        convert(&value, operand.sql_type, self.sql_type, style, *mode, XML)
    }
}

/// What TRY_CAST and TRY_CONVERT turn into NULL: values that don't convert. Types that never do are an error (529).
fn is_conversion_failure(error: &SqlError) -> bool {
    !matches!(error.number, 206 | 257 | 281 | 529 | 49901..=49909)
}

/// Values of several expressions for one row.
pub(crate) fn evaluate_all(
    scalars: &[Scalar],
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<Vec<Value>, SqlError> {
    scalars.iter().map(|scalar| scalar.evaluate(frame, context)).collect()
}

impl SubPlan {
    /// Its first rows for the present row, at most `limit`.
    fn rows(
        &self,
        frame: &Frame<'_>,
        context: &QueryContext<'_>,
        limit: usize,
    ) -> Result<Vec<Row>, SqlError> {
        if self.correlated {
            return self.plan.open(context, Some(frame))?.take(limit).collect();
        }
        let rows = self.independent_rows(context)?;
        Ok(rows.iter().take(limit).cloned().collect())
    }

    fn independent_rows(&self, context: &QueryContext<'_>) -> Result<std::rc::Rc<[Row]>, SqlError> {
        let plan = std::sync::Arc::as_ptr(&self.plan);
        context.rows_once(plan, || super::plan::keep(self.plan.open(context, None)?))
    }

    fn exists(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<bool, SqlError> {
        let outer = self.correlated.then_some(frame);
        Ok(self.plan.open(context, outer)?.next().transpose()?.is_some())
    }
}

impl Predicate {
    /// True; neither false nor unknown.
    pub fn is_true(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<bool, SqlError> {
        Ok(self.evaluate(frame, context)? == Some(true))
    }

    /// True, false, or `None` for unknown.
    pub fn evaluate(&self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Option<bool>, SqlError> {
        match self {
            Self::And(all) => fold(all, false, frame, context),
            Self::Or(all) => fold(all, true, frame, context),
            Self::Not(inner) => Ok(inner.evaluate(frame, context)?.map(|truth| !truth)),
            Self::Compare { operator, left, right } => {
                let collation = shared_collation(left, right);
                let (left, right) = (left.evaluate(frame, context)?, right.evaluate(frame, context)?);
                Ok(compare(&left, &right, collation).map(|order| holds(*operator, order)))
            }
            Self::IsNull(operand) => Ok(Some(operand.evaluate(frame, context)?.is_null())),
            Self::IsDistinct { left, right } => {
                let collation = shared_collation(left, right);
                let (left, right) = (left.evaluate(frame, context)?, right.evaluate(frame, context)?);
                Ok(Some(match (left.is_null(), right.is_null()) {
                    (false, false) => compare(&left, &right, collation) != Some(Ordering::Equal),
                    (left, right) => left != right,
                }))
            }
            Self::In { operand, list } => in_list(operand, list, frame, context),
            Self::Like { operand, pattern, escape } => {
                like(operand, pattern, escape.as_ref(), frame, context)
            }
            Self::Exists(plan) => plan.exists(frame, context).map(Some),
            Self::Quantified { operator, operand, all, plan } => {
                quantified(*operator, operand, *all, plan, frame, context)
            }
        }
    }
}

/// AND (`decisive` false) or OR (`decisive` true).
fn fold(
    all: &[Predicate],
    decisive: bool,
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<Option<bool>, SqlError> {
    let mut outcome = Some(!decisive);
    for predicate in all {
        match predicate.evaluate(frame, context)? {
            Some(truth) if truth == decisive => return Ok(Some(decisive)),
            Some(_) => {}
            None => outcome = None,
        }
    }
    Ok(outcome)
}

fn holds(operator: Comparison, order: Ordering) -> bool {
    match operator {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn in_list(
    operand: &Scalar,
    list: &[Scalar],
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<Option<bool>, SqlError> {
    let value = operand.evaluate(frame, context)?;
    let mut outcome = Some(false);
    for member in list {
        let collation = shared_collation(operand, member);
        match compare(&value, &member.evaluate(frame, context)?, collation) {
            Some(Ordering::Equal) => return Ok(Some(true)),
            Some(_) => {}
            None => outcome = None,
        }
    }
    Ok(outcome)
}

fn quantified(
    operator: Comparison,
    operand: &Scalar,
    all: bool,
    plan: &SubPlan,
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<Option<bool>, SqlError> {
    let value = operand.evaluate(frame, context)?;
    let test = |row: &Row| {
        let other = row.first().unwrap_or(&Value::Null);
        compare(&value, other, operand.collation).map(|order| holds(operator, order))
    };
    let mut outcome = Some(all);
    let mut decide = |truth: Option<bool>| {
        match truth {
            Some(truth) if truth != all => return true,
            Some(_) => {}
            None => outcome = None,
        }
        false
    };
    if plan.correlated {
        for row in plan.plan.open(context, Some(frame))? {
            if decide(test(&row?)) {
                return Ok(Some(!all));
            }
        }
    } else if plan.independent_rows(context)?.iter().any(|row| decide(test(row))) {
        return Ok(Some(!all));
    }
    Ok(outcome)
}

fn like(
    operand: &Scalar,
    pattern: &Scalar,
    escape: Option<&Scalar>,
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<Option<bool>, SqlError> {
    let (text, pattern_text) = (operand.evaluate(frame, context)?, pattern.evaluate(frame, context)?);
    let escape = match escape.map(|escape| escape.evaluate(frame, context)).transpose()? {
        None => None,
        Some(escape) => match text_of(&escape) {
            None => return Ok(None),
            Some(escape) => Some(escape_character(escape)?),
        },
    };
    let (Some(text), Some(pattern_text)) = (text_of(&text), text_of(&pattern_text)) else { return Ok(None) };
    let (pattern_of, collation) =
        (LikePattern::new(pattern_text, escape), shared_collation(operand, pattern));
    // In varchar and char, blanks at the end may be left out of the text.
    let is_narrow =
        operand.sql_type.family() == Family::Character && pattern.sql_type.family() == Family::Character;
    let matches = pattern_of.matches(text, collation)
        || (is_narrow && text.ends_with(' ') && pattern_of.matches(text.trim_end_matches(' '), collation));
    Ok(Some(matches))
}

fn escape_character(escape: &str) -> Result<char, SqlError> {
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (Some(escape), None) => Ok(escape),
        _ => Err(sql_error!(506, escape, "LIKE")),
    }
}

/// The text of a character value.
pub(crate) fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::VarChar(text) | Value::NVarChar(text) | Value::Xml(text) => Some(text),
        _ => None,
    }
}
