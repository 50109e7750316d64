//! FOR XML, FOR JSON, FOR BROWSE.

use crate::ast::{ForClause, ForJson, ForXml, ForXmlElements, ForXmlMode};
use crate::errors::Parsed;
use crate::parser::Parser;

impl Parser<'_> {
    /// The clause or nothing; `FOR UPDATE` and `FOR READ ONLY` belong to a cursor.
    pub(crate) fn opt_for_clause(&mut self) -> Parsed<Option<ForClause>> {
        if self.eat("FOR XML") {
            return self.for_xml().map(|xml| Some(ForClause::Xml(xml)));
        }
        if self.eat("FOR JSON") {
            return self.for_json().map(|json| Some(ForClause::Json(json)));
        }
        Ok(self.eat("FOR BROWSE").then_some(ForClause::Browse))
    }

    fn for_xml(&mut self) -> Parsed<ForXml> {
        let mode = match self.expect_one(&["RAW", "AUTO", "EXPLICIT", "PATH"])? {
            "RAW" => ForXmlMode::Raw(self.opt_name_argument()?),
            "AUTO" => ForXmlMode::Auto,
            "EXPLICIT" => ForXmlMode::Explicit,
            _ => ForXmlMode::Path(self.opt_name_argument()?),
        };
        let mut clause = ForXml {
            mode,
            root: None,
            elements: None,
            typed: false,
            binary_base64: false,
            xml_data: false,
            xml_schema: None,
        };
        while self.eat(",") {
            self.for_xml_directive(&mut clause)?;
        }
        Ok(clause)
    }

    fn for_xml_directive(&mut self, clause: &mut ForXml) -> Parsed<()> {
        match self.expect_one(&["ROOT", "ELEMENTS", "TYPE", "BINARY BASE64", "XMLDATA", "XMLSCHEMA"])? {
            "ROOT" => clause.root = Some(self.opt_name_argument()?),
            "ELEMENTS" => {
                clause.elements = Some(match self.eat_any(&["XSINIL", "ABSENT"]) {
                    Some("XSINIL") => ForXmlElements::XsiNil,
                    Some(_) => ForXmlElements::Absent,
                    None => ForXmlElements::Default,
                });
            }
            "TYPE" => clause.typed = true,
            "BINARY BASE64" => clause.binary_base64 = true,
            "XMLDATA" => clause.xml_data = true,
            _ => clause.xml_schema = Some(self.opt_name_argument()?),
        }
        Ok(())
    }

    fn for_json(&mut self) -> Parsed<ForJson> {
        let path = self.expect_one(&["PATH", "AUTO"])? == "PATH";
        let mut clause =
            ForJson { path, root: None, include_null_values: false, without_array_wrapper: false };
        while self.eat(",") {
            match self.expect_one(&["ROOT", "INCLUDE_NULL_VALUES", "WITHOUT_ARRAY_WRAPPER"])? {
                "ROOT" => clause.root = Some(self.opt_name_argument()?),
                "INCLUDE_NULL_VALUES" => clause.include_null_values = true,
                _ => clause.without_array_wrapper = true,
            }
        }
        Ok(clause)
    }

    /// `('name')` or nothing.
    fn opt_name_argument(&mut self) -> Parsed<Option<String>> {
        if !self.eat("(") {
            return Ok(None);
        }
        let name = self.string()?;
        self.expect(")")?;
        Ok(Some(name))
    }
}
