//! Golden tables: a SELECT and the text of its result, over a small instance that exists in memory only.

mod errors;
mod expressions;
mod fixture;
mod functions;
mod queries;
mod rows_of_others;
mod views;

use duologue_messages::SqlError;
use duologue_tsql::ast::StatementKind;
use duologue_tsql::{ParseOptions, parse_batch};
use duologue_types::display_sqlcmd;

use super::*;
use fixture::Fixture;

/// Rows of a SELECT: values separated by `|`, rows by `; `. Assignments as `name=value`.
fn select(fixture: &Fixture, text: &str) -> Result<String, SqlError> {
    let batch = parse_batch(text, &ParseOptions::default()).map_err(|mut errors| errors.remove(0))?;
    let [statement] = batch.statements.as_slice() else { panic!("one statement: {text}") };
    let StatementKind::Select(select) = &statement.kind else { panic!("a SELECT: {text}") };
    fixture.with_context(|context| {
        let plan = bind_select(context, select, &[])?;
        let shown = match plan.run(context)? {
            SelectOutcome::Rows(rows) => rows.iter().map(|row| show(row, &plan.columns)).collect::<Vec<_>>(),
            SelectOutcome::Assigned { values, .. } => {
                let name =
                    |slot| context.variables.iter().find(|(other, _)| *other == slot).unwrap().1.name.clone();
                let sql_type = |slot| context.variables.scalar_type(slot).unwrap();
                let value = |(slot, value): &(_, _)| {
                    format!("{}={}", name(*slot), display_sqlcmd(value, sql_type(*slot)))
                };
                values.iter().map(value).collect()
            }
        };
        Ok(shown.join("; "))
    })
}

fn show(row: &Row, columns: &[ResultColumn]) -> String {
    assert_eq!(row.len(), columns.len(), "row and columns");
    let values = row.iter().zip(columns).map(|(value, column)| {
        let fits = value.natural_type().is_none_or(|own| {
            own.family() == column.sql_type.family()
                || column.sql_type.family() == duologue_types::Family::Variant
                || (column.sql_type.family() == duologue_types::Family::Text)
                || (column.sql_type.family() == duologue_types::Family::NText)
        });
        assert!(fits, "{value:?} in a column of {}", column.sql_type);
        assert!(column.nullable || !value.is_null(), "NULL in {}", column.name);
        display_sqlcmd(value, column.sql_type)
    });
    values.collect::<Vec<_>>().join("|")
}

/// Names and types of a SELECT's result.
fn shape(fixture: &Fixture, text: &str) -> String {
    let batch = parse_batch(text, &ParseOptions::default()).unwrap();
    let StatementKind::Select(select) = &batch.statements[0].kind else { panic!("a SELECT: {text}") };
    fixture.with_context(|context| {
        let plan = bind_select(context, select, &[]).unwrap();
        let column = |column: &ResultColumn| {
            let null = if column.nullable { "" } else { " not null" };
            format!("{} {}{null}", column.name, column.sql_type)
        };
        plan.columns.iter().map(column).collect::<Vec<_>>().join(", ")
    })
}

/// Checks a table of SELECTs and results; an error is its number and text.
#[track_caller]
fn check(fixture: &Fixture, cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let found = match select(fixture, text) {
            Ok(found) => found,
            Err(error) => format!("{} {}", error.number, error.text),
        };
        if found != *expected {
            wrong.push_str(&format!("{text}\n  expected {expected}\n  found    {found}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
