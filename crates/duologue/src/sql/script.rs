//! The script language: lines in, batches and commands out.
//!
//! A line is a command only where a statement could stand: not inside a string, a delimited identifier or a block
//! comment that began on an earlier line. `$(Name)` is replaced everywhere but in comments.

use std::fmt;

use super::variables::{Variables, is_name, unquote};

/// What a line asks for besides being added to the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// `GO [count]`.
    Go(u32),
    /// `:r file`.
    Include(String),
    /// `:setvar Name value`; no value removes it.
    Set(String, Option<String>),
    /// `:listvar`.
    ListVariables,
    /// `:on error exit` (true) or `ignore`.
    OnError(bool),
    /// `:reset`: forget the batch.
    Reset,
    /// `:list`: show the batch.
    List,
    /// `:exit`, `:quit`: leave, nothing is run.
    Quit,
    /// `:exit(query)`: run the batch, then the query whose first value is the exit code; the query may be empty.
    ExitWith(String),
}

/// A line that can't be obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScriptError {
    /// `$(Name)` of a variable that is not set. Running on would run something else than was meant.
    UndefinedVariable(String),
    /// A command with missing or wrong arguments, or of another sqlcmd.
    Syntax(String),
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UndefinedVariable(name) => write!(f, "'{name}' scripting variable not defined."),
            Self::Syntax(command) => write!(f, "Syntax error near command '{command}'."),
        }
    }
}

impl std::error::Error for ScriptError {}

/// Where the end of a line leaves the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    /// Inside a string or delimited identifier that ends with this character.
    Quoted(char),
    /// Inside so many nested block comments.
    Comment(u32),
}

/// Collects lines into a batch.
#[derive(Debug, Default)]
pub(super) struct Script {
    batch: String,
    lines: usize,
    state: State,
}

impl Script {
    /// Takes a line: adds it to the batch, or returns the command it is.
    pub(super) fn line(&mut self, line: &str, variables: &Variables) -> Result<Option<Command>, ScriptError> {
        if self.state == State::Plain
            && let Some(command) = command(line, variables)?
        {
            return Ok(Some(command));
        }
        let mut text = String::with_capacity(line.len());
        self.state = substitute(line, self.state, variables, &mut text)?;
        self.batch.push_str(&text);
        self.batch.push('\n');
        self.lines += 1;
        Ok(None)
    }

    /// The batch so far, which starts anew; None when there is nothing to run.
    pub(super) fn take(&mut self) -> Option<String> {
        let batch = std::mem::take(self).batch;
        (!batch.trim().is_empty()).then_some(batch)
    }

    /// The batch so far.
    pub(super) fn text(&self) -> &str {
        &self.batch
    }

    /// One-based number of the next line of the batch, which the prompt shows.
    pub(super) fn next_line(&self) -> usize {
        self.lines + 1
    }
}

/// The command a line is, if it is one.
fn command(line: &str, variables: &Variables) -> Result<Option<Command>, ScriptError> {
    let line = line.trim();
    let (has_colon, body) = match line.strip_prefix(':') {
        Some(body) => (true, body),
        None => (false, line),
    };
    let end = body.find(|next: char| next.is_whitespace() || next == '(').unwrap_or(body.len());
    let (word, arguments) = body.split_at(end);
    let word = word.to_ascii_lowercase();
    // These four are commands without the colon too.
    if !has_colon && !matches!(word.as_str(), "go" | "exit" | "quit" | "reset") {
        return if line.starts_with("!!") { Err(ScriptError::Syntax("!!".to_owned())) } else { Ok(None) };
    }
    let mut text = String::new();
    substitute(arguments.trim(), State::Plain, variables, &mut text)?;
    match parse_command(&word, text.trim()) {
        Some(command) => Ok(Some(command)),
        // `EXIT` and the like with something else behind them are T-SQL or its errors; `GO x` never is.
        None if has_colon || word == "go" => {
            Err(ScriptError::Syntax(format!(":{word}").replace(":go", "GO")))
        }
        None => Ok(None),
    }
}

fn parse_command(word: &str, arguments: &str) -> Option<Command> {
    match (word, arguments) {
        ("go", "") => Some(Command::Go(1)),
        ("go", count) => count.parse().ok().map(Command::Go),
        ("r", file) if !file.is_empty() => Some(Command::Include(unquote(file).to_owned())),
        ("setvar", arguments) => set_variable(arguments),
        ("listvar", "") => Some(Command::ListVariables),
        ("on", arguments) => on_error(arguments),
        ("reset", "") => Some(Command::Reset),
        ("list", "") => Some(Command::List),
        ("exit" | "quit", "") => Some(Command::Quit),
        ("exit", query) => {
            let query = query.strip_prefix('(')?.strip_suffix(')')?;
            Some(Command::ExitWith(query.trim().to_owned()))
        }
        _ => None,
    }
}

fn set_variable(arguments: &str) -> Option<Command> {
    let (name, value) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let value = value.trim();
    if !is_name(name) || (!value.starts_with('"') && value.contains(char::is_whitespace)) {
        return None;
    }
    Some(Command::Set(name.to_owned(), (!value.is_empty()).then(|| unquote(value).to_owned())))
}

fn on_error(arguments: &str) -> Option<Command> {
    let words: Vec<String> = arguments.split_whitespace().map(str::to_ascii_lowercase).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["error", "exit"] => Some(Command::OnError(true)),
        ["error", "ignore"] => Some(Command::OnError(false)),
        _ => None,
    }
}

/// Appends `line` to `text` with variables replaced, and tells what the line leaves open.
fn substitute(
    line: &str,
    mut state: State,
    variables: &Variables,
    text: &mut String,
) -> Result<State, ScriptError> {
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        state = match state {
            State::Comment(depth) if rest.starts_with("*/") => {
                length = 2;
                if depth > 1 { State::Comment(depth - 1) } else { State::Plain }
            }
            State::Comment(depth) if rest.starts_with("/*") => {
                length = 2;
                State::Comment(depth + 1)
            }
            State::Comment(depth) => State::Comment(depth),
            State::Plain if rest.starts_with("--") => {
                text.push_str(rest);
                return Ok(State::Plain);
            }
            State::Plain if rest.starts_with("/*") => {
                length = 2;
                State::Comment(1)
            }
            _ if rest.starts_with("$(") => {
                if let Some((value, after)) = reference(rest, variables)? {
                    text.push_str(&value);
                    rest = after;
                    continue;
                }
                state
            }
            State::Plain => match first {
                '\'' | '"' => State::Quoted(first),
                '[' => State::Quoted(']'),
                _ => State::Plain,
            },
            State::Quoted(end) if end == first && rest[1..].starts_with(end) => {
                length = 2;
                state
            }
            State::Quoted(end) if end == first => State::Plain,
            State::Quoted(end) => State::Quoted(end),
        };
        text.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Ok(state)
}

/// The value of the variable that `text`, which starts with `$(`, refers to, and what follows.
fn reference<'a>(text: &'a str, variables: &Variables) -> Result<Option<(String, &'a str)>, ScriptError> {
    let Some((name, after)) = text[2..].split_once(')') else { return Ok(None) };
    if !is_name(name) {
        return Ok(None);
    }
    let value = variables.get(name).ok_or_else(|| ScriptError::UndefinedVariable(name.to_owned()))?;
    Ok(Some((value, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables::from_arguments(&["Db=Sales".to_owned(), "Port=\"4022\"".to_owned()])
            .expect("two variables")
    }

    /// Batches in brackets, commands as they are.
    fn outline(script: &str) -> String {
        let mut reader = Script::default();
        let mut seen = String::new();
        for line in script.lines() {
            match reader.line(line, &variables()) {
                Ok(None) => {}
                Ok(Some(Command::Go(count))) => {
                    seen += &format!("[{}]x{count} ", reader.take().unwrap_or_default().trim_end());
                }
                Ok(Some(command)) => seen += &format!("{command:?} "),
                Err(error) => seen += &format!("!{error} "),
            }
        }
        seen + reader.take().unwrap_or_default().trim_end()
    }

    #[test]
    fn batches_and_commands() {
        let cases = [
            ("SELECT 1\nGO", "[SELECT 1]x1 "),
            ("SELECT 1\n  go 3  \nSELECT 2", "[SELECT 1]x3 SELECT 2"),
            ("GO", "[]x1 "),
            ("GO x", "!Syntax error near command 'GO'. "),
            ("SELECT 'a\nGO\nb'\nGO", "[SELECT 'a\nGO\nb']x1 "),
            ("/* a /* b */\nGO\n*/ x\nGO", "[/* a /* b */\nGO\n*/ x]x1 "),
            ("-- it's\nGO", "[-- it's]x1 "),
            ("SELECT [a]]b\nGO\n]\nGO", "[SELECT [a]]b\nGO\n]]x1 "),
            ("SELECT 'it''s'\nGO", "[SELECT 'it''s']x1 "),
            ("USE $(db); -- $(none)\nGO", "[USE Sales; -- $(none)]x1 "),
            ("SELECT '$(Port)', $(PORT)", "SELECT '4022', 4022"),
            ("SELECT '$(None)'", "!'None' scripting variable not defined. "),
            ("SELECT '$(a b)', $1, $(", "SELECT '$(a b)', $1, $("),
            (":r sub/$(Db).sql", "Include(\"sub/Sales.sql\") "),
            (":r \"a b.sql\"", "Include(\"a b.sql\") "),
            (":setvar X 1", "Set(\"X\", Some(\"1\")) "),
            (":setvar X \"a b\"", "Set(\"X\", Some(\"a b\")) "),
            (":setvar X", "Set(\"X\", None) "),
            (":setvar X a b", "!Syntax error near command ':setvar'. "),
            (":On Error Exit", "OnError(true) "),
            (":exit", "Quit "),
            ("quit", "Quit "),
            ("exit(SELECT 3)", "ExitWith(\"SELECT 3\") "),
            (":exit()", "ExitWith(\"\") "),
            (":connect other", "!Syntax error near command ':connect'. "),
            ("!!ls", "!Syntax error near command '!!'. "),
            ("go_on", "go_on"),
            (":reset\n:list\n:listvar", "Reset List ListVariables "),
        ];
        for (script, expected) in cases {
            assert_eq!(outline(script), expected, "{script}");
        }
    }

    #[test]
    fn the_prompt_counts_lines() {
        let mut script = Script::default();
        assert_eq!(script.next_line(), 1);
        script.line("SELECT", &variables()).expect("a line");
        assert_eq!((script.next_line(), script.text()), (2, "SELECT\n"));
        script.take();
        assert_eq!(script.next_line(), 1);
    }
}
