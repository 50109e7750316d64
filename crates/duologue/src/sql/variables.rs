//! Scripting variables: `-v Name=value`, `:setvar Name value`, `$(Name)`.

use std::collections::BTreeMap;

use anyhow::bail;

/// Variables by name; names are not case-sensitive. One that was never set is looked up in the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, (String, Option<String>)>,
}

impl Variables {
    /// The variables of `-v`, each `Name=value`; quotes around the value are dropped.
    pub(super) fn from_arguments(arguments: &[String]) -> anyhow::Result<Self> {
        let mut variables = Self::default();
        for argument in arguments {
            match argument.split_once('=') {
                Some((name, value)) if is_name(name.trim()) => {
                    variables.set(name.trim(), Some(unquote(value.trim()).to_owned()));
                }
                _ => bail!("'-v {argument}': write -v Name=value"),
            }
        }
        Ok(variables)
    }

    /// Sets a variable, or removes it (then the environment's is not seen either).
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        self.values.insert(name.to_ascii_lowercase(), (name.to_owned(), value));
    }

    /// The variable's value.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        match self.values.get(&name.to_ascii_lowercase()) {
            Some((_, value)) => value.clone(),
            None => std::env::var(name).ok(),
        }
    }

    /// Variables that are set, as written, for `:listvar`.
    pub(super) fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.values().filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }
}

/// Whether `name` can stand between `$(` and `)`.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|next: char| next.is_whitespace() || matches!(next, '"' | '\'' | '$' | '(' | ')'))
}

/// The text without the double quotes around it.
pub(super) fn unquote(text: &str) -> &str {
    text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(text)
}
