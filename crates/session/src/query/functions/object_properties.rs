//! OBJECTPROPERTY, COLUMNPROPERTY, TYPEPROPERTY.

use duologue_catalog::SchemaObject;
use duologue_messages::SqlError;
use duologue_types::{Family, SqlType, Value};

use super::metadata::{Object, object_by_id};
use super::{Call, Function, Parameter, int, int_flag, int_or_null, variant};
use crate::views;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "OBJECTPROPERTY",
        arity: (2, 2),
        parameters: &[Parameter::Int, Parameter::Unicode],
        is_strict: true,
        result: int,
        call: object_property,
    },
    Function {
        name: "OBJECTPROPERTYEX",
        arity: (2, 2),
        parameters: &[Parameter::Int, Parameter::Unicode],
        is_strict: true,
        result: variant,
        call: |call| {
            let is_base_type = call.text(1).is_some_and(|name| name.eq_ignore_ascii_case("BaseType"));
            match call.int(0).and_then(|id| object_by_id(call.context, id, None)) {
                Some(object) if is_base_type => Ok(Value::NVarChar(object.type_code().into())),
                _ => object_property(call),
            }
        },
    },
    Function {
        name: "COLUMNPROPERTY",
        arity: (3, 3),
        parameters: &[Parameter::Int, Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| Ok(int_or_null(column_property(call))),
    },
    Function {
        name: "TYPEPROPERTY",
        arity: (2, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: int,
        call: |call| Ok(int_or_null(type_property(call))),
    },
];

fn object_property(call: &Call<'_>) -> Result<Value, SqlError> {
    let Some(object) = call.int(0).and_then(|id| object_by_id(call.context, id, None)) else {
        return Ok(Value::Null);
    };
    let is_system = match &object {
        Object::View(_) => true,
        Object::Stored(SchemaObject::Queue(queue)) => queue.is_system,
        Object::Stored(SchemaObject::Table(_)) => false,
    };
    let code = object.type_code();
    Ok(match call.text(1).unwrap_or_default().to_ascii_lowercase().as_str() {
        "istable" => int_flag(code == "U"),
        "isusertable" => int_flag(code == "U" && !is_system),
        "isview" => int_flag(code == "V"),
        "isqueue" => int_flag(code == "SQ"),
        "ismsshipped" => int_flag(is_system),
        "isprocedure" | "istrigger" | "isscalarfunction" | "istablefunction" | "isinlinefunction"
        | "issystemtable" | "isconstraint" | "isprimarykey" | "isforeignkey" | "isdefault" | "isrule"
        | "isencrypted" | "isextendedproc" | "isreplproc" | "tablehasforeignkey" | "tablehasindex" => {
            int_flag(false)
        }
        "tablehasprimarykey" => {
            int_flag(has(&object, |table| table.unique_keys.iter().any(|key| key.is_primary)))
        }
        "tablehasuniquecnst" => {
            int_flag(has(&object, |table| table.unique_keys.iter().any(|key| !key.is_primary)))
        }
        "tablehasidentity" => {
            int_flag(has(&object, |table| table.columns.iter().any(|c| c.identity.is_some())))
        }
        "ownerid" => match &object {
            Object::Stored(stored) => {
                int_or_null(call.context.database()?.object_owner(stored).map(|id| id.0))
            }
            Object::View(_) => Value::Int(4),
        },
        "schemaid" => match &object {
            Object::Stored(stored) => Value::Int(stored.schema().0),
            Object::View(_) => Value::Int(4),
        },
        "execisansinullson" | "execisquotedidenton" | "isansinullson" | "isquotedidenton" => int_flag(true),
        _ => Value::Null,
    })
}

fn has(object: &Object, test: impl Fn(&duologue_catalog::objects::Table) -> bool) -> bool {
    matches!(object, Object::Stored(SchemaObject::Table(table)) if test(table))
}

fn column_property(call: &Call<'_>) -> Option<i32> {
    let object = object_by_id(call.context, call.int(0)?, None)?;
    let (id, name, sql_type) = object.column(call.text(1)?)?;
    let column = match &object {
        Object::Stored(SchemaObject::Table(table)) => table.columns.iter().find(|column| column.name == name),
        _ => None,
    };
    let is_text = sql_type.family().is_string() || matches!(sql_type.family(), Family::Text | Family::NText);
    let length = i32::from(sql_type.max_length());
    let characters = match (sql_type.family(), length) {
        (_, -1) => -1,
        (Family::Unicode, _) => length / 2,
        _ => length,
    };
    Some(match call.text(2)?.to_ascii_lowercase().as_str() {
        "allowsnull" => column.is_none_or(|column| column.nullable).into(),
        "columnid" | "ordinal" => id,
        "isidentity" => column.is_some_and(|column| column.identity.is_some()).into(),
        "iscomputed"
        | "isrowguidcol"
        | "ishidden"
        | "issparse"
        | "iscolumnset"
        | "isoutparam"
        | "iscursortype"
        | "isxmlindexable"
        | "isfulltextindexed"
        | "isidnotforrepl"
        | "generatedalwaystype"
        | "systemdataaccess"
        | "userdataaccess" => 0,
        "isindexable" | "isdeterministic" | "isprecise" | "issystemverified" | "usesansitrim" => 1,
        "precision" if length == -1 || sql_type == SqlType::Xml => -1,
        "precision" if is_text => characters,
        "precision" => sql_type.precision().into(),
        "scale" => sql_type.scale().into(),
        "charmaxlen" if is_text || sql_type.family() == Family::Binary => characters,
        "octetmaxlen" if is_text || sql_type.family() == Family::Binary => length,
        _ => return None,
    })
}

fn type_property(call: &Call<'_>) -> Option<i32> {
    let id = views::type_id(call.text(0)?)?;
    let sql_type: SqlType = views::type_name(id)?.parse().ok()?;
    Some(match call.text(1)?.to_ascii_lowercase().as_str() {
        "allowsnull" => 1,
        "ownerid" => 4,
        "precision" => sql_type.precision().into(),
        "scale" => sql_type.scale().into(),
        "usesansitrim" => 1,
        _ => return None,
    })
}
