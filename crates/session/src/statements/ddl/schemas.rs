//! CREATE SCHEMA, and the definitions that are recognised only.

use duologue_catalog::ddl::schemas;
use duologue_tsql::ast::{CreateSchema, DdlStatement};

use super::{define, text};
use crate::execution::{Context, Flow, StatementResult};
use crate::output::StatementKind;
use crate::statements::not_built;

pub(in crate::statements) fn define_other(
    cx: &mut Context<'_, '_>,
    statement: &DdlStatement,
) -> StatementResult {
    match statement {
        DdlStatement::CreateSchema(create) => create_schema(cx, create),
        // There are no statistics that could be out of date.
        DdlStatement::UpdateStatistics { .. } | DdlStatement::CreateStatistics { .. } => {
            Ok(Flow::done(StatementKind::Other))
        }
        DdlStatement::AlterSchemaTransfer { .. } => not_built("ALTER SCHEMA … TRANSFER"),
        DdlStatement::CreateType(_) => not_built("CREATE TYPE"),
        DdlStatement::CreateSynonym { .. } => not_built("CREATE SYNONYM"),
        DdlStatement::CreateSequence(_) => not_built("CREATE SEQUENCE"),
        DdlStatement::AlterSequence(_) => not_built("ALTER SEQUENCE"),
        DdlStatement::CreateXmlSchemaCollection { .. } => not_built("CREATE XML SCHEMA COLLECTION"),
        DdlStatement::AlterXmlSchemaCollection { .. } => not_built("ALTER XML SCHEMA COLLECTION"),
        DdlStatement::SwitchTrigger { enable, .. } => {
            not_built(if *enable { "ENABLE TRIGGER" } else { "DISABLE TRIGGER" })
        }
        DdlStatement::AlterIndex { .. } => not_built("ALTER INDEX"),
    }
}

fn create_schema(cx: &mut Context<'_, '_>, create: &CreateSchema) -> StatementResult {
    if !create.elements.is_empty() {
        return not_built("CREATE SCHEMA with elements");
    }
    let (name, owner) = (text(create.name.as_ref()), text(create.authorization.as_ref()));
    define(cx, |ddl| schemas::create_schema(ddl, name.as_deref(), owner.as_deref()))
}
