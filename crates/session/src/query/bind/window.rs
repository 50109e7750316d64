//! Window functions.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{FunctionCall, Over};

use super::aggregate::is_aggregate;
use super::function::check_arity;
use super::{Binder, not_built};
use crate::query::plan::{SortKey, Window, WindowFunction};
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::Scope;

impl Binder<'_> {
    /// A ranking function, or an aggregate with OVER; `None` for others.
    pub(super) fn window_function(
        &self,
        call: &FunctionCall,
        scope: &Scope<'_>,
    ) -> Result<Option<Scalar>, SqlError> {
        let name = call.name.object().to_ascii_uppercase();
        let is_ranking = matches!(name.as_str(), "ROW_NUMBER" | "RANK" | "DENSE_RANK" | "NTILE");
        let is_windowed = is_aggregate(&name) && call.over.is_some();
        if !is_ranking && !is_windowed {
            return Ok(None);
        }
        let over = call.over.as_ref().ok_or_else(|| sql_error!(10753, name))?;
        let windows = scope.windows().ok_or_else(|| sql_error!(4108))?;
        if is_ranking && over.order_by.is_empty() {
            return Err(sql_error!(4112, name));
        }
        let window = self.window(&name, call, over, scope)?;
        let sql_type = window.function.sql_type();
        let mut windows = windows.borrow_mut();
        let known = windows.iter().position(|other| *other == window);
        let index = known.unwrap_or(windows.len());
        if known.is_none() {
            windows.push(window);
        }
        Ok(Some(Scalar::new(sql_type, ScalarKind::Window(index))))
    }

    fn window(
        &self,
        name: &str,
        call: &FunctionCall,
        over: &Over,
        scope: &Scope<'_>,
    ) -> Result<Window, SqlError> {
        if over.frame.is_some() {
            return Err(not_built("ROWS and RANGE of window functions"));
        }
        let function = match name {
            "ROW_NUMBER" => WindowFunction::RowNumber,
            "RANK" => WindowFunction::Rank,
            "DENSE_RANK" => WindowFunction::DenseRank,
            "NTILE" => {
                check_arity(name, call.arguments.len(), (1, 1))?;
                WindowFunction::Ntile(self.scalar(&call.arguments[0], &Scope::empty())?)
            }
            _ if call.distinct => return Err(not_built("DISTINCT of window functions")),
            _ => WindowFunction::Aggregate(self.aggregate_of(call, scope)?),
        };
        let partition_by =
            over.partition_by.iter().map(|expr| self.scalar(expr, scope)).collect::<Result<_, _>>()?;
        let mut order_by = Vec::new();
        for item in &over.order_by {
            order_by.push(SortKey { scalar: self.scalar(&item.expr, scope)?, descending: item.descending });
        }
        Ok(Window { function, partition_by, order_by })
    }
}
