//! A syntax tree in few words: its `Debug` text without places and without what is absent.

use duologue_tsql::{ParseOptions, parse_batch};

/// One line per statement, or one line per error.
pub(crate) fn outline(text: &str) -> String {
    outline_with(text, ParseOptions::default())
}

pub(crate) fn outline_with(text: &str, options: ParseOptions) -> String {
    match parse_batch(text, &options) {
        Ok(batch) => {
            let lines = batch.statements.iter().map(|statement| {
                format!("{}: {}\n", statement.line, compact(&format!("{:?}", statement.kind)))
            });
            lines.collect()
        }
        Err(errors) => errors
            .iter()
            .map(|error| format!("{} line {}: {}\n", error.number, error.line, error.text))
            .collect(),
    }
}

/// Drops `line`, `span` and empty fields, and writes names as names.
pub(crate) fn compact(debug: &str) -> String {
    let mut reader = Reader { rest: debug };
    reader.value()
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> String {
        let end = self.rest.find(['{', '(', '[', ',', '}', ')', ']', '"']).unwrap_or(self.rest.len());
        let (head, rest) = self.rest.split_at(end);
        self.rest = rest;
        let head = head.trim();
        match rest.chars().next() {
            Some('"') => format!("{head}{}", self.string()),
            Some('{') => self.fields(head),
            Some('(') => {
                let items = self.items(')');
                match (head, items.as_slice()) {
                    ("Some", [only]) if matches!(only.as_str(), "false" | "None" | "[]") => {
                        format!("Some({only})")
                    }
                    ("Some" | "Literal" | "BuiltIn" | "Int" | "Fixed", [only]) => only.clone(),
                    ("Column" | "Variable" | "SystemVariable", [only]) => only.trim_matches('"').to_owned(),
                    _ => format!("{head}({})", items.join(", ")),
                }
            }
            Some('[') => format!("[{}]", self.items(']').join(", ")),
            _ => head.to_owned(),
        }
    }

    fn string(&mut self) -> String {
        let mut escaped = false;
        let end = self.rest[1..].find(|c| {
            let end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            end
        });
        let (text, rest) = self.rest.split_at(end.map_or(self.rest.len(), |end| end + 2));
        self.rest = rest;
        text.to_owned()
    }

    fn items(&mut self, close: char) -> Vec<String> {
        self.rest = &self.rest[1..];
        let mut items = Vec::new();
        while !self.rest.is_empty() {
            self.rest = self.rest.trim_start_matches([',', ' ']);
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                break;
            }
            items.push(self.value());
        }
        items
    }

    fn fields(&mut self, head: &str) -> String {
        self.rest = &self.rest[1..];
        let mut fields: Vec<(String, String)> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([',', ' ']);
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                break;
            }
            let Some((name, rest)) = self.rest.split_once(": ") else { break };
            let name = name.to_owned();
            self.rest = rest;
            let value = self.value();
            let noise = matches!(name.as_str(), "line" | "span" | "quoted");
            if !noise && !matches!(value.as_str(), "None" | "[]" | "false" | "") {
                fields.push((name, value));
            }
        }
        shape(head, &fields)
    }
}

fn shape(head: &str, fields: &[(String, String)]) -> String {
    match (head, fields) {
        ("Ident" | "Variable", [(_, name)]) => name.trim_matches('"').to_owned(),
        ("ObjectName", [(_, parts)]) => parts.trim_matches(['[', ']']).replace(", ", "."),
        ("Expr" | "Condition" | "TableSource" | "ColumnConstraint", [(_, kind)]) => kind.clone(),
        ("DataType", [_, (_, kind)]) if kind != "User" => kind.clone(),
        ("DataType", [(_, name), ..]) => name.clone(),
        ("Select" | "Query" | "SelectStatement" | "FunctionCall", [(_, only)]) => only.clone(),
        _ => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            format!("{head} {{ {} }}", fields.join(", "))
        }
    }
}
