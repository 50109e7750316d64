//! FOR XML clauses.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    ForXml, ForXmlElements, ForXmlMode, Query, QueryBody, TableSource, TableSourceKind,
};
use duologue_types::SqlType;

use super::{Binder, BoundQuery, OutputColumn, not_built};
use crate::query::plan::{ForXmlPlan, Plan, XmlColumn, XmlMode, xml_name};
use crate::query::scope::Column;

/// The name that SQL Server gives the one column.
const COLUMN: &str = "XML_F52E2B61-18A1-11d1-B105-00805F49916B";

impl Binder<'_> {
    pub(super) fn for_xml(
        &self,
        bound: BoundQuery,
        query: &Query,
        clause: &ForXml,
    ) -> Result<BoundQuery, SqlError> {
        if clause.xml_schema.is_some() {
            return Err(not_built("FOR XML … XMLSCHEMA"));
        }
        let row = match &clause.mode {
            ForXmlMode::Raw(name) => Some(name.clone().unwrap_or_else(|| "row".into())),
            ForXmlMode::Path(name) => {
                Some(name.clone().unwrap_or_else(|| "row".into())).filter(|name| !name.is_empty())
            }
            ForXmlMode::Auto => Some(auto_element(query)?),
            ForXmlMode::Explicit => return Err(not_built("FOR XML EXPLICIT")),
        };
        let column = |output: &OutputColumn| match &clause.mode {
            ForXmlMode::Path(_) => path_column(&output.column, row.is_some()),
            _ => plain_column(&output.column, clause.elements.is_some()),
        };
        let columns = bound.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        check_attributes(&columns)?;
        let xml = ForXmlPlan {
            row,
            root: clause.root.clone().map(|root| root.unwrap_or_else(|| "root".into())),
            xsi_nil: clause.elements == Some(ForXmlElements::XsiNil),
            typed: clause.typed,
            namespaces: self
                .xml_namespaces
                .iter()
                .map(|n| (n.prefix.as_ref().map(|p| p.name.clone()), n.uri.clone()))
                .collect(),
            columns,
        };
        let sql_type = if xml.typed { SqlType::Xml } else { SqlType::NVARCHAR_MAX };
        let name = if xml.typed { "" } else { COLUMN };
        let output = OutputColumn { column: Column::new(name, sql_type, true), is_untyped: false };
        Ok(BoundQuery { plan: Plan::ForXml { input: Box::new(bound.plan), xml }, columns: vec![output] })
    }
}

/// AUTO names rows after their table; several tables would nest.
fn auto_element(query: &Query) -> Result<String, SqlError> {
    let QueryBody::Select(select) = &query.body else {
        return Err(not_built("FOR XML AUTO over set operations"));
    };
    let name = |source: &TableSource| match &source.kind {
        TableSourceKind::Table { name, alias, .. } => {
            Some(alias.as_ref().map_or(name.object(), |alias| &alias.name).to_owned())
        }
        TableSourceKind::Variable { alias, .. } | TableSourceKind::Derived { alias, .. } => {
            alias.as_ref().map(|alias| alias.name.clone())
        }
        _ => None,
    };
    match select.from.as_slice() {
        [source] if !matches!(source.kind, TableSourceKind::Join(_)) => {
            name(source).map(|name| xml_name(&name)).ok_or_else(|| sql_error!(6809))
        }
        [] => Err(sql_error!(6809)),
        _ => Err(not_built("FOR XML AUTO over several tables")),
    }
}

/// RAW and AUTO: attributes, or elements with ELEMENTS.
fn plain_column(column: &Column, elements: bool) -> Result<XmlColumn, SqlError> {
    if column.name.is_empty() {
        return Err(sql_error!(6809));
    }
    let name = xml_name(&column.name);
    let (path, mode) =
        if elements { (vec![name], XmlMode::Content) } else { (Vec::new(), XmlMode::Attribute(name)) };
    Ok(XmlColumn { path, mode, sql_type: column.sql_type })
}

/// PATH: the name is a path. Without name, and `*`, the value stands in the row's element itself.
fn path_column(column: &Column, has_row: bool) -> Result<XmlColumn, SqlError> {
    let mut path: Vec<String> =
        column.name.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
    let last = path.pop().unwrap_or_default();
    let mode = match last.as_str() {
        "" | "*" | "text()" | "node()" => XmlMode::Content,
        "data()" => XmlMode::Data,
        "comment()" => XmlMode::Comment,
        attribute if attribute.starts_with('@') => XmlMode::Attribute(xml_name(&attribute[1..])),
        instruction if instruction.starts_with("processing-instruction(") => {
            let name = instruction.trim_start_matches("processing-instruction(").trim_end_matches(')');
            XmlMode::Instruction(xml_name(name))
        }
        element => {
            path.push(element.to_owned());
            XmlMode::Content
        }
    };
    if matches!(mode, XmlMode::Attribute(_)) && path.is_empty() && !has_row {
        return Err(sql_error!(6864));
    }
    let path = path.iter().map(|step| xml_name(step)).collect();
    Ok(XmlColumn { path, mode, sql_type: column.sql_type })
}

/// An attribute comes before the content of its element (6852), once (6810).
fn check_attributes(columns: &[XmlColumn]) -> Result<(), SqlError> {
    for (index, column) in columns.iter().enumerate() {
        let XmlMode::Attribute(name) = &column.mode else { continue };
        // Columns since the element was entered: it is left when a column's path does not lead through it.
        let earlier = columns[..index].iter().rev().take_while(|other| other.path.starts_with(&column.path));
        for other in earlier {
            match &other.mode {
                XmlMode::Attribute(same) if other.path == column.path => {
                    if same == name {
                        return Err(sql_error!(6810, name));
                    }
                }
                _ => return Err(sql_error!(6852, format!("@{name}"))),
            }
        }
    }
    Ok(())
}
