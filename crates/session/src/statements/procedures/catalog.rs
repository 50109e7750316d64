//! Procedures that describe the server.

use duologue_types::{Length, SqlType, Value};

use super::{Call, returned};
use crate::execution::{Context, StatementResult};
use crate::output::{ResultColumn, StatementKind};

/// `xp_msver ['option']`: index, name, internal and character value.
pub(super) fn version(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let wanted = call.text(0)?;
    let text = SqlType::NVarChar(Length::Fixed(4000));
    let column = |name: &str, sql_type| ResultColumn { name: name.into(), sql_type, nullable: true };
    cx.output.columns(&[
        column("Index", SqlType::SmallInt),
        column("Name", SqlType::SYSNAME),
        column("Internal_Value", SqlType::Int),
        column("Character_Value", text),
    ]);
    let mut rows = 0;
    for (index, name, internal, characters) in OPTIONS {
        if wanted.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(name)) {
            continue;
        }
        cx.output.row(&[
            Value::SmallInt(*index),
            Value::nvarchar(*name),
            internal.map_or(Value::Null, Value::Int),
            Value::nvarchar(*characters),
        ]);
        rows += 1;
    }
    cx.output.statement_done(StatementKind::Select, Some(rows));
    returned(cx, call.status.as_ref())
}

/// The version that COMPAT.md names as the reference.
const OPTIONS: &[(i16, &str, Option<i32>, &str)] = &[
    (1, "ProductName", None, "Microsoft SQL Server"),
    (2, "ProductVersion", Some(1_048_576), "16.0.1000.6"),
    (3, "Language", Some(1033), "English (United States)"),
    (4, "Platform", None, "NT x64"),
];
