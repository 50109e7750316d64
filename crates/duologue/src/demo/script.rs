//! Scripts in sqlcmd's form, as far as the demo's own need it: `GO` and `$(Name)`.

/// Characters of a statement on one line.
const LINE: usize = 120;

/// Values for `$(Name)`.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// Sets a variable that has no value yet.
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.0.push((name, value));
    }

    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| text.replace(&format!("$({name})"), value);
        self.0.iter().fold(text.to_owned(), fill)
    }
}

/// The batches of a script, with the variables replaced.
pub(super) fn batches(script: &str, variables: &Variables) -> Vec<String> {
    let text = variables.fill(script);
    let mut batches = vec![String::new()];
    for line in text.lines() {
        if line.trim().eq_ignore_ascii_case("GO") {
            batches.push(String::new());
        } else if let Some(batch) = batches.last_mut() {
            batch.push_str(line);
            batch.push('\n');
        }
    }
    batches.retain(|batch| !batch.trim().is_empty());
    batches
}

/// The statements of a batch, each on one line: those that end with a semicolon at the end of a line, without
/// comments.
pub(super) fn readable(batch: &str) -> Vec<String> {
    let lines: Vec<&str> = batch.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n").split(";\n").map(one_line).filter(|statement| !statement.is_empty()).collect()
}

fn one_line(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let line = words.join(" ");
    let line = line.trim_end_matches(';');
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_split_and_filled() {
        let mut variables = Variables::default();
        variables.set("Port", "4022".to_owned());
        let script = "-- source, sa\nUSE a;\ngo\nCREATE ROUTE r\n   WITH ADDRESS = 'TCP://x:$(Port)';\nSELECT 1;\nGO\n";
        let found = batches(script, &variables);
        assert_eq!(found.len(), 2);
        assert_eq!(readable(&found[0]), ["USE a"]);
        assert_eq!(readable(&found[1]), ["CREATE ROUTE r WITH ADDRESS = 'TCP://x:4022'", "SELECT 1"]);
        let long = format!("SELECT '{}';", "ä".repeat(200));
        assert_eq!(readable(&long)[0].chars().count(), LINE + 1);
    }
}
