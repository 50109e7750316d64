//! FOR XML: all rows as one value. RAW, AUTO over one table and PATH differ only in where a column's value goes.

use std::fmt::Write;

use duologue_messages::SqlError;
use duologue_types::{Family, Mode, SqlType, Value, convert};
use duologue_xml::{TextKind, Whitespace, parse_text};

use super::{Plan, Row, Rows, ready};
use crate::query::context::QueryContext;
use crate::query::conversion::XML;
use crate::query::evaluate::text_of;
use crate::query::frame::Frame;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Where the value of a column goes within its row's element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum XmlMode {
    /// `@name`: an attribute of the element that the path leads to.
    Attribute(String),
    /// The content of the element that the path leads to: text, or xml as it is.
    Content,
    /// `data()`: as content, with a blank between values that follow each other.
    Data,
    /// `comment()`.
    Comment,
    /// `processing-instruction(name)`.
    Instruction(String),
}

/// A column of the query under FOR XML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlColumn {
    /// Elements within the row's element, outermost first.
    pub path: Vec<String>,
    /// What the value is there.
    pub mode: XmlMode,
    /// Its type.
    pub sql_type: SqlType,
}

/// The clause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForXmlPlan {
    /// Element of each row; none for `PATH('')`.
    pub row: Option<String>,
    /// `ROOT`.
    pub root: Option<String>,
    /// `ELEMENTS XSINIL`: NULL is an element that says so.
    pub xsi_nil: bool,
    /// Prefix and URI of WITH XMLNAMESPACES; no prefix for the default namespace.
    pub namespaces: Vec<(Option<String>, String)>,
    /// `TYPE`: an `xml` value, else `nvarchar(max)`.
    pub typed: bool,
    /// One for each column.
    pub columns: Vec<XmlColumn>,
}

impl ForXmlPlan {
    pub(super) fn open<'a>(
        &'a self,
        input: &'a Plan,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        let mut writer = Writer::default();
        let mut is_empty = true;
        let namespace = self.declarations();
        if let Some(root) = &self.root {
            let _ = write!(writer.text, "<{root}{namespace}>");
        }
        for row in input.open(context, outer)? {
            self.row(&row?, &mut writer, &namespace)?;
            is_empty = false;
        }
        if let Some(root) = &self.root {
            let _ = write!(writer.text, "</{root}>");
        }
        if is_empty && self.root.is_none() {
            return Ok(ready(if self.typed { vec![vec![Value::Null]] } else { Vec::new() }));
        }
        Ok(ready(vec![vec![self.value(writer.text)?]]))
    }

    /// Namespace declarations of the outermost elements.
    fn declarations(&self) -> String {
        let mut declared = if self.xsi_nil { format!(" xmlns:xsi=\"{XSI}\"") } else { String::new() };
        for (prefix, uri) in &self.namespaces {
            let colon = if prefix.is_some() { ":" } else { "" };
            let _ = write!(declared, " xmlns{colon}{}=\"", prefix.as_deref().unwrap_or_default());
            escape(uri, true, &mut declared);
            declared.push('"');
        }
        declared
    }

    fn value(&self, text: String) -> Result<Value, SqlError> {
        if !self.typed {
            return Ok(Value::NVarChar(text.into()));
        }
        parse_text(&text, TextKind::Unicode, Whitespace::Preserve).map(|normal| Value::Xml(normal.into()))
    }

    fn row(&self, row: &Row, writer: &mut Writer, namespace: &str) -> Result<(), SqlError> {
        if let Some(name) = &self.row {
            writer.open(name);
            if self.root.is_none() {
                writer.text.push_str(namespace);
            }
        }
        let base = writer.elements.len();
        for (column, value) in self.columns.iter().zip(row) {
            self.column(column, value, writer, base)?;
        }
        writer.close_to(base);
        writer.close_to(base.saturating_sub(usize::from(self.row.is_some())));
        writer.after_data = false;
        Ok(())
    }

    fn column(
        &self,
        column: &XmlColumn,
        value: &Value,
        writer: &mut Writer,
        base: usize,
    ) -> Result<(), SqlError> {
        if value.is_null() {
            if self.xsi_nil && column.mode == XmlMode::Content && !column.path.is_empty() {
                writer.go_to(&column.path, base);
                writer.text.push_str(" xsi:nil=\"true\"");
                writer.close_to(base + column.path.len() - 1);
            }
            return Ok(());
        }
        let text = xml_text(value, column.sql_type)?;
        writer.go_to(&column.path, base);
        let after_data = std::mem::take(&mut writer.after_data);
        match &column.mode {
            XmlMode::Attribute(name) => writer.attribute(name, &text),
            XmlMode::Content if column.sql_type == SqlType::Xml => writer.content().push_str(&text),
            XmlMode::Content => escape(&text, false, writer.content()),
            XmlMode::Data => {
                let content = writer.content();
                if after_data {
                    content.push(' ');
                }
                escape(&text, false, content);
                writer.after_data = true;
            }
            XmlMode::Comment => {
                let _ = write!(writer.content(), "<!--{text}-->");
            }
            XmlMode::Instruction(name) => {
                let _ = write!(writer.content(), "<?{name} {text}?>");
            }
        }
        Ok(())
    }
}

/// Text with the elements that are open.
#[derive(Default)]
struct Writer {
    text: String,
    elements: Vec<String>,
    /// The innermost element's start tag still takes attributes.
    in_tag: bool,
    /// The last thing written was the value of a `data()` column.
    after_data: bool,
}

impl Writer {
    fn open(&mut self, name: &str) {
        let content = self.content();
        content.push('<');
        content.push_str(name);
        self.elements.push(name.into());
        self.in_tag = true;
    }

    /// Where content goes: after the start tag.
    fn content(&mut self) -> &mut String {
        if std::mem::take(&mut self.in_tag) {
            self.text.push('>');
        }
        &mut self.text
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.text, " {name}=\"");
        escape(value, true, &mut self.text);
        self.text.push('"');
    }

    fn close_to(&mut self, depth: usize) {
        while self.elements.len() > depth {
            let name = self.elements.pop().unwrap_or_default();
            if std::mem::take(&mut self.in_tag) {
                self.text.push_str("/>");
            } else {
                let _ = write!(self.text, "</{name}>");
            }
        }
    }

    /// Leaves the elements that the path does not share with the last one, and enters the others.
    fn go_to(&mut self, path: &[String], base: usize) {
        let shared =
            self.elements[base..].iter().zip(path).take_while(|(open, wanted)| open == wanted).count();
        if base + shared < self.elements.len() || shared < path.len() {
            self.after_data = false;
        }
        self.close_to(base + shared);
        for name in &path[shared..] {
            self.open(name);
        }
    }
}

/// A value as XML writes it.
fn xml_text(value: &Value, sql_type: SqlType) -> Result<String, SqlError> {
    if let Some(text) = text_of(value) {
        return Ok(text.to_owned());
    }
    if let Value::VarBinary(bytes) = value {
        return Ok(base64(bytes));
    }
    let style = match sql_type.family() {
        family if family.is_date_or_time() => 126,
        Family::Float | Family::Money => 2,
        _ => 0,
    };
    let text = convert(value, sql_type, SqlType::NVARCHAR_MAX, style, Mode::Explicit, XML)?;
    Ok(text_of(&text).unwrap_or_default().to_owned())
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (word >> (18 - 6 * place)) as usize & 63;
            text.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

fn escape(text: &str, in_attribute: bool, escaped: &mut String) {
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' if in_attribute => escaped.push_str("&quot;"),
            '\t' | '\n' if !in_attribute => escaped.push(character),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(escaped, "&#x{:02X};", character as u32);
            }
            _ => escaped.push(character),
        }
    }
}

/// A column's name as the name of an element or attribute: characters that names lack as `_x0020_`.
pub(crate) fn xml_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for (index, character) in name.chars().enumerate() {
        let is_start = character.is_alphabetic() || character == '_';
        let is_inner = is_start || character.is_alphanumeric() || matches!(character, '-' | '.' | ':');
        if is_start || (index > 0 && is_inner) {
            encoded.push(character);
        } else {
            let _ = write!(encoded, "_x{:04X}_", character as u32);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_are_encoded() {
        let names = [("a", "a"), ("Queue State", "Queue_x0020_State"), ("1st", "_x0031_st"), ("x:y", "x:y")];
        for (name, expected) in names {
            assert_eq!(xml_name(name), expected);
        }
        let bytes: [(&[u8], &str); 4] = [(b"", ""), (b"M", "TQ=="), (b"Ma", "TWE="), (b"Man", "TWFu")];
        for (bytes, expected) in bytes {
            assert_eq!(base64(bytes), expected);
        }
    }
}
